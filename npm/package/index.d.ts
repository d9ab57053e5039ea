/// <reference lib="esnext.disposable" />

/**
 * Why a WebSocket ended.
 *
 * - `"local"`: our `close` (or abort) came first, and the end followed.
 * - `"remote"`: the peer's Close frame came first.
 * - `"lost"`: there was no Close frame: refused, dropped, reset, broken protocol. Browsers keep the reason from scripts.
 * - `"deadline"`: we stopped waiting, as no `close` event came within `connectTimeout` or `closeTimeout`.
 * - `"blocked"`: the browser refused to try (a Content-Security-Policy): an `error`, and no `close`.
 * - `"observed"`: somebody else's socket closed while we watched; who began is not known.
 * - `"missed"`: somebody else's socket had closed before we watched. Browsers do not keep what the event said; the code
 *   is 1006, the local code for "no Close frame was seen".
 */
export type CloseCause = "local" | "remote" | "lost" | "deadline" | "blocked" | "observed" | "missed";

/** How a WebSocket ended. It never changes. */
export interface CloseInfo {
  /** The close code: any number from 0 to 65535, as engines deliver what a peer sends. */
  readonly code: number;
  /** The name that IANA has registered for the code, such as `"Going Away"`; undefined if there is none. */
  readonly name: string | undefined;
  /** The reason that the peer gave; empty if it gave none. */
  readonly reason: string;
  /** Whether the engine saw the closing handshake completed. It does not follow from the code, nor the code from it. */
  readonly wasClean: boolean;
  /** What ended it. */
  readonly cause: CloseCause;
}

/** What {@link closed} and {@link onClose} need of a socket: every `WebSocket` has it, and that of the package `ws`. */
export interface WebSocketLike {
  readonly readyState: number;
  addEventListener(type: "close" | "error", listener: (event: any) => void): void;
  removeEventListener(type: "close" | "error", listener: (event: any) => void): void;
}

/** What {@link connect} needs of an `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: any;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * Waits for the end of a socket that somebody else owns, in whatever state it is. It never rejects for how it ended, and
 * a socket that is closed already is an answer after a quarter of a second at most: with what its event said if this
 * package watched it then, otherwise with the cause `"missed"`.
 *
 * Nothing on the socket is changed, and no other listener disturbed.
 *
 * @throws {TypeError} (as a rejection) if it is not a WebSocket.
 */
export function closed(socket: WebSocketLike): Promise<CloseInfo>;

/**
 * Calls a function once, when a socket that somebody else owns has ended; also if it had already.
 *
 * @returns a function that unsubscribes. It may be called at any time and more than once.
 * @throws {TypeError} if it is not a WebSocket, or not a function.
 */
export function onClose(socket: WebSocketLike, callback: (info: CloseInfo) => void): () => void;

/** What can be sent. Bytes are copied when `send` is called. */
export type Sendable = string | ArrayBufferLike | ArrayBufferView;

/** What is received: a string for text, an `ArrayBuffer` for binary. */
export type Received = string | ArrayBuffer;

/** In which state a {@link Socket} is. */
export type SocketState = "connecting" | "open" | "closing" | "closed";

/** Options of {@link connect}. Times are in milliseconds, sizes in bytes. */
export interface ConnectOptions {
  /** The subprotocols to offer, the preferred one first. */
  protocols?: string | Iterable<string> | undefined;
  /** Cancels connecting, and closes the socket with 1000 once it is open. */
  signal?: AbortSignalLike | undefined;
  /** How long connecting may take. Default: 75 000, which is above the delay that Firefox imposes after failures. */
  connectTimeout?: number | undefined;
  /** How long closing may take from our `close` on. Default: 5 000. Browsers themselves wait up to a minute, or for ever. */
  closeTimeout?: number | undefined;
  /** A message is sent when less than this is buffered; until then `send` waits. Default: 1 MiB. */
  sendBuffer?: number | undefined;
  /** How much may wait to be read; more closes the socket, and reading rejects after what fitted. Default: no limit. */
  recvBuffer?: number | undefined;
}

/**
 * Connects, and resolves once the socket is open.
 *
 * A socket stays open until somebody closes it, whether or not anybody still refers to it: the garbage collector closes
 * none. Call {@link Socket.close}, abort the `signal`, or declare it with `await using`.
 *
 * @throws {ConnectError} if there can be no socket for this URL, if it ended before it opened, or in `connectTimeout`.
 * @throws the signal's `reason` if it is aborted before the socket is open.
 */
export function connect(url: string | { readonly href: string }, options?: ConnectOptions): Promise<Socket>;

/** A WebSocket of one's own, made by {@link connect}. */
export class Socket implements AsyncIterable<Received>, AsyncDisposable {
  private constructor();

  /** How it ended. The same promise always; it never rejects. */
  readonly closed: Promise<CloseInfo>;
  readonly state: SocketState;
  /** The URL as the browser resolved it. */
  readonly url: string;
  /** The subprotocol that the server chose; empty if it chose none. */
  readonly protocol: string;
  /** How many bytes wait to be handed to the network. */
  readonly bufferedAmount: number;

  /**
   * Sends a message, in the order of the calls, as soon as there is room in the send buffer.
   *
   * It resolves when the message was handed to the browser, which does not mean that the peer has it.
   *
   * @throws {SendError} with the unsent message if the socket has ended or begun to close.
   * @throws {TypeError} for anything that is no message, such as a `Blob`.
   */
  send(message: Sendable): Promise<void>;

  /**
   * Closes it, and resolves with how it ended: within `closeTimeout`, also if the peer never answers.
   *
   * Messages that still wait for room are not sent; their `send` rejects.
   *
   * @param code 1000 (the default) or 3000 to 4999: a browser lets a script send no others.
   * @param reason at most 123 bytes of UTF-8.
   * @throws {CloseFrameError} at once, before anything is sent, also if it is closed already.
   */
  close(code?: number, reason?: string): Promise<CloseInfo>;

  /**
   * The messages, each once. The loop ends with the socket, after all that came before; if the connection was lost
   * it throws a {@link ReceiveError}, once. Leaving the loop leaves the socket open, and another loop goes on.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Received>;

  /** Closes it with 1000 and waits for the end. It is there if the engine knows `Symbol.asyncDispose`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A code or reason that a browser lets no script close with. The message names the rule. */
export class CloseFrameError extends TypeError {
  private constructor();
  readonly name: "CloseFrameError";
  /** Which of the two breaks a rule. */
  readonly rule: "code" | "reason";
}

/** The socket never opened. */
export class ConnectError extends Error {
  private constructor();
  readonly name: "ConnectError";
  /** How it ended; undefined if there was none to end, as for a bad URL. */
  readonly closed: CloseInfo | undefined;
}

/** A message was not sent. */
export class SendError extends Error {
  private constructor();
  readonly name: "SendError";
  /** The message, as it was when `send` was called. */
  readonly unsent: string | Uint8Array;
  /** How the socket ended, if it has. */
  readonly closed: CloseInfo | undefined;
}

/** The messages ended otherwise than they should. */
export class ReceiveError extends Error {
  private constructor();
  readonly name: "ReceiveError";
  /** The connection was lost; more waited than `recvBuffer` allows; or a message was neither text nor an ArrayBuffer. */
  readonly kind: "lost" | "overflow" | "unreadable";
  /** How the socket ended, if it has; always for `"lost"`. */
  readonly closed: CloseInfo | undefined;
}

/** The registered close codes. */
export const CloseCode: {
  /** The connection did what it was opened for. */
  readonly NORMAL: 1000;
  /** An end is leaving: the server shuts down, or the page was left. */
  readonly GOING_AWAY: 1001;
  /** The other end broke the WebSocket protocol. */
  readonly PROTOCOL_ERROR: 1002;
  /** A kind of data arrived that this end does not take. */
  readonly UNSUPPORTED_DATA: 1003;
  /** The peer's Close frame held no code. Reported by the browser, never sent. */
  readonly NO_STATUS: 1005;
  /** The connection ended without a Close frame. Reported by the browser, never sent. */
  readonly ABNORMAL: 1006;
  /** A message did not hold what its type says, such as text that is not UTF-8. */
  readonly INVALID_PAYLOAD: 1007;
  /** A message broke the other end's rules. */
  readonly POLICY_VIOLATION: 1008;
  /** A message was larger than the other end handles. */
  readonly MESSAGE_TOO_BIG: 1009;
  /** The client needed an extension that the server did not grant. */
  readonly MANDATORY_EXTENSION: 1010;
  /** An end met a condition it did not expect. */
  readonly INTERNAL_ERROR: 1011;
  /** The service restarts. Reconnect after a delay that differs from client to client. */
  readonly SERVICE_RESTART: 1012;
  /** The service is overloaded. Reconnect later, or to another address. */
  readonly TRY_AGAIN_LATER: 1013;
  /** A gateway got an invalid answer from the server behind it. */
  readonly BAD_GATEWAY: 1014;
  /** TLS could not be set up. Reported locally, never sent; most browsers report 1006 instead. */
  readonly TLS_HANDSHAKE: 1015;
  /** Log in first: what HTTP says with 401. */
  readonly UNAUTHORIZED: 3000;
  /** Logged in, but not allowed: what HTTP says with 403. */
  readonly FORBIDDEN: 3003;
  /** An end took too long to answer: what HTTP says with 408. */
  readonly TIMEOUT: 3008;
};

/** One of the registered close codes. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/**
 * What a close code means, in a sentence; of a code without a meaning of its own, what its range is for.
 *
 * @throws {TypeError} if it is not an integer from 0 to 65535.
 */
export function describe(code: number): string;

/** Whether a browser lets a script close with this code: 1000, and 3000 to 4999. */
export function isSendable(code: number): boolean;
