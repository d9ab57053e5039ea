// The wasm module, once, for all entries.

import load, * as glue from "./onclose.js";

let loading;
let loaded = false;

/** Loads the module, however often it is called; after a failure it may be tried again. */
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
    throw new Error("onclose/slim is used before its wasm is there: await init(...) first");
  }
  return glue;
}
