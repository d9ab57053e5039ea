// Runs the samples of README.md and index.d.ts as they stand, against the peer. For hosts that have files.

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import * as onclose from "onclose";
import * as slim from "onclose/slim";
import { check, rejection, same, saw, until } from "./harness.js";
import { codeBlocks, examples } from "./samples.js";

const file = (name) => readFile(new URL(name, import.meta.url), "utf8");
const readme = await file("node_modules/onclose/README.md");
const declarations = await file("node_modules/onclose/index.d.ts");

/** The URL in the samples that run when they are imported. */
const FEED = "wss://example.com/feed";
const FOLDER = new URL("built/samples/", import.meta.url);

const blocks = codeBlocks(readme).filter(({ language }) => language !== "console");
const sample = (heading) => blocks.find((block) => block.heading === heading).code;
const fromReadme = {
  usage: sample("onclose"),
  session: sample("Closing and reconnecting"),
  observe: sample("Observing an existing socket"),
  codes: sample("Close codes"),
};
/** Tested by `browser/vite-worker.js` and `browser/plain.html`. */
const inBrowsers = [sample("Bundlers and CSP"), blocks.find(({ language }) => language === "html").code];

/** Imports a sample whose `FEED` leads to the route. Returns its exports and what it logged, once that has so many lines. */
async function run(name, code, route, lines = 0) {
  await mkdir(FOLDER, { recursive: true });
  const path = new URL(`${name}.js`, FOLDER);
  await writeFile(path, code);
  const { WebSocket, console } = globalThis;
  const logged = [];
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct: (target, [url, ...rest]) => new target(url === FEED ? route : url, ...rest),
  });
  globalThis.console = { ...console, log: (...values) => logged.push(values.join(" ")) };
  try {
    const exports = await import(path);
    await until(() => logged.length >= lines, `${name} has logged ${lines} lines`);
    return { logged, exports };
  } finally {
    Object.assign(globalThis, { WebSocket, console });
  }
}

export const documentation = {
  async every_sample_of_the_readme_is_run() {
    const tested = [...Object.values(fromReadme), ...inBrowsers];
    same(blocks.map(({ code }) => code).sort(), tested.sort(), "the samples");
    same(Object.keys(examples(declarations)), ["closed", "onClose", "connect"], "declarations with an example");
    same(declarations.split("@example").length - 1, 3, "number of examples");
    const page = await file("browser/plain.html");
    check(page.includes(inBrowsers[1].trim()), "browser/plain.html does not have the import map of the README");
  },

  async readme_usage_sample({ peer, id }) {
    // Two messages, "more" and "bye", and the answer to the Close frame.
    const { logged } = await run("usage", fromReadme.usage, `${peer}/frames?id=${id}&asked&answer&hex=81046d6f7265,8103627965`);
    same(logged, ["received more", "received bye", "closed 1000 local"], "what was logged");
    const { messages, last } = await saw(peer, id);
    same([messages, last], [1, "hello"], "what the peer received");
  },

  async readme_session_sample_reaches_every_case({ peer, id }) {
    const { session } = (await run("session", fromReadme.session)).exports;
    const received = [];
    const handle = (message) => received.push(message);
    const close = (code) => session(`${peer}/send?count=2&size=2&kind=text&delay=50&close=${code}`, handle, {});
    same(await close(1000), false, "after 1000");
    same(received, ["0 ", "1 "], "the messages");
    same(await close(4001), false, "after 4001");
    same(await close(1012), true, "after 1012");
    same(await session(`${peer}/drop?how=fin&delay=50`, handle), true, "after a lost connection");
    same(await session(`${peer}/refuse`, handle), true, "after a refused connection");
    same(await session(`${peer}/handshake?fault=hang`, handle, { connectTimeout: 200 }), true, "after a timeout");
    same(await session("nonsense://", handle), false, "for an invalid URL");
    // An abort while it is open, and one before.
    const abort = new AbortController();
    const { signal } = abort;
    same(await session(`${peer}/send?count=1&size=1&kind=text`, () => abort.abort(), { signal }), false, "after an abort");
    check((await rejection(session(`${peer}/echo`, handle, { signal }))) === signal.reason, "it rejected with another reason");
    const fault = new Error("thrown by handle");
    const failing = session(`${peer}/send?count=1&size=1&kind=text&id=${id}`, () => {
      throw fault;
    });
    check((await rejection(failing)) === fault, "it rejected with another error");
    same((await saw(peer, id)).close.code, 1000, "what the peer saw");
  },

  async readme_observe_sample_reaches_every_case({ peer }) {
    const { observe } = (await run("observe", fromReadme.observe)).exports;
    const logged = [];
    const { console } = globalThis;
    globalThis.console = { ...console, log: (text) => logged.push(text) };
    try {
      const socket = new WebSocket(`${peer}/close?code=1001&delay=50`);
      same(await observe(socket), 1001, "the code");
      const early = new WebSocket(`${peer}/close?code=4001`);
      await new Promise((resolve) => early.addEventListener("close", resolve));
      same(await observe(early), undefined, "the code of a close event that was missed");
      const open = new WebSocket(`${peer}/echo`);
      await new Promise((resolve) => open.addEventListener("open", resolve));
      const reason = new Error("aborted");
      check((await rejection(observe(open, AbortSignal.abort(reason)))) === reason, "it rejected with another reason");
      open.close();
      await onclose.closed(open);
    } finally {
      globalThis.console = console;
    }
    same(logged, ["closed with 1001 Going Away", "closed earlier"], "what was logged");
  },

  async readme_close_code_sample_logs_what_its_comments_say({ peer, id }) {
    const { logged } = await run("codes", fromReadme.codes, `${peer}/echo?id=${id}`);
    const comments = [...fromReadme.codes.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, comment]) => comment);
    same(logged, comments, "what was logged");
    const { close } = await saw(peer, id);
    same([close.code, close.reason], [4000, "session expired"], "what the peer saw");
  },

  async examples_of_the_declarations_run({ peer, id }) {
    const { closed, connect, onClose } = examples(declarations);
    const route = `${peer}/close?code=4001&reason=why&delay=50`;
    same((await run("example-closed", closed, route)).logged, ["4001 why"], "closed logged");
    const { logged } = await run("example-connect", connect, `${peer}/send?count=2&size=2&kind=text&asked&close=4001&id=${id}`);
    same(logged, ["0 ", "1 ", "remote 4001"], "connect logged");
    same((await run("example-on-close", onClose, route, 1)).logged, ["closed with 4001 why"], "onClose logged");
  },

  async readme_names_every_export_and_no_other() {
    const table = readme.slice(readme.indexOf("## API"), readme.indexOf("## Bundlers"));
    const rows = [...table.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name);
    same(rows.sort(), Object.keys(slim).sort(), "the names in the table");
    same(Object.keys(slim).filter((name) => !(name in onclose)), ["init"], "exports of onclose/slim alone");
  },

  async declarations_describe_codes_as_the_function_does() {
    const found = [...declarations.matchAll(/\/\*\* (.*) \*\/\n  readonly (\w+): (\d+);/g)];
    same(found.map(([, , name, code]) => [name, Number(code)]), Object.entries(onclose.CloseCode), "the codes");
    for (const [, comment, name, code] of found) {
      same(comment, onclose.describeCloseCode(Number(code)), name);
    }
  },
};

if (!globalThis.Deno && !globalThis.Bun) {
  Object.assign(documentation, {
    // After the cases that write the files.
    async samples_and_examples_compile() {
      const args = ["--project", "types/samples.json", "--listFiles"];
      const options = { cwd: import.meta.dirname };
      const { stdout } = await promisify(execFile)("node_modules/.bin/tsc", args, options).catch((error) => error);
      const compiled = stdout.match(/(?<=built\/samples\/)[\w-]+\.js$/gm) ?? [];
      const expected = [...Object.keys(fromReadme), "example-closed", "example-connect", "example-on-close"];
      same(compiled.sort(), expected.map((name) => `${name}.js`).sort(), "the files");
      same(stdout.match(/.*error TS.*/g), null, "what TypeScript reports");
    },

    async require_fails_as_the_readme_says_and_slim_can_be_required() {
      const require = createRequire(import.meta.url);
      let code;
      try {
        require("onclose");
      } catch (error) {
        code = error.code;
      }
      check(readme.includes(code), `the README does not name ${code}`);
      check(require("onclose/slim").connect === onclose.connect, "onclose/slim was loaded a second time");
    },
  });
}
