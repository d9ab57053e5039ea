// A socket that is held while its page, frame or worker goes, in plain JavaScript; and what makes them go.

let held;
let frame;

// What nobody caught has to outlive the page.
const KEY = "stray";
function keepStray() {
  if (!globalThis.sessionStorage || globalThis.keepsStray) return;
  globalThis.keepsStray = true;
  const keep = (what) => sessionStorage.setItem(KEY, `${sessionStorage.getItem(KEY) ?? ""}${what}\n`);
  addEventListener("error", (event) => keep(event.error?.stack ?? event.message));
  addEventListener("unhandledrejection", (event) => keep(event.reason?.stack ?? event.reason));
  addEventListener("pageshow", (event) => (globalThis.wasCached = event.persisted));
}

// What nobody caught in pages that have gone.
export function strayBefore() {
  const stray = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return stray;
}

export function keepStrayOf() {
  keepStray();
  return null;
}

// Whether this page came out of the back/forward cache.
export function cached() {
  return globalThis.wasCached === true;
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

// How it ended, if it has.
export function heldEnd() {
  return held.end;
}

// Runs a job in a frame of its own, which stays.
export async function inFrame({ job, args }) {
  frame = document.createElement("iframe");
  frame.src = "index.html?frame";
  await new Promise((resolve) => {
    frame.onload = resolve;
    document.body.append(frame);
  });
  const { lab } = frame.contentWindow;
  for (const [name, given] of [["raw.keepStrayOf", null], [job, args]]) {
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

// Ends the worker from inside.
export function closeSelf() {
  setTimeout(() => close());
  return null;
}
