// Messages as frames and back. A payload is an Arrow IPC stream of one row; fields that are left out have no column, and a message without columns an empty payload.
// The bytes around the values are templates, made once per shape and kept: encoding copies one and fills it, decoding compares the schema's bytes with those seen before.
import { required } from "../base/failure.ts";
import { isInt } from "../base/value/kind.ts";
import type { Value } from "../base/value/value.ts";
import { BodyWriter, makeTemplate, type Template } from "./body-writer.ts";
import { readCell, readId, writeCell } from "./cells.ts";
import { FRAME_HEADER_BYTES, type FrameOptions, type Id, PAYLOAD_BYTES_MAX, writeHeader } from "./frame.ts";
import { type FieldRow, type FieldType, MESSAGES, type MessageName, type MessageRow } from "./messages.ts";
import { openRow } from "./row-payload.ts";
import { fieldForValue } from "./value-fields.ts";
import { WireFault } from "./wire-fault.ts";
import { type ArrowType, fieldOf, typeName, type WireField } from "./wire-type.ts";

interface FieldValue {
  utf8: string;
  /** A number while safe, else a bigint. */
  int64: number | bigint;
  uint64: Id;
  bool: boolean;
  binary: Uint8Array;
  /** JSON text, which neither end parses on its way. */
  json: string;
}

type Fields<Name extends MessageName> = (typeof MESSAGES)[Name]["fields"];
type OptionalOf<F> = { [K in keyof F]: F[K] extends { optional: true } ? K : never }[keyof F];
type ValueOf<F> = F extends { type: infer T extends FieldRow["type"] } ? FieldValue[T] : never;

/** Fields of a message as the sender gives them; optional ones may be left out. */
export type MessageFields<Name extends MessageName> = Name extends MessageName
  ? {
      readonly [K in Exclude<keyof Fields<Name>, OptionalOf<Fields<Name>>>]: ValueOf<Fields<Name>[K]>;
    } & {
      readonly [K in OptionalOf<Fields<Name>>]?: ValueOf<Fields<Name>[K]> | undefined;
    }
  : never;

/** An argument of a statement or call, an out parameter of an answer. */
export interface Argument {
  /** `$1`, `$2`, … by position, `$name` by name; an out parameter's bare name. */
  readonly name: string;
  readonly value: Value;
  /** The type that the program gives it, as it is printed. Left out: the value's own. */
  readonly type?: string;
}

/** An argument as it arrived. */
export interface TypedArgument extends Argument {
  readonly type: string;
}

/** A message as it arrived. */
export interface DecodedMessage<Name extends MessageName> {
  readonly fields: MessageFields<Name>;
  /** Empty for messages without arguments. */
  readonly args: readonly TypedArgument[];
}

/** What a field of the control row travels as. */
const FIELD_ARROW: Readonly<Record<FieldType, ArrowType>> = {
  utf8: { kind: "utf8", wide: false },
  int64: { kind: "int", bits: 64, signed: true },
  uint64: { kind: "int", bits: 64, signed: false },
  bool: { kind: "bool" },
  binary: { kind: "binary", wide: false },
  json: { kind: "utf8", wide: false },
};

/** A message of the table, ready for use. */
interface Plan {
  readonly name: MessageName;
  readonly code: number;
  readonly fields: readonly { readonly name: string; readonly row: FieldRow; readonly column: WireField }[];
  readonly byName: ReadonlyMap<string, number>;
  /** Templates by which fields are there (a bit each), for messages without arguments. */
  readonly templates: Map<number, Template>;
  /** Templates of messages with arguments, by the shapes of all columns. */
  readonly withArguments: Map<string, Template>;
}

function planOf(name: MessageName): Plan {
  const row: MessageRow = MESSAGES[name];
  const fields = Object.entries(row.fields).map(([field, fieldRow]) => ({
    name: field,
    row: fieldRow,
    column: fieldOf(field, FIELD_ARROW[fieldRow.type], fieldRow.optional === true, undefined),
  }));
  const byName = new Map(fields.map((field, index) => [field.name, index]));
  return { name, code: row.code, fields, byName, templates: new Map(), withArguments: new Map() };
}

const PLANS = Object.fromEntries(
  (Object.keys(MESSAGES) as MessageName[]).map((name) => [name, planOf(name)]),
) as Record<MessageName, Plan>;

/** Shapes of arguments vary without end (names come from users); beyond this many the templates begin anew. */
const TEMPLATES_MAX = 1000;
const NO_ARGUMENTS: readonly Argument[] = [];
/** One writer for all small messages: nothing waits between its `begin` and the copy of its bytes. */
const writer = new BodyWriter();

/**
 * A message as a whole frame.
 * @param args For messages that take arguments: `$1` … or `$name`.
 * @throws WireFault `value`: a value that cannot travel, or a message above the limit of a frame.
 */
export function encodeMessage<Name extends MessageName>(
  name: Name,
  options: FrameOptions,
  fields: MessageFields<Name>,
  args: readonly Argument[] = NO_ARGUMENTS,
): Uint8Array {
  const plan = PLANS[name];
  const given = fields as Readonly<Record<string, unknown>>;
  let mask = 0;
  for (let index = 0; index < plan.fields.length; index += 1) {
    const field = required(plan.fields[index], "a field of a message");
    const value = given[field.name];
    if (value !== undefined && value !== null) mask |= 1 << index;
    else if (field.row.optional !== true) throw new WireFault("value", `${name} needs the field ${field.name}.`);
  }
  if (mask === 0 && args.length === 0) return emptyFrame(plan.code, options);
  const template = args.length === 0 ? templateOf(plan, mask) : templateWith(plan, mask, args);
  writer.begin(template, 1);
  for (let index = 0; index < plan.fields.length; index += 1) {
    if ((mask & (1 << index)) === 0) continue;
    const field = required(plan.fields[index], "a field of a message");
    writeCell(writer, field.column, given[field.name] as Value);
  }
  const first = template.fields.length - args.length;
  for (let index = 0; index < args.length; index += 1)
    writeCell(writer, required(template.fields[first + index], "a column"), required(args[index], "an argument").value);
  return finish(plan.code, options, name);
}

function emptyFrame(code: number, options: FrameOptions): Uint8Array {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  writeHeader(new DataView(bytes.buffer, bytes.byteOffset), code, 0, options);
  return bytes;
}

/** Bytes that the writer keeps between messages. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** The frame that the writer holds, as bytes of its own. */
function finish(code: number, options: FrameOptions, name: string): Uint8Array {
  const bytes = writer.end(code, options, true);
  const payloadBytes = bytes.length - FRAME_HEADER_BYTES;
  const frame = Buffer.allocUnsafe(bytes.length);
  frame.set(bytes);
  if (bytes.length > KEPT_BYTES_MAX) writer.shrink();
  if (payloadBytes > PAYLOAD_BYTES_MAX)
    throw new WireFault("value", `${name} has ${payloadBytes} bytes; a frame holds at most ${PAYLOAD_BYTES_MAX}.`);
  return frame;
}

function columnsOf(plan: Plan, mask: number): readonly WireField[] {
  return plan.fields.filter((_, index) => (mask & (1 << index)) !== 0).map(({ column }) => column);
}

function templateOf(plan: Plan, mask: number): Template {
  const kept = plan.templates.get(mask);
  if (kept !== undefined) return kept;
  const template = makeTemplate(columnsOf(plan, mask), true);
  plan.templates.set(mask, template);
  return template;
}

function templateWith(plan: Plan, mask: number, args: readonly Argument[]): Template {
  let key: string | undefined = String(mask);
  for (const arg of args) {
    const shape = scalarShape(arg.value);
    if (shape === undefined) {
      key = undefined;
      break;
    }
    key += `\n${arg.name}\n${arg.type ?? ""}\n${shape}`;
  }
  const kept = key === undefined ? undefined : plan.withArguments.get(key);
  if (kept !== undefined) return kept;
  const columns = args.map((arg) => fieldForValue(arg.name, arg.value, arg.type));
  const template = makeTemplate([...columnsOf(plan, mask), ...columns], true);
  if (key !== undefined) {
    if (plan.withArguments.size >= TEMPLATES_MAX) plan.withArguments.clear();
    plan.withArguments.set(key, template);
  }
  return template;
}

/** A letter for the kinds of values whose column depends on nothing else; undefined: the value must be looked at. */
function scalarShape(value: Value): string | undefined {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? "i" : "f";
    case "bigint":
      return "i";
    case "string":
      return "s";
    case "boolean":
      return "b";
    default:
      return value === null ? "n" : undefined;
  }
}

const VALUE_TEMPLATES = PLANS.VALUE.withArguments;

/**
 * The value of a call as a whole VALUE frame.
 * @param type The type that the program gives it, as it is printed.
 * @param outs Out parameters by name.
 * @throws WireFault `value`
 */
export function encodeValue(
  options: FrameOptions,
  value: Value,
  type?: string,
  outs: readonly Argument[] = NO_ARGUMENTS,
): Uint8Array {
  const shape = outs.length === 0 ? scalarShape(value) : undefined;
  const key = shape === undefined ? undefined : `${shape}${type ?? ""}`;
  let template = key === undefined ? undefined : VALUE_TEMPLATES.get(key);
  if (template === undefined) {
    const columns = [
      fieldForValue("value", value, type),
      ...outs.map((out) => fieldForValue(out.name, out.value, out.type)),
    ];
    template = makeTemplate(columns, true);
    if (key !== undefined) {
      if (VALUE_TEMPLATES.size >= TEMPLATES_MAX) VALUE_TEMPLATES.clear();
      VALUE_TEMPLATES.set(key, template);
    }
  }
  writer.begin(template, 1);
  writeCell(writer, required(template.fields[0], "the column of the value"), value);
  for (let index = 0; index < outs.length; index += 1)
    writeCell(
      writer,
      required(template.fields[index + 1], "a column"),
      required(outs[index], "an out parameter").value,
    );
  return finish(PLANS.VALUE.code, options, "VALUE");
}

/**
 * The message in a payload. Further columns that the table does not know are passed over, so that newer peers may send them.
 * @throws WireFault `payload`, `unsupported`, `value`
 */
export function decodeMessage<Name extends MessageName>(name: Name, payload: Uint8Array): DecodedMessage<Name> {
  const plan = PLANS[name];
  const fields: Record<string, unknown> = {};
  const args: TypedArgument[] = [];
  const row = openRow(payload);
  const takesArguments = "body" in MESSAGES[name];
  for (const column of row?.columns ?? []) {
    const from = required(row, "a row").from;
    const known = plan.byName.get(column.name);
    if (known !== undefined) {
      const field = required(plan.fields[known], "a field of a message");
      const value = isId(field.row, column) ? readId(from) : readCell(from, column);
      if (value !== null) fields[column.name] = fieldValue(name, field, value);
      continue;
    }
    const value = readCell(from, column);
    if (takesArguments && column.name.startsWith("$")) args.push({ name: column.name, value, type: typeName(column) });
  }
  for (const field of plan.fields)
    if (field.row.optional !== true && fields[field.name] === undefined)
      throw new WireFault("payload", `${name} lacks the field ${field.name}.`);
  return { fields: fields as MessageFields<Name>, args };
}

function isId(row: FieldRow, { arrow }: WireField): boolean {
  return row.type === "uint64" && arrow.kind === "int" && arrow.bits === 64 && !arrow.signed;
}

/** Whether a value is of a field's type. */
const FITS: Readonly<Record<FieldType, (value: Value) => boolean>> = {
  utf8: (value) => typeof value === "string",
  json: (value) => typeof value === "string",
  int64: isInt,
  uint64: (value) => isInt(value) && value >= 0,
  bool: (value) => typeof value === "boolean",
  binary: (value) => value instanceof Uint8Array,
};

function fieldValue(name: string, field: Plan["fields"][number], value: Value): Value {
  if (!FITS[field.row.type](value))
    throw new WireFault("payload", `The field ${field.name} of ${name} is not ${field.row.type}.`);
  return value;
}

/**
 * The value of a call in the payload of a VALUE frame.
 * @throws WireFault `payload`
 */
export function decodeValue(payload: Uint8Array): {
  readonly value: Value;
  readonly type: string;
  readonly outs: readonly TypedArgument[];
} {
  const row = openRow(payload);
  const first = row?.columns[0];
  if (row === undefined || first === undefined) throw new WireFault("payload", "VALUE has no column.");
  const value = readCell(row.from, first);
  const outs: TypedArgument[] = [];
  for (let index = 1; index < row.columns.length; index += 1) {
    const column = required(row.columns[index], "a column");
    outs.push({ name: column.name, value: readCell(row.from, column), type: typeName(column) });
  }
  return { value, type: typeName(first), outs };
}
