// What the orders of tearing down need of JavaScript: to see what a module leaves behind, and to end what it runs in.

const listeners = new WeakMap();
const timers = new Map();
const uncaught = [];
let frame;

// Counts the listeners on this realm's sockets.
function watchSockets(realm) {
  const { addEventListener, removeEventListener } = realm.EventTarget.prototype;
  const same = (type, callback) => (one) => one.type === type && one.callback === callback;
  realm.WebSocket.prototype.addEventListener = function (type, callback, ...rest) {
    addEventListener.call(this, type, callback, ...rest);
    const all = listeners.get(this) ?? [];
    if (!all.some(same(type, callback))) listeners.set(this, [...all, { type, callback }]);
  };
  realm.WebSocket.prototype.removeEventListener = function (type, callback, ...rest) {
    removeEventListener.call(this, type, callback, ...rest);
    const all = listeners.get(this) ?? [];
    listeners.set(this, all.filter((one) => !same(type, callback)(one)));
  };
}

// From here on, what a module registers is counted.
export function leaveTraces() {
  if (globalThis.traces) return null;
  const { setTimeout, clearTimeout } = globalThis;
  watchSockets(globalThis);
  globalThis.setTimeout = (callback, ...rest) => {
    const id = setTimeout(() => {
      timers.delete(id);
      callback();
    }, ...rest);
    // WebKit's driver has one of its own in the page while it runs a script.
    const text = `${callback}`.replace(/\s+/g, " ").slice(0, 200);
    if (!text.includes('"JavaScriptTimeout"')) timers.set(id, text);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    clearTimeout(id);
  };
  addEventListener("error", (event) => uncaught.push(`${event.error?.stack ?? event.message}`));
  addEventListener("unhandledrejection", (event) => uncaught.push(`${event.reason?.stack ?? event.reason}`));
  globalThis.traces = {
    listeners: (socket) => (listeners.get(socket) ?? []).map(({ type }) => type).join(" "),
    timers: () => [...timers.values()].join("; "),
    uncaught: () => uncaught.splice(0).join("; "),
    // Neither of these is counted.
    pause: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
    ask: async (url) => (await fetch(url)).text(),
    // A socket of another realm, and the end of that realm.
    framed: (url) => {
      frame = document.createElement("iframe");
      document.body.append(frame);
      watchSockets(frame.contentWindow);
      return new frame.contentWindow.WebSocket(url);
    },
    unframe: () => {
      frame?.remove();
      frame = undefined;
    },
  };
  return null;
}

// Plays an order in a worker or a frame of its own, and ends that with all that is alive in it.
export async function endContext({ kind, order, url }) {
  const stray = [];
  const args = { order, url };
  if (kind === "worker") {
    const worker = new Worker("worker.js", { type: "module" });
    worker.onerror = (event) => stray.push(`worker: ${event.message}`);
    const state = await new Promise((resolve) => {
      worker.onmessage = ({ data }) => (data.stray ? stray.push(data.stray) : data.id === 1 && resolve(data.state));
      worker.postMessage({ id: 0, name: "raw.leaveTraces" });
      worker.postMessage({ id: 1, name: "onclose.begin_order", args });
    });
    worker.terminate();
    if (state.error) throw new Error(state.error);
    return { id: state.value, stray };
  } else {
    const frame = document.createElement("iframe");
    frame.src = "index.html";
    await new Promise((resolve) => {
      frame.onload = resolve;
      document.body.append(frame);
    });
    try {
      const { lab } = frame.contentWindow;
      const run = async (name, args) => {
        const id = lab.start(name, args, "page");
        for (;;) {
          const state = lab.poll(id);
          if (state.error) throw new Error(state.error);
          if (!state.progress) return state.value;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      };
      await run("raw.leaveTraces");
      const id = await run("onclose.begin_order", args);
      return { id, stray: lab.stray() };
    } finally {
      frame.remove();
    }
  }
}
