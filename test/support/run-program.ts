// Runs an assembled program: verified, encoded, decoded and verified again, loaded, called. What comes back is printed, so that tests compare texts.
import { InternalError, required } from "../../base/failure.ts";
import { printQuoted } from "../../base/value/print.ts";
import type { Value } from "../../base/value/value.ts";
import { decode } from "../../bytecode/decode.ts";
import { encode } from "../../bytecode/encode.ts";
import type { Program } from "../../bytecode/program.ts";
import { Trap } from "../../bytecode/trap.ts";
import { verify } from "../../bytecode/verify.ts";
import { load, type LoadedProgram, type LoadedRoutine } from "../../vm/load.ts";
import { createMachine, type Machine, type MachineLimits } from "../../vm/machine.ts";
import { assemble } from "./assemble.ts";
import { testHost, type TestWorld, testWorld } from "./test-host.ts";

/** Verifies and loads. @throws InternalError with the problems of a program that is refused. */
export function loadProgram(program: Program): LoadedProgram {
  const first = verify(program);
  if (first.value === undefined)
    throw new InternalError(first.problems.map((problem) => `${problem.code} ${problem.message}`).join("\n"));
  const decoded = decode(encode(program));
  const second = decoded.value === undefined ? decoded : verify(decoded.value);
  if (second.value === undefined)
    throw new InternalError(second.problems.map((problem) => `${problem.code} ${problem.message}`).join("\n"));
  return load(second.value as NonNullable<typeof first.value>);
}

/** A machine with a program and a world. */
export interface Bench {
  readonly program: LoadedProgram;
  readonly machine: Machine;
  readonly world: TestWorld;
  routine(name: string): LoadedRoutine;
}

/** Assembles and loads, with a machine of its own. */
export function benchOf(
  text: string,
  options: { readonly limits?: MachineLimits; readonly world?: TestWorld } = {},
): Bench {
  const program = loadProgram(assemble(text));
  const world = options.world ?? testWorld();
  const machine = createMachine({ host: testHost(world), limits: options.limits ?? {} });
  world.runJob = (routine, args) => machine.call(routine, args);
  for (const routine of program.routines) world.routines.set(routine.code.name, routine);
  return {
    program,
    machine,
    world,
    routine: (name) =>
      required(
        program.routines.find((routine) => routine.code.name === name),
        name,
      ),
  };
}

/** The printed result of a call, or `code: message` of its trap. */
export function outcome(bench: Bench, name: string, args: readonly Value[] = []): string {
  try {
    return printQuoted(bench.machine.call(bench.routine(name), args));
  } catch (error) {
    if (error instanceof Trap) return `${error.value.code}: ${error.value.message}`;
    throw error;
  }
}
