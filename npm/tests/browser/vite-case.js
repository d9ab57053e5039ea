// The README's sample for Vite, in a worker that has not loaded the wasm in another way.

import { cases } from "../cases/index.js";
import { same, saw, within } from "../harness.js";

cases.readme_sample_for_vite_loads_the_wasm_and_connects = async ({ peer, id }) => {
  const worker = new Worker(new URL("./vite-worker.js", import.meta.url), { type: "module" });
  try {
    const answered = new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => resolve(data));
      worker.addEventListener("error", ({ message }) => reject(new Error(`the worker failed: ${message}`)));
    });
    worker.postMessage(`${peer}/close?code=4001&asked&id=${id}`);
    same(await within(10_000, answered, "the worker does not answer"), "connected", "the worker's answer");
  } finally {
    worker.terminate();
  }
  same((await saw(peer, id)).upgraded, true, "whether the peer saw the connection");
};
