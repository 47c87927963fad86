// Calls intrinsics without a compiler: a context that counts, and a reader for the small expressions of the table's examples.
// Overloads are chosen by the kinds of the values, which is what the checker does by their types.
import { required } from "../../base/failure.ts";
import { parseDecimalText } from "../../base/value/decimal.ts";
import { decodeHex } from "../../base/value/bytes-text.ts";
import { parseInterval } from "../../base/value/interval.ts";
import { kindOf } from "../../base/value/kind.ts";
import { printValue } from "../../base/value/print.ts";
import { parseDate, parseTime, parseTimestamp } from "../../base/value/temporal.ts";
import { boxFloat, ListValue, MapValue, Shape, StructValue, TableValue, type Value } from "../../base/value/value.ts";
import { LIMITS } from "../../base/limits.ts";
import { InternalError } from "../../base/failure.ts";
import { INTRINSIC_ROWS, intrinsicRow, intrinsicsNamed } from "../../bytecode/intrinsics/intrinsics.ts";
import type { SignatureType } from "../../bytecode/intrinsics/signature.ts";
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import { limitTrap } from "../../bytecode/trap.ts";
import type { IntrinsicContext } from "../../vm/intrinsic-context.ts";
import { intrinsicFunction } from "../../vm/intrinsics/functions.ts";

export interface TestContext extends IntrinsicContext {
  fuel: number;
  memory: number;
}

/** A context with a fixed clock (2026-01-31T12:00:00Z), a small seeded generator and the default memory limit. */
export function testContext(options: { readonly fuelMax?: number } = {}): TestContext {
  let seed = 42;
  return {
    fuel: 0,
    memory: 0,
    chargeFuel(units: number): void {
      this.fuel += units;
    },
    chargeMemory(bytes: number): void {
      this.memory += bytes;
      if (this.memory > LIMITS.memoryBytesMax.value) throw limitTrap("LimitExceeded", "memory");
    },
    checkLimits(): void {
      if (this.fuel > (options.fuelMax ?? Number.POSITIVE_INFINITY)) throw limitTrap("LimitExceeded", "fuel");
    },
    nowMicros: () => 1_769_860_800_000_000,
    random(): number {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    },
    call: () => {
      throw new InternalError("no closures here");
    },
  };
}

/** Calls a row by key; missing arguments get their defaults, ints widen where the row wants a float. */
export function call(key: string, ...args: Value[]): Value {
  return callRow(testContext(), intrinsicRow(key), args);
}

export function callRow(
  context: IntrinsicContext,
  row: IntrinsicRow,
  args: readonly Value[],
  named: ReadonlyMap<string, Value> = new Map(),
): Value {
  const filled = row.parsed.parameters.map((parameter, index): Value => {
    if (parameter.variadic) return new ListValue(args.slice(index));
    const given = args[index] ?? named.get(parameter.name);
    if (given !== undefined) return widened(given, parameter.type);
    if (index < args.length) return null;
    return widened(required(parameter.default, `${row.key}: argument ${parameter.name}`).value, parameter.type);
  });
  return required(intrinsicFunction(row.id), row.key)(context, filled);
}

function widened(value: Value, type: SignatureType): Value {
  if (type.kind === "scalar" && type.name === "float" && kindOf(value) === "int") return boxFloat(Number(value));
  return type.kind === "scalar" && type.name === "decimal" && kindOf(value) === "int"
    ? (parseDecimalText(printValue(value)) ?? null)
    : value;
}

function fits(value: Value, type: SignatureType): boolean {
  const kind = kindOf(value);
  switch (type.kind) {
    case "nullable":
      return value === null || fits(value, type.inner);
    case "any":
    case "variable":
      return true;
    case "scalar":
      if (type.name === "float") return kind === "float" || kind === "int";
      return kind === (type.name === "timestamptz" ? "timestamp" : type.name === "uuid" ? "string" : type.name);
    case "list":
      return kind === "list" && (value as ListValue).items.every((item) => fits(item, type.element));
    default:
      return kind === type.kind;
  }
}

/** The first row of a visible name that takes these values. */
function overload(name: string, args: readonly Value[], named: ReadonlyMap<string, Value>): IntrinsicRow {
  const rows = [...INTRINSIC_ROWS.filter((row) => row.hidden === true && row.name === name), ...intrinsicsNamed(name)];
  const exact = rows.filter((row) => {
    const { parameters } = row.parsed;
    const rest = parameters.at(-1)?.variadic === true;
    if (args.length > parameters.length && !rest) return false;
    return parameters.every((parameter, index) => {
      const value = args[index] ?? named.get(parameter.name);
      if (parameter.variadic) return true;
      return value === undefined
        ? index < args.length || parameter.default !== undefined
        : value === null || fits(value, parameter.type);
    });
  });
  const narrow = exact.find((row) =>
    row.parsed.parameters.every(
      (parameter, index) =>
        parameter.type.kind !== "scalar" || parameter.type.name !== "float" || kindOf(args[index] ?? null) !== "int",
    ),
  );
  return required(narrow ?? exact[0], `no overload of ${name} for ${args.map(kindOf).join(", ")}`);
}

// --- expressions of examples ---

const TOKEN = /\s*(=>|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|x'[0-9a-f]*'|\d+(?:\.\d+)?d?|[A-Za-z_]\w*|[()[\]{},.:<>-])/y;

interface Reader {
  readonly tokens: string[];
  at: number;
}

/** The value of an example's expression. */
export function evaluate(text: string): Value {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw new InternalError(`example: ${text}`);
    tokens.push(match[1] ?? "");
  }
  const reader = { tokens, at: 0 };
  const value = expression(reader);
  if (reader.at !== tokens.length) throw new InternalError(`example: ${text} at ${tokens[reader.at]}`);
  return value;
}

function peek(reader: Reader): string {
  return reader.tokens[reader.at] ?? "";
}

function accept(reader: Reader, token: string): boolean {
  if (peek(reader) !== token) return false;
  reader.at += 1;
  return true;
}

function expression(reader: Reader): Value {
  let value = postfix(reader);
  for (;;) {
    if (accept(reader, "as")) value = cast(reader, value);
    else if (accept(reader, "like")) value = call("like", value, postfix(reader));
    else if (accept(reader, ">")) value = Number(value) > Number(postfix(reader));
    else return value;
  }
}

function cast(reader: Reader, value: Value): Value {
  const name = peek(reader);
  reader.at += 1;
  if (accept(reader, "<")) while (!accept(reader, ">")) reader.at += 1;
  if (name === "map" && value instanceof StructValue)
    return new MapValue(new Map(value.shape.fields.map((field, slot) => [field, value.slots[slot] ?? null])));
  return name === "any" && kindOf(value) === "json" ? call("json_extract", value) : value;
}

function postfix(reader: Reader): Value {
  let value = primary(reader);
  while (accept(reader, ".")) {
    const name = peek(reader);
    reader.at += 2;
    const { args } = argumentsOf(reader);
    value = callRow(testContext(), overload(name, [value, ...args], new Map()), [value, ...args]);
  }
  return value;
}

function primary(reader: Reader): Value {
  const token = peek(reader);
  reader.at += 1;
  if (token === "(") {
    const value = expression(reader);
    reader.at += 1;
    return value;
  }
  if (token === "-") return negated(primary(reader));
  if (token === "[") return new ListValue(listOf(reader, "]"));
  if (token === "{") return struct(reader);
  if (token.startsWith("x'")) return required(decodeHex(token.slice(2, -1)), token);
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  if (/^\d/.test(token)) return number(token);
  return word(reader, token);
}

function number(token: string): Value {
  if (token.endsWith("d")) return required(parseDecimalText(token.slice(0, -1)), token);
  return token.includes(".") ? boxFloat(Number(token)) : Number(token);
}

function negated(value: Value): Value {
  if (kindOf(value) === "decimal") return required(parseDecimalText(`-${call("string", value) as string}`), "decimal");
  return kindOf(value) === "int" ? 0 - Number(value) : boxFloat(-Number(call("string", value)));
}

function word(reader: Reader, token: string): Value {
  const text = (): string => {
    reader.at += 1;
    return (reader.tokens[reader.at - 1] ?? "").slice(1, -1);
  };
  switch (token) {
    case "null":
      return null;
    case "true":
    case "false":
      return token === "true";
    case "DATE":
      return required(parseDate(text()), "date");
    case "TIME":
      return required(parseTime(text()), "time");
    case "TIMESTAMP":
      return required(parseTimestamp(text()), "timestamp");
    case "INTERVAL":
      return required(parseInterval(text()), "interval");
    case "SELECT":
      return table(reader);
    default:
  }
  reader.at += 1;
  const { args, named } = argumentsOf(reader);
  return callRow(testContext(), overload(token, args, named), args, named);
}

function argumentsOf(reader: Reader): { args: Value[]; named: Map<string, Value> } {
  const args: Value[] = [];
  const named = new Map<string, Value>();
  while (!accept(reader, ")")) {
    if (reader.tokens[reader.at + 1] === ":") {
      const name = peek(reader);
      reader.at += 2;
      named.set(name, expression(reader));
    } else args.push(expression(reader));
    accept(reader, ",");
  }
  return { args, named };
}

function listOf(reader: Reader, close: string): Value[] {
  const items: Value[] = [];
  while (!accept(reader, close)) {
    items.push(expression(reader));
    accept(reader, ",");
  }
  return items;
}

function struct(reader: Reader): Value {
  const names: string[] = [];
  const slots: Value[] = [];
  while (!accept(reader, "}")) {
    names.push(peek(reader));
    reader.at += 2;
    slots.push(expression(reader));
    accept(reader, ",");
  }
  return new StructValue(new Shape("", names), slots);
}

/** `SELECT 1 AS a, 2 AS b`: a table of one row of ints. */
function table(reader: Reader): TableValue {
  const names: string[] = [];
  const cells: number[] = [];
  do {
    cells.push(Number(peek(reader)));
    names.push(reader.tokens[reader.at + 2] ?? "");
    reader.at += 3;
  } while (accept(reader, ","));
  return new TableValue(
    new Shape("", names),
    cells.map((cell) => ({ kind: "ints", type: "int", data: Float64Array.of(cell), nulls: undefined })),
    1,
  );
}
