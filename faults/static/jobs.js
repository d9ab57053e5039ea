// All jobs by name: those over the crate take and give JSON, those in plain JavaScript take and give values.

import init, * as crate from "./onclose_faults.js";
import * as raw from "./raw/index.js";

// What nobody caught, in this page or worker.
export const stray = [];
globalThis.addEventListener("error", (event) => stray.push(`error: ${tell(event.error ?? event.message)}`));
globalThis.addEventListener("unhandledrejection", (event) => stray.push(`unhandled rejection: ${tell(event.reason)}`));

// Only Chromium's stack says what the error says.
function tell(error) {
  return error?.stack ? `${error} at ${error.stack}` : `${error}`;
}

const loaded = init();

export async function run(name, args) {
  try {
    await loaded;
    const [kind, job] = name.split(".");
    if (kind === "raw" && raw[job]) return { value: await raw[job](args) };
    if (kind === "onclose" && crate[job]) return { value: JSON.parse(await crate[job](JSON.stringify(args))) };
    return { error: `There is no job ${name}.` };
  } catch (error) {
    return { error: tell(error) };
  }
}
