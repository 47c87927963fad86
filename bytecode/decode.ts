// Reads the encoded form of a program. It refuses what is truncated, damaged, of another version, or claims sizes that its bytes cannot hold.
// The result is well shaped, not yet trusted: verify.ts decides that.
import type { Checked } from "../base/problem.ts";
import { encodeHex } from "../base/value/bytes-text.ts";
import { LIMITS } from "../base/limits.ts";
import { ByteReader, hashBytes, readPlain } from "./bytes.ts";
import {
  CONSTANT_FIELDS,
  CONSTANT_KINDS,
  MAGIC,
  PARAMETER_MODES,
  REGION_KINDS,
  ROUTINE_KINDS,
  SECTIONS,
} from "./encode.ts";
import {
  type CatchEntry,
  type Constant,
  EFFECTS,
  FORMAT_VERSION,
  type GlobalRow,
  type LocalName,
  type ParameterRow,
  type Program,
  type Region,
  type RoutineCode,
  type SourceReference,
  type SqlFunctionRow,
  STRIDE,
  type TypeForm,
} from "./program.ts";
import { Refusal, refuse } from "./refusal.ts";
import { REGISTER_BASES, type RegisterType } from "./register-type.ts";

/** The program in the bytes, or undefined with the problem that was found. */
export function decode(bytes: Uint8Array): Checked<Program | undefined> {
  try {
    return { value: readProgram(bytes), problems: [] };
  } catch (error) {
    if (error instanceof Refusal) return { value: undefined, problems: [error.problem] };
    throw error;
  }
}

function readProgram(bytes: Uint8Array): Program {
  const header = new ByteReader(bytes, "header");
  const magic = header.left < MAGIC.length ? new Uint8Array(0) : header.raw(MAGIC.length);
  if (encodeHex(magic) !== encodeHex(MAGIC))
    refuse("BytecodeMagic", { found: magic.length === 0 ? "too few bytes" : encodeHex(magic) });
  const version = header.count();
  if (version !== FORMAT_VERSION) refuse("BytecodeVersion", { found: version, expected: FORMAT_VERSION });
  const rows = SECTIONS.map((section) => ({ section, length: header.count(), hash: encodeHex(header.raw(8)) }));
  const [sources, constants, routines] = rows.map(({ section, length, hash }) => {
    if (length > header.left) refuse("BytecodeTruncated", { section });
    const content = header.raw(length);
    if (hashBytes(content) !== hash) refuse("BytecodeHash", { section });
    return new ByteReader(content, section);
  });
  header.end();
  if (sources === undefined || constants === undefined || routines === undefined)
    return header.malformed("a section is missing");
  const program = {
    sources: readAll(sources, LIMITS.routinesMax.value, readSource),
    constants: readAll(constants, LIMITS.constantsMax.value, readConstant),
    routines: readAll(routines, LIMITS.routinesMax.value, readRoutine),
    entry: routines.count() - 1,
    globals: readAll(routines, LIMITS.globalsMax.value, readGlobal),
    sqlFunctions: readAll(routines, LIMITS.routinesMax.value, readSqlFunction),
  };
  for (const reader of [sources, constants, routines]) reader.end();
  return program;
}

function readAll<T>(input: ByteReader, max: number, read: (input: ByteReader) => T): T[] {
  const count = input.entries(max);
  const rows: T[] = [];
  for (let i = 0; i < count; i += 1) rows.push(read(input));
  return rows;
}

function choice<T>(input: ByteReader, table: readonly T[], what: string): T {
  const value = table[input.byte()];
  return value === undefined ? input.malformed(`${what} is unknown`) : value;
}

function readSource(input: ByteReader): SourceReference {
  const file = input.text();
  let last = 0;
  const lineStarts = readAll(input, LIMITS.sourceBytesMax.value, () => {
    last += input.count();
    return last;
  });
  return { file, lineStarts };
}

function readConstant(input: ByteReader): Constant {
  const kind = choice(input, CONSTANT_KINDS, "a constant's kind");
  if (kind === "float") return { kind, value: input.float() };
  if (kind === "string") return { kind, value: input.text() };
  if (kind === "bytes") return { kind, value: input.bytes() };
  const fields = Object.entries(CONSTANT_FIELDS[kind]);
  const values = readPlain(input);
  if (!Array.isArray(values) || values.length !== fields.length)
    return input.malformed("a constant has other fields than its kind");
  const constant: Record<string, unknown> = { kind };
  for (const [index, [name, type]] of fields.entries()) {
    const value: unknown = values[index];
    if (!isOfKind(value, type)) input.malformed(`a constant's ${name} is not ${type}`);
    constant[name] = value;
  }
  return constant as Constant;
}

function isOfKind(value: unknown, kind: string): boolean {
  switch (kind) {
    case "number":
      return typeof value === "number";
    case "bigint":
      return typeof value === "bigint";
    case "int":
      return typeof value === "number" || typeof value === "bigint";
    case "text":
      return typeof value === "string";
    case "list":
      return Array.isArray(value);
    default:
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}

function readRegisterType(input: ByteReader): RegisterType {
  return registerTypeOf(input, input.byte());
}

function registerTypeOf(input: ByteReader, number: number): RegisterType {
  const base = REGISTER_BASES[number >> 1];
  if (base === undefined || (base === "any" && number % 2 === 0))
    return input.malformed("a register's type is unknown");
  return base === "any" || number % 2 === 0 ? base : `${base}?`;
}

function readGlobal(input: ByteReader): GlobalRow {
  return { name: input.text(), type: readRegisterType(input) };
}

function readSqlFunction(input: ByteReader): SqlFunctionRow {
  const name = input.text();
  const routine = input.count();
  const flag = input.byte();
  if (flag > 1) input.malformed("a SQL function's flag is unknown");
  return { name, routine, deterministic: flag === 1 };
}

function readRoutine(input: ByteReader): RoutineCode {
  const name = input.text();
  const kind = choice(input, ROUTINE_KINDS, "a routine's kind");
  const parameters = readAll(input, LIMITS.registersMax.value, readParameter);
  const captureCount = input.count();
  const registers = readAll(input, LIMITS.registersMax.value, readRegisterType);
  const resultNumber = input.byte();
  const result = resultNumber === 255 ? "void" : registerTypeOf(input, resultNumber);
  const code = Int32Array.from(readAll(input, LIMITS.instructionsMax.value * STRIDE, (reader) => reader.signed()));
  const catches = readAll(input, LIMITS.catchesMax.value, readCatch);
  const regions = readAll(input, LIMITS.regionsMax.value, readRegion);
  const effectBits = input.byte();
  const spans = Int32Array.from(readAll(input, LIMITS.instructionsMax.value * 3, (reader) => reader.signed()));
  const locals = readAll(input, LIMITS.instructionsMax.value, readLocal);
  return {
    name,
    kind,
    parameters,
    captureCount,
    registers,
    result,
    code,
    catches,
    regions,
    effects: EFFECTS.filter((_effect, index) => (effectBits & (1 << index)) !== 0),
    spans,
    locals,
    source: input.count() - 1,
    sourceOffset: input.count(),
  };
}

function readParameter(input: ByteReader): ParameterRow {
  const name = input.text();
  const type = readRegisterType(input);
  const form = readPlain(input) as TypeForm;
  const flags = input.byte();
  const mode = PARAMETER_MODES[flags >> 1] ?? input.malformed("a parameter's mode is unknown");
  return { name, type, form, mode, optional: flags % 2 === 1 };
}

function readCatch(input: ByteReader): CatchEntry {
  const [start, end, handler, register] = [input.count(), input.count(), input.count(), input.count()];
  const flag = input.byte();
  if (flag > 1) input.malformed("a catch entry's flag is unknown");
  return { start, end, handler, register, savepoint: flag === 1 };
}

function readRegion(input: ByteReader): Region {
  const kind = choice(input, REGION_KINDS, "a region's kind");
  const [start, end, middle] = [input.count(), input.count(), input.count() - 1];
  return middle < 0 ? { kind, start, end } : { kind, start, end, middle };
}

function readLocal(input: ByteReader): LocalName {
  return { name: input.text(), register: input.count(), start: input.count(), end: input.count() };
}
