// The verifier: the only way into the machine. It trusts nothing about a program, which may come from a table that others have written.
// It checks constants (verify-constants.ts), regions and catch tables (verify-structure.ts), and each instruction on every path (verify-code.ts).
// It never throws on bad input and stops at the first problem of a routine: after one, the rest of that routine means nothing.
import { InternalError } from "../base/failure.ts";
import { LIMITS } from "../base/limits.ts";
import type { Checked, Problem } from "../base/problem.ts";
import { intrinsicById } from "./intrinsics/intrinsics.ts";
import type { IntrinsicRow } from "./intrinsic-row.ts";
import { EFFECTS, type Program, type RoutineCode, STRIDE } from "./program.ts";
import { baseOf, isRegisterType } from "./register-type.ts";
import { Refusal, refuse } from "./refusal.ts";
import { verifyCode } from "./verify-code.ts";
import { verifyConstants } from "./verify-constants.ts";
import { verifyStructure } from "./verify-structure.ts";
import { verifyTypeForm } from "./verify-forms.ts";

declare const VERIFIED_BRAND: unique symbol;

/** A program that the verifier has accepted. Only `verify` makes one; the loader asks `isVerified` besides. */
export type VerifiedProgram = Program & { readonly [VERIFIED_BRAND]: true };

/** What the verifier asks of a built-in function. */
export type IntrinsicSignature = Pick<IntrinsicRow, "parameters" | "result" | "effects" | "inPlace">;

/** What the verifier knows about the machine. */
export interface VerifyOptions {
  /** A built-in function by number, undefined when there is none. Default: the intrinsic table. */
  readonly intrinsic: (id: number) => IntrinsicSignature | undefined;
}

const ACCEPTED = new WeakSet<Program>();

/** Whether `verify` accepted this very object. */
export function isVerified(program: Program): program is VerifiedProgram {
  return ACCEPTED.has(program);
}

/** Checks a program. `value` is the same program, or undefined when there are problems. */
export function verify(
  program: Program,
  options: VerifyOptions = { intrinsic: intrinsicById },
): Checked<VerifiedProgram | undefined> {
  const problems: Problem[] = [];
  collect(problems, () => verifyConstants(program.constants));
  collect(problems, () => verifyProgramHeader(program));
  collect(problems, () => verifyProgramTables(program));
  for (const routine of program.routines) {
    if (problems.length > 0 && program.routines.length > 100) break;
    collect(problems, () => verifyRoutineHeader(routine, program));
  }
  // Calls read the headers of other routines, so no code is looked at before all headers are sound.
  if (problems.length === 0) {
    for (const routine of program.routines) {
      collect(problems, () => {
        verifyStructure(routine);
        verifyCode(routine, program, options);
        verifyDebugTables(routine, program);
      });
    }
  }
  if (problems.length > 0) return { value: undefined, problems };
  ACCEPTED.add(program);
  if (!isVerified(program)) throw new InternalError("verify: the program was not accepted");
  return { value: program, problems };
}

const ASSIGNED = new WeakMap<RoutineCode, Map<number, Uint32Array>>();

/**
 * Registers of a verified routine that are surely assigned before an instruction, as bits: what the machine counts as live.
 * Computed by another pass over the routine and kept, because a deep stack asks for the same few instructions.
 */
export function assignedRegisters(program: VerifiedProgram, routine: RoutineCode, instruction: number): Uint32Array {
  const known = ASSIGNED.get(routine)?.get(instruction);
  if (known !== undefined) return known;
  let found = new Uint32Array((routine.registers.length + 31) >>> 5);
  verifyCode(routine, program, { intrinsic: intrinsicById }, (pc, assigned) => {
    if (pc === instruction && assigned !== undefined) found = assigned.slice();
  });
  const rows = ASSIGNED.get(routine) ?? new Map<number, Uint32Array>();
  rows.set(instruction, found);
  ASSIGNED.set(routine, rows);
  return found;
}

function collect(problems: Problem[], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    problems.push(error.problem);
  }
}

function verifyProgramHeader(program: Program): void {
  const place = "program";
  if (program.routines.length > LIMITS.routinesMax.value)
    refuse("BytecodeTooLarge", {
      section: "routine table",
      count: program.routines.length,
      max: LIMITS.routinesMax.value,
    });
  if (!Number.isInteger(program.entry) || program.entry < -1 || program.entry >= program.routines.length) {
    refuse("RoutineOutOfRange", { place, routine: program.entry, count: program.routines.length });
  }
  const entry = program.routines[program.entry];
  if (entry !== undefined && (entry.parameters.some((row) => !row.optional) || entry.captureCount > 0)) {
    refuse("RoutineMalformed", { place, what: "the entry routine needs arguments" });
  }
}

function verifyProgramTables(program: Program): void {
  if (!program.globals.every((row) => isRegisterType(row.type)))
    refuse("RoutineMalformed", { place: "program", what: "a script-level variable has no type" });
  for (const { name, routine } of program.sqlFunctions) {
    const place = `SQL function ${name}`;
    const code = program.routines[routine];
    if (code === undefined) refuse("RoutineOutOfRange", { place, routine, count: program.routines.length });
    if (code.captureCount > 0)
      refuse("RoutineMalformed", { place, what: "its routine captures values, which only a closure of it holds" });
  }
}

function verifyRoutineHeader(routine: RoutineCode, program: Program): void {
  const place = routine.name;
  const broken = (what: string): never => refuse("RoutineMalformed", { place, what });
  const { registers, parameters, captureCount } = routine;
  if (registers.length > LIMITS.registersMax.value)
    broken(`it has ${registers.length} registers, at most ${LIMITS.registersMax.value} are allowed`);
  if (!registers.every(isRegisterType)) broken("a register has no type");
  if (routine.result !== "void" && !isRegisterType(routine.result)) broken("its result has no type");
  if (!Number.isInteger(captureCount) || captureCount < 0 || (captureCount > 0 && routine.kind !== "lambda"))
    broken("only lambdas capture");
  if (parameters.length + captureCount > registers.length) broken("it has more parameters than registers");
  for (const [index, row] of parameters.entries()) {
    if (row.type !== registers[index]) broken(`parameter ${row.name} and its register differ in type`);
    if (row.optional && !row.type.endsWith("?") && row.type !== "any")
      broken(`parameter ${row.name} is optional but its type is not nullable`);
    verifyTypeForm(row.form, (what) => broken(`parameter ${row.name}: ${what}`));
  }
  if (parameters.some((row) => row.mode !== "in") && (routine.result === "void" || baseOf(routine.result) !== "struct"))
    broken("it has out parameters but its result is not a struct");
  const { code } = routine;
  if (code.length === 0 || code.length % STRIDE !== 0) broken("its code is not a whole number of instructions");
  if (code.length / STRIDE > LIMITS.instructionsMax.value)
    broken(`it has ${code.length / STRIDE} instructions, at most ${LIMITS.instructionsMax.value} are allowed`);
  if (routine.regions.length > LIMITS.regionsMax.value)
    broken(`it has ${routine.regions.length} regions, at most ${LIMITS.regionsMax.value} are allowed`);
  if (routine.catches.length > LIMITS.catchesMax.value)
    broken(`it has ${routine.catches.length} catch entries, at most ${LIMITS.catchesMax.value} are allowed`);
  if (
    !routine.effects.every((effect) => EFFECTS.includes(effect)) ||
    new Set(routine.effects).size !== routine.effects.length
  )
    broken("its effects are not a set of known effects");
  if (!Number.isInteger(routine.source) || routine.source < -1 || routine.source >= program.sources.length)
    broken("it names a source that is not there");
  if (!Number.isInteger(routine.sourceOffset) || routine.sourceOffset < 0)
    broken("its place in the source is negative");
}

function verifyDebugTables(routine: RoutineCode, program: Program): void {
  const place = routine.name;
  const broken = (what: string): never => refuse("DebugTableBroken", { place, what });
  const count = routine.code.length / STRIDE;
  const { spans } = routine;
  if (spans.length % 3 !== 0) broken("the span table is not made of triples");
  for (let at = 0; at < spans.length; at += 3) {
    const [pc = -1, start = -1, end = -1] = spans.subarray(at, at + 3);
    if (pc < 0 || pc >= count || (at > 0 && pc <= (spans[at - 3] ?? 0))) broken("the span table is not ascending");
    if (start < 0 || end < start) broken("a span ends before it starts");
  }
  for (const row of routine.locals) {
    if (row.register < 0 || row.register >= routine.registers.length) broken(`variable ${row.name} names no register`);
    if (row.start < 0 || row.end > count || row.start >= row.end) broken(`variable ${row.name} has no live range`);
  }
  const starts = routine.source >= 0 ? program.sources[routine.source]?.lineStarts : undefined;
  if (
    starts !== undefined &&
    (starts[0] !== 0 ||
      starts.some(
        (offset, index) => !Number.isSafeInteger(offset) || (index > 0 && offset <= (starts[index - 1] ?? 0)),
      ))
  ) {
    broken("the line table of its source is not ascending");
  }
}
