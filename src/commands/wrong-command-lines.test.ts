// Wrong command lines, and all that is said about each: what is wrong, and what to do where that is not the same.

import { expect, test } from "vitest";
import { A, B, C, D, machine } from "../testing/machine.ts";

function insertUuids(text: string): string {
  return text.replaceAll("$A", A).replaceAll("$B", B).replaceAll("$C", C).replaceAll("$D", D);
}

/** Expects these messages about a line, on a machine where $A is active and defined, $B active, $C defined, $D neither. */
async function expectRefusal(status: number, line: string, messages: readonly string[]): Promise<void> {
  const made = machine({
    files: {
      [`etc/mdevctl.d/mtty/${A}`]: '{"mdev_type":"mtty-1","start":"manual"}',
      [`etc/mdevctl.d/mtty/${C}`]: '{"mdev_type":"mtty-1","start":"manual","attrs":[{"a":"1"}]}',
    },
  });
  await made.run("start", "-u", A);
  await made.run("start", "-u", B, "-p", "mtty", "-t", "mtty-2");
  const [files, active] = [made.files(), await made.run("list")];
  expect(await made.run(...insertUuids(line).split(" "))).toEqual({
    status,
    stdout: "",
    stderr: insertUuids(`mdevctl: ${messages.join("\n")}\n`),
  });
  expect([made.files(), await made.run("list")]).toEqual([files, active]);
}

test.each([
  ["undef", "there is no command 'undef'", "Did you mean 'undefine'?"],
  ["mod", "there is no command 'mod'", "Did you mean 'modify'?"],
  ["dlist", "there is no command 'dlist'", "Did you mean 'list'?"],
  ["st", "there is no command 'st'", "Did you mean 'start', 'stop' or 'status'?"],
  ["LIST", "there is no command 'LIST'", "Did you mean 'list'? Letter case counts."],
  ["ls", "there is no command 'ls'", "Did you mean 'list'?"],
  ["info", "there is no command 'info'", "Did you mean 'status'?"],
  ["create", "there is no command 'create'", "Did you mean 'define' or 'start'?"],
  ["rm", "there is no command 'rm'", "Did you mean 'undefine' or 'stop'?"],
  ["edit", "there is no command 'edit'", "Did you mean 'modify'?"],
  ["destroy", "there is no command 'destroy'", "Did you mean 'stop'?"],
  ["-?", "there is no option '-?'", "Did you mean 'help'?"],
  ["version", "there is no command 'version'", "Did you mean '--version'?"],
  ["bogus", "there is no command 'bogus'", "See 'mdevctl --help'."],
  ["-v", "there is no option '-v'", "Did you mean '--version'?"],
  ["--list", "there is no option '--list'", "Did you mean 'list'?"],
  ["-x", "there is no option '-x'", "See 'mdevctl --help'."],
  ["-u $A stop", "option '-u' comes before the command", "Options follow the command: mdevctl stop -u $A"],
  ["-v list", "option '-v' comes before the command", "Options follow the command: mdevctl list -v"],
  ["help bogus", "there is no command 'bogus'", "See 'mdevctl --help'."],
  ["help list extra", "help: unexpected argument 'extra'", "See 'mdevctl --help'."],
  ["define --par mtty", "define: there is no option '--par'", "Did you mean '--parent'?"],
  ["list --dump", "list: there is no option '--dump'", "Did you mean '--dumpjson'?"],
  ["list --json", "list: there is no option '--json'", "Did you mean '--dumpjson'?"],
  ["modify --value", "modify: --value needs a value: --value V", "See 'mdevctl modify --help'."],
  ["start --uiud $A", "start: there is no option '--uiud'", "Did you mean '--uuid'?"],
  ["define --nonsense", "define: there is no option '--nonsense'", "See 'mdevctl define --help'."],
  ["stop -U $A", "stop: there is no option '-U'", "Did you mean '-u'? Letter case counts."],
  ["list -x", "list: there is no option '-x'", "See 'mdevctl list --help'."],
  ["stop -uuid $A", "stop: -u: 'uid' is not a UUID", "Did you mean '--uuid'?"],
  ["start -parent mtty", "start: UUID: 'mtty' is not a UUID", "Did you mean '--parent'?"],
  ["list -dd", "list: -d is given twice", "See 'mdevctl list --help'."],
  ["start --parent mtty --parent mtty", "start: --parent is given twice", "See 'mdevctl start --help'."],
  ["list --defined=yes", "list: --defined takes no value", "See 'mdevctl list --help'."],
  ["stop --uuid --help", "stop: --uuid needs a value: --uuid UUID", "See 'mdevctl stop --help'."],
  ["list --help=yes", "list: --help takes no value", "See 'mdevctl list --help'."],
  ["types -p", "types: -p needs a value: -p PARENT", "See 'mdevctl types --help'."],
  ["modify -u $C --index --delattr", "modify: --index needs a value: --index N", "See 'mdevctl modify --help'."],
  [
    "modify -u $C --delattr --index -1",
    "modify: --index needs a value: --index N",
    "A value that begins with '-' is written '--index=-1', but '-1' is not a number from 0 on.",
  ],
  [
    "modify -u $C --addattr x --value -5",
    "modify: --value needs a value: --value V",
    "A value that begins with '-' is written '--value=-5'.",
  ],
  [
    "modify -u $C --delattr --index=x",
    "modify: --index: 'x' is not a number from 0 on",
    "See 'mdevctl modify --help'.",
  ],
  [
    "stop -u 1111",
    "stop: -u: '1111' is not a UUID",
    "A UUID is 32 hexadecimal digits with hyphens; 'mdevctl list' and 'mdevctl list --defined' show those of devices.",
  ],
  [
    "start -p ../mtty -t mtty-1",
    "start: -p: '../mtty' cannot be a name, because it has a '/'",
    "See 'mdevctl start --help'.",
  ],
  ["start -p mtty -t .", "start: -t: '.' cannot be a name, because it is '.'", "See 'mdevctl start --help'."],
  [
    "define -p scripts.d -t mtty-1",
    "define: -p: 'scripts.d' cannot be a parent's name, because it is the scripts' directory",
    "See 'mdevctl define --help'.",
  ],
  [
    "modify -u $C --addattr /etc/passwd --value 1",
    "modify: --addattr: '/etc/passwd' cannot be an attribute's name, because it is absolute",
    "See 'mdevctl modify --help'.",
  ],
  ["start -p mtty --jsonfile=", "start: --jsonfile: the name of the file is empty", "See 'mdevctl start --help'."],
  ["plan --host= x.yaml", "plan: --host: the name of the host is empty", "See 'mdevctl plan --help'."],
  ["plan --labels-file= x.yaml", "plan: --labels-file: the name of the file is empty", "See 'mdevctl plan --help'."],
  ["list $A", "list: unexpected argument '$A'", "Did you mean '--uuid $A'?"],
  ["list 1111", "list: unexpected argument '1111'", "See 'mdevctl list --help'."],
  ["stop $A $B", "stop: unexpected argument '$B'", "See 'mdevctl stop --help'."],
  ["stop -u $A $B", "stop: unexpected argument '$B'", "See 'mdevctl stop --help'."],
  ["stop 1111 --uuid=$A", "stop: unexpected argument '1111'", "See 'mdevctl stop --help'."],
  [
    "stop 111",
    "stop: UUID: '111' is too short, the beginning of a UUID has four characters or more",
    "See 'mdevctl stop --help'.",
  ],
  [
    "stop mtty",
    "stop: UUID: 'mtty' is not a UUID",
    "A UUID is 32 hexadecimal digits with hyphens; 'mdevctl list' and 'mdevctl list --defined' show those of devices.",
  ],
  [
    "undefine 1111-1111",
    "undefine: UUID: '1111-1111' is not a UUID",
    "A UUID is 32 hexadecimal digits with hyphens; 'mdevctl list' and 'mdevctl list --defined' show those of devices.",
  ],
  ["list mtty", "list: unexpected argument 'mtty'", "Did you mean '--parent mtty'?"],
  ["types mtty", "types: unexpected argument 'mtty'", "Did you mean '--parent mtty'?"],
  ["start mtty -t mtty-1", "start: UUID: 'mtty' is not a UUID", "Did you mean '--parent mtty'?"],
  ["stop help", "stop: UUID: 'help' is not a UUID", "Did you mean '--help'?"],
  ["list help", "list: unexpected argument 'help'", "Did you mean '--help'?"],
  [
    "start-parent-mdevs mtty matrix",
    "start-parent-mdevs: unexpected argument 'matrix'",
    "See 'mdevctl start-parent-mdevs --help'.",
  ],
  ["start-parent-mdevs", "start-parent-mdevs: PARENT is missing", "See 'mdevctl start-parent-mdevs --help'."],
  ["sandbox", "sandbox: DIR is missing", "See 'mdevctl sandbox --help'."],
  ["define", "define: --uuid or --parent is needed", "See 'mdevctl define --help'."],
  ["define -t mtty-1", "define: --uuid or --parent is needed", "See 'mdevctl define --help'."],
  [
    "define -p mtty --jsonfile f -t mtty-1",
    "define: --jsonfile and -t exclude each other",
    "See 'mdevctl define --help'.",
  ],
  [
    "define -p mtty --jsonfile f --auto",
    "define: --jsonfile and --auto exclude each other",
    "See 'mdevctl define --help'.",
  ],
  ["undefine -p mtty", "undefine: UUID is missing", "See 'mdevctl undefine --help'."],
  ["modify --auto", "modify: UUID is missing", "See 'mdevctl modify --help'."],
  [
    "modify -u $C",
    "modify: one of --auto, --manual, --addattr, --delattr or --jsonfile is needed",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C -d",
    "modify: one of --auto, --manual, --addattr, --delattr or --jsonfile is needed",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C -t mtty-2",
    "modify: -t needs one of --auto, --manual, --addattr or --delattr as well",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --type mtty-2 -d",
    "modify: --type needs one of --auto, --manual, --addattr or --delattr as well",
    "See 'mdevctl modify --help'.",
  ],
  ["modify -u $C -i 0", "modify: -i needs --addattr or --delattr as well", "See 'mdevctl modify --help'."],
  ["modify -u $C --live", "modify: --live needs --jsonfile", "See 'mdevctl modify --help'."],
  ["modify -u $C -am", "modify: -a and -m exclude each other", "See 'mdevctl modify --help'."],
  ["modify -u $C --auto --delattr", "modify: --auto and --delattr exclude each other", "See 'mdevctl modify --help'."],
  [
    "modify -u $C --delattr --addattr x --value 1",
    "modify: --addattr and --delattr exclude each other",
    "See 'mdevctl modify --help'.",
  ],
  ["modify -u $C --addattr x", "modify: --addattr needs --value", "See 'mdevctl modify --help'."],
  ["modify -u $C --value 1", "modify: --value needs --addattr", "See 'mdevctl modify --help'."],
  [
    "modify -u $C --auto --value 1",
    "modify: --value needs --addattr, which excludes --auto",
    "See 'mdevctl modify --help'.",
  ],
  ["modify -u $C -a -i 0", "modify: -i and -a exclude each other", "See 'mdevctl modify --help'."],
  [
    "modify -u $C --jsonfile f -t mtty-2",
    "modify: --jsonfile and -t exclude each other",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --live --auto",
    "modify: --live needs --jsonfile, which excludes --auto",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --live --delattr --index 0",
    "modify: --live needs --jsonfile, which excludes --delattr",
    "See 'mdevctl modify --help'.",
  ],
  ["modify -u $C --auto --manual", "modify: --auto and --manual exclude each other", "See 'mdevctl modify --help'."],
  [
    "modify -u $C --manual --jsonfile f",
    "modify: --manual and --jsonfile exclude each other",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --addattr x --jsonfile f --value 1",
    "modify: --addattr and --jsonfile exclude each other",
    "See 'mdevctl modify --help'.",
  ],
  ["modify -u $C --addattr x -i 0", "modify: --addattr needs --value", "See 'mdevctl modify --help'."],
  [
    "modify -u $C --delattr --value 1",
    "modify: --value needs --addattr, which excludes --delattr",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C -p mtty --jsonfile f --value 1",
    "modify: --value needs --addattr, which excludes --jsonfile",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --manual --index 0",
    "modify: --index and --manual exclude each other",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C -p mtty --jsonfile f --index 0",
    "modify: --index and --jsonfile exclude each other",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --live --jsonfile f -t mtty-1",
    "modify: --jsonfile and -t exclude each other",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --live --addattr x --value 1",
    "modify: --live needs --jsonfile, which excludes --addattr",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --delattr --index=-1",
    "modify: --index: '-1' is not a number from 0 on",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --delattr --index 1.5",
    "modify: --index: '1.5' is not a number from 0 on",
    "See 'mdevctl modify --help'.",
  ],
  ["modify -u $C --delattr --index=", "modify: --index: '' is not a number from 0 on", "See 'mdevctl modify --help'."],
  [
    "modify -u $C --delattr --index 4294967296",
    "modify: --index: '4294967296' is not a number from 0 on",
    "See 'mdevctl modify --help'.",
  ],
  [
    "modify -u $C --delattr --index 99999999999999999999",
    "modify: --index: '99999999999999999999' is not a number from 0 on",
    "See 'mdevctl modify --help'.",
  ],
  ["start", "start: UUID or --parent is needed", "See 'mdevctl start --help'."],
  ["start -t mtty-1", "start: UUID or --parent is needed", "See 'mdevctl start --help'."],
  [
    "start -p mtty --jsonfile f -t mtty-1",
    "start: --jsonfile and -t exclude each other",
    "See 'mdevctl start --help'.",
  ],
  ["stop -f", "stop: UUID is missing", "See 'mdevctl stop --help'."],
])("mdevctl %s is wrong usage", async (line, ...messages) => {
  await expectRefusal(2, line, messages);
});

test.each([
  ["define -p mtty", "cannot define a device: --type is needed", "The types of mtty are mtty-1 and mtty-2."],
  ["define -p mtt", "cannot define a device: --type is needed", "There is no parent device mtt. Did you mean 'mtty'?"],
  ["define -u $D", "cannot define $D: it is not active, so --parent and --type are needed"],
  ["define -u $D -t mtty-1", "cannot define $D: -t needs --parent"],
  ["define -u $D --jsonfile f", "cannot define $D: --jsonfile needs --parent"],
  [
    "define -u $A -p mtty -t mtty-1",
    "cannot define $A: it is defined under mtty already",
    "'mdevctl modify' changes a definition, 'mdevctl undefine' removes it.",
  ],
  ["undefine -u $D", "cannot undefine $D: it is not defined", "'mdevctl list --defined' shows what is."],
  [
    "undefine -u $A -p matrix",
    "cannot undefine $A: it is not defined under matrix",
    "'mdevctl list --defined' shows what is.",
  ],
  ["modify -u $D --auto", "cannot modify $D: it is not defined", "'mdevctl list --defined' shows what is."],
  [
    "modify -u $C --delattr --index 3",
    "cannot modify $C: index 3 is out of range, it has 1 attribute",
    '@{0} {"a":"1"}',
  ],
  ["modify -u $C --jsonfile f", "cannot modify $C: --jsonfile needs --parent"],
  ["start -p mtty", "cannot start a device: --type is needed", "The types of mtty are mtty-1 and mtty-2."],
  ["start -p mtt", "cannot start a device: --type is needed", "There is no parent device mtt. Did you mean 'mtty'?"],
  ["start -p mtt -t mtty-1", "cannot start a device: there is no parent device mtt", "Did you mean 'mtty'?"],
  [
    "start -p MTTY -t mtty-1",
    "cannot start a device: there is no parent device MTTY",
    "Did you mean 'mtty'? Letter case counts.",
  ],
  [
    "start -p nowhere -t mtty-1",
    "cannot start a device: there is no parent device nowhere",
    "The parent devices are matrix and mtty.",
  ],
  [
    "start -p mtty -t MTTY-2",
    "cannot start a device: mtty has no type MTTY-2",
    "Did you mean 'mtty-2'? Letter case counts.",
  ],
  ["start -p mtty -t mtty", "cannot start a device: mtty has no type mtty", "Did you mean 'mtty-1' or 'mtty-2'?"],
  [
    "start -p mtty -t nvidia-558",
    "cannot start a device: mtty has no type nvidia-558",
    "Its types are mtty-1 and mtty-2.",
  ],
  ["start -p mtty -t mtty-2 -u $A", "cannot start $A: it is defined with another type, mtty-1"],
  ["start -u $A", "cannot start $A: it is active already"],
  ["start -u $B", "cannot start $B: it is active already"],
  ["start -u $B -p matrix", "cannot start $B: it is active already, with another parent, mtty"],
  ["start -u $D", "cannot start $D: it is not defined, so --parent and --type are needed"],
  ["start -u $D -t mtty-1", "cannot start $D: it is not defined, so --parent is needed"],
  [
    "start -u $D -p mtty",
    "cannot start $D: it is not defined under mtty, so --type is needed",
    "The types of mtty are mtty-1 and mtty-2.",
  ],
  ["start -u $C -t mtty-2", "cannot start $C: it is defined with another type, mtty-1"],
  ["stop -u $D", "cannot stop $D: it is not active", "'mdevctl list' shows the active devices."],
])("mdevctl %s fails", async (line, ...messages) => {
  await expectRefusal(1, line, messages);
});
