// Conversion of outgoing messages.

/** Returns a view of the bytes of a binary message. */
export function bytesOf(message) {
  if (ArrayBuffer.isView(message)) {
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
  }
  // By tag, because `instanceof` fails for a buffer of another realm, such as an iframe.
  const tag = Object.prototype.toString.call(message);
  if (tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]") {
    return new Uint8Array(message);
  }
  throw new TypeError("message must be a string, an ArrayBuffer or a view of one; for a Blob, send await blob.arrayBuffer()");
}

/** Returns a copy that does not change if the caller modifies its buffer afterwards. */
export function snapshot(message) {
  return typeof message === "string" ? message : bytesOf(message).slice();
}
