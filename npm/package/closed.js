// Observing the close of an existing socket.

import { observedClose } from "./close-info.js";
import { wasm } from "./module.js";
import { abortSignal } from "./options.js";

/** The result by socket, for calls that come after the `close` event. */
const observed = new WeakMap();

export function onClose(socket, callback, options = {}) {
  if (typeof callback !== "function") {
    throw new TypeError("callback must be a function");
  }
  return observe(socket, callback, options.signal, () => {});
}

export async function closed(socket, options = {}) {
  const { signal } = options;
  return new Promise((resolve, reject) => observe(socket, resolve, signal, () => reject(signal.reason)));
}

/** Calls one of the two functions, once, unless the returned function is called before. */
function observe(socket, onResult, signal, onAbort) {
  if (typeof socket?.readyState !== "number" || typeof socket.addEventListener !== "function") {
    throw new TypeError("socket must be a WebSocket");
  }
  abortSignal(signal);
  let observer;
  let active = true;
  const stop = () => {
    active = false;
    observer?.free();
    observer = undefined;
    signal?.removeEventListener("abort", abort);
  };
  const abort = () => {
    stop();
    onAbort();
  };
  if (signal?.aborted) {
    abort();
    return stop;
  }
  const report = (close) => {
    // In a microtask of its own, so that an exception of the callback is reported as one of an event handler is.
    queueMicrotask(() => {
      if (active) {
        stop();
        onResult(close);
      }
    });
  };
  if (observed.has(socket)) {
    report(observed.get(socket));
  } else {
    observer = new (wasm().CloseObserver)(socket, (parts) => {
      // The first result is kept: an observer that missed the event must not replace that of one that received it.
      if (!observed.has(socket)) {
        observed.set(socket, observedClose(parts));
      }
      report(observed.get(socket));
    });
  }
  signal?.addEventListener("abort", abort);
  return stop;
}
