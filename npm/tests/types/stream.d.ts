// The declarations of WebSocketStream, which TypeScript's libraries do not have yet.

interface WebSocketCloseInfo {
  closeCode?: number;
  reason?: string;
}

interface WebSocketOpenInfo {
  readonly readable: ReadableStream<string | Uint8Array>;
  readonly writable: WritableStream<string | Uint8Array>;
  readonly protocol: string;
}

declare class WebSocketStream {
  constructor(url: string, options?: { protocols?: string[]; signal?: AbortSignal });
  readonly url: string;
  readonly opened: Promise<WebSocketOpenInfo>;
  readonly closed: Promise<WebSocketCloseInfo>;
  close(info?: WebSocketCloseInfo): void;
}

declare class WebSocketError extends DOMException {
  readonly closeCode: number | null;
  readonly reason: string;
}
