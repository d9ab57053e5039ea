import { start } from "./start.js";

const query = new URLSearchParams(location.search);
const engine = query.get("engine");

if (query.has("worker")) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    globalThis.result = data;
  });
  worker.addEventListener("error", ({ message }) => {
    globalThis.result = { error: `the worker failed: ${message}` };
  });
  worker.postMessage(engine);
} else {
  globalThis.result = await start(engine);
}
