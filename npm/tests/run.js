// Runs the cases in Node, Deno and Bun.

import { connect } from "onclose";
import { cases, fullBuffer } from "./cases/index.js";
import { run, same } from "./harness.js";

const collect = globalThis.Bun ? () => globalThis.Bun.gc(true) : globalThis.gc;

/** For hosts whose garbage collector can be called. */
const garbageCollection = {
  async unreferenced_connection_is_not_closed_by_garbage_collection({ peer, id }) {
    const url = `${peer}/echo?id=${id}`;
    await (async () => void (await connect(url)))();
    for (let times = 0; times < 5; times += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}`);
    same((await answer.json()).end, "open", "its end in the peer's record");
  },
};

const peer = process.env.ONCLOSE_PEER;
const { failed } = await run({ ...cases, ...fullBuffer, ...garbageCollection }, { peer }, console.log);
process.exit(failed === 0 ? 0 : 1);
