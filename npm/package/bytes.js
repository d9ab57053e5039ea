// Messages on their way out.

/** The bytes of a binary message, not copied. */
export function bytesOf(data) {
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  // By name: a buffer of another frame is of another class.
  const kind = Object.prototype.toString.call(data);
  if (kind === "[object ArrayBuffer]" || kind === "[object SharedArrayBuffer]") {
    return new Uint8Array(data);
  }
  throw new TypeError("a message is a string, an ArrayBuffer or a view of one; of a Blob, send await blob.arrayBuffer()");
}

/** The message as it is now, whatever becomes of the sender's buffer. */
export function snapshot(data) {
  return typeof data === "string" ? data : bytesOf(data).slice();
}
