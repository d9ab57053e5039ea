// `connect`, and the connection that it resolves with.

import { bytesOf, snapshot } from "./bytes.js";
import { closeInfo, formatInfo } from "./close-info.js";
import { CloseCode, checkFrame } from "./codes.js";
import { ConnectError, ReceiveError, SendError } from "./errors.js";
import { wasm } from "./module.js";
import { abortSignal, boolean, nonNegative } from "./options.js";

/** By `readyState`. */
const STATES = ["connecting", "open", "closing", "closed"];
const noop = () => {};

/** Only `connect` has this key of the constructor. */
const CONSTRUCT = Symbol("construct");

export class WebSocketConnection {
  /** Undefined once all messages are read and the connection is closed. */
  #connection;
  #raw;
  #closeInfo;
  /** How many messages wait for capacity. While there are some, later ones queue behind them. */
  #waiting = 0;
  #lastSend = Promise.resolve();
  /** The reads that wait for a message, in the order of their calls. */
  #readers = [];
  /** The result that the first of them gets. It stays for the next one if the read is cancelled. */
  #result;
  #discardsMessages;
  /** A reader gets at most one error. */
  #failed = false;

  constructor(key, connection, closed, discardsMessages) {
    if (key !== CONSTRUCT) {
      throw new TypeError("Illegal constructor: use connect()");
    }
    this.#discardsMessages = discardsMessages;
    this.#connection = connection;
    this.#raw = connection.raw;
    Object.defineProperty(this, "closed", { value: closed, enumerable: true });
    // The handler refers to this object, so an open connection is not garbage-collected, which would close it.
    closed.then((info) => {
      this.#closeInfo = info;
      if (discardsMessages) {
        // Nothing is left to read, which would free wasm's memory.
        connection.free();
        this.#connection = undefined;
      }
    });
  }

  get state() {
    return STATES[this.#connection?.state ?? 3];
  }

  get url() {
    return this.#raw.url;
  }

  get protocol() {
    return this.#raw.protocol;
  }

  get bufferedAmount() {
    return this.#raw.bufferedAmount;
  }

  async send(message) {
    if (this.#waiting === 0 && this.#trySend(message)) {
      return;
    }
    const copy = snapshot(message);
    const sent = this.#lastSend.then(() => this.#sendWhenReady(copy));
    this.#lastSend = sent.catch(noop);
    this.#waiting += 1;
    try {
      await sent;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #sendWhenReady(message) {
    do {
      await this.#connection?.ready();
    } while (!this.#trySend(message));
  }

  /** Returns false if the send buffer is full. */
  #trySend(message) {
    const bytes = typeof message === "string" ? undefined : bytesOf(message);
    const connection = this.#connection;
    if (connection === undefined) {
      const text = `cannot send: connection closed (${formatInfo(this.#closeInfo)})`;
      throw new SendError(text, snapshot(message), this.#closeInfo);
    }
    try {
      return bytes === undefined ? connection.sendText(message) : connection.sendBytes(bytes);
    } catch (text) {
      throw new SendError(text, snapshot(message), this.#closeInfo);
    }
  }

  async close(code = CloseCode.NORMAL, reason = "") {
    checkFrame(code, reason);
    this.#connection?.close(code, reason);
    return this.closed;
  }

  async receive(options = {}) {
    const signal = abortSignal(options.signal);
    if (signal?.aborted) {
      throw signal.reason;
    }
    const reader = this.#read();
    const abort = () => this.#cancel(reader, () => reader.reject(signal.reason));
    signal?.addEventListener("abort", abort);
    try {
      return (await reader.promise).value;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  [Symbol.asyncIterator]() {
    const end = (value) => ({ done: true, value });
    const reads = new Set();
    let returned = false;
    return {
      next: async () => {
        if (returned) {
          return end();
        }
        const reader = this.#read();
        reads.add(reader);
        return reader.promise.finally(() => reads.delete(reader));
      },
      // `break` leaves the connection open, and unread messages to the next loop: also the one that a pending `next` waits for.
      return: async (value) => {
        returned = true;
        for (const reader of reads) {
          this.#cancel(reader, () => reader.resolve(end()));
        }
        return end(value);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Queues a reader. */
  #read() {
    if (this.#discardsMessages) {
      throw new TypeError("cannot receive: the connection was opened with messages: false");
    }
    const reader = {};
    reader.promise = new Promise((resolve, reject) => Object.assign(reader, { resolve, reject }));
    if (this.#readers.push(reader) === 1) {
      this.#serve();
    }
    return reader;
  }

  /** Removes a reader that still waits, and settles it. */
  #cancel(reader, settle) {
    const at = this.#readers.indexOf(reader);
    if (at >= 0) {
      this.#readers.splice(at, 1);
      settle();
    }
  }

  /** Passes results to the readers, one after the other, until none is left. */
  async #serve() {
    while (this.#readers.length > 0) {
      const result = (this.#result ??= this.#receive());
      // Neither rejects: the reader does.
      const settle = await result.then(
        (value) => (reader) => reader.resolve(value),
        (error) => (reader) => reader.reject(error),
      );
      // All readers were cancelled meanwhile, or another call of this method has served them.
      if (this.#result !== result || this.#readers.length === 0) {
        return;
      }
      this.#result = undefined;
      settle(this.#readers.shift());
    }
  }

  async #receive() {
    let value;
    try {
      value = await this.#connection?.receive();
    } catch (error) {
      if (!Array.isArray(error)) {
        throw error;
      }
      this.#failed = true;
      const [kind, text] = error;
      throw new ReceiveError(text, kind, kind === "lost" ? await this.closed : this.#closeInfo);
    }
    if (value === undefined) {
      // All messages are read, so wasm's memory is freed now instead of at the next garbage collection.
      const info = await this.closed;
      this.#connection?.free();
      this.#connection = undefined;
      // Wasm takes a close event of Deno without a code for a clean close, so it reports no error.
      if (info.cause === "lost" && !this.#failed) {
        this.#failed = true;
        throw new ReceiveError(`cannot receive: ${formatInfo(info)}`, "lost", info);
      }
    }
    return { done: value === undefined, value };
  }
}

// Older engines do not have the symbol.
if (Symbol.asyncDispose) {
  Object.defineProperty(WebSocketConnection.prototype, Symbol.asyncDispose, {
    value: async function () {
      await this.close();
    },
    writable: true,
    configurable: true,
  });
}

export async function connect(url, options = {}) {
  const { protocols = [], connectTimeout, closeTimeout, sendHighWaterMark, receiveBufferLimit, messages = true } = options;
  // All options are validated before the socket is created: an error afterwards would leave an open socket without an owner.
  const address = typeof url === "string" ? url : url?.href;
  if (typeof address !== "string") {
    throw new TypeError(`url must be a string or a URL, got ${String(url)}`);
  }
  const signal = abortSignal(options.signal);
  if (signal?.aborted) {
    throw signal.reason;
  }
  const connection = open(
    address,
    typeof protocols === "string" ? [protocols] : [...protocols],
    nonNegative("connectTimeout", connectTimeout),
    nonNegative("closeTimeout", closeTimeout),
    nonNegative("sendHighWaterMark", sendHighWaterMark),
    nonNegative("receiveBufferLimit", receiveBufferLimit),
    boolean("messages", messages),
  );
  const closed = connection.closed().then(closeInfo);

  let abort;
  const aborted = new Promise((resolve) => {
    abort = () => {
      connection.close(CloseCode.NORMAL, "");
      resolve();
    };
  });
  signal?.addEventListener("abort", abort);
  closed.then(() => signal?.removeEventListener("abort", abort));

  // An abort rejects at once. It does not wait until the socket has closed.
  const opened = await Promise.race([connection.opened(), aborted]);
  if (opened === true && !signal?.aborted) {
    return new WebSocketConnection(CONSTRUCT, connection, closed, !messages);
  }
  signal?.removeEventListener("abort", abort);
  const freed = closed.then((info) => {
    connection.free();
    return info;
  });
  if (signal?.aborted) {
    throw signal.reason;
  }
  const info = await freed;
  throw new ConnectError(`could not connect: ${formatInfo(info)}`, info);
}

function open(...args) {
  try {
    return new (wasm().Connection)(...args);
  } catch (error) {
    // Wasm throws texts. Anything else is an error of another kind, such as `init` not having been called.
    throw typeof error === "string" ? new ConnectError(error, undefined) : error;
  }
}
