// What most runs do not need, loaded the first time that any of it is asked for: udev at boot and libvirt at every device event
// start mdevctl only to look. docs/performance.md says what that is worth. All in one part, because parts that share code
// become many small ones, and loading these costs more.

export { readAllAttributes } from "./callout/attributes.ts";
export { define } from "./commands/define.ts";
export { modify } from "./commands/modify.ts";
export { sandbox } from "./commands/sandbox.ts";
export { start } from "./commands/start.ts";
export { stop } from "./commands/stop.ts";
export { types } from "./commands/types.ts";
export { undefine } from "./commands/undefine.ts";
export { startAutomatically } from "./operations/autostart.ts";
export { sandbox as simulateKernel } from "./system/sandbox.ts";
