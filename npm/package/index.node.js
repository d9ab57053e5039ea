// The entry for Node, Deno and Bun: Node's fetch does not support file URLs.

import { readFile } from "node:fs/promises";
import { init } from "./module.js";

await init(await readFile(new URL("./onclose_bg.wasm", import.meta.url)));

export * from "./api.js";
