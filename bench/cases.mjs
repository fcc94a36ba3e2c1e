// What is measured: command lines, the trees that they run on, and the goals: `most` is the highest acceptable ratio of our
// native executable's time to that of mdevctl 1.4.0.

import { definition, deviceUuid, installScript, makeTree, parentOf, typeName, writeState } from "./tree.ts";

const decline = "#!/bin/sh\nexit 2\n";

const answer = `#!/bin/sh
while getopts t:e:a:s:u:p: option; do
    case $option in a) action=$OPTARG ;; esac
done
case $action in
    capabilities) exit 2 ;;
    attributes) echo '[{"frame_rate_limiter":"1"},{"scheduler":"fixed_share"}]' ;;
esac
`;

/** Two scripts; the second is in charge. */
function withScripts(root, options) {
  makeTree(root, options);
  installScript(root, "10-other.sh", decline);
  installScript(root, "20-vendor.sh", answer);
}

/** 63 parents; `state.yaml` in the root asks for what there is. */
function withState(root, { areAlike }) {
  makeTree(root, { devices: 1000, ...(areAlike && { attributes: [] }) });
  writeState(root, { devices: 1000, areAlike });
}

export const trees = {
  empty: (root) => makeTree(root),
  1000: (root) => withState(root, { areAlike: false }),
  alike: (root) => withState(root, { areAlike: true }),
  10000: (root) => makeTree(root, { devices: 10000 }),
  types: (root) => makeTree(root, { parents: 640, types: 4 }),
  scripts: (root) => withScripts(root, { devices: 64 }),
  // Writing UUIDs to plain files makes no devices, so this can be repeated.
  autostart: (root) => withScripts(root, { devices: 64, perParent: 64, active: false, start: "auto", attributes: [] }),
};

// A device of the large tree.
const one = 5000;
const uuid = deviceUuid(one);
const parent = parentOf(one);
const file = `etc/mdevctl.d/${parent}/${uuid}`;

/**
 * In a command, `@root` stands for the tree. `before` prepares each run: a file gets this text, or is removed. `instead` are the commands that mdevctl 1.4.0 needs for the same,
 * one after another; its times and its memory are their sums, and `mostMemory` is the goal for that.
 */
export const cases = [
  { tree: "empty", command: "--version", most: 0.8 },
  { tree: "empty", command: "list", most: 0.8 },
  { tree: "empty", command: "start-parent-mdevs 0000:10:00.0", most: 0.8 },
  { tree: "1000", command: "list", most: 0.3 },
  { tree: "10000", command: "list", most: 0.3 },
  { tree: "10000", command: "list --defined", most: 0.3 },
  { tree: "10000", command: "list --dumpjson", most: 0.3 },
  { tree: "10000", command: "list --defined --dumpjson", most: 0.3 },
  { tree: "types", command: "types", most: 0.6 },
  { tree: "types", command: "types --dumpjson", most: 0.6 },
  {
    tree: "10000",
    command: "status --json",
    instead: ["list --defined --dumpjson", "list --dumpjson", "types --dumpjson"],
    most: 0.35,
    mostMemory: 0.35,
  },
  { tree: "1000", command: "plan @root/state.yaml", instead: ["list --defined"], most: 3, mostMemory: 4 },
  { tree: "alike", command: "plan @root/state.yaml", instead: ["list --defined"], most: 3, mostMemory: 3 },
  { tree: "scripts", command: "list", most: 0.45 },
  { tree: "scripts", command: "list --verbose", most: 0.45 },
  { tree: "autostart", command: "start-parent-mdevs 0000:10:00.0", most: 0.8 },
  {
    tree: "10000",
    command: `define --uuid ${uuid} --parent ${parent} --type ${typeName(0)}`,
    before: { file, text: undefined },
    most: 0.5,
  },
  { tree: "10000", command: `modify --uuid ${uuid} --auto`, before: { file, text: definition(one) }, most: 0.5 },
  { tree: "10000", command: `undefine --uuid ${uuid}`, before: { file, text: definition(one) }, most: 0.5 },
];
