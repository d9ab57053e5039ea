// The entry for browsers and bundlers. Bundlers find the file by this literal `new URL` expression.

import { init } from "./module.js";

await init(new URL("./onclose_bg.wasm", import.meta.url));

export * from "./api.js";
