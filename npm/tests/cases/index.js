import { closing } from "./closing.js";
import { codes } from "./codes.js";
import { foreign } from "./observing.js";
import { full, handshake, messages } from "./messages.js";

/** In every engine. */
export const cases = { ...codes, ...closing, ...handshake, ...messages, ...foreign };
export { full };
