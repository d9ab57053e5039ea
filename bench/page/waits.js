// Ways to wait a short time, after which the send buffer may have capacity again.

// The timers of a worker are not throttled in a hidden page.
const WORKER = "onmessage = () => setTimeout(() => postMessage(null))";
let worker;

function workerTimer() {
  worker ??= new Worker(URL.createObjectURL(new Blob([WORKER])));
  return new Promise((resolve) => {
    worker.onmessage = resolve;
    worker.postMessage(null);
  });
}

export const waits = {
  timer: () => new Promise((resolve) => setTimeout(resolve)),
  "post-task": () => scheduler.postTask(() => {}, { delay: 1 }),
  "wait-async": () => Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1).value,
  "worker-timer": workerTimer,
};
