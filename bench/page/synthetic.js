// Dispatches events on an open socket, without a network.

import { maker } from "./events.js";
import { load, takeRaw } from "./subjects.js";
import { check, checkTally, macrotask } from "./tools.js";

const PATIENCE = 5000;

function dispatch(socket, events) {
  for (let at = 0; at < events.length; at += 1) socket.dispatchEvent(events[at]);
}

// Waits until the subject has this many messages: by microtasks as long as the number grows, then by tasks.
async function settle(subject, count) {
  const begun = performance.now();
  for (let idle = 0, had = -1; ; idle += 1) {
    const has = subject.count();
    if (has >= count) return;
    if (has > had) idle = 0;
    had = has;
    await null;
    if (idle > 100) {
      await macrotask();
      check(performance.now() - begun < PATIENCE, `it has ${has} of ${count} messages, and no more arrive`);
    }
  }
}

export async function listening(name, peer) {
  const subject = await load(name);
  takeRaw();
  await subject.open(`${peer}/echo`);
  const made = takeRaw();
  check(made, "it created no WebSocket");
  subject.listen();
  return { subject, ...made };
}

const open = new Map();

// Returns nanoseconds per event, for each batch.
export async function synthetic({ subject: name, peer, kind, events, warm, batches }) {
  if (!open.has(name)) open.set(name, await listening(name, peer));
  const { subject, socket } = open.get(name);
  const { wanted, batch } = maker(kind, events);
  const times = [];
  for (let round = -warm; round < batches; round += 1) {
    const made = batch();
    subject.reset();
    await macrotask();
    const begun = performance.now();
    dispatch(socket, made);
    await settle(subject, events);
    const took = performance.now() - begun;
    checkTally(subject, wanted);
    if (round >= 0) times.push((took * 1e6) / events);
  }
  return { ns: times };
}

let deaf;

// Dispatches the same events on a socket without listeners: the baseline.
export async function unheard({ peer, kind, events, warm, batches }) {
  deaf ??= new WebSocket(`${peer}/echo`);
  takeRaw();
  const { batch } = maker(kind, events);
  const times = [];
  for (let round = -warm; round < batches; round += 1) {
    const made = batch();
    await macrotask();
    const begun = performance.now();
    dispatch(deaf, made);
    await null;
    const took = performance.now() - begun;
    if (round >= 0) times.push((took * 1e6) / events);
  }
  return { ns: times };
}

// Dispatches all events before the subject's task can run; returns the memory after it has received them.
export async function backlog({ subject: name, peer, kind, events }) {
  const { subject, socket } = await listening(name, peer);
  check(subject.memory_bytes, "it has no wasm memory");
  const before = subject.memory_bytes();
  const { wanted, batch } = maker(kind, events);
  subject.reset();
  dispatch(socket, batch());
  await settle(subject, events);
  checkTally(subject, wanted);
  return { before, after: subject.memory_bytes() };
}
