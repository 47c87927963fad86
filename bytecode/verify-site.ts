// One instruction under the verifier's eyes, and what is asked of it again and again: its place in messages, the types of its registers, its constants.
import type { OpcodeName } from "./opcodes.ts";
import type { Constant, Program, RoutineCode } from "./program.ts";
import type { RegisterType } from "./register-type.ts";
import { refuse } from "./refusal.ts";
import type { VerifyOptions } from "./verify.ts";

/** One instruction under inspection. */
export interface Site {
  readonly routine: RoutineCode;
  readonly program: Program;
  readonly options: VerifyOptions;
  readonly pc: number;
  readonly name: OpcodeName;
  readonly operands: readonly [number, number, number];
}

/** How a refusal names an instruction: routine, number, opcode. */
export function placeOf(site: Site): string {
  return `${site.routine.name} ${site.pc} ${site.name}`;
}

/** The type of a register operand. @throws Refusal RegisterOutOfRange. */
export function registerType(site: Site, operand: string, register: number): RegisterType {
  const type = site.routine.registers[register];
  if (type === undefined)
    return refuse("RegisterOutOfRange", {
      place: placeOf(site),
      operand,
      register,
      count: site.routine.registers.length,
    });
  return type;
}

const LITERALS: ReadonlySet<string> = new Set([
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
]);

/** The constant of an operand. @throws Refusal ConstantMismatch when it is not there or not of the kind. */
export function constantOf(site: Site, index: number, kind: string): Constant {
  const constant = site.program.constants[index];
  const found = constant?.kind ?? "missing";
  const right = kind === "literal" ? LITERALS.has(found) : found === kind;
  if (constant === undefined || !right)
    return refuse("ConstantMismatch", { place: placeOf(site), index, expected: kind, found });
  return constant;
}
