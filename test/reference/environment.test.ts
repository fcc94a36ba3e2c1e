// Missing directories, ways to name the root, and log levels.

import { type Case, compare } from "./compare.ts";
import { empty, standard, without } from "./machine.ts";
import { directory } from "./tree.ts";

compare("missing directories", empty, [
  ...["etc", "usr", "usr/lib/mdevctl/scripts.d/notifiers", "usr/lib/mdevctl/scripts.d/callouts"].flatMap((path) => [
    ...["--help", "--version", "list", "list -d", "list -d --dumpjson", "types", "start-parent-mdevs $P1"].map(
      (args): Case => ({
        args,
        title: `no ${path}`,
        machine: without(empty, path),
        like: empty,
        differs: "missing directories count as empty",
      }),
    ),
    { args: "undefine -u $E", title: `no ${path}`, machine: without(empty, path) },
    { args: "start -u $E", title: `no ${path}`, machine: without(empty, path) },
    {
      args: "define -u $E -p $P1 -t $T1; list -d",
      title: `no ${path}`,
      machine: without(empty, path),
      like: empty,
      differs: path === "etc" ? "define creates the directories it needs" : "missing directories count as empty",
    } satisfies Case,
  ]),
  ...["list -d", "define -u $E -p $P1 -t $T1"].map(
    (args): Case => ({
      args,
      title: "no older scripts.d",
      machine: { ...empty, "etc/mdevctl.d/scripts.d": directory },
    }),
  ),
]);

compare("the root", standard, [
  { args: "list -d", title: "a slash at the end", environment: { MDEVCTL_ENV_ROOT: "./" } },
  { args: "list", title: "relative", environment: { MDEVCTL_ENV_ROOT: "." } },
  { args: "define -u $E -p $P1 -t $T1", title: "relative", environment: { MDEVCTL_ENV_ROOT: "." } },
  { args: "list", title: "two slashes", environment: { MDEVCTL_ENV_ROOT: ".//" } },
  {
    args: "list",
    title: "elsewhere",
    environment: { MDEVCTL_ENV_ROOT: "input" },
    differs: "missing directories count as empty",
    like: Object.fromEntries(Object.entries(empty).map(([path, entry]) => [`input/${path}`, entry])),
  },
]);

compare("log levels", standard, [
  ...["off", "error", "warn"].flatMap((level) =>
    ["list", "list -d", "start-parent-mdevs $P2", "start -u $D", "undefine -u $E"].map(
      (args): Case => ({ args, title: level, environment: { MDEVCTL_LOG: level } }),
    ),
  ),
  ...["debug", "trace"].map(
    (level): Case => ({ args: "start -u $D", title: level, environment: { MDEVCTL_LOG: level } }),
  ),
  ...["always", "never", "auto", "bogus"].map(
    (style): Case => ({ args: "start-parent-mdevs $P2", title: style, environment: { MDEVCTL_LOG_STYLE: style } }),
  ),
]);
