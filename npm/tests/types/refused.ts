// What is wrong, and has to be told before it is run.

import { type CloseInfo, connect, describe, onClose, Socket } from "onclose";

export async function refused(url: string, socket: Socket, info: CloseInfo): Promise<void> {
  // @ts-expect-error a number is no message
  await socket.send(7);
  // @ts-expect-error a code is a number
  socket.close("1000");
  // @ts-expect-error the end does not change
  info.code = 1000;
  // @ts-expect-error nor does the promise of it
  socket.closed = Promise.resolve(info);
  // @ts-expect-error not a cause
  info.cause === "timeout";
  // @ts-expect-error the name may be missing
  info.name.length;
  // @ts-expect-error nobody makes a socket
  new Socket();
  // @ts-expect-error a misspelt option
  await connect(url, { closeTimeOut: 1 });
  // @ts-expect-error not a socket
  onClose({}, () => {});
  // @ts-expect-error a code is a number
  describe("1000");
}
