// Listens first of all: what is imported waits for its wasm, and messages to a worker wait for nobody.

const asked = new Promise((resolve) => {
  self.addEventListener("message", ({ data }) => resolve(data), { once: true });
});

const { start } = await import("./start.js");
self.postMessage(await start(await asked));
