// What users import.

export { closed, onClose } from "./closed.js";
export { CloseCode, describe, isSendable } from "./codes.js";
export { CloseFrameError, ConnectError, ReceiveError, SendError } from "./errors.js";
export { connect, Socket } from "./connection.js";
