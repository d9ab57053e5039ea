// Runs an app that was weighed, to prove that it works.

import { saw, token } from "./real.js";
import { check, macrotask } from "./tools.js";

const PATIENCE = 10_000;

async function until(condition, complaint) {
  const begun = performance.now();
  while (!(await condition())) {
    check(performance.now() - begun < PATIENCE, complaint);
    await macrotask();
  }
}

// Makes the app answer a text, if it is the app for that, and closes its connection; returns what the app reported.
export async function prove({ folder, app, peer }) {
  const reported = [];
  globalThis.show = (...end) => reported.push(end);
  const module = await import(`./${folder}/app.js`);
  await module.default?.();
  const id = token();
  const url = `${peer}/obey?id=${id}`;
  const tell = (order) => fetch(`${peer.replace("ws:", "http:")}/tell?id=${id}&${order}`);
  if (app === "minimal") {
    module.start(url);
    await until(async () => (await tell("say=hello")).ok, "it did not connect");
    await until(async () => (await saw(peer, id)).last === "hello", "it did not send the text back");
  } else {
    const socket = new WebSocket(url);
    module.start(socket);
    await until(() => socket.readyState === WebSocket.OPEN, "there is no connection");
  }
  check((await tell("close=4001&reason=bye")).ok, "the peer could not close");
  await until(() => reported.length > 0, "it reported no close");
  check(reported.length === 1, `it reported ${reported.length} closes`);
  const [code, reason, clean] = reported[0];
  return [code, reason, clean ?? null];
}
