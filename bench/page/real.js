// Real connections to the peer.

import { load, takeRaw } from "./subjects.js";
import { check, checkTally, macrotask, nextHash, time } from "./tools.js";

let connections = 0;

// Returns an id for the peer's record of a connection.
export function token() {
  connections += 1;
  return `bench-${performance.timeOrigin}-${connections}`;
}

export async function saw(peer, id) {
  const answer = await fetch(`${peer.replace("ws:", "http:")}/saw?id=${id}`);
  check(answer.ok, `the peer has no record of ${id}`);
  return answer.json();
}

export function echo(args) {
  return echoBy("echo", args);
}

// Calls this function of the subject, which sends messages and awaits the echo of each.
export async function echoBy(call, { subject: name, peer, text, size, times, warm }) {
  const subject = await load(name);
  const id = token();
  await subject.open(`${peer}/echo?id=${id}`);
  await subject[call](text, size, warm);
  const taken = await time(() => subject[call](text, size, times));
  const { messages, bytes } = await saw(peer, id);
  subject.drop_it();
  check(messages === warm + times, `the peer saw ${messages} of ${warm + times} messages`);
  check(bytes === size * messages, `the peer saw ${bytes} bytes`);
  return per(taken, times);
}

export async function pipe({ subject: name, peer, size, times }) {
  const subject = await load(name);
  const id = token();
  await subject.open(`${peer}/finish?count=1&id=${id}`);
  const taken = await time(() => subject.pipe(size, times));
  const { messages, bytes } = await saw(peer, id);
  subject.drop_it();
  check(messages === times + 1, `the peer saw ${messages} of ${times + 1} messages`);
  check(bytes === size * times + "done".length, `the peer saw ${bytes} bytes`);
  return per(taken, times);
}

export async function burst({ subject: name, peer, text, size, times }) {
  const subject = await load(name);
  await subject.open(`${peer}/send?asked&count=${times}&size=${size}&kind=${text ? "text" : "binary"}`);
  subject.reset();
  const taken = await time(() => subject.burst(times));
  checkTally(subject, sent(text, size, times));
  subject.drop_it();
  return per(taken, times);
}

// The messages of the peer's `/send`.
function sent(text, size, count) {
  let hash = 0;
  for (let number = 0; number < count; number += 1) {
    const at = text ? (at) => (`${number} `.charCodeAt(at) || 0x78) : (at) => (number + at) & 255;
    hash = nextHash(hash, (at(0) << 24) | (at(1) << 16) | (at(2) << 8) | at(3), at(size - 1));
  }
  return { count, hash, bytes: size * count, units: size * count };
}

export function per({ wall_us, cpu_us }, times) {
  return { wall_us: wall_us / times, cpu_us: cpu_us === null ? null : cpu_us / times };
}

// Measures connections that the peer closes: in whole, and from the event to the task that continues.
export async function ends({ subject: name, peer, times, warm }) {
  const subject = await load(name);
  const lives = [];
  const resumes = [];
  for (let round = -warm; round < times; round += 1) {
    await macrotask();
    takeRaw();
    const begun = performance.now();
    await subject.open(`${peer}/close?asked&code=4001&reason=bye`);
    const made = takeRaw();
    const [known, code, clean] = await subject.end("bye");
    check(code === 4001, `it reported the code ${code}`);
    check(clean !== 0, "it reported a close that was not clean");
    if (round < 0) continue;
    lives.push(known - begun);
    if (made) {
      check(made.closedAt <= known, "it reported the close before the event");
      resumes.push((known - made.closedAt) * 1000);
    }
  }
  return { life_ms: lives, resume_us: resumes };
}

// Closes connections, for what they leave in memory.
export async function closes({ subject: name, peer, times }) {
  await ends({ subject: name, peer, times, warm: 0 });
  return left(name);
}

// Drops open connections.
export async function drops({ subject: name, peer, times }) {
  const subject = await load(name);
  for (let round = 0; round < times; round += 1) {
    takeRaw();
    await subject.open(`${peer}/echo`);
    const made = takeRaw();
    check(made, "it created no WebSocket");
    subject.drop_it();
    await made.closed;
    await macrotask();
  }
  return left(name);
}

async function left(name) {
  const subject = await load(name);
  // Time for the last connection to finish.
  for (let task = 0; task < 10; task += 1) await macrotask();
  return { live: subject.live_bytes?.() ?? null, memory: subject.memory_bytes?.() ?? null };
}
