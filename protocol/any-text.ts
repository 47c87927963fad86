// Values without one static type as text: JSON in which every value still says its kind. Written for columns of type `any`, and for what is nested too deep.
// null, true, ints, strings, lists and structs are plain JSON; a number with a point or exponent is a float; the rest is an object with one key:
// {"$decimal": "1.50"}, {"$bytes": "<base64>"}, {"$date": "2026-01-31"}, {"$time": …}, {"$timestamp": …}, {"$interval": …}, {"$float": "NaN"}, {"$json": "<text>"},
// {"$map": [[key, value], …]}, {"$named": ["Person", {…}]}, {"$error": [code, message, detail]}, {"$table": [[name, …], [value, …], …]}. A field that begins with $ gets another $.
import { decodeBase64, encodeBase64 } from "../base/value/bytes-text.ts";
import { cell } from "../base/value/column.ts";
import { parseDecimalText, printDecimal } from "../base/value/decimal.ts";
import { parseInterval, printInterval } from "../base/value/interval.ts";
import { parseJson } from "../base/value/json-parse.ts";
import { floatIn, kindOf } from "../base/value/kind.ts";
import { printFloat } from "../base/value/print.ts";
import { parseDate, parseTime, parseTimestamp, printDate, printTime, printTimestamp } from "../base/value/temporal.ts";
import { TextBuilder } from "../base/value/text-builder.ts";
import {
  boxFloat,
  type DateValue,
  type Decimal,
  ErrorValue,
  type FloatBox,
  type Interval,
  Json,
  ListValue,
  MapValue,
  Shape,
  StructValue,
  type TableValue,
  type TimeValue,
  type Timestamp,
  type Value,
} from "../base/value/value.ts";
import { deeper } from "../base/value/work.ts";
import { tableOfRows } from "./table-rows.ts";
import { WireFault } from "./wire-fault.ts";

/**
 * The text of a value.
 * @throws WireFault `value` for functions, handles and cursors. LimitPassed stringBytesMax, valueDepthMax.
 */
export function anyText(value: Value): string {
  const out = new TextBuilder(undefined);
  write(out, value, 0);
  return out.text;
}

function tagged(out: TextBuilder, tag: string, text: string): void {
  out.add(`{"$${tag}":${JSON.stringify(text)}}`);
}

function write(out: TextBuilder, value: Value, depth: number): void {
  const kind = kindOf(value);
  switch (kind) {
    case "null":
    case "bool":
    case "int":
      return out.add(String(value as null | boolean | number | bigint));
    case "string":
      return out.add(JSON.stringify(value));
    case "float": {
      const float = floatIn(value as number | FloatBox);
      return Number.isFinite(float) ? out.add(printFloat(float)) : tagged(out, "float", String(float));
    }
    case "decimal":
      return tagged(out, kind, printDecimal(value as Decimal));
    case "bytes":
      return tagged(out, kind, encodeBase64(value as Uint8Array));
    case "date":
      return tagged(out, kind, printDate(value as DateValue));
    case "time":
      return tagged(out, kind, printTime(value as TimeValue));
    case "timestamp":
      return tagged(out, kind, printTimestamp(value as Timestamp));
    case "interval":
      return tagged(out, kind, printInterval(value as Interval));
    case "json":
      return tagged(out, kind, (value as Json).text);
    case "function":
    case "handle":
    case "cursor":
      throw new WireFault("value", `A ${kind} cannot leave the program.`);
    default:
      return writeContainer(out, value as ListValue | MapValue | StructValue | ErrorValue | TableValue, deeper(depth));
  }
}

function writeContainer(
  out: TextBuilder,
  value: ListValue | MapValue | StructValue | ErrorValue | TableValue,
  depth: number,
): void {
  const items = (values: readonly Value[]): void => writeList(out, values, depth);
  if (value instanceof ListValue) return items(value.items);
  if (value instanceof StructValue) return writeStruct(out, value, depth);
  if (value instanceof ErrorValue) {
    out.add('{"$error":');
    items([value.code, value.message, value.detail]);
  } else if (value instanceof MapValue) {
    out.add('{"$map":');
    items(Array.from(value.entries, ([key, item]) => new ListValue([key, item])));
  } else {
    out.add('{"$table":');
    const rows = Array.from(
      { length: value.length },
      (_, row) => new ListValue(value.columns.map((column) => cell(column, row))),
    );
    items([new ListValue([...value.shape.fields]), ...rows]);
  }
  out.add("}");
}

function writeList(out: TextBuilder, values: readonly Value[], depth: number): void {
  out.add("[");
  values.forEach((item, index) => {
    if (index > 0) out.add(",");
    write(out, item, depth);
  });
  out.add("]");
}

function writeStruct(out: TextBuilder, { shape, slots }: StructValue, depth: number): void {
  if (shape.name !== "") out.add(`{"$named":[${JSON.stringify(shape.name)},`);
  out.add("{");
  shape.fields.forEach((field, slot) => {
    out.add(`${slot > 0 ? "," : ""}${JSON.stringify(field.startsWith("$") ? `$${field}` : field)}:`);
    write(out, slots[slot] ?? null, depth);
  });
  out.add(shape.name === "" ? "}" : "}]}");
}

/**
 * The value of a text that `anyText` or another client wrote.
 * @throws WireFault `payload` when it is no such text. LimitPassed.
 */
export function valueOfAnyText(text: string): Value {
  const { value, fault } = parseJson(text);
  if (fault !== undefined) throw new WireFault("payload", `A value of type any is not JSON: ${fault.reason}.`);
  return revive(value);
}

function revive(value: Value): Value {
  if (value instanceof ListValue) return new ListValue(value.items.map(revive));
  if (!(value instanceof MapValue)) return value;
  const [first] = value.entries;
  if (value.entries.size === 1 && first !== undefined && /^\$[a-z]/u.test(first[0])) {
    const reader = TAGS[first[0].slice(1)];
    const read = reader?.(first[1]);
    if (read === undefined)
      throw new WireFault("payload", `A value of type any has the key ${first[0]}, which is not read so.`);
    return read;
  }
  return structOf("", value);
}

function structOf(name: string, map: MapValue): StructValue {
  const fields = Array.from(map.entries.keys(), (key) => (key.startsWith("$$") ? key.slice(1) : key));
  return new StructValue(new Shape(name, fields), Array.from(map.entries.values(), revive));
}

const ofText =
  (read: (text: string) => Value | undefined) =>
  (value: Value): Value | undefined =>
    typeof value === "string" ? read(value) : undefined;

const ofList =
  (read: (items: readonly Value[]) => Value | undefined) =>
  (value: Value): Value | undefined =>
    value instanceof ListValue ? read(value.items) : undefined;

/** Readers of the objects with one key; undefined: not readable so. */
const TAGS: Readonly<Record<string, (value: Value) => Value | undefined>> = {
  decimal: ofText(parseDecimalText),
  bytes: ofText((text) => decodeBase64(text)),
  date: ofText(parseDate),
  time: ofText(parseTime),
  timestamp: ofText(parseTimestamp),
  interval: ofText(parseInterval),
  float: ofText((text) => (["NaN", "Infinity", "-Infinity"].includes(text) ? boxFloat(Number(text)) : undefined)),
  json: ofText((text) => (parseJson(text).fault === undefined ? new Json(text) : undefined)),
  map: ofList(mapOf),
  named: ofList(([name, fields]) =>
    typeof name === "string" && fields instanceof MapValue ? structOf(name, fields) : undefined,
  ),
  error: ofList(([code, message, detail]) =>
    typeof code === "string" && typeof message === "string"
      ? new ErrorValue(code, message, revive(detail ?? null))
      : undefined,
  ),
  table: ofList(tableOf),
};

function mapOf(items: readonly Value[]): Value | undefined {
  const entries = new Map<string, Value>();
  for (const item of items) {
    const [key, value] = item instanceof ListValue ? item.items : [];
    if (typeof key !== "string") return undefined;
    entries.set(key, revive(value ?? null));
  }
  return new MapValue(entries);
}

function tableOf([names, ...rows]: readonly Value[]): Value | undefined {
  if (!(names instanceof ListValue)) return undefined;
  const fields = names.items.filter((name) => typeof name === "string");
  const cells = rows.map((row) => (row instanceof ListValue ? row.items.map(revive) : []));
  return cells.every((row) => row.length === fields.length) ? tableOfRows(new Shape("", fields), cells) : undefined;
}
