// Sandboxes, loaded for them alone: no host needs them.

export { sandbox } from "./commands/sandbox.ts";
export { simulateKernel } from "./sandbox/simulate.ts";
