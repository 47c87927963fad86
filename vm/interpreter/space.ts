// The arrays that the interpreter works on: one set for the process, shared by all machines (runs nest strictly, so each uses what lies above the one it interrupts).
// They are never replaced, because V8 then compiles their addresses and lengths into run.ts as constants. The large ones are zeroed memory of the operating system
// that takes no space until it is touched. Routines are copied in at their first call; a header before the code holds what a call needs, so that calls and returns touch
// numbers only (objects there cost maps to check and write barriers: fib ran 1.4 times longer).
import { InternalError } from "../../base/failure.ts";
import type { Shape, Value } from "../../base/value/value.ts";
import { limitTrap } from "../../bytecode/trap.ts";
import type { LoadedProgram, LoadedRoutine } from "../load.ts";
import type { MachineState } from "./state.ts";

/** Registers of all frames together. */
export const REGISTERS_SPACE = 1 << 21;
/** Frames of all machines together; callDepthMax of the limits table is far below. */
export const FRAMES_SPACE = 1 << 18;
/** Units of installed code. */
const CODE_SPACE = 1 << 24;
/** Installed number constants. */
const NUMBERS_SPACE = 1 << 21;
/** Value registers kept between calls: they are cleared after each, which with 4096 of them took half of a trivial call. */
const VALUES_KEPT = 512;

/** Distances of header fields before a routine's first unit. Register kinds stand below the header, register 0 nearest. */
export const HEADER = {
  routine: 1,
  frameSize: 2,
  parameterCount: 3,
  entryFuel: 4,
  rawRegisters: 5,
  length: 6,
} as const;
/** Parameters and captures whose rawness the header's bit set can tell. */
export const RAW_BITS = 31;

/** Installed routines at which all are let go: those of programs still used are copied in again when they are called, which takes less than compiling one. */
const ROUTINES_KEPT = 1024;

/** Value registers that are cleared after every call, and how much a call may have allocated for only these to be. */
const VALUES_CLEARED = 32;
const SMALL_CALL_BYTES = 65_536;

/** The shared arrays. */
export class Space {
  /** Raw int and float registers. */
  readonly numbers = new Float64Array(REGISTERS_SPACE);
  /** All other registers; grows by pushing, always general elements. */
  readonly values: Value[] = [];
  /** Per depth, of the caller: offset behind its call (inverted when the result is to be converted), base, and start of its routine. */
  readonly framePcs = new Int32Array(FRAMES_SPACE);
  readonly frameBases = new Int32Array(FRAMES_SPACE);
  readonly frameStarts = new Int32Array(FRAMES_SPACE);
  /** Depth and start of the routine of the current frame: not locals of run.ts, because each variable that lives through its loop costs moves in every operation. */
  readonly frame = new Int32Array(2);
  /** Headers and code of the installed routines. */
  readonly code = new Int32Array(CODE_SPACE);
  /** Literal constants of the installed programs, as values and as raw numbers. */
  readonly constants: Value[] = [];
  readonly constantNumbers = new Float64Array(NUMBERS_SPACE);
  /** Shapes among them, at the same index. */
  readonly shapes: (Shape | undefined)[] = [];
  /** Installed routines by the number in their header. */
  readonly routines: LoadedRoutine[] = [];
  #codeTop = 0;
  #programs = new Map<LoadedProgram, number>();
  /** Counts how often all code was dropped. */
  generation = 0;
  /** The machine that runs. */
  active: MachineState | undefined;

  constructor() {
    this.growValues(VALUES_KEPT);
  }

  /** Makes value registers up to `length`. @throws Trap LimitExceeded when the register space is used up. */
  growValues(length: number): void {
    if (length > REGISTERS_SPACE)
      throw limitTrap("LimitExceeded", `The calls' variables passed ${REGISTERS_SPACE} registers.`);
    const target = Math.min(REGISTERS_SPACE, Math.max(length, this.values.length * 2));
    while (this.values.length < target) this.values.push(null);
  }

  /** Start of a routine's code, which is copied in if it is not there. @throws Trap LimitExceeded when running programs fill the space. */
  startOf(routine: LoadedRoutine): number {
    return routine.codeStart >= 0 ? routine.codeStart : this.#install(routine);
  }

  #install(routine: LoadedRoutine): number {
    const constants = this.#constantsOf(routine.owner);
    const { operations, kinds } = routine;
    const start = this.#codeTop + kinds.length + HEADER.length;
    if (start + operations.length > CODE_SPACE)
      throw limitTrap("LimitExceeded", `The running programs passed ${CODE_SPACE / 4} instructions.`);
    const { code } = this;
    code[start - HEADER.routine] = this.routines.length;
    code[start - HEADER.frameSize] = routine.frameSize;
    code[start - HEADER.parameterCount] = routine.parameterCount;
    code[start - HEADER.entryFuel] = routine.entryFuel;
    code[start - HEADER.rawRegisters] = routine.rawRegisters;
    for (const [register, kind] of kinds.entries()) code[start - HEADER.length - register] = kind;
    code.set(operations, start);
    for (const unit of routine.targets) code[start + unit] = (code[start + unit] ?? 0) + start;
    for (const unit of routine.constants) code[start + unit] = (code[start + unit] ?? 0) + constants;
    this.#codeTop = start + operations.length;
    routine.codeStart = start;
    this.routines.push(routine);
    return start;
  }

  /** Where a program's constants start. */
  #constantsOf(program: LoadedProgram): number {
    const known = this.#programs.get(program);
    if (known !== undefined) return known;
    const start = this.constants.length;
    if (start + program.constants.length > NUMBERS_SPACE)
      throw limitTrap("LimitExceeded", `The running programs passed ${NUMBERS_SPACE} constants.`);
    for (const value of program.constants) this.constants.push(value);
    for (const shape of program.shapes) this.shapes.push(shape);
    this.constantNumbers.set(program.numbers, start);
    this.#programs.set(program, start);
    return start;
  }

  /** The routine whose code starts there. */
  routineAt(start: number): LoadedRoutine {
    const routine = this.routines[this.code[start - HEADER.routine] ?? -1];
    if (routine === undefined) throw new InternalError("space: no routine starts there");
    return routine;
  }

  /** Called when no machine runs, with the bytes that the last call has allocated: drops what registers refer to, and all code when much is installed, so that programs no longer used are let go. */
  release(bytes: number): void {
    if (this.values.length > VALUES_KEPT) this.values.length = VALUES_KEPT;
    // Clearing all is the larger part of a trivial call. What a small call leaves is small, and the next call of some size clears it.
    this.values.fill(null, 0, bytes > SMALL_CALL_BYTES ? VALUES_KEPT : VALUES_CLEARED);
    const isRoomy = this.#codeTop < CODE_SPACE / 16 && this.constants.length < NUMBERS_SPACE / 16;
    if (isRoomy && this.routines.length < ROUTINES_KEPT) return;
    this.generation += 1;
    for (const routine of this.routines) routine.codeStart = -1;
    this.routines.length = 0;
    this.constants.length = 0;
    this.shapes.length = 0;
    this.#programs = new Map();
    this.#codeTop = 0;
  }
}

/** The one space of this process. */
export const SPACE = new Space();
