// Programs as text for people: `gobic disassemble`, EXPLAIN BYTECODE, tests. Operands are printed as the opcode table's pictures say.
import { printDate, printTime, printTimestamp } from "../base/value/temporal.ts";
import { printInterval } from "../base/value/interval.ts";
import { printDecimal } from "../base/value/decimal.ts";
import { encodeHex } from "../base/value/bytes-text.ts";
import { positionAt } from "../base/source.ts";
import { DateValue, Decimal, Interval, TimeValue, Timestamp } from "../base/value/value.ts";
import { intrinsicById } from "./intrinsics/intrinsics.ts";
import { opcodeName, type OpcodeName } from "./opcodes.ts";
import { type Picture, picturesOf } from "./picture.ts";
import { type Constant, NO_REGISTER, type Program, type RoutineCode, STRIDE } from "./program.ts";

/** A program as text: its routines one after the other. */
export function disassemble(program: Program): string {
  return program.routines.map((routine) => disassembleRoutine(routine, program)).join("\n");
}

/** One routine: header, registers, then one line per instruction with regions as braces and source lines where they change. */
export function disassembleRoutine(routine: RoutineCode, program: Program): string {
  const lines = [header(routine)];
  lines.push(
    `  registers ${routine.registers.map((type, register) => `${nameOf(routine, register, -1)}: ${type}`).join(", ")}`,
  );
  for (const [index, entry] of routine.catches.entries()) {
    lines.push(
      `  catch ${index}: ${entry.start}..${entry.end} -> ${entry.handler} r${entry.register}${entry.savepoint ? " savepoint" : ""}`,
    );
  }
  let depth = 1;
  const indent = (): string => "  ".repeat(depth);
  let lastLine = 0;
  for (let pc = 0; pc < routine.code.length / STRIDE; pc += 1) {
    for (const region of routine.regions) {
      if (region.end === pc) lines.push(`${"  ".repeat((depth -= 1))}}`);
      if (region.middle === pc) lines.push(`${"  ".repeat(depth - 1)}} else {`);
    }
    for (const region of routine.regions) {
      if (region.start !== pc) continue;
      lines.push(`${indent()}${region.kind} ${region.start}..${region.end} {`);
      depth += 1;
    }
    const line = lineAt(routine, program, pc);
    const note = line !== undefined && line !== lastLine ? `    -- line ${line}` : "";
    lastLine = line ?? lastLine;
    lines.push(`${indent()}${instructionText(routine, program, pc)}${note}`);
  }
  const end = routine.code.length / STRIDE;
  for (const region of routine.regions) if (region.end === end) lines.push(`${"  ".repeat((depth -= 1))}}`);
  return `${lines.join("\n")}\n`;
}

function header(routine: RoutineCode): string {
  const parameters = routine.parameters.map(
    (row) => `${row.mode === "in" ? "" : `${row.mode} `}${row.name}: ${row.type}${row.optional ? " = default" : ""}`,
  );
  const effects = routine.effects.length > 0 ? ` effects ${routine.effects.join(" ")}` : "";
  const captures = routine.captureCount > 0 ? ` captures ${routine.captureCount}` : "";
  return `${routine.kind} ${routine.name}(${parameters.join(", ")}) -> ${routine.result}${captures}${effects}`;
}

function lineAt(routine: RoutineCode, program: Program, pc: number): number | undefined {
  const source = program.sources[routine.source];
  if (source === undefined) return undefined;
  for (let at = 0; at < routine.spans.length; at += 3) {
    if (routine.spans[at] === pc)
      return positionAt(source.lineStarts, routine.sourceOffset + (routine.spans[at + 1] ?? 0)).line;
  }
  return undefined;
}

/** One instruction: number, opcode, operands. */
export function instructionText(routine: RoutineCode, program: Program, pc: number): string {
  const at = pc * STRIDE;
  const name = opcodeName(routine.code[at] ?? -1);
  if (name === undefined) return `${String(pc).padStart(4)}  ? ${routine.code.subarray(at, at + STRIDE).join(" ")}`;
  const operands = picturesOf(name).flatMap((picture, index) =>
    operandText(routine, program, pc, name, picture, routine.code[at + 1 + index] ?? 0),
  );
  return `${String(pc).padStart(4)}  ${name.padEnd(16)} ${operands.join(" ")}`.trimEnd();
}

function operandText(
  routine: RoutineCode,
  program: Program,
  pc: number,
  name: OpcodeName,
  picture: Picture,
  value: number,
): readonly string[] {
  switch (picture.mode) {
    case "none":
      return [];
    case "out?":
    case "out":
    case "in":
    case "update":
      return [value === NO_REGISTER ? "_" : nameOf(routine, value, pc)];
    case "args":
      return [`${nameOf(routine, value, pc)}..`];
    case "const":
      return [constantText(program.constants[value])];
    case "target":
    case "loop":
      return [`@${value}`];
    case "routine":
      return [program.routines[value]?.name ?? `routine ${value}`];
    case "intrinsic":
      return [intrinsicById(value)?.key ?? `intrinsic ${value}`];
    case "catch":
      return [`catch ${value}`];
    case "imm":
    case "slot":
    case "count":
      return [name === "Log" || picture.mode !== "imm" ? String(value) : `#${value}`];
  }
}

/** A register with the name of the variable that lives in it, `r3:total`. `pc` -1: any variable. */
function nameOf(routine: RoutineCode, register: number, pc: number): string {
  const local = routine.locals.find(
    (row) => row.register === register && (pc < 0 || (row.start <= pc && pc < row.end)),
  );
  const name = local?.name ?? routine.parameters[register]?.name;
  return name === undefined ? `r${register}` : `r${register}:${name}`;
}

const CONSTANT_TEXT_MAX = 60;

function constantText(constant: Constant | undefined): string {
  if (constant === undefined) return "missing";
  const text = wholeConstantText(constant);
  return text.length > CONSTANT_TEXT_MAX ? `${text.slice(0, CONSTANT_TEXT_MAX)}…` : text;
}

function wholeConstantText(constant: Constant): string {
  switch (constant.kind) {
    case "int":
      return String(constant.value);
    case "float":
      return Number.isInteger(constant.value) ? constant.value.toFixed(1) : String(constant.value);
    case "string":
      return JSON.stringify(constant.value);
    case "decimal":
      return `${printDecimal(new Decimal(constant.unscaled, constant.scale))}d`;
    case "bytes":
      return `x'${encodeHex(constant.value)}'`;
    case "date":
      return `DATE '${printDate(new DateValue(constant.days))}'`;
    case "time":
      return `TIME '${printTime(new TimeValue(constant.micros))}'`;
    case "timestamp":
      return `TIMESTAMP '${printTimestamp(new Timestamp(constant.micros))}'`;
    case "interval":
      return `INTERVAL '${printInterval(new Interval(constant.months, constant.days, constant.micros))}'`;
    case "json":
      return `JSON ${constant.text}`;
    case "shape":
      return `${constant.name}{${constant.fields.join(", ")}}`;
    case "error":
      return [constant.name, ...constant.parents].join(" < ");
    case "sql":
      return `sql(${constant.form.parts.map((part) => (typeof part === "string" ? part : `<${part.p}>`)).join("")})`;
    default:
      return `${constant.kind}${JSON.stringify(constantForm(constant), (_key, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`;
  }
}

function constantForm(
  constant: Extract<Constant, { readonly kind: "type" | "names" | "import" | "job" | "management" }>,
): unknown {
  switch (constant.kind) {
    case "type":
      return constant.type;
    case "names":
      return constant.names;
    case "import":
      return constant.reference;
    case "job":
      return constant.job;
    case "management":
      return constant.management;
  }
}
