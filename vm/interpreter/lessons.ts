// Lessons: each operation of run.ts is run once, soon after the first routine that has it was called. V8 compiles what has not run yet as a way out of the optimised code, so that
// each operation that a program met later threw away the whole of it, and the program ran several times slower until the next was ready (bench/README.md has figures).
// The lessons come between the first two slices: earlier V8 keeps no feedback of a function as long as run, and short calls are not worth it.
// Only operations of the routine and of those that it can reach are taught: with all of them V8 takes 100 ms to compile instead of 20.
// Operations on rows are left out, because their columns come in the storage engine's own shapes. Nothing of a lesson is seen: fuel, memory and registers are put back.
import { InternalError } from "../../base/failure.ts";
import { ClosureValue, FloatBox, ListValue, MapValue, Shape, StructValue, type Value } from "../../base/value/value.ts";
import { STRIDE } from "../../bytecode/program.ts";
import type { RegisterType } from "../../bytecode/register-type.ts";
import type { LoadedRoutine } from "../load.ts";
import { LESSON_REGISTERS, LESSONS } from "./lesson-table.ts";
import { madeProgram, madeRoutine, type MadeRoutine } from "./made-routine.ts";
import { HOT_OPERATIONS, type HotOperationName, type OperationName, operationNumber } from "./operations.ts";
import { ensureRegisters } from "./registers.ts";
import { run } from "./run.ts";
import { noValues } from "./slots.ts";
import { SPACE } from "./space.ts";
import { CLOSURE_ARGUMENTS_BITS, type SpecialisedCode } from "./specialise.ts";
import type { MachineState } from "./state.ts";

const REGISTER_NAMES = Object.keys(LESSON_REGISTERS);
const REGISTER_TYPES: readonly RegisterType[] = Object.values(LESSON_REGISTERS);
const HOT_NAMES = Object.keys(HOT_OPERATIONS) as HotOperationName[];

/** Times that each lesson runs with slices that end at once, and with slices that do not. */
const REPEATS = 2;
/** Frames that a lesson may need above the current one. */
const LESSON_DEPTH = 2;

const SHAPES = [1, 2, 3, 4].map((count) => new Shape("", ["a", "b", "c", "d"].slice(0, count)));
const PROGRAM = madeProgram(["constant", null, null, null, null], [undefined, ...SHAPES]);

/** A routine of one operation, which returns its register `from`. */
function callee(row: Omit<MadeRoutine, "owner" | "entryFuel">, name: HotOperationName, from: number): LoadedRoutine {
  const operations = Int32Array.of(operationNumber(name), from, 0, 0);
  return madeRoutine(
    { ...row, owner: PROGRAM, entryFuel: 1 },
    { operations, targets: new Int32Array(0), constants: new Int32Array(0) },
  );
}

/** Routines that lessons call. */
const CALLEES: Readonly<Record<string, LoadedRoutine>> = {
  numbers: callee({ registers: ["int"], parameterCount: 1, result: "int" }, "ReturnNumber", 0),
  values: callee({ registers: ["int", "any"], parameterCount: 2, result: "any" }, "ReturnValue", 1),
  nothing: callee({ registers: ["int"], parameterCount: 1 }, "ReturnVoid", 0),
};
const LAMBDA = callee(
  { registers: ["int", "int", "any"], parameterCount: 1, captureCount: 2, result: "int" },
  "ReturnNumber",
  0,
);

/** Operations that have been taught in this process. */
const taught = new Set<HotOperationName>();

/**
 * Teaches what the running routines, and those that they can reach in their programs, need and nobody has taught yet.
 * Called between two slices: registers above the current frame are free, and V8 has begun to keep what it sees of `run`.
 */
export function teach(m: MachineState): void {
  if (m.depth + LESSON_DEPTH >= m.depthMax) return;
  const wanted = new Set<HotOperationName>();
  for (const reached of reachable(m)) {
    reached.taught = true;
    addOperations(reached, wanted);
  }
  const fresh = [...wanted].filter((name) => !taught.has(name));
  for (const name of fresh) taught.add(name);
  if (fresh.some((name) => LESSONS[name] !== "")) runLesson(m, fresh);
}

/** The routines of the call's frames and those of their programs that their code names. */
function reachable(m: MachineState): ReadonlySet<LoadedRoutine> {
  const found = new Set([m.routine]);
  for (let depth = m.depthStart; depth < m.depth; depth += 1) found.add(SPACE.routineAt(SPACE.frameStarts[depth] ?? 0));
  for (const { operations, owner } of found) {
    for (let at = 0; at < operations.length; at += STRIDE) {
      const callee = REFERRING.has(operations[at] ?? -1) ? owner.routines[operations[at + 2] ?? -1] : undefined;
      if (callee !== undefined) found.add(callee);
    }
  }
  return found;
}

const numbersOf = (...names: readonly OperationName[]): ReadonlySet<number> => new Set(names.map(operationNumber));
/** Operations whose operand b is a routine of the program. */
const REFERRING = numbersOf("CallLink", "CallNumbersLink", "CallChecked", "MakeClosure");
/** Operations that become calls of run.ts when they first run. */
const BECOMES_CALL = numbersOf("CallLink", "CallNumbersLink", "CallImport");

function addOperations(routine: LoadedRoutine, wanted: Set<HotOperationName>): void {
  const { operations } = routine;
  for (let at = 0; at < operations.length; at += STRIDE) {
    const number = operations[at] ?? -1;
    const name = HOT_NAMES[number];
    if (name !== undefined) wanted.add(name);
    else if (BECOMES_CALL.has(number)) wanted.add("Call").add("CallNumbers");
  }
}

// --- running ---

/** Runs the lessons of some operations above the current frame, and puts everything back. */
export function runLesson(m: MachineState, names: readonly HotOperationName[]): void {
  const lesson = madeRoutine({ owner: PROGRAM, registers: REGISTER_TYPES }, lessonCode(names));
  const { pc, base, start, depth, fuel, memory, memoryCheck } = m;
  const above = base + m.routine.frameSize;
  const lessonStart = SPACE.startOf(lesson);
  ensureRegisters(above, lesson.frameSize);
  m.memoryCheck = Number.POSITIVE_INFINITY;
  for (let round = 0; round < REPEATS * 2; round += 1) {
    m.start = lessonStart;
    m.base = above;
    fillRegisters(m);
    finish(m, lessonStart, round % 2 === 0 ? 0 : ENOUGH_FUEL);
  }
  m.values.fill(null, above, above + lesson.frameSize + LAMBDA.frameSize);
  Object.assign(m, { pc, base, start, depth, fuel, memory, memoryCheck });
}

const ENOUGH_FUEL = 1 << 20;

/** Runs the current frame from `pc` to its Halt. */
function finish(m: MachineState, pc: number, fuel: number): void {
  m.pc = pc;
  do m.fuel = fuel;
  while (run(m) !== HOT_OPERATIONS.Halt);
}

/** General elements, as lists of programs have. */
function list(...items: readonly Value[]): ListValue {
  const values = noValues();
  for (const item of items) values.push(item);
  return new ListValue(values);
}

function fillRegisters(m: MachineState): void {
  const record = new StructValue(SHAPES[3] as Shape, list(1, 1.5, new FloatBox(1), "text").items);
  const values: Readonly<Record<string, Value>> = {
    text: "a",
    other: "b",
    flag: true,
    any: 1,
    anyFloat: 1.5,
    anyWhole: new FloatBox(1),
    ints: list(1, 2),
    floats: list(1.5, new FloatBox(1), 2.5),
    texts: list("a", "b"),
    flags: list(true, false),
    record,
    map: new MapValue(
      new Map<string, Value>([
        ["a", 1],
        ["b", "text"],
      ]),
    ),
    closure: new ClosureValue(LAMBDA, list(1, "text").items),
  };
  const numbers: Readonly<Record<string, number>> = {
    int: 2,
    small: 1,
    limit: 9,
    step: 1,
    float: 1.5,
    whole: 2,
    argument: 1,
  };
  for (const [register, name] of REGISTER_NAMES.entries()) {
    m.numbers[m.base + register] = numbers[name] ?? 0;
    m.values[m.base + register] = values[name] ?? null;
  }
}

// --- writing ---

/** The code of lessons in a row, and a Halt. */
function lessonCode(names: readonly HotOperationName[]): SpecialisedCode {
  const units: number[] = [];
  const targets: number[] = [];
  const constants: number[] = [];
  for (const name of names) {
    const instructions = LESSONS[name] === "" ? [] : LESSONS[name].split("; ").map((text) => text.split(" "));
    for (const [operation, ...operands] of instructions) {
      const at = units.length;
      units.push(operationNumber(operation as OperationName), 0, 0, 0);
      for (const [index, operand] of operands.entries()) {
        units[at + 1 + index] = operand === "next" ? at + STRIDE : operandOf(operand);
        if (operand === "next") targets.push(at + 1 + index);
        if (operand === "constant" || operand.startsWith("shape")) constants.push(at + 1 + index);
      }
    }
  }
  units.push(HOT_OPERATIONS.Halt, 0, 0, 0);
  return {
    operations: Int32Array.from(units),
    targets: Int32Array.from(targets),
    constants: Int32Array.from(constants),
  };
}

/** The number that stands for an operand's name. */
function operandOf(operand: string): number {
  const register = REGISTER_NAMES.indexOf(operand);
  if (register >= 0) return register;
  const callee = CALLEES[operand];
  if (callee !== undefined) return SPACE.startOf(callee);
  if (operand === "lambda") {
    SPACE.startOf(LAMBDA);
    return (LAMBDA.signature << CLOSURE_ARGUMENTS_BITS) | 1;
  }
  const number = operand === "constant" ? 0 : Number(operand.replace("shape", ""));
  if (!Number.isInteger(number)) throw new InternalError(`lessons: unknown operand ${operand}`);
  return number;
}
