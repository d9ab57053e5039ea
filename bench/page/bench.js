// The page's side: the driver runs one job after another.

import { crossings, wrapModules } from "./crossings.js";
import { prove } from "./prove.js";
import { burst, closes, drops, echo, ends, pipe } from "./real.js";
import { load } from "./subjects.js";
import { backlog, nobody, synthetic } from "./synthetic.js";

if (location.hash === "#crossings") wrapModules();

const JOBS = { backlog, burst, closes, crossings, drops, echo, ends, nobody, pipe, prove, synthetic };

// What nobody caught.
const stray = [];
addEventListener("error", (event) => stray.push(String(event.error ?? event.message)));
addEventListener("unhandledrejection", (event) => stray.push(String(event.reason)));

globalThis.bench = {
  isolated: crossOriginIsolated,
  // Keeps the main thread busy for so many milliseconds: by that the driver knows which thread it is.
  spin(time) {
    const end = performance.now() + time;
    while (performance.now() < end);
  },
  async load(names) {
    try {
      for (const name of names) await load(name);
      return { value: null };
    } catch (error) {
      return { error: String(error) };
    }
  },
  async run(job, args) {
    try {
      const value = await JOBS[job](args);
      if (stray.length) throw new Error(`nobody caught: ${stray.splice(0).join("; ")}`);
      return { value };
    } catch (error) {
      return { error: String(error) };
    }
  },
};
