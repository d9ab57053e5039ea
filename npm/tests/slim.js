// The entry that is told where the wasm is.

import { readFile } from "node:fs/promises";
import { connect, describe, init, Socket } from "onclose/slim";
import { check, rejection, run, same, thrown } from "./harness.js";

const file = new URL(import.meta.resolve("onclose/onclose_bg.wasm"));

// In this order: each finds the module as the one before has left it.
const slim = {
  async what_needs_the_wasm_says_so_before_it_is_there({ peer }) {
    check(thrown(() => describe(1000)).message.includes("init"), "it says something else");
    check((await rejection(connect(`${peer}/echo`))).message.includes("init"), "it says something else");
  },

  async a_failed_load_can_be_tried_again() {
    await rejection(init(new Uint8Array([1, 2, 3])));
    check(thrown(() => describe(1000)).message.includes("init"), "it says something else");
  },

  async loading_it_twice_at_once_makes_one_module({ peer }) {
    const bytes = await readFile(file);
    const loads = [init(bytes), init(bytes)];
    check(loads[0] === loads[1], "it is loaded twice");
    await Promise.all(loads);
    const socket = await connect(`${peer}/echo`);
    await init(bytes);
    same((await socket.close(4000)).code, 4000, "code");
  },

  async both_entries_are_one_package() {
    const whole = await import("onclose");
    check(whole.Socket === Socket, "there are two classes by the name of Socket");
  },
};

const { failed } = await run(slim, { peer: process.env.ONCLOSE_PEER }, console.log);
process.exit(failed === 0 ? 0 : 1);
