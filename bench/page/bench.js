// The jobs of the page, which the driver runs one after the other.

import { crossings, wrapModules } from "./crossings.js";
import { prove } from "./prove.js";
import { burst, closes, drops, echo, ends, pipe } from "./real.js";
import { forward, hidden, sinkEcho, sinkRun, upload } from "./sending.js";
import { load } from "./subjects.js";
import { backlog, synthetic, unheard } from "./synthetic.js";

if (location.hash === "#crossings") wrapModules();

const JOBS = {
  backlog,
  burst,
  closes,
  crossings,
  drops,
  echo,
  ends,
  forward,
  hidden,
  pipe,
  prove,
  sinkEcho,
  sinkRun,
  synthetic,
  unheard,
  upload,
};

// Uncaught errors.
const uncaught = [];
addEventListener("error", (event) => uncaught.push(String(event.error ?? event.message)));
addEventListener("unhandledrejection", (event) => uncaught.push(String(event.reason)));

globalThis.bench = {
  isolated: crossOriginIsolated,
  // Keeps the main thread busy for this many milliseconds, by which the driver finds out which thread it is.
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
  // Runs a job while another page is in front, which asks for the outcome.
  hide(job, args) {
    const outcome = this.run(job, args);
    const channel = new BroadcastChannel("bench");
    channel.addEventListener("message", async () => channel.postMessage(await outcome));
  },
  // Returns the outcome of the job in the page behind this one.
  outcome() {
    const channel = new BroadcastChannel("bench");
    return new Promise((resolve) => {
      channel.addEventListener("message", ({ data }) => resolve(data));
      channel.postMessage(null);
    });
  },
  async run(job, args) {
    try {
      const value = await JOBS[job](args);
      if (uncaught.length) throw new Error(`uncaught: ${uncaught.splice(0).join("; ")}`);
      return { value };
    } catch (error) {
      return { error: String(error) };
    }
  },
};
