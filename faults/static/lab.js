// The page's side: starts jobs here or in a worker, and keeps what became of them until the driver asks.

import { run, stray } from "./jobs.js";

let worker;
let next = 0;
const jobs = new Map();

// A worker's answers, and what nobody caught in it.
const strayInWorker = [];

function toWorker(id, name, args) {
  if (!worker) {
    // Under the policy of the page.
    worker = new Worker(`worker.js${location.search}`, { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.stray) strayInWorker.push(data.stray);
      else jobs.set(data.id, data.state);
    };
    worker.onerror = (event) => strayInWorker.push(`worker: ${event.message}`);
  }
  worker.postMessage({ id, name, args });
}

globalThis.lab = {
  // Begins a job; its number is for `poll`.
  start(name, args, place) {
    const id = next++;
    jobs.set(id, { progress: true });
    if (place === "worker") {
      toWorker(id, name, args);
    } else {
      run(name, args).then((state) => jobs.set(id, state));
    }
    return id;
  },
  // { progress }, { value } or { error }.
  poll(id) {
    const state = jobs.get(id);
    if (!state.progress) jobs.delete(id);
    return state;
  },
  // The errors and rejections that nobody caught since the last call.
  stray() {
    return [...stray.splice(0), ...strayInWorker.splice(0)];
  },
  // Ends the worker with all that runs in it.
  terminate() {
    worker?.terminate();
    worker = undefined;
  },
};
