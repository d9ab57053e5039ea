// Close codes: their names, what is known of each, and the check of a frame before it is sent.

import { CloseFrameError } from "./errors.js";
import { wasm } from "./module.js";

export const CloseCode = Object.freeze({
  NORMAL: 1000,
  GOING_AWAY: 1001,
  PROTOCOL_ERROR: 1002,
  UNSUPPORTED_DATA: 1003,
  NO_STATUS: 1005,
  ABNORMAL: 1006,
  INVALID_PAYLOAD: 1007,
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
  MANDATORY_EXTENSION: 1010,
  INTERNAL_ERROR: 1011,
  SERVICE_RESTART: 1012,
  TRY_AGAIN_LATER: 1013,
  BAD_GATEWAY: 1014,
  TLS_HANDSHAKE: 1015,
  UNAUTHORIZED: 3000,
  FORBIDDEN: 3003,
  TIMEOUT: 3008,
});

// wasm-bindgen truncates numbers to 16 bits: without this check, 66536 would count as 1000.
const isCode = (code) => Number.isInteger(code) && code >= 0 && code <= 0xffff;

export function describeCloseCode(code) {
  if (!isCode(code)) {
    throw new TypeError(`code must be an integer from 0 to 65535, got ${String(code)}`);
  }
  return wasm().describeCloseCode(code);
}

export function isSendableCloseCode(code) {
  return isCode(code) && wasm().isSendableCloseCode(code);
}

/** Throws if a browser does not let scripts close with the code or the reason. */
export function checkFrame(code, reason) {
  if (!isCode(code)) {
    throw new CloseFrameError(`close code ${String(code)} is not allowed: use 1000 or 3000-4999`, "code");
  }
  if (typeof reason !== "string") {
    throw new CloseFrameError(`close reason must be a string, got ${typeof reason}`, "reason");
  }
  const message = wasm().closeFrameError(code, reason);
  if (message !== undefined) {
    throw new CloseFrameError(message, isSendableCloseCode(code) ? "reason" : "code");
  }
}
