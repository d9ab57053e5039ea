/// <reference lib="esnext.disposable" />

/**
 * Who or what ended a connection.
 *
 * - `"local"`: this side closed first, by {@link WebSocketConnection.close}, an aborted signal or `receiveBufferLimit`,
 *   whether or not the peer answered ({@link CloseInfo.timedOut}).
 * - `"remote"`: the peer's Close frame came first.
 * - `"lost"`: there was no Close frame: the connection was refused, dropped or reset, or the peer broke the protocol.
 *   Browsers hide from scripts which of them it was.
 * - `"timeout"`: connecting took longer than `connectTimeout`, or the `close` event never came although this side had
 *   not closed.
 * - `"blocked"`: the browser refused to connect, e.g. because of the Content-Security-Policy: it fired `error`, and no
 *   `close`.
 */
export type CloseCause = "local" | "remote" | "lost" | "timeout" | "blocked";

/** How a connection closed. It never changes. */
export interface CloseInfo {
  /**
   * The close code, from 0 to 65535. It is the peer's code, and 1006 if the peer sent no Close frame. The code that this
   * side asked for is in {@link CloseInfo.requested}.
   */
  readonly code: number;
  /** The name that IANA has registered for the code, such as `"Going Away"`, or undefined if there is none. */
  readonly codeName: string | undefined;
  /** The reason that the peer gave, or an empty string. */
  readonly reason: string;
  /** Whether the browser considers the closing handshake completed. Do not infer it from the code, nor the code from it. */
  readonly wasClean: boolean;
  /** Who or what ended the connection. */
  readonly cause: CloseCause;
  /**
   * Whether `connectTimeout` or `closeTimeout` elapsed before the browser fired `close`. With the cause `"local"`, the
   * peer did not answer our Close frame in time.
   */
  readonly timedOut: boolean;
  /** What this side asked to close with first, or undefined if it did not. Browsers lose it if the peer does not echo it. */
  readonly requested: { readonly code: number; readonly reason: string } | undefined;
}

/**
 * What {@link closed} and {@link onClose} report of an existing socket: its `close` event, or that the event was missed.
 *
 * A browser does not keep the code, so a socket that closed before it was observed has none. Check `missed` first.
 */
export type ObservedClose =
  | {
      readonly missed: false;
      /** The close code, from 0 to 65535; 1006 if the peer sent no Close frame. */
      readonly code: number;
      /** The name that IANA has registered for the code, such as `"Going Away"`, or undefined if there is none. */
      readonly codeName: string | undefined;
      /** The reason that the peer gave, or an empty string. */
      readonly reason: string;
      /** Whether the browser considers the closing handshake completed. */
      readonly wasClean: boolean;
    }
  | {
      /** The socket is closed, and its `close` event had fired before it was observed. */
      readonly missed: true;
      readonly code?: undefined;
      readonly codeName?: undefined;
      readonly reason?: undefined;
      readonly wasClean?: undefined;
    };

/** What {@link closed} and {@link onClose} need of a socket. Every `WebSocket` has it, and that of the package `ws`. */
export interface WebSocketLike {
  readonly readyState: number;
  addEventListener(type: "close" | "error", listener: (event: any) => void): void;
  removeEventListener(type: "close" | "error", listener: (event: any) => void): void;
}

/** What the functions of this package need of an `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: any;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Options of {@link closed} and {@link onClose}. */
export interface ObserveOptions {
  /** Stops observing: `closed` rejects with the signal's reason, `onClose` unsubscribes. The socket is not closed. */
  signal?: AbortSignalLike | undefined;
}

/**
 * Waits until an existing socket has closed.
 *
 * The socket may be in any state. If it is closed already, the promise resolves within a quarter of a second: with the
 * event if this package observed it, otherwise with `missed: true`. The socket's `on*` handlers and other listeners are
 * not touched.
 *
 * All errors are rejections.
 *
 * @example
 * ```js
 * import { closed } from "onclose";
 *
 * const socket = new WebSocket("wss://example.com/feed");
 * const close = await closed(socket, { signal: AbortSignal.timeout(60_000) });
 * if (!close.missed) console.log(close.code, close.reason);
 * ```
 *
 * @throws the signal's `reason` if it is aborted first.
 * @throws {TypeError} if an argument is invalid.
 */
export function closed(socket: WebSocketLike, options?: ObserveOptions): Promise<ObservedClose>;

/**
 * Calls a function once, when an existing socket has closed, also if it is closed already. See {@link closed}.
 *
 * @example
 * ```js
 * import { onClose } from "onclose";
 *
 * const socket = new WebSocket("wss://example.com/feed");
 * const unsubscribe = onClose(socket, ({ missed, code, reason }) => {
 *   console.log(missed ? "closed earlier" : `closed with ${code} ${reason}`);
 * });
 * ```
 *
 * @returns a function that unsubscribes. It may be called at any time, any number of times.
 * @throws {TypeError} (synchronously) if an argument is invalid.
 */
export function onClose(
  socket: WebSocketLike,
  callback: (close: ObservedClose) => void,
  options?: ObserveOptions,
): () => void;

/** A message to send. Binary data are copied when `send` is called. */
export type Sendable = string | ArrayBufferLike | ArrayBufferView;

/** A received message: a string for text, an `ArrayBuffer` for binary data. */
export type Received = string | ArrayBuffer;

/** The state of a {@link WebSocketConnection}, in the order of `WebSocket.readyState`. */
export type ConnectionState = "connecting" | "open" | "closing" | "closed";

/** Options of {@link connect}. Times are in milliseconds, sizes in bytes. */
export interface ConnectOptions {
  /** The subprotocols to offer, in order of preference. */
  protocols?: string | Iterable<string> | undefined;
  /** Aborts connecting, and closes the connection with 1000 once it is open. */
  signal?: AbortSignalLike | undefined;
  /**
   * How long connecting may take. The default is longer than the delay that Firefox imposes after failed attempts.
   *
   * @default 75_000
   */
  connectTimeout?: number | undefined;
  /**
   * How long to wait for the peer after `close`. Browsers themselves wait up to a minute.
   *
   * @default 5_000
   */
  closeTimeout?: number | undefined;
  /**
   * `send` waits while this much or more is buffered.
   *
   * @default 1_048_576
   */
  sendHighWaterMark?: number | undefined;
  /**
   * How many received bytes may wait to be read. A message counts its size and 64 bytes more; text counts its UTF-16 code
   * units, as `length` does. A message above the limit closes the connection with 1000, and the loop over the messages
   * throws a {@link ReceiveError} of the kind `"overflow"` after those that fitted.
   *
   * @default Infinity
   */
  receiveBufferLimit?: number | undefined;
  /**
   * Whether messages are kept until they are read. With `false`, those that arrive are discarded, and reading throws a
   * `TypeError`: for connections that only send, or whose close alone matters.
   *
   * @default true
   */
  messages?: boolean | undefined;
}

/**
 * Opens a connection, and resolves once it is open.
 *
 * The connection stays open until either side closes it, because sockets are not closed by garbage collection: call
 * {@link WebSocketConnection.close}, abort the `signal`, or declare it with `await using`.
 *
 * All errors are rejections.
 *
 * @example
 * ```js
 * import { connect } from "onclose";
 *
 * const connection = await connect("wss://example.com/feed", { connectTimeout: 10_000 });
 * await connection.send("hello");
 * for await (const message of connection) console.log(message);
 * const { code, cause } = await connection.closed;
 * console.log(cause, code);
 * ```
 *
 * @throws {ConnectError} if the URL is invalid, or if the connection closed, or `connectTimeout` elapsed, before it opened.
 * @throws {TypeError} for an invalid option, before a socket is created.
 * @throws the signal's `reason` if it is aborted before the connection is open.
 */
export function connect(url: string | { readonly href: string }, options?: ConnectOptions): Promise<WebSocketConnection>;

/**
 * A connection that {@link connect} opened. It is not a `WebSocket`: it has no events and no `readyState`, and cannot be
 * passed to libraries that expect one.
 */
export class WebSocketConnection implements AsyncIterable<Received>, AsyncDisposable {
  private constructor();

  /** Resolves with how the connection closed. It is always the same promise, and never rejects. */
  readonly closed: Promise<CloseInfo>;
  /** Never `"connecting"` for a connection that {@link connect} resolved with. */
  readonly state: ConnectionState;
  /** The URL as the browser resolved it. */
  readonly url: string;
  /** The subprotocol that the server chose, or an empty string. */
  readonly protocol: string;
  /** The number of bytes that are not handed to the network yet, as `WebSocket.bufferedAmount`. */
  readonly bufferedAmount: number;

  /**
   * Sends a message once the send buffer has capacity. Messages are sent in the order of the calls.
   *
   * It resolves when the browser has taken the message, which does not mean that the peer has received it. All errors are
   * rejections.
   *
   * @throws {SendError} with the unsent message if the connection is closing or closed.
   * @throws {TypeError} if the message is neither a string nor binary data, e.g. a `Blob`.
   */
  send(message: Sendable): Promise<void>;

  /**
   * Starts closing the connection, and resolves with how it closed, within `closeTimeout` even if the peer never answers.
   *
   * Messages that wait for capacity are not sent, and their `send` rejects. Browsers deliver no message after this call.
   * The first call decides: later ones have no effect on the connection. All errors are rejections.
   *
   * @param code 1000 (the default) or 3000-4999: browsers do not let scripts send other codes.
   * @param reason at most 123 bytes of UTF-8.
   * @throws {CloseFrameError} if the code or the reason is not allowed, also if the connection is closed already. Nothing
   * is sent then, and an open connection stays open.
   */
  close(code?: number, reason?: string): Promise<CloseInfo>;

  /**
   * Resolves with the next message, or with undefined after the last one.
   *
   * Pending reads get the messages in the order of the calls. A read that is aborted takes no message: the next read gets it.
   *
   * @throws {ReceiveError} once, as the loop over the messages does.
   * @throws the signal's `reason` if it is aborted before a message arrives.
   * @throws {TypeError} if the connection was opened with `messages: false`.
   */
  receive(options?: { signal?: AbortSignalLike | undefined }): Promise<Received | undefined>;

  /**
   * Iterates over the messages; each is delivered once.
   *
   * The loop ends when the connection has closed, after all messages that were received before. It throws a
   * {@link ReceiveError}, once, if the connection was lost; after a close of this side it ends without an error, also if
   * the peer did not answer. `break` leaves the connection open, and a new loop continues with the next message.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Received>;

  /** Closes with 1000 and waits until the connection has closed. Only in engines that have `Symbol.asyncDispose`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The code or the reason is not one that browsers let scripts close with. The message names the rule. */
export class CloseFrameError extends TypeError {
  private constructor();
  readonly name: "CloseFrameError";
  /** Which of the two is not allowed. */
  readonly rule: "code" | "reason";
}

/** The connection could not be established. */
export class ConnectError extends Error {
  private constructor();
  readonly name: "ConnectError";
  /** How the connection attempt ended, or undefined if none was made, as for an invalid URL. */
  readonly closeInfo: CloseInfo | undefined;
}

/** A message was not sent. */
export class SendError extends Error {
  private constructor();
  readonly name: "SendError";
  /** The message, as it was when `send` was called. */
  readonly unsent: string | Uint8Array;
  /** How the connection closed, or undefined while it is closing. */
  readonly closeInfo: CloseInfo | undefined;
}

/** Receiving failed. */
export class ReceiveError extends Error {
  private constructor();
  readonly name: "ReceiveError";
  /**
   * `"lost"`: the connection closed without a Close frame. `"overflow"`: more bytes than `receiveBufferLimit` were unread.
   * `"unreadable"`: a message was neither text nor an ArrayBuffer, e.g. because other code set `binaryType`.
   */
  readonly kind: "lost" | "overflow" | "unreadable";
  /** How the connection closed, or undefined while it is closing. Always there for `"lost"`. */
  readonly closeInfo: CloseInfo | undefined;
}

/** The registered close codes. */
export const CloseCode: {
  /** Normal closure: the purpose of the connection has been fulfilled. */
  readonly NORMAL: 1000;
  /** The endpoint is going away, e.g. a server shutting down or a page navigating away. */
  readonly GOING_AWAY: 1001;
  /** The endpoint received data that violates the WebSocket protocol. */
  readonly PROTOCOL_ERROR: 1002;
  /** The endpoint received a type of data that it does not accept, e.g. binary where it expects text. */
  readonly UNSUPPORTED_DATA: 1003;
  /** The peer's Close frame had no status code. Set by the browser, never sent. */
  readonly NO_STATUS: 1005;
  /** The connection closed without a Close frame. Set by the browser, never sent; browsers hide the cause from scripts. */
  readonly ABNORMAL: 1006;
  /** The endpoint received a payload that is inconsistent with the message type, e.g. text that is not UTF-8. */
  readonly INVALID_PAYLOAD: 1007;
  /** The endpoint received a message that violates its policy; also the generic code when no other fits. */
  readonly POLICY_VIOLATION: 1008;
  /** The endpoint received a message that is too big to process. */
  readonly MESSAGE_TOO_BIG: 1009;
  /** The client expected an extension that the server did not negotiate. */
  readonly MANDATORY_EXTENSION: 1010;
  /** The endpoint encountered an unexpected condition and cannot continue. */
  readonly INTERNAL_ERROR: 1011;
  /** The service is restarting. Clients may reconnect, each after a random delay. */
  readonly SERVICE_RESTART: 1012;
  /** The service is overloaded. Clients should reconnect later, or to another address. */
  readonly TRY_AGAIN_LATER: 1013;
  /** A gateway or proxy received an invalid response from its upstream server. Older documents list the code as reserved. */
  readonly BAD_GATEWAY: 1014;
  /** The TLS handshake failed. Set locally, never sent; most browsers report 1006 instead. */
  readonly TLS_HANDSHAKE: 1015;
  /** Authentication is required (like HTTP 401). */
  readonly UNAUTHORIZED: 3000;
  /** The client is authenticated but not permitted (like HTTP 403). */
  readonly FORBIDDEN: 3003;
  /** The endpoint took too long to respond (like HTTP 408). */
  readonly TIMEOUT: 3008;
};

/** One of the registered close codes. */
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/**
 * Returns what a close code means, in one sentence for developers. For a code that is not registered it describes the
 * range of the code.
 *
 * @throws {TypeError} if the code is not an integer from 0 to 65535.
 */
export function describeCloseCode(code: number): string;

/** Returns whether browsers let scripts close with this code: 1000, and 3000-4999. */
export function isSendableCloseCode(code: number): boolean;
