// The laboratory opened by hand: a list of the matrix's cases, and a button that plays one on both sides.

const style = `
  body { font: 14px/1.5 system-ui, sans-serif; margin: 1rem; }
  table { border-collapse: collapse; }
  td { border: 1px solid #8884; padding: 0.2rem 0.5rem; vertical-align: top; }
  pre { margin: 0; white-space: pre-wrap; }
`;

const cases = await (await fetch("cases.json")).json();
document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
const heading = document.createElement("p");
heading.textContent =
  "Each button plays a case of the matrix on a plain WebSocket, then through onclose. `lab.run` in the console runs any job.";
const table = document.createElement("table");
document.body.append(heading, table);

const lines = (log) => log.map(({ what, at, ...rest }) => `${at} ms  ${what}  ${JSON.stringify(rest)}`).join("\n");

for (const { name, group, guarded, plain, crate } of cases) {
  const row = table.insertRow();
  const button = document.createElement("button");
  button.textContent = name.replaceAll("_", " ");
  button.title = group;
  row.insertCell().append(button);
  const [left, right] = [row.insertCell(), row.insertCell()].map((cell) => {
    const text = document.createElement("pre");
    cell.append(text);
    return text;
  });
  if (guarded && location.search !== "?guarded") {
    left.textContent = "needs the page with the query ?guarded";
    continue;
  }
  button.onclick = async () => {
    button.disabled = true;
    for (const [text, job, script] of [[left, "raw.matrix", plain], [right, "onclose.matrix", crate]]) {
      text.textContent = "...";
      try {
        const [log] = await lab.run(job, { scripts: [script], together: 1 });
        text.textContent = `${job}\n${lines(log)}`;
      } catch (error) {
        text.textContent = `${job}\n${error}`;
      }
    }
    button.disabled = false;
  };
}
