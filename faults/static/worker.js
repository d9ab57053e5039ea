// The same jobs in a dedicated worker.

import { run, stray } from "./jobs.js";

stray.push = (...errors) => {
  for (const error of errors) postMessage({ stray: `worker: ${error}` });
  return 0;
};

onmessage = async ({ data: { id, name, args } }) => {
  postMessage({ id, state: await run(name, args) });
};

