// The same jobs in a dedicated worker.

import { run, uncaught } from "./jobs.js";

// Reported to the page at once.
uncaught.push = (...errors) => {
  for (const error of errors) postMessage({ uncaught: `worker: ${error}` });
  return 0;
};

onmessage = async ({ data: { id, name, args } }) => {
  postMessage({ id, state: await run(name, args) });
};
