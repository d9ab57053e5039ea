// Beside WebSocketStream in one module.

import * as onclose from "onclose";
import { closed, CloseCode, type ObservedClose } from "onclose";

export async function both(raw: WebSocket): Promise<[ObservedClose, WebSocketCloseInfo]> {
  const stream = new WebSocketStream(raw.url);
  stream.close({ closeCode: CloseCode.NORMAL });
  return [await closed(raw), await stream.closed];
}

type Clashing = Extract<keyof typeof onclose, "WebSocket" | "WebSocketStream" | "WebSocketError" | "CloseEvent">;
export const none: [Clashing] extends [never] ? true : false = true;
