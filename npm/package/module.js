// The wasm module, shared by all entries.

import load, * as glue from "./onclose.js";

let loading;
let loaded = false;

/** Loads the module once, however often it is called. After a failure the next call tries again. */
export function init(source) {
  loading ??= load({ module_or_path: source }).then(
    () => {
      loaded = true;
    },
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

export function wasm() {
  if (!loaded) {
    throw new Error("onclose/slim: await init() before using other exports");
  }
  return glue;
}
