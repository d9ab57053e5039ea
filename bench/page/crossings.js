// Counts the calls between JavaScript and wasm for each message.

import { maker } from "./events.js";
import { load } from "./subjects.js";
import { listening } from "./synthetic.js";
import { check, checkTally, macrotask } from "./tools.js";

// Calls by the page itself, which are not the subject's.
const OURS = new Set(["reset", "count", "bytes", "hash", "stopped", "memory_bytes", "live_bytes"]);
// Functions that wake a task.
const WAKES = /queueMicrotask|_then_/;

let calls = new Map();

function counted(kind, name, call) {
  return function (...args) {
    const key = `${kind} ${name.replace(/_{1,2}h?[0-9a-f]{16}(_\d+)?$/, "")}`;
    calls.set(key, (calls.get(key) ?? 0) + 1);
    return call.apply(this, args);
  };
}

// Wraps the functions of each module that is instantiated from now on.
export function wrapModules() {
  const wrap = (kind, functions) =>
    Object.fromEntries(
      Object.entries(functions).map(([name, value]) => [
        name,
        typeof value === "function" && !OURS.has(name) ? counted(kind, name, value) : value,
      ]),
    );
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const wrapped = Object.fromEntries(
      Object.entries(imports).map(([name, functions]) => [name, wrap("out", functions)]),
    );
    const { module, instance } = await instantiate.call(WebAssembly, source, wrapped);
    return { module, instance: { exports: wrap("in", instance.exports) } };
  };
}

function take() {
  const taken = calls;
  calls = new Map();
  return taken;
}

function sum(counts, times) {
  const all = [...counts].filter(([, count]) => count !== 0).sort();
  const total = (wanted) => all.reduce((sum, [name, count]) => sum + (wanted(name) ? count : 0), 0) / times;
  return {
    in: total((name) => name.startsWith("in ")),
    out: total((name) => name.startsWith("out ")),
    wakes: total((name) => WAKES.test(name)),
    calls: Object.fromEntries(all.map(([name, count]) => [name, count / times])),
  };
}

// Receives messages, each in a task of its own, or with `together` all in one.
async function received(name, peer, kind, together) {
  const { subject, socket } = await listening(name, peer);
  const times = 100;
  const { wanted, batch } = maker(kind, times);
  let counts;
  for (const warm of [true, false]) {
    subject.reset();
    take();
    for (const event of batch()) {
      socket.dispatchEvent(event);
      if (!together) await macrotask();
    }
    for (let task = 0; task < 10; task += 1) await macrotask();
    checkTally(subject, wanted);
    if (!warm) counts = take();
  }
  return sum(counts, times);
}

// Sends messages. The difference between many and few excludes the calls for connecting and waiting.
async function sent(name, peer) {
  const subject = await load(name);
  const of = async (times) => {
    await subject.open(`${peer}/finish?count=1`);
    take();
    await subject.pipe(64, times);
    const counts = take();
    subject.drop_it();
    return counts;
  };
  const [few, many] = [await of(100), await of(300)];
  const names = new Set([...few.keys(), ...many.keys()]);
  return sum(new Map([...names].map((name) => [name, (many.get(name) ?? 0) - (few.get(name) ?? 0)])), 200);
}

export async function crossings({ subject: name, peer }) {
  const found = {
    "text, alone": await received(name, peer, "text64", false),
    "text, 100 at once": await received(name, peer, "text64", true),
    "binary, alone": await received(name, peer, "binary64", false),
    "binary, 100 at once": await received(name, peer, "binary64", true),
    "binary, sent": await sent(name, peer),
  };
  check(found["text, alone"].in > 0, "nothing was counted");
  return found;
}
