// The reference page of the daemon's protocol, from the message table, the flags, the faults and the types that travel. The rules around them stand in docs/protocol.md.
import { LIMITS, type LimitName } from "../base/limits.ts";
import { SCALARS, type ScalarName } from "../base/scalar.ts";
import { FLAGS, FRAME_HEADER_BYTES, PROTOCOL_VERSION } from "../protocol/frame.ts";
import { MESSAGE_ALIASES, MESSAGES, type MessageRow } from "../protocol/messages.ts";
import { WIRE_FAULTS } from "../protocol/wire-fault.ts";
import { type ArrowType, MEANING_KEY, scalarField } from "../protocol/wire-type.ts";
import { page, type Page, table } from "./reference-page.ts";

/** Why each flag is set. A flag without a line does not compile. */
const FLAG_DOCS: Readonly<Record<keyof typeof FLAGS, string>> = {
  FIRST: "The first frame of a result: its payload begins with the Arrow schema.",
  LAST: "The last frame of a result: its payload ends with Arrow's end mark.",
  END: "The last frame of the answer. No DONE follows.",
  COMPRESSED: "The buffers of the record batch are compressed with the codec that READY named.",
  STATE:
    "With END or on DONE: the session holds variables, temporary tables or the like, so that a pool must not give it to somebody else.",
  IN_TRANSACTION: "With END or on DONE: a transaction is open.",
};

const LIMIT_NAMES: readonly LimitName[] = [
  "framePayloadBytesMax",
  "wireColumnsMax",
  "wireNestingMax",
  "wireNullsMax",
  "wireInflatedBytesMax",
];

const UNITS = ["s", "ms", "µs", "ns"];

function arrowText(arrow: ArrowType): string {
  switch (arrow.kind) {
    case "int":
      return `${arrow.signed ? "Int" : "UInt"}${arrow.bits}`;
    case "float":
      return `Float${arrow.bits}`;
    case "date":
      return `Date${arrow.bits}`;
    case "time":
      return `Time${arrow.bits}(${UNITS[arrow.unit]})`;
    case "timestamp":
      return `Timestamp(${UNITS[arrow.unit]}, ${arrow.zone ?? "no zone"})`;
    case "interval":
      return "Interval(MonthDayNano)";
    case "utf8":
      return "Utf8";
    case "binary":
      return "Binary";
    case "bool":
      return "Bool";
    default:
      return arrow.kind;
  }
}

function typesTable(): string {
  const rows = (Object.keys(SCALARS) as ScalarName[]).map((name) => {
    const field = scalarField("x", name, true);
    return [`\`${name}\``, arrowText(field.arrow), field.meaning === undefined ? "" : `\`${field.meaning}\``];
  });
  return table(
    ["type", "Arrow type", `metadata \`${MEANING_KEY}\``],
    [
      ...rows,
      ["`decimal(p, s)` of up to 38 digits, in results", "Decimal128(p, s)", ""],
      ["an enum", "Utf8", "the enum's name"],
      ["`list<T>`", "List<T>", ""],
      ["a struct", "Struct", "its name, when it has one"],
      ["`map<string, T>`", "Map<Utf8, T>", ""],
      ["a table inside a value", "List<Struct>", "`table`"],
      ["an error as a value", "Struct of `code`, `message`, `detail`", "`error`"],
      ["`any`, and what is nested too deep", "Utf8 in the notation of [protocol.md](../protocol.md)", "`any`"],
      ["null without a type", "Null", ""],
    ],
  );
}

function messageText(name: string, row: MessageRow): string {
  const aliases = Object.entries(MESSAGE_ALIASES).filter(([, real]) => real === name);
  const head = `## ${name} (${row.code}, from the ${row.from})`;
  const also = aliases.length === 0 ? "" : ` Also known as ${aliases.map(([alias]) => alias).join(", ")}.`;
  const body =
    row.body === "arguments"
      ? " Arguments follow as further columns."
      : row.body === "rows"
        ? " The payload is a stream of rows and has no control row."
        : "";
  const fields = Object.entries(row.fields).map(([field, { type, optional, doc }]) => [
    `\`${field}\``,
    type,
    optional === true ? "" : "yes",
    doc,
  ]);
  const list = fields.length === 0 ? [] : [table(["field", "type", "needed", "meaning"], fields), ""];
  return [head, "", `${row.doc}${also}${body}`, "", ...list].join("\n");
}

/** All messages, flags, faults, types and limits of the protocol. */
export function protocolPage(): Page {
  return page(
    "protocol.md",
    `The daemon's protocol, version ${PROTOCOL_VERSION}`,
    "protocol/messages.ts",
    `How frames and answers go together is told in [protocol.md](../protocol.md). A header has ${FRAME_HEADER_BYTES} bytes.`,
    "",
    "## Flags",
    "",
    table(
      ["flag", "bit", "meaning"],
      Object.entries(FLAGS).map(([name, bit]) => [name, String(bit), FLAG_DOCS[name as keyof typeof FLAGS]]),
    ),
    "",
    "## Types",
    "",
    typesTable(),
    "",
    "## Faults",
    "",
    "After a fault that is not in step the connection closes, since nobody knows where the next frame begins.",
    "",
    table(
      ["fault", "in step", "meaning"],
      Object.entries(WIRE_FAULTS).map(([name, { inStep, doc }]) => [name, inStep ? "yes" : "no", doc]),
    ),
    "",
    "## Limits",
    "",
    table(
      ["limit", "value", "unit", "meaning"],
      LIMIT_NAMES.map((name) => [name, String(LIMITS[name].value), LIMITS[name].unit, LIMITS[name].doc]),
    ),
    "",
    ...Object.entries(MESSAGES).map(([name, row]) => messageText(name, row)),
  );
}
