// The entry that does not load the wasm itself.

export * from "./api.js";
export { init } from "./module.js";
