// What most runs do not need, loaded when any of it is first asked for: udev at boot and libvirt at every device event start
// mdevctl only to look. docs/performance.md says what that saves. It is a single part, because parts that share code become
// many small ones, which cost more to load.

export { readAllAttributes } from "./callout/attributes.ts";
export { commandHelp, programHelp } from "./cli/help.ts";
export { misuseError, unknownCommandError } from "./cli/misuse.ts";
export { ensureRules } from "./cli/rules.ts";
export { define } from "./commands/define.ts";
export { explainNoDevices } from "./commands/explain.ts";
export { modify } from "./commands/modify.ts";
export { start } from "./commands/start.ts";
export { stop } from "./commands/stop.ts";
export { types } from "./commands/types.ts";
export { undefine } from "./commands/undefine.ts";
export { startAutomatically } from "./operations/autostart.ts";
