// Close codes.

import { CloseCode, describe, isSendable, Socket } from "onclose";
import { check, same, thrown } from "../harness.js";

/** One of each range that is not registered. */
const UNREGISTERED = [999, 1999, 2999, 3999, 4999, 5000];

export const codes = {
  async every_code_with_a_meaning_has_a_constant() {
    const ranges = new Set(UNREGISTERED.map(describe));
    same(ranges.size, UNREGISTERED.length, "number of ranges");
    const known = [];
    for (let code = 0; code <= 65535; code += 1) {
      if (!ranges.has(describe(code))) {
        known.push(code);
      }
    }
    // 1004 has a meaning that is not to be used.
    same(Object.values(CloseCode), known.filter((code) => code !== 1004), "the constants");
    check(Object.isFrozen(CloseCode), "the constants can be changed");
  },

  async only_what_a_browser_takes_is_sendable() {
    for (let code = 0; code <= 65535; code += 1) {
      const expected = code === 1000 || (code >= 3000 && code <= 4999);
      check(isSendable(code) === expected, `${code} is said to be ${expected ? "un" : ""}sendable`);
    }
    for (const wrong of [66536, -1, 1000.5, NaN, "1000", null, undefined]) {
      check(isSendable(wrong) === false, `${wrong} is said to be sendable`);
    }
  },

  async what_is_no_code_is_not_described_as_another() {
    for (const wrong of [65536, -1, 1.5, NaN, "1000", undefined]) {
      check(thrown(() => describe(wrong)) instanceof TypeError, `${wrong} was described`);
    }
  },

  async a_socket_cannot_be_made_of_nothing() {
    check(thrown(() => new Socket()) instanceof TypeError, "there is one");
  },
};
