// What the verifier says of types holds in the machine: whichever changed program it accepts, no register ever holds what its type does not say.
// More programs: TYPES_RUNS=200000 TYPES_SEED=9 npx vitest run test/bytecode/types-hold.test.ts
import fc from "fast-check";
import { expect, test } from "vitest";
import { ListValue, type Value } from "../../base/value/value.ts";
import { OPCODES } from "../../bytecode/opcodes.ts";
import { EFFECTS, type Program, type RoutineCode, STRIDE } from "../../bytecode/program.ts";
import { baseOf, isNullable, REGISTER_BASES, type RegisterType } from "../../bytecode/register-type.ts";
import { Trap } from "../../bytecode/trap.ts";
import { verify } from "../../bytecode/verify.ts";
import { createMachine } from "../../vm/machine.ts";
import { assemble } from "../support/assemble.ts";
import { type Answer, testHost, testWorld, textOf } from "../support/test-host.ts";
import { loadWatched, withCounters } from "../support/watched.ts";
import { OPCODE_PROGRAMS } from "../vm/opcode-programs.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const PROGRAMS: readonly Program[] = Object.values(OPCODE_PROGRAMS)
  .flat()
  .map((program) => assemble(program.text));
const TYPES: readonly RegisterType[] = REGISTER_BASES.flatMap((base): readonly RegisterType[] =>
  base === "any" ? [base] : [base, `${base}?`],
);
const OPCODE_NUMBERS = Object.values(OPCODES).map((row) => row.code);
const ARGUMENTS: readonly Value[] = [1, null, "a", 2n ** 62n, 1.5, true, new ListValue([1, null])];
const ANSWERS: readonly Answer[] = [
  { names: ["a", "b"], rows: [] },
  { names: ["a", "b"], rows: [[1, null]] },
  {
    names: ["a", "b"],
    rows: [
      [null, "x"],
      [2, 1.5],
    ],
  },
];

/** What one change does to a routine; `place` and `value` are taken modulo what there is. */
const CHANGES: readonly ((routine: Mutable<RoutineCode>, place: number, value: number) => void)[] = [
  (routine, place, value) => retype(routine, place, pick(TYPES, value)),
  (routine, place) => {
    const type = pick(routine.registers, place);
    retype(routine, place, isNullable(type) ? baseOf(type) : (`${type}?` as RegisterType));
  },
  (routine, _place, value) => {
    routine.result = pick(TYPES, value);
  },
  (routine, place, value) => {
    if (place % STRIDE !== 0) routine.code[place % routine.code.length] = value % routine.registers.length;
  },
  (routine, place, value) => {
    routine.code[Math.floor((place % routine.code.length) / STRIDE) * STRIDE] = pick(OPCODE_NUMBERS, value);
  },
  (routine, place, value) => {
    routine.code[place % routine.code.length] = (value % 220) - 3;
  },
];

function pick<T>(items: readonly T[], index: number): T {
  return items[index % items.length] as T;
}

function retype(routine: Mutable<RoutineCode>, place: number, type: RegisterType): void {
  const register = place % routine.registers.length;
  routine.registers = routine.registers.with(register, type);
  const parameter = routine.parameters[register];
  if (parameter === undefined) return;
  const form = { name: baseOf(type), nullable: isNullable(type) };
  routine.parameters = routine.parameters.with(register, { ...parameter, type, form });
}

/** A copy of a program, each of whose routines may have every effect. */
function changeable(program: Program): Mutable<Program> & { readonly routines: readonly Mutable<RoutineCode>[] } {
  const routines = program.routines.map((routine) => ({ ...routine, code: routine.code.slice(), effects: EFFECTS }));
  return { ...program, routines };
}

/** Calls every routine of an accepted program; gives what registers held against their types. */
function misfits(program: Program, args: number, answer: Answer): readonly string[] | undefined {
  const { value } = verify(program);
  const watched = value === undefined ? undefined : verify(withCounters(program)).value;
  if (watched === undefined) return undefined;
  const found: string[] = [];
  const loaded = loadWatched(watched, (what) => found.push(what));
  const world = testWorld();
  for (const constant of program.constants)
    if (constant.kind === "sql") world.answers.set(textOf(constant.form), answer);
  for (const routine of loaded.routines) world.routines.set(routine.code.name, routine);
  const limits = { fuelMax: 5000, memoryBytesMax: 1_000_000, callDepthMax: 50, rowsMax: 100 };
  const machine = createMachine({ host: testHost(world), limits });
  for (const routine of loaded.routines) {
    const given = routine.code.parameters.map((_row, index) => pick(ARGUMENTS, args + index));
    try {
      machine.call(routine, given);
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
    }
  }
  return found;
}

test("the programs of the opcode tests keep to the types of their registers", () => {
  for (const program of PROGRAMS) for (const answer of ANSWERS) expect(misfits(program, 0, answer)).toEqual([]);
});

test("changed programs that are accepted keep to the types of their registers", () => {
  let ran = 0;
  const index = fc.nat(10_000);
  fc.assert(
    fc.property(
      fc.nat(PROGRAMS.length - 1),
      fc.array(fc.tuple(fc.nat(CHANGES.length - 1), index, index, index), { minLength: 1, maxLength: 4 }),
      index,
      (which, changes, choice) => {
        const program = changeable(pick(PROGRAMS, which));
        const changed = program.routines.filter((routine) => routine.registers.length > 0);
        for (const [change, at, place, value] of changed.length === 0 ? [] : changes)
          pick(CHANGES, change)(pick(changed, at), place, value);
        const found = misfits(program, choice, pick(ANSWERS, choice));
        if (found === undefined) return;
        ran += 1;
        expect(found).toEqual([]);
      },
    ),
    { numRuns: Number(process.env["TYPES_RUNS"] ?? 5000), seed: Number(process.env["TYPES_SEED"] ?? 5) },
  );
  expect(ran).toBeGreaterThan(300);
});
