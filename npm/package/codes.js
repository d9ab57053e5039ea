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

// Anything else would be made to fit on its way into wasm, and 66536 be taken for 1000.
const isCode = (code) => Number.isInteger(code) && code >= 0 && code <= 0xffff;

export function describe(code) {
  if (!isCode(code)) {
    throw new TypeError(`a close code is an integer from 0 to 65535, not ${String(code)}`);
  }
  return wasm().describe(code);
}

export function isSendable(code) {
  return isCode(code) && wasm().isSendable(code);
}

/** Throws if a script may not close with these. */
export function checkFrame(code, reason) {
  if (!isCode(code)) {
    throw new CloseFrameError(`a script may close with 1000 and 3000 to 4999 only, not with ${String(code)}`, "code");
  }
  if (typeof reason !== "string") {
    throw new CloseFrameError(`a close reason is a string, not ${typeof reason}`, "reason");
  }
  const fault = wasm().frameFault(code, reason);
  if (fault !== undefined) {
    throw new CloseFrameError(fault, isSendable(code) ? "reason" : "code");
  }
}
