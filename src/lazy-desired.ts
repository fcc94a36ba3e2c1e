// What hosts should have: loaded for people and programs who keep that in files. The parser of these is not small.

export { apply } from "./commands/apply.ts";
export { exportState } from "./commands/export.ts";
export { importFile } from "./commands/import.ts";
export { metrics } from "./commands/metrics.ts";
export { plan } from "./commands/plan.ts";
