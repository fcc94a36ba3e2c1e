// What looks at a host as a whole, loaded for people who ask for it: udev and libvirt never do.

export { attach } from "./commands/attach.ts";
export { doctor } from "./commands/doctor.ts";
export { monitor } from "./commands/monitor.ts";
export { status } from "./commands/status.ts";
