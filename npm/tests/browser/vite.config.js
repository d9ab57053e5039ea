import { readFileSync } from "node:fs";
import { defineConfig } from "vite";
import { codeBlocks } from "../samples.js";

/** Resolves `readme:vite` to the README's sample for Vite, as it stands. */
function readme() {
  const id = "readme:vite";
  return {
    name: "readme",
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(resolved) {
      if (resolved === `\0${id}`) {
        const text = readFileSync(new URL("../node_modules/onclose/README.md", import.meta.url), "utf8");
        return codeBlocks(text).find(({ code }) => code.includes("onclose_bg.wasm?url")).code;
      }
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { outDir: "../built/vite", emptyOutDir: true },
  plugins: [readme()],
  // Top-level await is allowed in ES modules only, in a worker too.
  worker: { format: "es", plugins: () => [readme()] },
});
