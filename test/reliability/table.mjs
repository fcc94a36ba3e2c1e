// The table of docs/reliability.md from the reports of three programs: node table.mjs NATIVE NODE REFERENCE

import { readFileSync } from "node:fs";

/** How often a program was tried with each case, and what it lost; lines about the same case are added up. */
function read(path) {
  const rows = new Map();
  for (const line of readFileSync(path, "utf8").trim().split("\n")) {
    const { what, tried, lost } = JSON.parse(line);
    const row = rows.get(what) ?? { tried: 0, lost: {} };
    row.tried += tried;
    for (const [kind, count] of Object.entries(lost)) row.lost[kind] = (row.lost[kind] ?? 0) + count;
    rows.set(what, row);
  }
  return rows;
}

function cells(row) {
  if (row === undefined) return ["-", "-"];
  const lost = Object.entries(row.lost).sort((a, b) => b[1] - a[1]);
  return [row.tried.toLocaleString("en"), lost.map(([kind, count]) => `${kind}: ${count}`).join("; ") || "nothing"];
}

const [native, node, reference] = process.argv.slice(2, 5).map(read);
console.log("| tried | native | lost | Node.js | lost | 1.4.0 | lost |");
console.log("| --- | ---: | --- | ---: | --- | ---: | --- |");
for (const what of native.keys()) {
  const row = [what, ...cells(native.get(what)), ...cells(node.get(what)), ...cells(reference.get(what))];
  console.log(`| ${row.join(" | ")} |`);
}
