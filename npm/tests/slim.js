// Runs the cases of `onclose/slim`, the entry that does not load the wasm itself.

import { readFile } from "node:fs/promises";
import { connect, describeCloseCode, init, WebSocketConnection } from "onclose/slim";
import { check, rejection, run, same, thrown } from "./harness.js";

const file = new URL(import.meta.resolve("onclose/onclose_bg.wasm"));

// The order matters: each case starts with the module state that the one before it left.
const slim = {
  async use_before_init_fails_with_a_message_that_names_init({ peer }) {
    check(thrown(() => describeCloseCode(1000)).message.includes("init"), "the message does not name init");
    check((await rejection(connect(`${peer}/echo`))).message.includes("init"), "the message does not name init");
  },

  async init_can_be_called_again_after_a_failure() {
    await rejection(init(new Uint8Array([1, 2, 3])));
    check(thrown(() => describeCloseCode(1000)).message.includes("init"), "the message does not name init");
  },

  async concurrent_calls_of_init_load_one_module({ peer }) {
    const bytes = await readFile(file);
    const loads = [init(bytes), init(bytes)];
    check(loads[0] === loads[1], "it was loaded twice");
    await Promise.all(loads);
    const connection = await connect(`${peer}/echo`);
    await init(bytes);
    same((await connection.close(4000)).code, 4000, "code");
  },

  async both_entries_share_their_classes() {
    const whole = await import("onclose");
    check(whole.WebSocketConnection === WebSocketConnection, "there are two classes WebSocketConnection");
  },
};

const { failed } = await run(slim, { peer: process.env.ONCLOSE_PEER ?? "ws://127.0.0.1:9917" }, console.log);
process.exit(failed === 0 ? 0 : 1);
