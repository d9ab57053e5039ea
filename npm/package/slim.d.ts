export * from "./index.js";

type WasmModule = typeof globalThis extends { WebAssembly: { Module: new (...args: any) => infer M } } ? M : never;
type HttpResponse = typeof globalThis extends { Response: new (...args: any) => infer R } ? R : never;

/** Where the wasm comes from: its URL, its bytes, the answer to a request for it, or what was compiled of it. */
export type WasmSource = string | { readonly href: string } | ArrayBufferLike | ArrayBufferView | HttpResponse | WasmModule;

/**
 * Loads the wasm (`onclose/onclose_bg.wasm`). Everything else throws until this has resolved. It may be called any
 * number of times: what was loaded once is kept, and after a failure another call tries again.
 */
export function init(source: WasmSource | PromiseLike<WasmSource>): Promise<void>;
