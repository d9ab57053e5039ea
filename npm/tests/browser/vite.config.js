import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { outDir: "../built/vite", emptyOutDir: true },
  // A module that waits for its wasm is an ECMAScript module, in a worker too.
  worker: { format: "es" },
});
