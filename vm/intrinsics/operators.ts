// Implementations of the intrinsics behind operators (bytecode/intrinsics/operators.ts), and of the rows that look at the kind of their argument at run time.
import { compareTotal, equalValues } from "../../base/value/compare.ts";
import { isInt } from "../../base/value/kind.ts";
import { toJson, valueOfJson } from "../../base/value/json.ts";
import { printValue } from "../../base/value/print.ts";
import { boxFloat, Json, ListValue, MapValue, StructValue, TableValue, type Value } from "../../base/value/value.ts";
import type { OPERATOR_INTRINSICS } from "../../bytecode/intrinsics/operators.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  boolAt,
  chargeText,
  floatOf,
  itemsAt,
  madeText,
  madeTexts,
  optionalText,
  share,
  textAt,
  valueAt,
  workOf,
  wrongKind,
} from "./arguments.ts";
import { BYTES_FUNCTIONS } from "./bytes.ts";
import { documentOf } from "./json.ts";
import { parseJsonPath, stepInto } from "./json-path.ts";
import { matchesLike } from "./like.ts";
import { average, sumOf } from "./list-numbers.ts";
import { LIST_FUNCTIONS } from "./list.ts";
import { MAP_FUNCTIONS } from "./map.ts";
import { REGEX_FUNCTIONS } from "./regex.ts";
import { TEXT_FUNCTIONS } from "./text.ts";

/** Implementations by key. */
export const OPERATOR_FUNCTIONS: Readonly<Record<keyof typeof OPERATOR_INTRINSICS, IntrinsicFunction>> = {
  range: (context, args) => LIST_FUNCTIONS.series_int(context, [valueAt(args, 0), valueAt(args, 1), 1]),
  contains: (context, args) =>
    valueAt(args, 0) === null || valueAt(args, 1) === null ? null : holds(context, valueAt(args, 0), valueAt(args, 1)),
  json_member: (context, args) => {
    const member = memberOf(context, args);
    if (member === undefined) return null;
    const json = toJson(member, workOf(context));
    chargeText(context, json.text.length);
    return json;
  },
  json_text: (context, args) => {
    const member = memberOf(context, args);
    if (member === undefined || member === null) return null;
    return madeText(context, typeof member === "string" ? member : toJson(member, workOf(context)).text);
  },
  ilike: (context, args) =>
    matchesLike(folded(textAt(args, 0)), folded(textAt(args, 1)), optionalText(args, 2), workOf(context)),
  regex_match: (context, args) => REGEX_FUNCTIONS.regex_match_flags(context, [valueAt(args, 0), valueAt(args, 1), ""]),
  to_list: (context, args) => listOf(context, valueAt(args, 0)),
  contains_any: (context, args) => holds(context, valueAt(args, 0), valueAt(args, 1)),
  reverse_any: byKind("reverse_list", "reverse_string"),
  slice_any: byKind("slice_list", "slice_string"),
  index_of_any: byKind("index_of_list", "index_of_string"),
  remove_any: (context, args) => {
    const container = valueAt(args, 0);
    if (container === null) return null;
    return container instanceof MapValue
      ? MAP_FUNCTIONS.remove_map(context, args)
      : LIST_FUNCTIONS.remove_list(context, args);
  },
  repeat_any: byKind("repeat_list", "repeat_string"),
  sum_of_keys: (context, args) => sumOf(context, itemsAt(args, 0), 0),
  average_of_keys: (context, args) => {
    const mean = average(context, itemsAt(args, 0));
    return mean === null ? null : boxFloat(floatOf(mean));
  },
  place_of_extreme: (context, args) => {
    const work = workOf(context);
    const direction = boolAt(args, 1) ? 1 : -1;
    let best = -1;
    const keys = itemsAt(args, 0);
    keys.forEach((key, place) => {
      if (key !== null && (best < 0 || compareTotal(key, keys[best] ?? null, work) * direction > 0)) best = place;
    });
    return best < 0 ? null : best;
  },
};

type ListKey = "reverse_list" | "slice_list" | "index_of_list" | "repeat_list";
type TextKey = "reverse_string" | "index_of_string" | "repeat_string" | "slice_string";

function byKind(listKey: ListKey, textKey: TextKey): IntrinsicFunction {
  return (context, args) => {
    const value = valueAt(args, 0);
    if (value === null) return null;
    if (value instanceof ListValue) return LIST_FUNCTIONS[listKey](context, args);
    if (value instanceof Uint8Array && listKey === "slice_list") return BYTES_FUNCTIONS.slice_bytes(context, args);
    if (typeof value !== "string") throw wrongKind(value, "A list or string");
    return textKey === "slice_string"
      ? LIST_FUNCTIONS.slice_string(context, args)
      : TEXT_FUNCTIONS[textKey](context, args);
  };
}

function folded(text: string): string {
  return text.toLowerCase();
}

/** A list's item, a map's key, a text's part, a row of one column; null equals null. */
function holds(context: IntrinsicContext, container: Value, item: Value): boolean {
  const work = workOf(context);
  if (typeof container === "string") {
    context.chargeFuel(container.length >> 4);
    return container.includes(printValue(item, work));
  }
  if (container instanceof MapValue) return typeof item === "string" && container.entries.has(item);
  if (container instanceof Json) {
    return holds(context, valueOfJson(container, work), item);
  }
  if (container instanceof TableValue)
    return listOf(context, container).items.some(
      (row) => row instanceof StructValue && equalValues(row.slots[0] ?? null, item, work),
    );
  if (!(container instanceof ListValue)) throw wrongKind(container, "A list, map or string");
  return container.items.some((each) => equalValues(each, item, work));
}

function listOf(context: IntrinsicContext, value: Value): ListValue {
  if (value === null) return new ListValue([]);
  if (value instanceof ListValue) {
    share(value);
    return value;
  }
  if (value instanceof TableValue) return LIST_FUNCTIONS.table_to_list(context, [value]) as ListValue;
  if (value instanceof MapValue) return madeTexts(context, [...value.entries.keys()]);
  if (value instanceof Json) return listOf(context, valueOfJson(value, workOf(context)));
  throw wrongKind(value, "A list, table or map");
}

/** SQLite's `->`: a text that starts with `$` is a path, any other a key; an int is a place, negative from the end. */
function memberOf(context: IntrinsicContext, args: readonly Value[]): Value | undefined {
  const [document, step] = [valueAt(args, 0), valueAt(args, 1)];
  if (document === null || step === null) return undefined;
  const work = workOf(context);
  const content = documentOf(context, document, work);
  if (isInt(step)) return content instanceof ListValue ? content.items.at(Number(step)) : undefined;
  if (typeof step !== "string") throw wrongKind(step, "A key or place");
  if (!step.startsWith("$")) return content instanceof MapValue ? content.entries.get(step) : undefined;
  return parseJsonPath(step).reduce<Value | undefined>(
    (found, each) => (found === undefined ? undefined : stepInto(found, each)),
    content,
  );
}
