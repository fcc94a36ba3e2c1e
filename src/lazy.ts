// What a host does not need most of the time, loaded the first time that any of it is asked for: udev at boot and libvirt at
// every device event start mdevctl only to look. All in one part, because parts that share code among each other would become
// many small ones, and loading these costs more.

export { startAll } from "./autostart.ts";
export { readAllAttributes } from "./callout/attributes.ts";
export { define } from "./commands/define.ts";
export { modify } from "./commands/modify.ts";
export { sandbox } from "./commands/sandbox.ts";
export { start } from "./commands/start.ts";
export { stop } from "./commands/stop.ts";
export { types } from "./commands/types.ts";
export { undefine } from "./commands/undefine.ts";
export { sandbox as simulateKernel } from "./system/sandbox.ts";
