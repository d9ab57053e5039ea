// Close codes.

import { CloseCode, describeCloseCode, isSendableCloseCode, WebSocketConnection } from "onclose";
import { check, same, thrown } from "../harness.js";

/** An unregistered code of each range; their descriptions are those of the ranges. */
const UNREGISTERED = [999, 1999, 2999, 3999, 4999, 5000];

export const codes = {
  async every_registered_code_has_a_constant() {
    const ranges = new Set(UNREGISTERED.map(describeCloseCode));
    same(ranges.size, UNREGISTERED.length, "number of ranges");
    const known = [];
    for (let code = 0; code <= 65535; code += 1) {
      if (!ranges.has(describeCloseCode(code))) {
        known.push(code);
      }
    }
    // 1004 is registered as reserved.
    same(Object.values(CloseCode), known.filter((code) => code !== 1004), "the constants");
    check(Object.isFrozen(CloseCode), "the constants can be modified");
  },

  async only_1000_and_3000_to_4999_are_sendable() {
    for (let code = 0; code <= 65535; code += 1) {
      const expected = code === 1000 || (code >= 3000 && code <= 4999);
      check(isSendableCloseCode(code) === expected, `${code} is reported as ${expected ? "not " : ""}sendable`);
    }
    for (const wrong of [66536, -1, 1000.5, NaN, "1000", null, undefined]) {
      check(isSendableCloseCode(wrong) === false, `${wrong} is reported as sendable`);
    }
  },

  async describing_an_invalid_code_throws() {
    for (const wrong of [65536, -1, 1.5, NaN, "1000", undefined]) {
      check(thrown(() => describeCloseCode(wrong)) instanceof TypeError, `${wrong} was described`);
    }
  },

  async constructor_of_a_connection_throws() {
    const error = thrown(() => new WebSocketConnection());
    check(error instanceof TypeError && error.message.includes("connect()"), `it threw ${error}`);
  },
};
