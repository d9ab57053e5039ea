// Loads subjects, and keeps the raw socket that a subject creates.

import { broken } from "./broken.js";
import { create } from "./plain.js";
import { waits } from "./waits.js";

// The socket that was created last, and the time of its `close` event.
let last;

const Real = globalThis.WebSocket;

function Observed(url, protocols) {
  const socket = protocols === undefined ? new Real(url) : new Real(url, protocols);
  const made = { socket, closedAt: undefined };
  made.closed = new Promise((resolve) => {
    // The first listener; events that a library dispatches itself do not count.
    socket.addEventListener("close", (event) => {
      if (!event.isTrusted) return;
      made.closedAt = performance.now();
      resolve();
    });
  });
  last = made;
  return socket;
}
Object.setPrototypeOf(Observed, Real);
Observed.prototype = Real.prototype;
globalThis.WebSocket = Observed;

// Returns the socket that was created since the last call, if any.
export function takeRaw() {
  const made = last;
  last = undefined;
  return made;
}

const loaded = new Map();
// Other ways to use the same module, by the last part of the name.
const WAYS = ["streams", "raw", "closure", "split"];

export function load(name) {
  if (!loaded.has(name)) loaded.set(name, loadNow(name));
  return loaded.get(name);
}

async function loadNow(name) {
  if (name === "plain") return create();
  if (name.startsWith("plain-")) return create({ wait: waits[name.slice("plain-".length)] });
  if (name in broken) return broken[name]();
  const way = WAYS.find((way) => name.endsWith(`-${way}`));
  const folder = way ? name.slice(0, -way.length - 1) : name;
  // A query makes it another module, with its own memory.
  const module = await import(`./subjects/${folder}/subject.js?${name}`);
  await module.default();
  if (way) module[`use_${way}`]();
  return module;
}
