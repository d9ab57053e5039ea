// Sending to the peer, through sinks and under backpressure.

import { echoBy, per, saw, token } from "./real.js";
import { load } from "./subjects.js";
import { check, checkTally, macrotask, nextHash, time } from "./tools.js";

const PATIENCE = 5000;
const HIDDEN = 20_000;

export function sinkEcho(args) {
  return echoBy("sink_echo", args);
}

// Sends runs of texts, each when the sink has flushed the last one, and counts the echoes after each run.
export async function sinkRun({ subject: name, peer, size, times, runs }) {
  const subject = await load(name);
  await subject.open(`${peer}/echo`);
  const wanted = numbered(size, times);
  const run = async () => {
    subject.reset();
    await subject.sink_run(size, times);
    checkTally(subject, wanted);
  };
  await run();
  const taken = await time(async () => {
    for (let number = 0; number < runs; number += 1) await run();
  });
  subject.drop_it();
  return per(taken, runs * times);
}

// The tally of texts that begin with their number, and contain nothing else.
function numbered(size, count) {
  let hash = 0;
  for (let number = 0; number < count; number += 1) {
    const [a, b, c, d] = digits(number);
    hash = nextHash(hash, Number(`0x3${a}3${b}3${c}3${d}`), 0x78);
  }
  return { count, hash, bytes: size * count, units: size * count };
}

function digits(number) {
  return String(number % 10000).padStart(4, "0");
}

// Forwards a stream of texts until the connection has closed: the peer answers the Close when it has read all of them.
export async function forward({ subject: name, peer, size, times }) {
  const subject = await load(name);
  const id = token();
  await subject.open(`${peer}/read?id=${id}`);
  const taken = await time(() => subject.forward(size, times));
  const { messages, bytes, last, close } = await saw(peer, id);
  check(close, "the peer saw no Close");
  check(messages === times, `the peer saw ${messages} of ${times} messages`);
  check(bytes === size * times, `the peer saw ${bytes} bytes`);
  check(last === digits(times - 1).padEnd(size, "x"), "the last message was not the last to arrive");
  return per(taken, times);
}

// Sends messages, waiting for capacity, to a peer that reads and acknowledges: each `ack` bytes, or only all of them.
export async function upload({ subject: name, peer, size, times, ack }) {
  const subject = await load(name);
  const id = token();
  const total = size * times;
  await subject.open(`${peer}/read?id=${id}&ack=${ack ?? total}`);
  // The last acknowledgement comes when less than `ack` bytes are missing.
  const taken = await time(() => subject.upload(size, times, ack ? total - ack : total));
  const seen = await arrived(peer, id, total);
  subject.drop_it();
  check(seen.messages === times, `the peer saw ${seen.messages} of ${times} messages`);
  check(seen.bytes === total, `the peer saw ${seen.bytes} of ${total} bytes`);
  return per(taken, times);
}

// Returns the peer's record when it has this many bytes, or after some time.
async function arrived(peer, id, bytes) {
  const begun = performance.now();
  for (;;) {
    const seen = await saw(peer, id);
    if (seen.bytes >= bytes || performance.now() - begun > PATIENCE) return seen;
    await macrotask();
  }
}

// Sends messages for some time while the page is hidden, and counts what has reached the peer by then: to a peer that
// acknowledges nothing, then to one that acknowledges each `ack` bytes.
export async function hidden({ subject: name, peer, size, millis, ack }) {
  const subject = await load(name);
  let shown = false;
  await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  document.addEventListener("visibilitychange", () => (shown = true), { once: true });
  await throttled();
  const send = async (query) => {
    const id = token();
    await subject.open(`${peer}/read?id=${id}${query}`);
    const begun = performance.now();
    const times = await subject.upload_for(size, millis);
    const { bytes } = await saw(peer, id);
    const taken = performance.now() - begun;
    const seen = await arrived(peer, id, size * times);
    subject.drop_it();
    check(seen.messages === times, `the peer saw ${seen.messages} of ${times} messages`);
    check(seen.bytes === size * times, `the peer saw ${seen.bytes} of ${size * times} bytes`);
    return (taken * 1000) / (bytes / size);
  };
  const answer = { silent_us: await send(""), acknowledged_us: await send(`&ack=${ack}`) };
  check(!shown, "the page was shown before the uploads had ended");
  return answer;
}

// Waits until timers fire once a second: without that, nothing would differ from a visible page.
async function throttled() {
  const begun = performance.now();
  for (;;) {
    const set = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
    const now = performance.now();
    if (now - set > 500) return;
    check(now - begun < HIDDEN, "the timers of the hidden page are not throttled");
  }
}
