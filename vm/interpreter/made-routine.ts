// Routines that the machine writes itself, in operations: the stub below each run, and the lessons for V8 (lessons.ts). No program holds them, no trace shows them.
import type { Shape, Value } from "../../base/value/value.ts";
import type { RoutineCode } from "../../bytecode/program.ts";
import type { RegisterType } from "../../bytecode/register-type.ts";
import { type LoadedProgram, type LoadedRoutine, makeRoutine } from "../load.ts";
import type { SpecialisedCode } from "./specialise.ts";
import { MADE_NAME } from "./unwind.ts";

/** A program around such routines, with constants of its own. */
export function madeProgram(constants: readonly Value[], shapes: readonly (Shape | undefined)[]): LoadedProgram {
  return {
    program: { constants: [], routines: [], sources: [], globals: [], sqlFunctions: [], entry: -1 },
    routines: [],
    entry: undefined,
    constants,
    numbers: new Float64Array(constants.length),
    shapes,
    fieldShapes: [],
    fieldSlots: new Int32Array(0),
    statements: [],
    globals: [],
    coverage: [],
    probe: undefined,
    global: () => null,
    setGlobal: () => undefined,
    resetGlobals: () => undefined,
  };
}

/** What such a routine is beside its operations. */
export interface MadeRoutine {
  readonly owner: LoadedProgram;
  readonly registers: readonly RegisterType[];
  /** The first registers are parameters, the next captures. */
  readonly parameterCount?: number;
  readonly captureCount?: number;
  readonly result?: RegisterType;
  readonly entryFuel?: number;
}

/** Puts such a routine together. */
export function madeRoutine(row: MadeRoutine, code: SpecialisedCode): LoadedRoutine {
  const { registers, parameterCount = 0 } = row;
  const stored: RoutineCode = {
    name: MADE_NAME,
    kind: "script",
    parameters: registers.slice(0, parameterCount).map((type) => ({
      name: "",
      type,
      form: { name: "any", nullable: true },
      mode: "in",
      optional: false,
    })),
    captureCount: row.captureCount ?? 0,
    registers,
    result: row.result ?? "void",
    code: new Int32Array(0),
    catches: [],
    regions: [],
    effects: [],
    spans: new Int32Array(0),
    locals: [],
    source: -1,
    sourceOffset: 0,
  };
  return makeRoutine(stored, row.owner, code, row.entryFuel ?? 0);
}
