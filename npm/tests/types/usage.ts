// Code that compiles with every library.

import {
  type AbortSignalLike,
  CloseCode,
  CloseFrameError,
  closed,
  connect,
  ConnectError,
  describeCloseCode,
  isSendableCloseCode,
  onClose,
  ReceiveError,
  SendError,
  type CloseCause,
  type CloseInfo,
  type ConnectionState,
  type ConnectOptions,
  type ObservedClose,
  type Received,
  type WebSocketConnection,
  type WebSocketLike,
} from "onclose";
import { init, type WebSocketConnection as SlimConnection } from "onclose/slim";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_T extends true>(): void {}

is<Equal<CloseCause, "local" | "remote" | "lost" | "timeout" | "blocked">>();
is<Equal<ConnectionState, "connecting" | "open" | "closing" | "closed">>();
is<Equal<Received, string | ArrayBuffer>>();
is<Equal<keyof CloseInfo, "code" | "codeName" | "reason" | "wasClean" | "cause" | "timedOut" | "requested">>();
is<Equal<keyof ObservedClose, "missed" | "code" | "codeName" | "reason" | "wasClean">>();
is<Equal<(typeof CloseCode)["GOING_AWAY"], 1001>>();
is<Equal<SlimConnection, WebSocketConnection>>();

export async function client(url: string): Promise<string> {
  const options: ConnectOptions = { protocols: ["a", "b"], connectTimeout: 1000, sendHighWaterMark: 1 << 16 };
  await using connection = await connect(url, options);
  is<Equal<typeof connection, WebSocketConnection>>();
  await connection.send("text");
  await connection.send(new Uint8Array(3));
  await connection.send(new ArrayBuffer(3));
  await connection.send(new DataView(new ArrayBuffer(3)));
  for await (const message of connection) {
    is<Equal<typeof message, string | ArrayBuffer>>();
    return typeof message === "string" ? message : String(message.byteLength);
  }
  const info: CloseInfo = await connection.close(4000, "bye");
  switch (info.cause) {
    case "local":
      return info.timedOut ? "no answer" : (info.requested?.reason ?? "");
    case "remote":
      return info.codeName ?? describeCloseCode(info.code);
    case "lost":
    case "timeout":
    case "blocked":
      return "again";
    default:
      // Every cause has a case.
      return info.cause satisfies never;
  }
}

export async function reading(url: string, signal: AbortSignalLike): Promise<void> {
  const connection = await connect(url, { messages: true });
  const message = await connection.receive({ signal });
  is<Equal<typeof message, Received | undefined>>();
  await connection.receive();
}

export function errors(error: unknown): string | Uint8Array | undefined {
  if (error instanceof CloseFrameError) {
    is<Equal<typeof error.rule, "code" | "reason">>();
    const typeError: TypeError = error;
    return typeError.message;
  }
  if (error instanceof SendError) {
    return error.unsent;
  }
  if (error instanceof ReceiveError) {
    is<Equal<typeof error.kind, "lost" | "overflow" | "unreadable">>();
    return error.closeInfo?.reason;
  }
  return error instanceof ConnectError ? error.closeInfo?.reason : undefined;
}

export async function observing(socket: WebSocketLike, signal: AbortSignalLike): Promise<boolean> {
  const codes: number[] = [];
  const stop: () => void = onClose(socket, ({ missed, code }) => {
    // `missed` narrows the code also when both are destructured.
    if (!missed) {
      codes.push(code);
    }
  }, { signal });
  stop();
  const close = await closed(socket, { signal });
  if (close.missed) {
    is<Equal<typeof close.code, undefined>>();
    return false;
  }
  const code: number = close.code;
  return close.wasClean && isSendableCloseCode(code);
}

export async function slim(bytes: Uint8Array): Promise<void> {
  await init(bytes);
  await init(Promise.resolve(bytes));
  await init("/onclose_bg.wasm");
}
