/** Deno tells of a connection that ended without a Close frame by an event without a code, which is 0 then. */
const CODELESS = "Deno" in globalThis;

/** Gives what wasm tells of an end its keys. */
export function closeInfo([code, name, reason, wasClean, cause]) {
  if (CODELESS && code === 0 && !wasClean) {
    code = 1006;
    name = "Abnormal Closure";
    cause = cause === "remote" ? "lost" : cause;
  }
  return Object.freeze({ code, name, reason, wasClean, cause });
}
