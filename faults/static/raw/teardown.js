// Counts what a module registers, and ends the page or worker that it runs in.

const listeners = new WeakMap();
const timers = new Map();
const uncaught = [];
let frame;

// Counts the listeners on the sockets of a realm.
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

// Counts from now on the listeners and timers that a module registers.
export function countTraces() {
  if (globalThis.traces) return null;
  const { setTimeout, clearTimeout } = globalThis;
  watchSockets(globalThis);
  globalThis.setTimeout = (callback, ...rest) => {
    const id = setTimeout(() => {
      timers.delete(id);
      callback();
    }, ...rest);
    // WebKit's driver has a timer of its own in the page while it runs a script.
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
    // The timer and the request of these two are not counted.
    pause: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
    ask: async (url) => (await fetch(url)).text(),
    // A socket of another realm, and the removal of that realm.
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

// Plays an order in a new worker or iframe, and ends that with everything that is alive in it.
export async function endContext({ kind, order, url, prefix }) {
  const uncaught = [];
  const args = { order, url, prefix };
  if (kind === "worker") {
    const worker = new Worker("worker.js", { type: "module" });
    worker.onerror = (event) => uncaught.push(`worker: ${event.message}`);
    const state = await new Promise((resolve) => {
      worker.onmessage = ({ data }) => (data.uncaught ? uncaught.push(data.uncaught) : data.id === 1 && resolve(data.state));
      worker.postMessage({ id: 0, name: "raw.countTraces" });
      worker.postMessage({ id: 1, name: "onclose.begin_order", args });
    });
    worker.terminate();
    if (state.error) throw new Error(state.error);
    return { id: state.value, uncaught };
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
      await run("raw.countTraces");
      const id = await run("onclose.begin_order", args);
      return { id, uncaught: lab.uncaught() };
    } finally {
      frame.remove();
    }
  }
}
