// The cases in a page or a worker.

import { cases, full } from "../cases/index.js";
import { run } from "../harness.js";

/** What was printed, and the counts. `engine` is who it is that runs them. */
export async function start(engine) {
  const { peer } = await (await fetch(new URL("/peer.json", self.location.origin))).json();
  const lines = [];
  const chosen = engine === "webkit" ? cases : { ...cases, ...full };
  const counts = await run(chosen, { peer }, (line) => lines.push(line));
  return { ...counts, output: lines.join("\n") };
}
