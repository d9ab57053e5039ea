// For Node, Deno and Bun, whose fetch need not know of files.

import { readFile } from "node:fs/promises";
import { init } from "./module.js";

await init(await readFile(new URL("./onclose_bg.wasm", import.meta.url)));

export * from "./api.js";
