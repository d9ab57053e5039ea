// The jobs in plain JavaScript, each beside one over the crate or for the laboratory itself.

export * from "./lab.js";
export * from "./load.js";
export * from "./lifecycle.js";
export * from "./teardown.js";
export * from "./matrix.js";
