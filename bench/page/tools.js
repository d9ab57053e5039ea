// What all measures need.

// Waits for a new task, without the 4 ms of a nested timer.
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

// Returns the processor time of this page's main thread in nanoseconds; null where the system does not report it.
export async function cpu() {
  const answer = await fetch("cpu.json");
  if (!answer.ok) throw new Error(`cpu.json: ${answer.status}`);
  return (await answer.json()).nanoseconds;
}

// Measures the wall and processor time of some work, without the time of measuring itself.
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

// Fails unless the subject counted exactly what it was sent.
export function checkTally(subject, wanted) {
  const { count, hash } = wanted;
  const bytes = subject.utf16 ? wanted.units : wanted.bytes;
  const stopped = subject.stopped();
  check(stopped === undefined, `it stopped: ${stopped}`);
  check(subject.count() === count, `it counted ${subject.count()} of ${count} messages`);
  check(subject.bytes() === bytes, `it counted ${subject.bytes()} of ${bytes} bytes`);
  check(subject.hash() === hash, "contents or order differ from what was sent");
}

export function nextHash(hash, first, last) {
  return Math.imul(Math.imul(hash ^ first, 0x01000193) ^ last, 0x01000193) >>> 0;
}
