// For those who load the wasm themselves.

export * from "./api.js";
export { init } from "./module.js";
