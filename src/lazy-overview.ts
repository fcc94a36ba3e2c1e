// What looks at a host as a whole, loaded for people who ask for it: udev and libvirt never do.

export { status } from "./commands/status.ts";
