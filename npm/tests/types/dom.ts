// With a library that declares a WebSocket: its names still mean the library's types.

import { closed, connect, onClose } from "onclose";
import { init } from "onclose/slim";

export async function both(url: URL, signal: AbortSignal): Promise<CloseEvent> {
  const raw = new WebSocket(url);
  const stop = onClose(raw, ({ code, codeName }) => console.log(code, codeName));
  const { reason = "" } = await closed(raw, { signal: AbortSignal.timeout(1000) });
  stop();
  const connection = await connect(url, { signal });
  await connection.closed;
  await init(fetch("onclose_bg.wasm"));
  await init(await WebAssembly.compile(new ArrayBuffer(0)));
  return new CloseEvent("close", { reason });
}

// @ts-expect-error a Blob is no message
export const blob = (connection: Awaited<ReturnType<typeof connect>>) => connection.send(new Blob());
