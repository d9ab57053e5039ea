import path from "node:path";

export default {
  mode: "production",
  entry: path.join(import.meta.dirname, "main.js"),
  output: { path: path.join(import.meta.dirname, "..", "built", "webpack"), filename: "main.js" },
  performance: { hints: false },
};
