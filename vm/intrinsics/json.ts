// Implementations of the JSON intrinsics (bytecode/intrinsics/json.ts). Documents are parsed when they are looked into and written again when they are changed;
// numbers keep their digits on the way, because the parser makes decimals where floats would round.
import { jsonDocument, jsonText, toJson, valueOfJson } from "../../base/value/json.ts";
import { parseJson } from "../../base/value/json-parse.ts";
import { kindOf, type ValueKind } from "../../base/value/kind.ts";
import { printValue } from "../../base/value/print.ts";
import { Json, ListValue, MapValue, type Value } from "../../base/value/value.ts";
import type { Work } from "../../base/value/work.ts";
import type { JSON_INTRINSICS } from "../../bytecode/intrinsics/json.ts";
import { trap } from "../../bytecode/trap.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  chargeText,
  countAt,
  itemsAt,
  madeList,
  madeText,
  madeTexts,
  outOfRange,
  textAt,
  valueAt,
  workOf,
  wrongKind,
} from "./arguments.ts";
import { type JsonStep, parseJsonPath, stepInto } from "./json-path.ts";

/** Implementations by key. */
export const JSON_FUNCTIONS: Readonly<Record<keyof typeof JSON_INTRINSICS, IntrinsicFunction>> = {
  parse_json: (context, args) => {
    const text = textAt(args, 0);
    chargeText(context, text.length);
    const { document, fault } = jsonDocument(text, workOf(context));
    if (fault === undefined) return document;
    throw trap("InvalidCast", `The text is not JSON: ${fault.reason}, at character ${fault.offset + 1}.`, text);
  },
  to_json: (context, args) => made(context, toJson(valueAt(args, 0), workOf(context))),
  json_get: (context, args) => {
    const found = lookUp(context, args);
    return found === undefined ? null : made(context, toJson(found, workOf(context)));
  },
  json_text_at: (context, args) => {
    const found = lookUp(context, args);
    if (found === undefined || found === null) return null;
    return typeof found === "string" ? madeText(context, found) : made(context, toJson(found, workOf(context))).text;
  },
  json_extract: (context, args) => lookUp(context, args) ?? null,
  json_has: (context, args) => lookUp(context, args) !== undefined,
  json_set: (context, args) => {
    const work = workOf(context);
    const value = contentOf(valueAt(args, 2), work);
    return made(
      context,
      toJson(replaced(contentAt(context, args, work), parseJsonPath(textAt(args, 1)), 0, value) ?? null, work),
    );
  },
  json_remove: (context, args) => {
    const work = workOf(context);
    return made(
      context,
      toJson(replaced(contentAt(context, args, work), parseJsonPath(textAt(args, 1)), 0, undefined) ?? null, work),
    );
  },
  json_type: (context, args) => {
    const found = lookUp(context, args);
    return found === undefined ? null : jsonKind(found);
  },
  json_keys: (context, args) => {
    const content = contentAt(context, args, workOf(context));
    if (!(content instanceof MapValue)) throw wrongKind(content, "A JSON object");
    return madeTexts(context, [...content.entries.keys()]);
  },
  json_length: (context, args) => {
    const content = contentAt(context, args, workOf(context));
    return content instanceof MapValue ? content.entries.size : content instanceof ListValue ? content.items.length : 1;
  },
  json_items: (context, args) => {
    const work = workOf(context);
    const content = contentAt(context, args, work);
    if (!(content instanceof ListValue)) throw wrongKind(content, "A JSON array");
    return madeList(
      context,
      content.items.map((item) => made(context, toJson(item, work))),
    );
  },
  json_array: (context, args) =>
    made(context, new Json(jsonText(new ListValue([...itemsAt(args, 0)]), workOf(context)))),
  json_object: (context, args) => made(context, new Json(jsonText(objectOf(itemsAt(args, 0)), workOf(context)))),
  json_merge: (context, args) => {
    const work = workOf(context);
    return made(
      context,
      toJson(mergePatch(contentAt(context, args, work), documentOf(context, valueAt(args, 1), work), work), work),
    );
  },
  json_valid: (context, args) => {
    context.chargeFuel(textAt(args, 0).length >> 4);
    return parseJson(textAt(args, 0), workOf(context)).fault === undefined;
  },
  json_pretty: (context, args) => {
    const indent = countAt(args, 1);
    if (indent < 0 || indent > 16) throw outOfRange(`JSON can be indented by 0 to 16 spaces, not ${indent}.`, indent);
    const work = workOf(context);
    const content = contentAt(context, args, work);
    return madeText(context, indent === 0 ? jsonText(content, work) : pretty(content, indent, indent, work));
  },
};

function made(context: IntrinsicContext, json: Json): Json {
  chargeText(context, json.text.length);
  return json;
}

function contentAt(context: IntrinsicContext, args: readonly Value[], work: Work): Value {
  return documentOf(context, valueAt(args, 0), work);
}

/** What a document argument holds: the content of a JSON value, of a text that is JSON, or of any other value's JSON form. @throws Trap InvalidCast for a text that is not JSON. */
export function documentOf(context: IntrinsicContext, value: Value, work: Work): Value {
  if (typeof value !== "string") return contentOf(value, work);
  context.chargeMemory(value.length * 2);
  const { value: content, fault } = parseJson(value, work);
  if (fault === undefined) return content;
  throw trap("InvalidCast", `The text is not JSON: ${fault.reason}, at character ${fault.offset + 1}.`, value);
}

function contentOf(value: Value, work: Work): Value {
  switch (kindOf(value)) {
    case "null":
    case "bool":
    case "int":
    case "float":
    case "decimal":
    case "string":
      return value;
    default:
      return valueOfJson(toJson(value, work), work);
  }
}

function lookUp(context: IntrinsicContext, args: readonly Value[]): Value | undefined {
  const steps = parseJsonPath(textAt(args, 1));
  if (valueAt(args, 0) === null) return undefined;
  let content: Value | undefined = contentAt(context, args, workOf(context));
  for (const step of steps) content = content === undefined ? undefined : stepInto(content, step);
  return content;
}

/** The content with the part behind steps[at …] replaced, or removed when `value` is undefined. Missing objects on the way are made. */
function replaced(content: Value, steps: readonly JsonStep[], at: number, value: Value | undefined): Value | undefined {
  const step = steps[at];
  if (step === undefined) return value;
  const child = stepInto(content, step);
  if (value === undefined && child === undefined) return content;
  const next = replaced(child ?? emptyFor(steps[at + 1]), steps, at + 1, value);
  if (step.kind === "key") {
    if (!(content instanceof MapValue)) return content;
    const entries = new Map(content.entries);
    if (next === undefined) entries.delete(step.key);
    else entries.set(step.key, next);
    return new MapValue(entries);
  }
  if (!(content instanceof ListValue)) return content;
  const index = step.fromEnd ? content.items.length - step.index : step.index;
  if (index < 0 || index > content.items.length) return content;
  return new ListValue(
    next === undefined ? content.items.toSpliced(index, 1) : content.items.toSpliced(index, 1, next),
  );
}

function emptyFor(step: JsonStep | undefined): Value {
  return step?.kind === "index" ? new ListValue([]) : new MapValue(new Map());
}

function objectOf(pairs: readonly Value[]): MapValue {
  if (pairs.length % 2 !== 0)
    throw outOfRange(`json_object takes keys and values in pairs, found ${pairs.length} values.`);
  const entries = new Map<string, Value>();
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i] ?? null;
    if (key === null) throw wrongKind(key, "A key");
    entries.set(printValue(key), pairs[i + 1] ?? null);
  }
  return new MapValue(entries);
}

/** RFC 7396. Depth is bounded by that of the parsed patch. */
function mergePatch(content: Value, patch: Value, work: Work): Value {
  if (!(patch instanceof MapValue)) return patch;
  const entries = new Map(content instanceof MapValue ? content.entries : []);
  for (const [key, change] of patch.entries) {
    work.spend(1);
    if (change === null) entries.delete(key);
    else entries.set(key, mergePatch(entries.get(key) ?? null, change, work));
  }
  return new MapValue(entries);
}

const JSON_KINDS: Partial<Readonly<Record<ValueKind, string>>> = {
  null: "null",
  bool: "boolean",
  int: "number",
  float: "number",
  decimal: "number",
  string: "string",
  list: "array",
  map: "object",
};

function jsonKind(value: Value): string {
  return JSON_KINDS[kindOf(value)] ?? "string";
}

/** `margin` is how far the members of this level stand from the left. */
function pretty(value: Value, indent: number, margin: number, work: Work): string {
  const inner = " ".repeat(margin);
  const outer = " ".repeat(margin - indent);
  if (value instanceof ListValue && value.items.length > 0) {
    return `[\n${value.items.map((item) => inner + pretty(item, indent, margin + indent, work)).join(",\n")}\n${outer}]`;
  }
  if (value instanceof MapValue && value.entries.size > 0) {
    const lines = Array.from(
      value.entries,
      ([key, item]) => `${inner}${JSON.stringify(key)}: ${pretty(item, indent, margin + indent, work)}`,
    );
    return `{\n${lines.join(",\n")}\n${outer}}`;
  }
  return jsonText(value, work);
}
