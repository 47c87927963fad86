// Paths into JSON documents: SQLite's (`$.orders[0].id`, `$[#-1]`, `$."a b"`) and the same without the leading `$.`.
import { ListValue, MapValue, type Value } from "../../base/value/value.ts";
import { outOfRange } from "./arguments.ts";

/** One step. An index `fromEnd` 1 is the last item. */
export type JsonStep =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number; readonly fromEnd: boolean };

const STEP = /\[(#-)?(\d{1,9})\]|\[#\]|\[(-)(\d{1,9})\]|\.?"((?:[^"\\]|\\.){0,1000})"|\.?([^.[\]"]{1,1000})/y;
const STEPS_MAX = 1000;

/** The steps of a path; `$` and an empty path have none. @throws Trap OutOfRange for a text that is no path. */
export function parseJsonPath(path: string): readonly JsonStep[] {
  const steps: JsonStep[] = [];
  STEP.lastIndex = path.startsWith("$") ? 1 : 0;
  if (!path.startsWith("$") && path.startsWith(".")) throw notPath(path);
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null || steps.length >= STEPS_MAX) throw notPath(path);
    steps.push(stepOf(match));
  }
  return steps;
}

function notPath(path: string): Error {
  return outOfRange(`'${path.slice(0, 80)}' is no path into JSON; write it like $.orders[0].id.`, path);
}

function stepOf(match: RegExpExecArray): JsonStep {
  const [text, fromEnd, index, minus, negative, quoted, plain] = match;
  if (text === "[#]") return { kind: "index", index: 0, fromEnd: true };
  if (index !== undefined) return { kind: "index", index: Number(index), fromEnd: fromEnd !== undefined };
  if (minus !== undefined) return { kind: "index", index: Number(negative), fromEnd: true };
  return { kind: "key", key: quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1") };
}

/** What a step leads to, undefined when there is nothing. A JSON null is null. */
export function stepInto(content: Value, step: JsonStep): Value | undefined {
  if (step.kind === "key") return content instanceof MapValue ? content.entries.get(step.key) : undefined;
  if (!(content instanceof ListValue)) return undefined;
  return content.items[step.fromEnd ? content.items.length - step.index : step.index];
}
