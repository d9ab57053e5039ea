// The end of a socket that somebody else owns.

import { closeInfo } from "./close-info.js";
import { wasm } from "./module.js";

/** What we have seen, for who asks after the event. */
const seen = new WeakMap();

export function onClose(socket, callback) {
  if (typeof socket?.readyState !== "number" || typeof socket.addEventListener !== "function") {
    throw new TypeError("what is to be watched is not a WebSocket");
  }
  if (typeof callback !== "function") {
    throw new TypeError("what is to be called is not a function");
  }
  let watch;
  let wanted = true;
  const stop = () => {
    wanted = false;
    watch?.free();
    watch = undefined;
  };
  const tell = (info) => {
    // A task of its own: what the callback throws is reported as an event handler's is.
    queueMicrotask(() => {
      if (wanted) {
        stop();
        callback(info);
      }
    });
  };
  if (seen.has(socket)) {
    tell(seen.get(socket));
    return stop;
  }
  watch = new (wasm().Watch)(socket, (end) => {
    // One that came too late has less to say than one that was there.
    if (!seen.has(socket)) {
      seen.set(socket, closeInfo(end));
    }
    tell(seen.get(socket));
  });
  return stop;
}

export function closed(socket) {
  return new Promise((resolve) => onClose(socket, resolve));
}
