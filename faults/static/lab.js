// Starts jobs in this page or in a worker, and keeps their results until the driver polls them.

import { run, uncaught } from "./jobs.js";

let worker;
let next = 0;
const jobs = new Map();

const uncaughtInWorker = [];

function toWorker(id, name, args) {
  if (!worker) {
    // With the query, which selects the Content-Security-Policy of the page.
    worker = new Worker(`worker.js${location.search}`, { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.uncaught) uncaughtInWorker.push(data.uncaught);
      else jobs.set(data.id, data.state);
    };
    worker.onerror = (event) => uncaughtInWorker.push(`worker: ${event.message}`);
  }
  worker.postMessage({ id, name, args });
}

globalThis.lab = {
  // Starts a job, and returns a number for `poll`.
  start(name, args, scope) {
    const id = next++;
    jobs.set(id, { progress: true });
    if (scope === "worker") {
      toWorker(id, name, args);
    } else {
      run(name, args).then((state) => jobs.set(id, state));
    }
    return id;
  },
  // Returns { progress }, { value } or { error }.
  poll(id) {
    const state = jobs.get(id);
    if (!state.progress) jobs.delete(id);
    return state;
  },
  // Returns the uncaught errors and unhandled rejections since the last call.
  uncaught() {
    return [...uncaught.splice(0), ...uncaughtInWorker.splice(0)];
  },
  // Terminates the worker with everything that runs in it.
  terminate() {
    worker?.terminate();
    worker = undefined;
  },
  // Runs a job to its end: for the console of a laboratory that was opened by hand.
  async run(name, args, scope = "page") {
    const id = this.start(name, args, scope);
    for (;;) {
      const state = this.poll(id);
      if (state.error) throw new Error(state.error);
      if (!state.progress) return state.value;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
};

if (location.hash === "#by-hand") import("./by-hand.js");
