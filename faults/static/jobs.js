// All jobs by name: those of the crate exchange JSON, those in plain JavaScript exchange values.

import init, * as crate from "./onclose_faults.js";
import * as raw from "./raw/index.js";

// The uncaught errors and unhandled rejections of this page or worker.
export const uncaught = [];
globalThis.addEventListener("error", (event) => uncaught.push(`error: ${describe(event.error ?? event.message)}`));
globalThis.addEventListener("unhandledrejection", (event) => uncaught.push(`unhandled rejection: ${describe(event.reason)}`));

// Only in Chromium does the stack include the message.
function describe(error) {
  return error?.stack ? `${error} at ${error.stack}` : `${error}`;
}

const loaded = init();

// Returns { value } or { error }.
export async function run(name, args) {
  try {
    await loaded;
    const [side, job] = name.split(".");
    if (side === "raw" && raw[job]) return { value: await raw[job](args) };
    if (side === "onclose" && crate[job]) return { value: JSON.parse(await crate[job](JSON.stringify(args))) };
    return { error: `There is no job ${name}.` };
  } catch (error) {
    return { error: describe(error) };
  }
}
