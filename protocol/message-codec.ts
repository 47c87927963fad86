// Messages as frames and back. A payload is an Arrow IPC stream of one row; fields that are left out have no column, and a message without columns an empty payload.
// The bytes around the values are templates, made once per shape and kept: encoding copies one and fills it, decoding compares the schema's bytes with those seen before.
import { required } from "../base/failure.ts";
import { isInt } from "../base/value/kind.ts";
import type { Value } from "../base/value/value.ts";
import { BodyWriter, makeTemplate, type Template } from "./body-writer.ts";
import { readCell, readId, writeCell } from "./cells.ts";
import { encodeFrame, FRAME_HEADER_BYTES, type FrameOptions, type Id, PAYLOAD_BYTES_MAX } from "./frame.ts";
import { type FieldRow, type FieldType, MESSAGES, type MessageName, type MessageRow } from "./messages.ts";
import { RowPayloads } from "./row-payload.ts";
import { type NamedValue, ShapedTemplates } from "./shaped-templates.ts";
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
export type Argument = NamedValue;

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

/** A field of a message, ready for use. */
interface PlannedField {
  readonly name: string;
  readonly row: FieldRow;
  readonly column: WireField;
}

/** A column of a payload as a message has it: one of its fields, an argument, or nothing that is known. */
interface Bound {
  readonly column: WireField;
  readonly field: PlannedField | undefined;
  /** Of an argument: our name of its type. */
  readonly type: string;
  readonly isArgument: boolean;
  /** A 64-bit integer without sign in a field that is one. */
  readonly isId: boolean;
}

/** A message of the table, ready for use. */
interface Plan {
  readonly name: MessageName;
  readonly code: number;
  readonly fields: readonly PlannedField[];
  readonly needed: readonly string[];
  /** Templates by which fields are there (a bit each), for messages without arguments. */
  readonly templates: Map<number, Template>;
  readonly shaped: ShapedTemplates;
  readonly payloads: RowPayloads<readonly Bound[]>;
}

function planOf(name: MessageName): Plan {
  const row: MessageRow = MESSAGES[name];
  const fields = Object.entries(row.fields).map(([field, fieldRow]) => ({
    name: field,
    row: fieldRow,
    column: fieldOf(field, FIELD_ARROW[fieldRow.type], fieldRow.optional === true, undefined),
  }));
  const needed = fields.filter((field) => field.row.optional !== true).map((field) => field.name);
  const takesArguments = row.body === "arguments";
  const payloads = new RowPayloads((columns) => columns.map((column) => bind(column, fields, takesArguments)));
  return { name, code: row.code, fields, needed, templates: new Map(), shaped: new ShapedTemplates(), payloads };
}

function bind(column: WireField, fields: readonly PlannedField[], takesArguments: boolean): Bound {
  const field = fields.find(({ name }) => name === column.name);
  const { arrow } = column;
  const isId = field?.row.type === "uint64" && arrow.kind === "int" && arrow.bits === 64 && !arrow.signed;
  const isArgument = takesArguments && field === undefined && column.name.startsWith("$");
  return { column, field, type: typeName(column), isArgument, isId };
}

const PLANS = Object.fromEntries(
  (Object.keys(MESSAGES) as MessageName[]).map((name) => [name, planOf(name)]),
) as Record<MessageName, Plan>;

const NO_ARGUMENTS: readonly Argument[] = [];
/** One writer for all messages: nothing waits between its `begin` and `end`. */
const writer = new BodyWriter();

/**
 * A message as a whole frame, a part of a buffer that other frames share: who keeps it for long copies it.
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
  if (mask === 0 && args.length === 0) return encodeFrame(plan.code, options, NO_BYTES);
  const template = args.length === 0 ? templateOf(plan, mask) : templateWith(plan, mask, args);
  writer.begin(template, 1);
  for (let index = 0; index < plan.fields.length; index += 1) {
    if ((mask & (1 << index)) === 0) continue;
    const field = required(plan.fields[index], "a field of a message");
    writeCell(writer, field.column, given[field.name] as Value);
  }
  writeArguments(template, args);
  return finish(plan, options);
}

const NO_BYTES = new Uint8Array(0);

/** The last columns of the template. */
function writeArguments({ fields }: Template, args: readonly Argument[]): void {
  const first = fields.length - args.length;
  for (let index = 0; index < args.length; index += 1)
    writeCell(writer, required(fields[first + index], "a column"), required(args[index], "an argument").value);
}

/** The frame that the writer holds. */
function finish({ code, name }: Plan, options: FrameOptions): Uint8Array {
  const frame = writer.end(code, options, true);
  const payloadBytes = frame.length - FRAME_HEADER_BYTES;
  if (payloadBytes > PAYLOAD_BYTES_MAX)
    throw new WireFault("oversize", `${name} has ${payloadBytes} bytes; a frame holds at most ${PAYLOAD_BYTES_MAX}.`);
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
  return plan.shaped.find(mask, args, (fields) => columnsOf(plan, fields));
}

/**
 * The value of a call as a whole VALUE frame; as `encodeMessage`.
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
  const plan = PLANS.VALUE;
  const columns: readonly Argument[] = [{ name: "value", value, type }, ...outs];
  const template = templateWith(plan, 0, columns);
  writer.begin(template, 1);
  writeArguments(template, columns);
  return finish(plan, options);
}

/**
 * The message in a payload. Further columns that the table does not know are passed over, so that newer peers may send them.
 * @throws WireFault `payload`, `unsupported`, `value`
 */
export function decodeMessage<Name extends MessageName>(name: Name, payload: Uint8Array): DecodedMessage<Name> {
  const plan = PLANS[name];
  const fields: Record<string, unknown> = {};
  const args: TypedArgument[] = [];
  if (payload.length > 0) {
    const { columns, from } = plan.payloads.open(payload);
    for (let index = 0; index < columns.length; index += 1) {
      const { column, field, type, isArgument, isId } = required(columns[index], "a column");
      const value = isId ? readId(from) : readCell(from, column);
      if (isArgument) args.push({ name: column.name, value, type });
      else if (field !== undefined && value !== null) fields[field.name] = fieldValue(name, field, value);
    }
  }
  for (let index = 0; index < plan.needed.length; index += 1) {
    const field = required(plan.needed[index], "a field");
    if (fields[field] === undefined) throw new WireFault("payload", `${name} lacks the field ${field}.`);
  }
  return { fields: fields as MessageFields<Name>, args };
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

function fieldValue(name: string, field: PlannedField, value: Value): Value {
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
  if (payload.length === 0) throw new WireFault("payload", "VALUE has no column.");
  const { columns, from } = PLANS.VALUE.payloads.open(payload);
  const first = columns[0];
  if (first === undefined) throw new WireFault("payload", "VALUE has no column.");
  const value = readCell(from, first.column);
  const outs: TypedArgument[] = [];
  for (let index = 1; index < columns.length; index += 1) {
    const { column, type } = required(columns[index], "a column");
    outs.push({ name: column.name, value: readCell(from, column), type });
  }
  return { value, type: first.type, outs };
}
