// The cases in Node, Deno and Bun.

import { connect } from "onclose";
import { cases, full } from "./cases/index.js";
import { run, same } from "./harness.js";

const collect = globalThis.Bun ? () => globalThis.Bun.gc(true) : globalThis.gc;

/** Where the garbage collector can be called. */
const collected = {
  async a_socket_out_of_sight_is_not_closed_by_the_garbage_collector({ peer, id }) {
    const url = `${peer}/echo?id=${id}`;
    await (async () => void (await connect(url)))();
    for (let times = 0; times < 5; times += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}`);
    same((await answer.json()).end, "open", "its end, as the peer saw it");
  },
};

const peer = process.env.ONCLOSE_PEER;
const { failed } = await run({ ...cases, ...full, ...collected }, { peer }, console.log);
process.exit(failed === 0 ? 0 : 1);
