// The configuration that --jsonfile names. What mdevctl 1.4 accepts although it is probably a mistake is warned about.

import { readOrRefuse, sizeLimit } from "../configuration-file.ts";
import { toConfiguration } from "../definition.ts";
import type { Configuration } from "../device.ts";
import type { Host } from "../host.ts";
import { isObject, parseJson } from "../json.ts";

/** From a file, which may be a pipe, or from stdin, which `-` means. Throws a UserError that names the file. */
export function readJsonFile(host: Host, path: string): Configuration {
  const name = path === "-" ? "stdin" : path;
  return readOrRefuse(name, () => {
    const value = parseJson(path === "-" ? host.system.readStdin(sizeLimit) : host.system.readInput(path, sizeLimit));
    const configuration = toConfiguration(value);
    for (const mistake of findMistakes(value)) host.log.warn(`${name}: ${mistake}`);
    return configuration;
  });
}

function findMistakes(value: unknown): string[] {
  if (!isObject(value)) return [];
  const { start, attrs } = value;
  const mistakes: string[] = [];
  if (start !== "auto" && start !== "manual") {
    mistakes.push(`field 'start' is ${JSON.stringify(start)}, which is neither "auto" nor "manual"; taking "manual"`);
  }
  const similar = Object.keys(value).find((name) => /^att?r/i.test(name));
  if (attrs === undefined && similar !== undefined) {
    mistakes.push(`field '${similar}' is ignored; attributes stand in field 'attrs'`);
  }
  return mistakes;
}
