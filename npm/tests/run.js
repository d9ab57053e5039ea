// Runs the cases in Node, Deno and Bun.

import { closed, connect, onClose } from "onclose";
import { cases, fullBuffer } from "./cases/index.js";
import { documentation } from "./documentation.js";
import { check, run, same } from "./harness.js";

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

  async aborted_observers_keep_no_socket_in_memory() {
    const COUNT = 100;
    const references = [];
    await (async () => {
      const abort = new AbortController();
      const waiting = [];
      for (let at = 0; at < COUNT; at += 1) {
        const socket = Object.assign(new EventTarget(), { readyState: 1 });
        references.push(new WeakRef(socket));
        waiting.push(closed(socket, { signal: abort.signal }).catch(() => {}));
        onClose(socket, () => {}, { signal: abort.signal });
      }
      // Wasm's tasks are suspended by then, and have to be freed.
      await new Promise((resolve) => setTimeout(resolve));
      abort.abort();
      await Promise.all(waiting);
    })();
    let alive = COUNT;
    for (let times = 0; alive > COUNT / 10 && times < 20; times += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
      alive = references.filter((reference) => reference.deref() !== undefined).length;
    }
    // A conservative collector, such as Bun's, may keep a few that the stack seems to refer to.
    check(alive <= COUNT / 10, `${alive} of ${COUNT} sockets are still in memory`);
  },
};

const peer = process.env.ONCLOSE_PEER ?? "ws://127.0.0.1:9917";
await fetch(peer.replace(/^ws/, "http")).catch(() => {
  console.error(`There is no test server at ${peer}: start it by \`cargo xtask peer\`.`);
  process.exit(1);
});
const { failed } = await run({ ...cases, ...fullBuffer, ...garbageCollection, ...documentation }, { peer }, console.log);
process.exit(failed === 0 ? 0 : 1);
