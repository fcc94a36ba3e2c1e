// A program that uses the library, compiled against the installed package and run.

import { apply, type MonitorEvent, monitor, openHost, plan, type State, sandbox, status, UserError } from "mdevctl";

const directory = process.argv[2] ?? "";
const host = sandbox(directory);
const wanted: State = { version: 1, groups: [{ card: "0000:82:00.0", devices: [{ type: "L40S-8Q", count: 2 }] }] };

const events: MonitorEvent["event"][] = [];
const ending = new AbortController();
const watching = (async () => {
  for await (const { event } of monitor(host, { interval: 1, signal: ending.signal })) {
    events.push(event);
    if (events.filter((each) => each === "started").length === 2) break;
  }
})();
while (!events.includes("ready")) await new Promise((resolve) => setTimeout(resolve, 20));

console.log((await plan(host, wanted)).steps.map((step) => step.do).join(" "));
console.log((await apply(host, wanted)).steps.map((step) => step.result).join(" "));
console.log((await plan(openHost({ root: directory }), wanted)).in_sync);
const { devices, cards } = await status(host);
console.log(devices.map(({ type_name: name, active }) => `${name} ${active}`).join(", "), cards[0]?.vfs.used);
await watching;
// Two looks may see one device each, or one look both.
console.log(events.slice(events.indexOf("ready")).toSorted().join(" "));

const mistake = await plan(host, { ...wanted, groups: [{ card: "x", devices: [] }] }).catch((error: unknown) => error);
console.log(mistake instanceof UserError ? mistake.message : mistake);
ending.abort();
console.log(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => process.listenerCount(signal)).join(" "));
