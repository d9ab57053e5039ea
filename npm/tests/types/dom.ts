// With a library that has a WebSocket of its own, whose names are still that library's.

import { closed, connect, onClose } from "onclose";
import { init } from "onclose/slim";

export async function own(url: URL, signal: AbortSignal): Promise<CloseEvent> {
  const raw = new WebSocket(url);
  const stop = onClose(raw, ({ code, cause }) => console.log(code, cause));
  const { reason } = await closed(raw);
  stop();
  const socket = await connect(url, { signal });
  await socket.closed;
  await init(fetch("onclose_bg.wasm"));
  await init(await WebAssembly.compile(new ArrayBuffer(0)));
  return new CloseEvent("close", { reason });
}

// @ts-expect-error a Blob is no message
export const blob = (socket: Awaited<ReturnType<typeof connect>>) => socket.send(new Blob());
