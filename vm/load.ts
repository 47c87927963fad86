// Loading: from a verified program to what the machine runs. A loaded routine belongs to the process; programs stay plain data.
import type { Value } from "../base/value/value.ts";
import type { Program, RoutineCode } from "../bytecode/program.ts";

/** A program in the machine. */
export interface LoadedProgram {
  readonly program: Program;
  readonly routines: readonly LoadedRoutine[];
  /** The script's top level, when it has one. */
  readonly entry: LoadedRoutine | undefined;
}

/** A routine in the machine: what `host.resolve` gives and `machine.call` takes. */
export interface LoadedRoutine {
  readonly code: RoutineCode;
  readonly owner: LoadedProgram;
  readonly constants: readonly Value[];
}
