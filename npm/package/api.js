// The public exports, apart from `init`.

export { closed, onClose } from "./closed.js";
export { CloseCode, describeCloseCode, isSendableCloseCode } from "./codes.js";
export { connect, WebSocketConnection } from "./connection.js";
export { CloseFrameError, ConnectError, ReceiveError, SendError } from "./errors.js";
