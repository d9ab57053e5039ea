// The cases in a page or a worker.

import { cases, fullBuffer } from "../cases/index.js";
import { run } from "../harness.js";

/** Returns the counts and the output. */
export async function start(engine) {
  const { peer } = await (await fetch(new URL("/peer.json", self.location.origin))).json();
  const lines = [];
  const chosen = engine === "webkit" ? cases : { ...cases, ...fullBuffer };
  const counts = await run(chosen, { peer }, (line) => lines.push(line));
  return { ...counts, output: lines.join("\n") };
}
