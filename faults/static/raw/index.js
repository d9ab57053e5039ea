// The jobs in plain JavaScript: those that the crate has too, and those that only the laboratory needs.

export * from "./lab.js";
export * from "./lifecycle.js";
export * from "./load.js";
export * from "./matrix.js";
export * from "./teardown.js";
