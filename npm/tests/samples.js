// Reads the samples out of the package's documentation.

/** Returns the code blocks of a Markdown text, each with the heading above it. */
export function codeBlocks(markdown) {
  const blocks = [];
  let heading = "";
  for (const [, title, language, code] of markdown.matchAll(/^#+ (.*)$|^```(\w+)\n([^]*?)^```$/gm)) {
    heading = title ?? heading;
    if (language !== undefined) {
      blocks.push({ heading, language, code });
    }
  }
  return blocks;
}

/** Returns the `@example` of each declaration by the declaration's name. */
export function examples(declarations) {
  const found = {};
  for (const [, comment, name] of declarations.matchAll(/^\/\*\*\n((?: \*.*\n)*?) \*\/\nexport (?:declare )?\w+ (\w+)/gm)) {
    const [, code] = /^@example\n```js\n([^]*?)^```$/m.exec(comment.replace(/^ \* ?/gm, "")) ?? [];
    if (code !== undefined) {
      found[name] = code;
    }
  }
  return found;
}
