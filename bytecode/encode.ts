// The encoded form of a program: magic, version, then three sections (sources, constants, routines), each with its length and hash.
// decode.ts reads it back; the two list the same fields in the same order.
import { ByteWriter, hashBytes, writePlain } from "./bytes.ts";
import { decodeHex, encodeUtf8 } from "../base/value/bytes-text.ts";
import { required } from "../base/failure.ts";
import {
  type Constant,
  EFFECTS,
  FORMAT_VERSION,
  type Program,
  type RoutineCode,
  type SourceReference,
} from "./program.ts";
import { REGISTER_BASES, baseOf, isNullable, type RegisterType } from "./register-type.ts";

/** First bytes of every encoded program. */
export const MAGIC = encodeUtf8("GRZB");
/** Sections in order. */
export const SECTIONS = ["source table", "constant table", "routine table"] as const;
/** Constant kinds by number in the encoded form: append only. */
export const CONSTANT_KINDS = [
  "int",
  "float",
  "string",
  "decimal",
  "bytes",
  "date",
  "time",
  "timestamp",
  "interval",
  "json",
  "shape",
  "error",
  "type",
  "sql",
  "names",
  "import",
  "job",
  "management",
] as const satisfies readonly Constant["kind"][];
/** Routine kinds, region kinds and parameter modes by number: append only. */
export const ROUTINE_KINDS = [
  "function",
  "procedure",
  "trigger",
  "lambda",
  "script",
  "test",
] as const satisfies readonly RoutineCode["kind"][];
export const REGION_KINDS = ["block", "if", "loop", "try"] as const;
export const PARAMETER_MODES = ["in", "out", "inout"] as const;

/** Fields of the constants that are stored as plain lists: their order, and what decode.ts checks of them. The rest is for verify-constants.ts. */
export const CONSTANT_FIELDS: Readonly<
  Record<
    Exclude<Constant["kind"], "float" | "string" | "bytes">,
    Readonly<Record<string, "number" | "bigint" | "int" | "text" | "list" | "record">>
  >
> = {
  int: { value: "int" },
  decimal: { unscaled: "bigint", scale: "number" },
  date: { days: "number" },
  time: { micros: "number" },
  timestamp: { micros: "int" },
  interval: { months: "number", days: "number", micros: "number" },
  json: { text: "text" },
  shape: { name: "text", fields: "list" },
  error: { name: "text", parents: "list" },
  type: { type: "record" },
  sql: { form: "record" },
  names: { names: "list" },
  import: { reference: "record" },
  job: { job: "record" },
  management: { management: "record" },
};

/** A program as bytes. */
export function encode(program: Program): Uint8Array {
  const sources = new ByteWriter();
  sources.count(program.sources.length);
  for (const source of program.sources) writeSource(sources, source);
  const constants = new ByteWriter();
  constants.count(program.constants.length);
  for (const constant of program.constants) writeConstant(constants, constant);
  const routines = new ByteWriter();
  routines.count(program.routines.length);
  for (const routine of program.routines) writeRoutine(routines, routine);
  routines.count(program.entry + 1);
  routines.count(program.globals.length);
  for (const row of program.globals) {
    routines.text(row.name);
    routines.byte(registerTypeNumber(row.type));
  }
  routines.count(program.sqlFunctions.length);
  for (const row of program.sqlFunctions) {
    routines.text(row.name);
    routines.count(row.routine);
    routines.byte(row.deterministic ? 1 : 0);
  }
  return seal([sources.finish(), constants.finish(), routines.finish()]);
}

/** Puts sections together with magic, version, lengths and hashes. */
export function seal(sections: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  out.raw(MAGIC);
  out.count(FORMAT_VERSION);
  for (const section of sections) {
    out.count(section.length);
    out.raw(required(decodeHex(hashBytes(section)), "the digits of a hash"));
  }
  for (const section of sections) out.raw(section);
  return out.finish();
}

function writeSource(out: ByteWriter, source: SourceReference): void {
  out.text(source.file);
  out.count(source.lineStarts.length);
  let last = 0;
  for (const start of source.lineStarts) {
    out.count(start - last);
    last = start;
  }
}

function writeConstant(out: ByteWriter, constant: Constant): void {
  out.byte(CONSTANT_KINDS.indexOf(constant.kind));
  switch (constant.kind) {
    case "float":
      return out.float(constant.value);
    case "string":
      return out.text(constant.value);
    case "bytes":
      return out.bytes(constant.value);
    default: {
      const fields = constant as Constant & Readonly<Record<string, unknown>>;
      return writePlain(
        out,
        Object.keys(CONSTANT_FIELDS[constant.kind]).map((name) => fields[name]),
      );
    }
  }
}

/** A register type as a number. */
export function registerTypeNumber(type: RegisterType): number {
  return REGISTER_BASES.indexOf(baseOf(type)) * 2 + (isNullable(type) ? 1 : 0);
}

function writeRoutine(out: ByteWriter, routine: RoutineCode): void {
  out.text(routine.name);
  out.byte(ROUTINE_KINDS.indexOf(routine.kind));
  out.count(routine.parameters.length);
  for (const row of routine.parameters) {
    out.text(row.name);
    out.byte(registerTypeNumber(row.type));
    writePlain(out, row.form);
    out.byte(PARAMETER_MODES.indexOf(row.mode) * 2 + (row.optional ? 1 : 0));
  }
  out.count(routine.captureCount);
  out.count(routine.registers.length);
  for (const type of routine.registers) out.byte(registerTypeNumber(type));
  out.byte(routine.result === "void" ? 255 : registerTypeNumber(routine.result));
  out.count(routine.code.length);
  for (const unit of routine.code) out.signed(unit);
  writeTables(out, routine);
}

function writeTables(out: ByteWriter, routine: RoutineCode): void {
  out.count(routine.catches.length);
  for (const entry of routine.catches) {
    for (const value of [entry.start, entry.end, entry.handler, entry.register]) out.count(value);
    out.byte(entry.savepoint ? 1 : 0);
  }
  out.count(routine.regions.length);
  for (const region of routine.regions) {
    out.byte(REGION_KINDS.indexOf(region.kind));
    for (const value of [region.start, region.end, (region.middle ?? -1) + 1]) out.count(value);
  }
  out.byte(routine.effects.reduce((bits, effect) => bits | (1 << EFFECTS.indexOf(effect)), 0));
  out.count(routine.spans.length);
  for (const value of routine.spans) out.signed(value);
  out.count(routine.locals.length);
  for (const row of routine.locals) {
    out.text(row.name);
    for (const value of [row.register, row.start, row.end]) out.count(value);
  }
  out.count(routine.source + 1);
  out.count(routine.sourceOffset);
}
