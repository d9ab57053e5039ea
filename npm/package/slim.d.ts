export * from "./index.js";

type WasmModule = typeof globalThis extends { WebAssembly: { Module: new (...args: any) => infer M } } ? M : never;
type HttpResponse = typeof globalThis extends { Response: new (...args: any) => infer R } ? R : never;

/** The source of the wasm: its URL, its bytes, a `Response` with them, or a compiled `WebAssembly.Module`. */
export type WasmSource = string | { readonly href: string } | ArrayBufferLike | ArrayBufferView | HttpResponse | WasmModule;

/**
 * Loads the wasm (`onclose/onclose_bg.wasm`). Until it has resolved, every other function throws, and those that return a
 * promise reject.
 *
 * It may be called any number of times: the module is loaded once, and after a failure the next call tries again.
 */
export function init(source: WasmSource | PromiseLike<WasmSource>): Promise<void>;
