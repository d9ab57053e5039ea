// All cases, by their names.

import { closing } from "./closing.js";
import { codes } from "./codes.js";
import { observing } from "./observing.js";
import { fullBuffer, handshake, messages } from "./messages.js";

/** In every engine. */
export const cases = { ...codes, ...closing, ...handshake, ...messages, ...observing };
export { fullBuffer };
