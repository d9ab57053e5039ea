// Runs test cases one after the other in any host, and prints their results in the format of Rust's libtest.

/** A case that takes longer counts as hanging. */
const LIMIT = 30_000;

/** Passes the output to `write` and returns the counts. */
export async function run(cases, context, write) {
  const counts = { passed: 0, failed: 0 };
  const strays = [];
  const stray = (event) => {
    strays.push(String(event.reason?.stack ?? event.error?.stack ?? event.message));
    event.preventDefault?.();
  };
  globalThis.addEventListener?.("error", stray);
  globalThis.addEventListener?.("unhandledrejection", stray);
  // In Node and Bun the global scope has neither event.
  globalThis.process?.on?.("unhandledRejection", (reason) => stray({ reason }));
  globalThis.process?.on?.("uncaughtException", (error) => stray({ error }));
  for (const [name, test] of Object.entries(cases)) {
    let error;
    try {
      await within(LIMIT, test({ ...context, id: newId() }), "the case does not end");
      // Hosts report unhandled rejections after the microtasks.
      await new Promise((resolve) => setTimeout(resolve));
      if (strays.length > 0) {
        error = new Error(`uncaught: ${strays.splice(0).join("; ")}`);
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

/** Returns a name for a connection's record at the peer. */
function newId() {
  ids += 1;
  return `npm-${Math.random().toString(36).slice(2)}-${ids}`;
}

/** Resolves as the promise does; rejects if that takes longer. */
export function within(millis, promise, what = "it took too long") {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), millis);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Polls until the condition is true. */
export async function until(condition, what) {
  const begun = Date.now();
  while (!(await condition())) {
    if (Date.now() - begun > 10_000) {
      throw new Error(`timed out waiting until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function check(condition, what) {
  if (!condition) {
    throw new Error(what);
  }
}

/** Compares by JSON. */
export function same(found, expected, what = "it") {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  check(one === other, `${what} is ${one}, not ${other}`);
}

/** Returns what a promise rejects with. */
export async function rejection(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`it did not reject, but resolved with ${JSON.stringify(value)}`);
}

/** Returns what a function throws synchronously. */
export function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

/** Returns the peer's record of a connection once it has closed. */
export async function saw(peer, id) {
  const answer = await fetch(`${peer.replace(/^ws/, "http")}/saw?id=${id}&wait=10000`);
  return answer.ok ? answer.json() : undefined;
}
