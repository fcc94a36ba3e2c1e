// YAML as a tree whose parts know where they stand. All scalars are texts, so that `0xab`, `1e3` and `on` stay what was written.
// js-yaml does the parsing.

import {
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from "js-yaml";
import { UsageError } from "../errors.ts";

/** A text and what messages call it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** A place in a text. */
export interface Place {
  readonly source: Source;
  readonly offset: number;
}

export type Node = TextNode | ListNode | MapNode;

export interface TextNode {
  readonly kind: "text";
  readonly at: Place;
  readonly text: string;
}

export interface ListNode {
  readonly kind: "list";
  readonly at: Place;
  readonly items: readonly Node[];
}

export interface MapNode {
  readonly kind: "map";
  readonly at: Place;
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: TextNode;
  readonly value: Node;
}

/** Ours are less deep, and the native build has a small stack. */
const deepest = 20;

/** Counting what aliases stand for: few lines with aliases of aliases can be more than any computer can look through. */
const mostNodes = 1_000_000;

/** An alias is the node that it stands for. Throws a UsageError that names line and column. */
export function parseYaml({ name, text: whole }: Source): Node {
  // A byte order mark is no character of the first line.
  const text = whole.replace(/^\ufeff/, "");
  const source = { name, text };
  const events = parseOrRefuse(source);
  const anchors = new Map<string, { readonly node: Node; readonly size: number }>();
  /** The nodes so far, and where the next event is. */
  let count = 0;
  let next = 0;
  /** The end of what has been read: where an empty value is. */
  let end = 0;
  const placeAt = (offset: number) => ({ source, offset });

  function takeNode(): Node | undefined {
    const event = events[next++];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined;
    if (event.type === EVENT_ID.ALIAS) return findAnchor(event.anchorStart, event.anchorEnd);
    if (event.tagStart >= 0)
      throw positionError(placeAt(event.tagStart), "tags are not supported, all values are texts");
    const before = count;
    countNodes(1, end);
    const node = takeContent(event);
    if (event.anchorStart >= 0) {
      anchors.set(text.slice(event.anchorStart, event.anchorEnd), { node, size: count - before });
    }
    return node;
  }

  function takeContent(event: ScalarEvent | SequenceEvent | MappingEvent): Node {
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        const isQuoted = ['"', "'"].includes(text.charAt(event.valueStart - 1));
        const start = event.valueStart < 0 ? end : event.valueStart - (isQuoted ? 1 : 0);
        end = Math.max(end, event.valueEnd);
        return { kind: "text", at: placeAt(start), text: getScalarValue(text, event) };
      }
      case EVENT_ID.SEQUENCE: {
        const items: Node[] = [];
        for (let item = takeNode(); item !== undefined; item = takeNode()) items.push(item);
        return { kind: "list", at: placeAt(event.start), items };
      }
      case EVENT_ID.MAPPING: {
        const fields: Field[] = [];
        const names = new Set<string>();
        for (let name = takeNode(); name !== undefined; name = takeNode()) {
          fields.push({ name: ensureNew(name, names), value: takeNode() ?? name });
        }
        return { kind: "map", at: placeAt(event.start), fields };
      }
    }
  }

  function ensureNew(name: Node, names: Set<string>): TextNode {
    if (name.kind !== "text") throw positionError(name.at, "the name of a field is not a text");
    if (names.has(name.text)) throw positionError(name.at, `field '${name.text}' is there twice`);
    names.add(name.text);
    return name;
  }

  function findAnchor(start: number, end: number): Node {
    const name = text.slice(start, end);
    const anchor = anchors.get(name);
    if (anchor === undefined) throw positionError(placeAt(start), `there is no anchor '${name}' above`);
    countNodes(anchor.size, start);
    return anchor.node;
  }

  function countNodes(more: number, offset: number): void {
    count += more;
    if (count > mostNodes) throw positionError(placeAt(offset), `there are more than ${mostNodes} values`);
  }

  // Begins the document.
  next++;
  const node = takeNode();
  if (node === undefined) throw positionError(placeAt(0), "there is nothing but comments");
  if (events.some((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT)) {
    throw positionError(placeAt(0), "there is more than one document; a directory of files can be given instead");
  }
  return node;
}

function parseOrRefuse(source: Source): Event[] {
  try {
    return parseEvents(source.text, { maxDepth: deepest });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw positionError({ source, offset: error.mark?.position ?? 0 }, error.reason);
  }
}

/** What is wrong at a place, as editors and compilers say it: `state.yaml:4:7: …`. */
export function positionError(at: Place, problem: string, hint?: string): UsageError {
  return new UsageError(`${describePlace(at)}: ${problem}`, hint);
}

/** Lines and columns are counted from 1, columns in JavaScript's characters, as in many editors. */
export function describePlace({ source, offset }: Place): string {
  const starts = findLineStarts(source);
  let [line, after] = [0, starts.length];
  while (line + 1 < after) {
    const middle = (line + after) >> 1;
    if ((starts[middle] ?? 0) <= offset) line = middle;
    else after = middle;
  }
  return `${source.name}:${line + 1}:${offset - (starts[line] ?? 0) + 1}`;
}

const lineStarts = new WeakMap<Source, readonly number[]>();

/** Found once, because the places of very many devices may be described. */
function findLineStarts(source: Source): readonly number[] {
  const known = lineStarts.get(source);
  if (known !== undefined) return known;
  const starts = [0, ...Array.from(source.text.matchAll(/\r\n?|\n/g), ({ index, 0: end }) => index + end.length)];
  lineStarts.set(source, starts);
  return starts;
}
