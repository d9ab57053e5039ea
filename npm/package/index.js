// For browsers and bundlers, which look for this very expression to find the file.

import { init } from "./module.js";

await init(new URL("./onclose_bg.wasm", import.meta.url));

export * from "./api.js";
