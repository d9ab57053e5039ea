// Turns the arrays that wasm returns for a close into the objects that the package returns.

/** Deno fires a `close` event without a code, which reads as 0, if a connection closed without a Close frame. */
const DENO_OMITS_CODE = "Deno" in globalThis;

function closeEvent([code, codeName, reason, wasClean]) {
  return DENO_OMITS_CODE && code === 0 && !wasClean
    ? { code: 1006, codeName: "Abnormal Closure", reason, wasClean }
    : { code, codeName, reason, wasClean };
}

/** Takes undefined for an event that was missed. */
export function observedClose(parts) {
  return Object.freeze(parts === undefined ? { missed: true } : { missed: false, ...closeEvent(parts) });
}

export function closeInfo(parts) {
  const event = closeEvent(parts);
  const [code, , , , cause, timedOut, requestedCode, requestedReason] = parts;
  return Object.freeze({
    ...event,
    // Wasm takes Deno's code 0 for one of a Close frame.
    cause: code !== event.code && cause === "remote" ? "lost" : cause,
    timedOut,
    requested: requestedReason === undefined ? undefined : Object.freeze({ code: requestedCode, reason: requestedReason }),
  });
}

export function formatInfo({ code, codeName, cause }) {
  return `${cause}: ${code}${codeName === undefined ? "" : ` ${codeName}`}`;
}
