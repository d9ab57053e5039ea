// Runs cases one after the other, anywhere, and counts them as Rust's own harness does.

/** A case that takes longer hangs. */
const LIMIT = 30_000;

/** What `write` gets is what is printed; the counts are returned. */
export async function run(cases, context, write) {
  const counts = { passed: 0, failed: 0 };
  const strays = [];
  const stray = (event) => {
    strays.push(String(event.reason?.stack ?? event.error?.stack ?? event.message));
    event.preventDefault?.();
  };
  globalThis.addEventListener?.("error", stray);
  globalThis.addEventListener?.("unhandledrejection", stray);
  // Node, and Bun, whose global scope knows neither event.
  globalThis.process?.on?.("unhandledRejection", (reason) => stray({ reason }));
  globalThis.process?.on?.("uncaughtException", (error) => stray({ error }));
  for (const [name, test] of Object.entries(cases)) {
    let error;
    try {
      await within(LIMIT, test({ ...context, id: newId() }), "the case has no end");
      // What is rejected and not handled is told after the microtasks.
      await new Promise((resolve) => setTimeout(resolve));
      if (strays.length > 0) {
        error = new Error(`nobody caught: ${strays.splice(0).join("; ")}`);
      }
    } catch (thrown) {
      error = thrown;
    }
    counts[error === undefined ? "passed" : "failed"] += 1;
    write(error === undefined ? `test ${name} ... ok` : `test ${name} ... FAILED\n${error?.stack ?? error}`);
  }
  const { passed, failed } = counts;
  const result = failed === 0 ? "ok" : "FAILED";
  write(`\ntest result: ${result}. ${passed} passed; ${failed} failed; 0 ignored; 0 measured; 0 filtered out`);
  return counts;
}

let ids = 0;

/** By which the peer tells connections apart. */
function newId() {
  ids += 1;
  return `npm-${Math.random().toString(36).slice(2)}-${ids}`;
}

/** What a promise resolves with; an error if that takes longer. */
export function within(millis, promise, what = "it took too long") {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), millis);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits until something is so. */
export async function until(isSo, what) {
  const begun = Date.now();
  while (!(await isSo())) {
    if (Date.now() - begun > 10_000) {
      throw new Error(`in vain: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function check(condition, what) {
  if (!condition) {
    throw new Error(what);
  }
}

/** Compares as JSON, which is all that is told here. */
export function same(found, expected, what = "it") {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  check(one === other, `${what} is ${one}, not ${other}`);
}

/** What a promise rejects with. */
export async function rejection(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it did not reject, but gave ${JSON.stringify(value)}`);
}

/** What a function throws, before it returns anything. */
export function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

/** What the peer saw of a connection, once that has ended. */
export async function saw(peer, id) {
  const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}&wait=10000`);
  return answer.ok ? answer.json() : undefined;
}
