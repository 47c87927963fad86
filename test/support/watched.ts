// Watches the registers of a program while it runs: before every instruction, each register that is surely assigned must hold what its type says.
// A counter of coverage stands before each instruction; the machine tells of it, and its registers are looked at then.
import { OPCODES, opcodeName } from "../../bytecode/opcodes.ts";
import { picturesOf } from "../../bytecode/picture.ts";
import { type CatchEntry, type Program, type Region, type RoutineCode, STRIDE } from "../../bytecode/program.ts";
import { assignedRegisters, type VerifiedProgram } from "../../bytecode/verify.ts";
import { required } from "../../base/failure.ts";
import { INT_KIND, kindName, registerKindName, valueFits } from "../../vm/interpreter/register-kind.ts";
import { readRegister } from "../../vm/interpreter/registers.ts";
import { SPACE } from "../../vm/interpreter/space.ts";
import { load, type LoadedProgram, type LoadedRoutine } from "../../vm/load.ts";

/** The same program with a counter before each instruction. Spans and names of variables are left out. */
export function withCounters(program: Program): Program {
  return { ...program, routines: program.routines.map(routineWithCounters) };
}

/** Loads a program made by withCounters; `told` gets what a register holds against its type. */
export function loadWatched(program: VerifiedProgram, told: (what: string) => void): LoadedProgram {
  const loaded = load(program);
  loaded.probe = (routine, instruction) => {
    const assigned = assignedRegisters(program, routine.code, instruction);
    for (const register of routine.kinds.keys()) {
      if (((assigned[register >>> 5] ?? 0) & (1 << (register & 31))) === 0) continue;
      const what = misfit(routine, register);
      if (what !== undefined) told(`${routine.code.name} ${instruction} r${register}: ${what}`);
    }
  };
  return loaded;
}

function misfit({ kinds }: LoadedRoutine, register: number): string | undefined {
  const m = required(SPACE.active, "a machine that runs");
  const kind = required(kinds[register], "a register's kind");
  const value = readRegister(m, m.base + register, kind);
  const isNumber = kind !== INT_KIND || typeof value === "bigint" || Number.isSafeInteger(value);
  return valueFits(value, kind) && isNumber ? undefined : `${registerKindName(kind)} holds ${kindName(value)}`;
}

function routineWithCounters(routine: RoutineCode): RoutineCode {
  const { code } = routine;
  const count = code.length / STRIDE;
  const units: number[] = [];
  const places: number[] = [];
  for (let pc = 0; pc < count; pc += 1) {
    places.push(units.length / STRIDE);
    // Between TryEnd and the way out nothing may stand.
    const isWayOut = pc > 0 && code[(pc - 1) * STRIDE] === OPCODES.TryEnd.code;
    if (!isWayOut) units.push(OPCODES.Cover.code, 0, 0, 0);
    units.push(...code.subarray(pc * STRIDE, (pc + 1) * STRIDE));
  }
  places.push(units.length / STRIDE);
  const placeOf = (pc: number): number => places[pc] ?? -1;
  const moved = Int32Array.from(units);
  for (let pc = 0; pc < count; pc += 1) moveTargets(moved, placeOf(pc + 1) - 1, placeOf);
  return {
    ...routine,
    code: moved,
    regions: routine.regions.map((region) => movedRegion(region, routine.catches, placeOf)),
    catches: routine.catches.map((entry) => ({
      ...entry,
      start: placeOf(entry.start),
      end: placeOf(entry.end),
      handler: placeOf(entry.handler),
    })),
    spans: new Int32Array(0),
    locals: [],
  };
}

function moveTargets(code: Int32Array, pc: number, placeOf: (pc: number) => number): void {
  const name = required(opcodeName(code[pc * STRIDE] ?? -1), "an opcode");
  for (const [index, { mode }] of picturesOf(name).entries()) {
    const at = pc * STRIDE + 1 + index;
    if (mode === "target" || mode === "loop") code[at] = placeOf(code[at] ?? -1);
  }
}

/** The region of a try with a savepoint starts with its TryBegin, which stands directly before the range: the counter stays outside. */
function movedRegion(region: Region, catches: readonly CatchEntry[], placeOf: (pc: number) => number): Region {
  const startsWithBegin =
    region.kind === "try" &&
    catches.some((entry) => entry.savepoint && entry.start === region.start + 1 && entry.end === region.end);
  const start = startsWithBegin ? placeOf(region.start + 1) - 1 : placeOf(region.start);
  const moved = { kind: region.kind, start, end: placeOf(region.end) };
  return region.middle === undefined ? moved : { ...moved, middle: placeOf(region.middle) };
}
