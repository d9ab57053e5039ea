// The listener is added before the imports, because they wait for the wasm, and a worker's messages do not.

const asked = new Promise((resolve) => {
  self.addEventListener("message", ({ data }) => resolve(data), { once: true });
});

const { start } = await import("./start.js");
self.postMessage(await start(await asked));
