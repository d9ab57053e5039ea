// A socket of one's own.

import { bytesOf, snapshot } from "./bytes.js";
import { CloseCode, checkFrame } from "./codes.js";
import { ConnectError, ReceiveError, SendError } from "./errors.js";
import { closeInfo } from "./close-info.js";
import { wasm } from "./module.js";

const STATES = ["connecting", "open", "closing", "closed"];
const NOTHING = () => {};

/** Nobody else makes sockets. */
const OURS = Symbol("connect");

export class Socket {
  #connection;
  #raw;
  #end;
  /** How many messages wait for room; while there are some, others wait behind them. */
  #waiting = 0;
  #lastSent = Promise.resolve();
  #lastRead = Promise.resolve();
  /** Reading throws once. */
  #failed = false;

  constructor(key, connection, closed) {
    if (key !== OURS) {
      throw new TypeError("a Socket is made by connect()");
    }
    this.#connection = connection;
    this.#raw = connection.raw;
    Object.defineProperty(this, "closed", { value: closed, enumerable: true });
    // This also keeps it from the garbage collector until it has ended: one that is out of sight is not closed by that.
    closed.then((info) => {
      this.#end = info;
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

  async send(data) {
    if (this.#waiting === 0 && this.#attempt(data)) {
      return;
    }
    const message = snapshot(data);
    const turn = this.#lastSent.then(() => this.#sendWithRoom(message));
    this.#lastSent = turn.catch(NOTHING);
    this.#waiting += 1;
    try {
      await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #sendWithRoom(message) {
    do {
      await this.#connection?.ready();
    } while (!this.#attempt(message));
  }

  /** Whether there was room. */
  #attempt(data) {
    const bytes = typeof data === "string" ? undefined : bytesOf(data);
    const connection = this.#connection;
    if (connection === undefined) {
      throw new SendError("nothing can be sent, the connection has ended", snapshot(data), this.#end);
    }
    try {
      return bytes === undefined ? connection.sendText(data) : connection.sendBytes(bytes);
    } catch (fault) {
      throw new SendError(fault, snapshot(data), this.#end);
    }
  }

  close(code = CloseCode.NORMAL, reason = "") {
    checkFrame(code, reason);
    this.#connection?.close(code, reason);
    return this.closed;
  }

  [Symbol.asyncIterator]() {
    let left = false;
    return {
      next: () => (left ? Promise.resolve({ done: true, value: undefined }) : this.#read()),
      // Leaving the loop leaves the socket open, and what has not been read to the next loop.
      return: async (value) => {
        left = true;
        return { done: true, value };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** One after the other, whoever asks. */
  #read() {
    const turn = this.#lastRead.then(() => this.#receive());
    this.#lastRead = turn.catch(NOTHING);
    return turn;
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
      const [kind, fault] = error;
      throw new ReceiveError(fault, kind, kind === "lost" ? await this.closed : this.#end);
    }
    if (value === undefined) {
      // All is read, so it has ended: what wasm keeps of it need not wait for the garbage collector.
      const info = await this.closed;
      this.#connection?.free();
      this.#connection = undefined;
      // Wasm takes Deno's end without a code for a proper one.
      if (info.cause === "lost" && !this.#failed) {
        this.#failed = true;
        throw new ReceiveError(`the connection ended without a closing handshake (${short(info)})`, "lost", info);
      }
    }
    return { done: value === undefined, value };
  }
}

// Where the engine has it.
if (Symbol.asyncDispose) {
  Object.defineProperty(Socket.prototype, Symbol.asyncDispose, {
    value: async function () {
      await this.close();
    },
    writable: true,
    configurable: true,
  });
}

/** Undefined, or a number that is not negative. */
function amount(name, value) {
  if (value !== undefined && !(typeof value === "number" && value >= 0)) {
    throw new TypeError(`${name} is a number from 0 on, not ${String(value)}`);
  }
  return value;
}

export async function connect(url, options = {}) {
  const { protocols = [], signal, connectTimeout, closeTimeout, sendBuffer, recvBuffer } = options;
  // Before anything is opened: nobody would have it to close it.
  const address = typeof url === "string" ? url : url?.href;
  if (typeof address !== "string") {
    throw new TypeError(`url is a string or a URL, not ${String(url)}`);
  }
  if (signal && typeof signal.addEventListener !== "function") {
    throw new TypeError(`signal is an AbortSignal, not ${String(signal)}`);
  }
  if (signal?.aborted) {
    throw signal.reason;
  }
  const connection = open(
    address,
    typeof protocols === "string" ? [protocols] : [...protocols],
    amount("connectTimeout", connectTimeout),
    amount("closeTimeout", closeTimeout),
    amount("sendBuffer", sendBuffer),
    amount("recvBuffer", recvBuffer),
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

  // Whoever aborts need not wait for the end of what nobody wants.
  const isOpen = await Promise.race([connection.opened(), aborted, stuck(connection.raw)]);
  if (isOpen === true && !signal?.aborted) {
    return new Socket(OURS, connection, closed);
  }
  signal?.removeEventListener("abort", abort);
  const ended = closed.then((info) => {
    connection.free();
    return info;
  });
  if (signal?.aborted) {
    throw signal.reason;
  }
  if (isOpen === STUCK) {
    connection.close(CloseCode.NORMAL, "");
  }
  const info = isOpen === STUCK ? closeInfo([1006, "Abnormal Closure", "", false, "lost"]) : await ended;
  throw new ConnectError(`the connection ended before it opened (${short(info)})`, info);
}

const STUCK = Symbol("stuck");

/** Node 22 leaves a socket that was refused connecting for ever, with an `error` and no `close`. */
function stuck(raw) {
  return new Promise((resolve) => {
    // Elsewhere it is closed by then, or about to be.
    const look = () => raw.readyState === 0 && resolve(STUCK);
    raw.addEventListener("error", () => setTimeout(look, 250), { once: true });
  });
}

function short({ code, name, cause }) {
  return `${cause}: ${code}${name === undefined ? "" : ` ${name}`}`;
}

function open(...args) {
  try {
    return new (wasm().Connection)(...args);
  } catch (fault) {
    // A text from wasm; anything else is not about the socket.
    throw typeof fault === "string" ? new ConnectError(fault, undefined) : fault;
  }
}
