// The queue of received messages for the feature `js-queue`: a message costs no call into wasm until it is read.
export class Queue {
  // Calls `wake` for the first message after the reader found the queue empty, and while `eager` for every message. Text shorter than `short` UTF-16 code
  // units is returned by `text`.
  constructor(socket, wake, short) {
    this.socket = socket;
    this.wake = wake;
    this.short = short;
    this.eager = false;
    this.clear();
    this.listener = (event) => {
      // `data` is read first: a page's own getter can stop this queue or dispatch another message.
      const { data } = event;
      if (!this.wake) return;
      this.messages.push(data);
      if (!this.idle && !this.eager) return;
      this.idle = false;
      this.wake();
    };
    try {
      socket.addEventListener("message", this.listener);
    } catch {
      // A monkey-patched `addEventListener` may throw after it has registered the listener.
    }
  }

  // Stops listening; queued messages can still be read.
  stop() {
    // Cleared first, because the closure behind it is freed after this call.
    this.wake = undefined;
    try {
      this.socket.removeEventListener("message", this.listener);
    } catch {
      // A monkey-patched `removeEventListener` may throw; a listener that stays registered does nothing from now on.
    }
  }

  clear() {
    this.messages = [];
    this.next = 0;
    this.idle = true;
  }

  // Returns the kind of the next message: 1 for a short text, 2 for a buffer, 3 for anything else; 0 if there is none.
  kind() {
    if (this.next === this.messages.length) {
      this.clear();
      return 0;
    }
    const data = this.messages[this.next];
    if (typeof data === "string") return data.length < this.short ? 1 : 3;
    return isBuffer(data) ? 2 : 3;
  }

  // Takes the next message if it is a short text.
  text() {
    const data = this.messages[this.next];
    return typeof data === "string" && data.length < this.short ? this.take() : undefined;
  }

  // Takes the bytes of the next message if it is a buffer that can be read.
  bytes() {
    const data = this.messages[this.next];
    if (!isBuffer(data)) return undefined;
    let view;
    try {
      view = new Uint8Array(data);
    } catch {
      return undefined; // another listener has detached the buffer
    }
    this.take();
    return view;
  }

  // Takes the next message.
  take() {
    const data = this.messages[this.next];
    this.messages[this.next] = undefined;
    this.next += 1;
    // A reader that never empties the queue would keep the places of all messages: they are removed in batches.
    if (this.next >= 1024 && this.next * 2 > this.messages.length) {
      this.messages.splice(0, this.next);
      this.next = 0;
    }
    return data;
  }
}

// `instanceof` can throw for a page's own object (a proxy).
function isBuffer(data) {
  try {
    return data instanceof ArrayBuffer;
  } catch {
    return false;
  }
}
