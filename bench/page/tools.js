// Small things that all measures need.

// A task of its own, without the 4 ms that timers wait.
export function macrotask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

// Nanoseconds that this page's main thread has been on a processor; null where the system does not tell.
export async function cpu() {
  const answer = await fetch("cpu.json");
  if (!answer.ok) throw new Error(`cpu.json: ${answer.status}`);
  return (await answer.json()).nanoseconds;
}

// Wall and processor time of some work, each less what measuring itself takes.
export async function time(work) {
  await cpu();
  const idle = await cpu();
  const before = await cpu();
  const begun = performance.now();
  await work();
  const wall = performance.now() - begun;
  const after = await cpu();
  return { wall_us: wall * 1000, cpu_us: before === null ? null : (after - before - (before - idle)) / 1000 };
}

export function check(truth, complaint) {
  if (!truth) throw new Error(complaint);
}

// What the subject counted, against what there was.
export function checkTally(subject, wanted) {
  const { count, hash } = wanted;
  const bytes = subject.utf16 ? wanted.units : wanted.bytes;
  const stopped = subject.stopped();
  check(stopped === undefined, `it stopped: ${stopped}`);
  check(subject.count() === count, `it had ${subject.count()} of ${count} messages`);
  check(subject.bytes() === bytes, `it had ${subject.bytes()} of ${bytes} bytes`);
  check(subject.hash() === hash, "what it had was not what was sent, or not in that order");
}

export function nextHash(hash, first, last) {
  return Math.imul(Math.imul(hash ^ first, 0x01000193) ^ last, 0x01000193) >>> 0;
}
