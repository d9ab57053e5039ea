// What is received and waits to be read, kept without a call into wasm for each message.
export class Queue {
  // `wake` is called with the first message after the reader has been told that there is none; text shorter than
  // `short` is handed over by `text`.
  constructor(socket, wake, short) {
    this.socket = socket;
    this.wake = wake;
    this.short = short;
    this.clear();
    this.hear = (event) => {
      // Before anything else: a page can have put a getter of its own there, which stops this or brings more.
      const { data } = event;
      if (!this.wake) return;
      this.messages.push(data);
      if (!this.idle) return;
      this.idle = false;
      this.wake();
    };
    try {
      socket.addEventListener("message", this.hear);
    } catch {
      // A page that has put something else there is listened to no less if it does what it stands for.
    }
  }

  // Hears no more; what waits can still be read.
  stop() {
    // First, as what it calls is freed after this.
    this.wake = undefined;
    try {
      this.socket.removeEventListener("message", this.hear);
    } catch {
      // The same; and what it still calls does nothing.
    }
  }

  clear() {
    this.messages = [];
    this.next = 0;
    this.idle = true;
  }

  // Of the next message: 1 for a short text, 2 for a buffer, 3 for anything else; 0 if there is none.
  kind() {
    if (this.next === this.messages.length) {
      this.clear();
      return 0;
    }
    const data = this.messages[this.next];
    if (typeof data === "string") return data.length < this.short ? 1 : 3;
    return isBuffer(data) ? 2 : 3;
  }

  // The next message, if it is a short text.
  text() {
    const data = this.messages[this.next];
    return typeof data === "string" && data.length < this.short ? this.take() : undefined;
  }

  // The next message's bytes, if it is a buffer that can be read.
  bytes() {
    const data = this.messages[this.next];
    if (!isBuffer(data)) return undefined;
    let view;
    try {
      view = new Uint8Array(data);
    } catch {
      return undefined; // somebody who listens beside us has transferred it away
    }
    this.take();
    return view;
  }

  // The next message as it is.
  take() {
    const data = this.messages[this.next];
    this.messages[this.next] = undefined;
    this.next += 1;
    // As long as some always wait, the places of those that were read go in one move for many.
    if (this.next >= 1024 && this.next * 2 > this.messages.length) {
      this.messages.splice(0, this.next);
      this.next = 0;
    }
    return data;
  }
}

// To ask for the class of a page's own object can throw.
function isBuffer(data) {
  try {
    return data instanceof ArrayBuffer;
  } catch {
    return false;
  }
}
