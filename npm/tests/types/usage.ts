// What users write, in whatever library.

import {
  CloseCode,
  CloseFrameError,
  closed,
  connect,
  ConnectError,
  describe,
  isSendable,
  onClose,
  ReceiveError,
  SendError,
  type CloseCause,
  type CloseInfo,
  type ConnectOptions,
  type Received,
  type Socket,
  type SocketState,
  type WebSocketLike,
} from "onclose";
import { init, type Socket as SlimSocket } from "onclose/slim";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_T extends true>(): void {}

is<Equal<CloseCause, "local" | "remote" | "lost" | "deadline" | "blocked" | "observed" | "missed">>();
is<Equal<SocketState, "connecting" | "open" | "closing" | "closed">>();
is<Equal<Received, string | ArrayBuffer>>();
is<Equal<keyof CloseInfo, "code" | "name" | "reason" | "wasClean" | "cause">>();
is<Equal<(typeof CloseCode)["GOING_AWAY"], 1001>>();
is<Equal<SlimSocket, Socket>>();

export async function own(url: string): Promise<string> {
  const options: ConnectOptions = { protocols: ["a", "b"], connectTimeout: 1000, sendBuffer: 1 << 16 };
  await using socket = await connect(url, options);
  is<Equal<typeof socket, Socket>>();
  await socket.send("text");
  await socket.send(new Uint8Array(3));
  await socket.send(new ArrayBuffer(3));
  await socket.send(new DataView(new ArrayBuffer(3)));
  for await (const message of socket) {
    is<Equal<typeof message, string | ArrayBuffer>>();
    return typeof message === "string" ? message : String(message.byteLength);
  }
  const info: CloseInfo = await socket.close(4000, "bye");
  switch (info.cause) {
    case "local":
    case "remote":
      return info.name ?? describe(info.code);
    case "lost":
    case "deadline":
    case "blocked":
      return "again";
    case "observed":
    case "missed":
      return "somebody else's";
    default:
      // All of them were named.
      return info.cause satisfies never;
  }
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
    return error.closed?.reason;
  }
  return error instanceof ConnectError ? error.closed?.reason : undefined;
}

export async function foreign(socket: WebSocketLike): Promise<boolean> {
  const stop: () => void = onClose(socket, (info) => info.wasClean);
  stop();
  const code: number = (await closed(socket)).code;
  return isSendable(code);
}

export async function slim(bytes: Uint8Array): Promise<void> {
  await init(bytes);
  await init(Promise.resolve(bytes));
  await init("/onclose_bg.wasm");
}
