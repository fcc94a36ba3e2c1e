// The version, as in package.json; the build puts it in.

declare const MDEVCTL_VERSION: string;

export const version = MDEVCTL_VERSION;
