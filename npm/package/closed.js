// Observing the close of an existing socket.

import { observedClose } from "./close-info.js";
import { wasm } from "./module.js";

/** The result by socket, for calls that come after the `close` event. */
const observed = new WeakMap();

export function onClose(socket, callback) {
  if (typeof socket?.readyState !== "number" || typeof socket.addEventListener !== "function") {
    throw new TypeError("socket must be a WebSocket");
  }
  if (typeof callback !== "function") {
    throw new TypeError("callback must be a function");
  }
  let observer;
  let active = true;
  const stop = () => {
    active = false;
    observer?.free();
    observer = undefined;
  };
  const report = (close) => {
    // In a microtask of its own, so that an exception of the callback is reported as one of an event handler is.
    queueMicrotask(() => {
      if (active) {
        stop();
        callback(close);
      }
    });
  };
  if (observed.has(socket)) {
    report(observed.get(socket));
    return stop;
  }
  observer = new (wasm().CloseObserver)(socket, (parts) => {
    // The first result is kept: an observer that missed the event must not replace that of one that received it.
    if (!observed.has(socket)) {
      observed.set(socket, observedClose(parts));
    }
    report(observed.get(socket));
  });
  return stop;
}

export function closed(socket) {
  return new Promise((resolve) => onClose(socket, resolve));
}
