// A text assembler for tests and benchmarks of the machine: one instruction a line, registers and constants by name, regions as braces.
//
//   routine fib(n int) -> int            also: procedure, script, trigger, test; lambda add(x int; by int) -> int (captures after `;`)
//     reg t int                          registers; `reg t int int string` declares t, t+1, t+2
//     if a {                             block, if, loop with a label; jumps name a.end, a.start, a.else
//       JumpIfGeIntImm n 2 a.end
//     } else {
//     }
//     try t err savepoint { … }          then `handler t`; `leave t` before a jump or return out of it
//     LoadConst r $big                   constants: "text", $name after `const name {json}` (bigints as "5n", bytes as "x'00'")
//     Call r fib t                       routines by name; `Intrinsic r upper t` by key; _ for no register
//   entry fib
//   global total int                     script-level variables; instructions name them by slot
import { InternalError, required } from "../../base/failure.ts";
import { decodeHex } from "../../base/value/bytes-text.ts";
import { lineStarts } from "../../base/source.ts";
import { type Label, type OpenRegion, type OpenTry, ProgramBuilder, RoutineBuilder } from "../../bytecode/builder.ts";
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import { OPCODES, type OpcodeName } from "../../bytecode/opcodes.ts";
import { type Picture, picturesOf } from "../../bytecode/picture.ts";
import {
  type Constant,
  type Effect,
  EFFECTS,
  NO_REGISTER,
  type Program,
  type RoutineCode,
  type TypeForm,
} from "../../bytecode/program.ts";
import { baseOf, isNullable, type RegisterType } from "../../bytecode/register-type.ts";

interface Context {
  readonly program: ProgramBuilder;
  readonly routines: Map<string, number>;
  readonly constants: Map<string, number>;
}

interface Body {
  readonly builder: RoutineBuilder;
  readonly registers: Map<string, number>;
  readonly regions: Map<string, OpenRegion>;
  readonly open: OpenRegion[];
  readonly tries: Map<string, OpenTry>;
}

/** Assembles a program; its source is the text itself, so that traces have lines. Syntax errors are InternalErrors: the text is a test's own. */
export function assemble(text: string): Program {
  const context: Context = { program: new ProgramBuilder(), routines: new Map(), constants: new Map() };
  const source = context.program.source({ file: "<asm>", lineStarts: lineStarts(text) });
  const lines: { readonly text: string; readonly offset: number }[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    const content = line.replace(/(^|\s)--.*$/, "").trim();
    if (content !== "") lines.push({ text: content, offset: offset + line.indexOf(content[0] ?? "") });
    offset += line.length + 1;
  }
  for (const line of lines) {
    const header = HEADER.exec(line.text);
    if (header !== null) context.routines.set(required(header[2], "a routine's name"), context.program.reserve());
  }
  let body: Body | undefined;
  let name = "";
  const finish = (): void => {
    if (body !== undefined) context.program.define(required(context.routines.get(name), name), body.builder.finish());
  };
  for (const line of lines) {
    if (HEADER.test(line.text)) {
      finish();
      name = required(HEADER.exec(line.text)?.[2], "a routine's name");
      body = startRoutine(line.text, source);
    } else if (line.text.startsWith("entry ")) {
      context.program.entry = required(context.routines.get(line.text.slice(6).trim()), line.text);
    } else if (line.text.startsWith("global ")) {
      const [, global = "", type = "any"] = line.text.split(" ");
      context.program.global({ name: global, type: type as RegisterType });
    } else if (line.text.startsWith("const ")) {
      readConstant(context, line.text);
    } else if (body !== undefined) {
      body.builder.at({ start: line.offset, end: line.offset + line.text.length });
      readLine(context, body, line.text);
    }
  }
  finish();
  return context.program.finish();
}

const HEADER = /^(routine|procedure|script|trigger|test|lambda) (\w+)\(([^)]*)\) -> (\S+)(.*)$/;

function startRoutine(text: string, source: number): Body {
  const [, kind = "", name = "", parameters = "", result = "", rest = ""] = HEADER.exec(text) ?? [];
  const builder = new RoutineBuilder({
    name,
    kind: kind === "routine" ? "function" : (kind as RoutineCode["kind"]),
    result: result as RegisterType | "void",
    source,
  });
  const body: Body = { builder, registers: new Map(), regions: new Map(), open: [], tries: new Map() };
  const [own = "", captures = ""] = parameters.split(";");
  for (const part of own
    .split(",")
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "")) {
    const [parameter = "", type = "any", ...flags] = part.split(" ");
    body.registers.set(
      parameter,
      builder.parameter({
        name: parameter,
        type: type as RegisterType,
        form: formOf(type as RegisterType),
        mode: flags.includes("out") ? "out" : "in",
        optional: flags.includes("optional"),
      }),
    );
  }
  for (const part of captures
    .split(",")
    .map((piece) => piece.trim())
    .filter((piece) => piece !== "")) {
    const [capture = "", type = "any"] = part.split(" ");
    body.registers.set(capture, builder.capture(type as RegisterType));
  }
  builder.addEffects(rest.split(/\s+/).filter((word): word is Effect => (EFFECTS as readonly string[]).includes(word)));
  return body;
}

/** The full type of a register type. */
export function formOf(type: RegisterType): TypeForm {
  return { name: baseOf(type), nullable: isNullable(type) };
}

function readConstant(context: Context, text: string): void {
  const [, name = "", json = ""] = /^const (\w+) (.*)$/.exec(text) ?? [];
  const constant = JSON.parse(json, (_key, value: unknown) => {
    if (typeof value !== "string") return value;
    if (/^-?\d+n$/.test(value)) return BigInt(value.slice(0, -1));
    return /^x'.*'$/.test(value) ? decodeHex(value.slice(2, -1)) : value;
  }) as Constant;
  context.constants.set(name, context.program.constant(constant));
}

function readLine(context: Context, body: Body, text: string): void {
  const words = splitWords(text);
  const [word = "", label = "", extra = "", more = ""] = words;
  const { builder } = body;
  if (word === "reg") {
    const first = builder.registers(words.slice(2) as RegisterType[]);
    body.registers.set(label, first);
    words.slice(2).forEach((_type, index) => body.registers.set(`${label}+${index}`, first + index));
  } else if ((word === "block" || word === "if" || word === "loop") && words.at(-1) === "{") {
    const region = builder.open(word);
    body.regions.set(label, region);
    body.open.push(region);
  } else if (word === "try" && words.at(-1) === "{") {
    const region = builder.openTry(required(body.registers.get(extra), extra), more === "savepoint");
    body.regions.set(label, region);
    body.tries.set(label, region);
    body.open.push(region);
  } else if (word === "}") {
    closeRegion(body, label === "else");
  } else if (word === "handler") {
    builder.startHandler(required(body.tries.get(label), label));
  } else if (word === "leave") {
    builder.leaveTry(required(body.tries.get(label), label));
  } else if (word === "effects") {
    builder.addEffects(words.slice(1) as Effect[]);
  } else {
    readInstruction(context, body, words);
  }
}

function closeRegion(body: Body, toElse: boolean): void {
  const region = required(body.open.at(-1), "an open region");
  if (toElse) return body.builder.otherwise(region);
  body.open.pop();
  const asTry = [...body.tries.values()].find((candidate) => candidate === region);
  if (asTry === undefined) body.builder.close(region);
  else body.builder.closeTry(asTry);
}

function readInstruction(context: Context, body: Body, words: readonly string[]): void {
  const [name = "", ...operands] = words;
  if (!(name in OPCODES)) throw new InternalError(`assemble: no opcode ${name}`);
  const opcode = name as OpcodeName;
  const values = picturesOf(opcode)
    .filter((picture) => picture.mode !== "none")
    .map((picture, index) => operandValue(context, body, picture, operands[index] ?? ""));
  if (values.length !== operands.length)
    throw new InternalError(
      `assemble: ${words.join(" ")} has ${operands.length} operands, ${values.length} are wanted`,
    );
  const [a = 0, b = 0, c = 0] = values;
  body.builder.emit(opcode, a, b, c);
}

function operandValue(context: Context, body: Body, picture: Picture, text: string): number | Label {
  switch (picture.mode) {
    case "target":
    case "loop":
      return labelOf(body, text);
    case "const":
      return text.startsWith('"')
        ? context.program.string(JSON.parse(text) as string)
        : required(context.constants.get(text.slice(1)), text);
    case "routine":
      return required(context.routines.get(text), text);
    case "intrinsic":
      return intrinsicRow(text).id;
    case "catch":
    case "imm":
    case "slot":
    case "count":
      return Number(text);
    default:
      return text === "_"
        ? NO_REGISTER
        : (body.registers.get(text) ?? Number(required(/^r(\d+)$/.exec(text)?.[1], `register ${text}`)));
  }
}

function labelOf(body: Body, text: string): number | Label {
  const [name = "", part = ""] = text.split(".");
  const region = required(body.regions.get(name), `region ${name}`);
  return part === "start" ? region.start : part === "else" ? region.middle : region.end;
}

function splitWords(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
}
