// Calls by name that were bound: the instruction then is an ordinary call (see handlers/calls.ts). What a name means belongs to a host and its epoch;
// when either changes, all bound calls become calls by name again. The host is asked at the start of runs and after everything that may change routines.
import { STRIDE } from "../../bytecode/program.ts";
import type { Host } from "../host.ts";
import type { LoadedProgram, LoadedRoutine } from "../load.ts";
import { operationNumber } from "./operations.ts";
import { SPACE } from "./space.ts";

class Links {
  #host: Host | undefined;
  #epoch = -1;
  #generation = 0;
  /** Offsets of bound instructions, and the import constants that they were. */
  #places: number[] = [];
  #constants: number[] = [];
  /** Routines by import constant, for calls that cannot be bound because types differ. */
  #routines = new Map<LoadedProgram, (LoadedRoutine | undefined)[]>();

  /** Forgets what was bound for another host or another state of this one. */
  visit(host: Host): void {
    const epoch = host.epoch?.() ?? -1;
    if (this.#generation !== SPACE.generation) {
      // The code in which calls were bound is gone.
      this.#places = [];
      this.#generation = SPACE.generation;
    } else if (host === this.#host && epoch === this.#epoch && epoch >= 0) return;
    this.#host = host;
    this.#epoch = epoch;
    for (const [index, place] of this.#places.entries()) {
      SPACE.code[place] = operationNumber("CallImport");
      SPACE.code[place + 2] = this.#constants[index] ?? 0;
    }
    this.#places = [];
    this.#constants = [];
    this.#routines = new Map();
  }

  /** The routine that a name was found to mean, if it may be kept. */
  known(program: LoadedProgram, constant: number): LoadedRoutine | undefined {
    return this.#routines.get(program)?.[constant];
  }

  /** Keeps what a name means until the next change. Hosts without epochs are asked each time. */
  keep(program: LoadedProgram, constant: number, routine: LoadedRoutine): void {
    if (this.#epoch < 0) return;
    const routines = this.#routines.get(program) ?? [];
    routines[constant] = routine;
    this.#routines.set(program, routines);
  }

  /** Makes the call before `pc` an ordinary one to `start`. False when the host has no epochs. */
  bind(pc: number, operation: number, start: number, constant: number): boolean {
    if (this.#epoch < 0) return false;
    const place = pc - STRIDE;
    SPACE.code[place] = operation;
    SPACE.code[place + 2] = start;
    this.#places.push(place);
    this.#constants.push(constant);
    return true;
  }
}

/** The bound calls of this process. */
export const LINKS = new Links();
