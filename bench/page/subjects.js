// Loads subjects, and knows the raw socket that one makes.

import { broken } from "./broken.js";
import { create } from "./plain.js";

// The socket that was made last, and when its own `close` event came.
let last;

const Real = globalThis.WebSocket;

function Observed(url, protocols) {
  const socket = protocols === undefined ? new Real(url) : new Real(url, protocols);
  const made = { socket, closedAt: undefined };
  made.closed = new Promise((resolve) => {
    // The first listener there is; a library may dispatch events of its own, which do not count.
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

// What was made since the last call, if anything.
export function takeRaw() {
  const made = last;
  last = undefined;
  return made;
}

const loaded = new Map();
const STREAMS = "-streams";

export function load(name) {
  if (!loaded.has(name)) loaded.set(name, loadNow(name));
  return loaded.get(name);
}

async function loadNow(name) {
  if (name === "plain") return create();
  if (name in broken) return broken[name]();
  const streams = name.endsWith(STREAMS);
  const folder = streams ? name.slice(0, -STREAMS.length) : name;
  // A query makes it a module of its own, with a memory of its own.
  const module = await import(`./subjects/${folder}/subject.js?${name}`);
  await module.default();
  if (streams) module.use_streams();
  return module;
}
