// Mistakes that the types reject.

import { type CloseInfo, closed, connect, describeCloseCode, onClose, WebSocketConnection, type WebSocketLike } from "onclose";

export async function refused(url: string, connection: WebSocketConnection, info: CloseInfo): Promise<void> {
  // @ts-expect-error a number is no message
  await connection.send(7);
  // @ts-expect-error a code is a number
  connection.close("1000");
  // @ts-expect-error the close info is read-only
  info.code = 1000;
  // @ts-expect-error and so is the promise of it
  connection.closed = Promise.resolve(info);
  // @ts-expect-error not a cause
  info.cause === "missed";
  // @ts-expect-error a code may have no name
  info.codeName.length;
  // @ts-expect-error only `connect` creates connections
  new WebSocketConnection();
  // @ts-expect-error a misspelt option
  await connect(url, { closeTimeOut: 1 });
  // @ts-expect-error not a socket
  onClose({}, () => {});
  // @ts-expect-error a connection is not a WebSocket
  onClose(connection, () => {});
  // @ts-expect-error a code is a number
  describeCloseCode("1000");
}

export async function unchecked(socket: WebSocketLike): Promise<number> {
  const close = await closed(socket);
  // @ts-expect-error a close event that was missed has no code
  return close.code;
}
