// A socket that is held while its page, iframe or worker ends, in plain JavaScript; and what ends them.

let held;
let frame;

// Uncaught errors are stored, so that they survive the page.
const KEY = "uncaught";
function storeUncaught() {
  if (!globalThis.sessionStorage || globalThis.storesUncaught) return;
  globalThis.storesUncaught = true;
  const store = (what) => sessionStorage.setItem(KEY, `${sessionStorage.getItem(KEY) ?? ""}${what}\n`);
  addEventListener("error", (event) => store(event.error?.stack ?? event.message));
  addEventListener("unhandledrejection", (event) => store(event.reason?.stack ?? event.reason));
  addEventListener("pageshow", (event) => (globalThis.restored = event.persisted));
}

// Returns the uncaught errors of earlier pages.
export function uncaughtBefore() {
  const uncaught = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return uncaught;
}

export function keepUncaught() {
  storeUncaught();
  return null;
}

// Returns whether this page was restored from the back/forward cache.
export function wasRestored() {
  return globalThis.restored === true;
}

export async function hold({ url, state, farewell }) {
  const socket = new WebSocket(url);
  held = { socket, log: [], end: null };
  const { log } = held;
  const opened = new Promise((resolve) => (socket.onopen = resolve));
  socket.onerror = () => log.push("error");
  socket.onclose = ({ code, wasClean: clean }) => {
    log.push("close");
    held.end = { code, clean };
  };
  if (farewell) addEventListener("pagehide", () => socket.close(4000, "bye"));
  if (state !== "connecting") await opened;
  if (state === "closing") socket.close(4000, "bye");
  return null;
}

// Returns how the held socket closed, if it has.
export function held_end() {
  return held.end;
}

// Runs a job in a new iframe, which remains.
export async function inFrame({ job, args }) {
  frame = document.createElement("iframe");
  frame.src = "index.html?frame";
  await new Promise((resolve) => {
    frame.onload = resolve;
    document.body.append(frame);
  });
  const { lab } = frame.contentWindow;
  for (const [name, given] of [["raw.keepUncaught", null], [job, args]]) {
    const id = lab.start(name, given, "page");
    let state;
    do {
      await new Promise((resolve) => setTimeout(resolve, 1));
      state = lab.poll(id);
    } while (state.progress);
    if (state.error) throw new Error(state.error);
  }
  return null;
}

export function removeFrame() {
  frame.remove();
  return null;
}

export async function navigateFrame() {
  await new Promise((resolve) => {
    frame.onload = resolve;
    frame.src = "raw/index.js";
  });
  return null;
}

// Ends the worker from within.
export function closeSelf() {
  setTimeout(() => close());
  return null;
}
