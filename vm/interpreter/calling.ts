// Calls from outside: a stub frame below each run, arguments cast to what the routine takes, one call or many in a row, and how errors leave.
import { InternalError } from "../../base/failure.ts";
import { LimitPassed } from "../../base/value/work.ts";
import type { ClosureValue, Value } from "../../base/value/value.ts";
import { limitTrap, Trap, trap } from "../../bytecode/trap.ts";
import type { LoadedRoutine } from "../load.ts";
import { castTo } from "./cast.ts";
import { teach } from "./lessons.ts";
import { LINKS } from "./links.ts";
import { madeProgram, madeRoutine } from "./made-routine.ts";
import { HOT_OPERATIONS } from "./operations.ts";
import { ANY_KIND, doesNotFit, valueFits, widened } from "./register-kind.ts";
import { ensureRegisters, pushFrame, readRegister } from "./registers.ts";
import { runSlice } from "./run-slice.ts";
import { enterClosure, enterConverted } from "./slow-paths.ts";
import { FRAMES_SPACE, SPACE } from "./space.ts";
import type { MachineState } from "./state.ts";
import { LEFT, type Straight, straightOf } from "./straight.ts";
import { checkBetweenSlices, unwind } from "./unwind.ts";

/** Most runs inside host calls and intrinsics inside each other: each takes JavaScript stack. */
const NESTING_MAX = 100;

/** The instruction before Halt stands for the call: its operand a is the register of the result. */
const STUB = madeRoutine(
  { owner: madeProgram([], []), registers: ["any"] },
  {
    operations: Int32Array.of(HOT_OPERATIONS.MoveValue, 0, 0, 0, HOT_OPERATIONS.Halt, 0, 0, 0),
    targets: new Int32Array(0),
    constants: new Int32Array(0),
  },
);
const AFTER_STUB_CALL = 4;

function enterCast(m: MachineState, routine: LoadedRoutine, args: readonly Value[]): void {
  enterConverted(
    m,
    routine,
    args.map((value, index) => castArgument(m, routine, value, index)),
  );
}

/** Calls a routine, its arguments cast to its parameters. @throws Trap. */
export function callRoutine(m: MachineState, routine: LoadedRoutine, args: readonly Value[]): Value {
  return nested(m, () => enterCast(m, routine, args));
}

/** Enters a routine that takes its arguments as they are; false when one of them must be looked at. */
function enterAsIs(m: MachineState, routine: LoadedRoutine, args: readonly Value[]): boolean {
  const count = routine.parameterCount;
  if (args.length !== count || routine.code.captureCount > 0) return false;
  for (let i = 0; i < count; i += 1)
    if (routine.kinds[i] !== ANY_KIND || routine.parameterCasts[i] !== undefined) return false;
  pushFrame(m, routine, "converted");
  for (let i = 0; i < count; i += 1) m.values[m.base + i] = args[i] ?? null;
  return true;
}

/** Calls on one stub: each starts from where the stub was made current, also after one that failed. */
export function callSeries<T>(
  m: MachineState,
  work: (call: (routine: LoadedRoutine, args: readonly Value[]) => Value) => T,
): T {
  return aboveStub(m, (floor) => {
    const { start, pc, base } = m;
    // Most calls in a row are of one routine: when it is a straight one, its frame stays and is entered again.
    let last: LoadedRoutine | undefined;
    let straight: Straight | undefined;
    let stands = false;
    return work((routine, args) => {
      if (routine !== last) {
        last = routine;
        straight = straightOf(routine);
        stands = false;
      }
      const isStraight = straight !== undefined && args.length === routine.parameterCount;
      if (isStraight && stands) {
        m.pc = m.start;
        m.fuel -= routine.entryFuel;
      } else {
        m.start = start;
        m.pc = pc;
        m.base = base;
        m.depth = floor;
      }
      if (straight !== undefined && isStraight) {
        if (!stands) pushFrame(m, routine, "converted");
        stands = false;
        for (let i = 0; i < args.length; i += 1) m.values[m.base + i] = args[i] ?? null;
        const given = callStraight(m, straight, floor);
        if (given !== LEFT) {
          stands = true;
          return given;
        }
        drive(m, floor);
        return readRegister(m, m.base, ANY_KIND);
      }
      stands = false;
      if (!enterAsIs(m, routine, args)) enterCaught(() => enterCast(m, routine, args));
      drive(m, floor);
      return readRegister(m, m.base, ANY_KIND);
    });
  });
}

/** Runs the frame of a straight routine, with its arguments in it. LEFT: the interpreter has to go on. @throws Trap. */
function callStraight(m: MachineState, straight: Straight, floor: number): Value | typeof LEFT {
  if (m.fuel < 0) return LEFT;
  try {
    const given = straight(m);
    if (given === LEFT) checkBetweenSlices(m);
    return given;
  } catch (error) {
    const trap = asTrap(error);
    unwind(m, trap, floor);
    throw trap;
  }
}

/** An argument from outside in its parameter's full type. Most are of the right kind already and have nothing more to fit. */
function castArgument(m: MachineState, routine: LoadedRoutine, value: Value, index: number): Value {
  const row = routine.code.parameters[index];
  if (row === undefined) return value;
  const cast = routine.parameterCasts[index];
  const kind = routine.kinds[index] ?? ANY_KIND;
  if (cast === undefined && valueFits(value, kind)) return value;
  try {
    const fitting = castTo(m, value, row.form);
    if (widened(fitting, kind) === undefined) throw doesNotFit(fitting, kind);
    return fitting;
  } catch (error) {
    throw error instanceof Trap ? ofParameter(error, routine.code.name, row.name) : error;
  }
}

/** Who calls from outside gives many values at once, and must know which of them is meant. */
function ofParameter(failed: Trap, routine: string, parameter: string): Trap {
  const { code, message, detail } = failed.value;
  return code === "InvalidCast"
    ? trap("InvalidCast", `Parameter ${parameter} of ${routine}: ${message}`, detail)
    : failed;
}

/** Calls a closure from inside an intrinsic. @throws Trap. */
export function callClosure(m: MachineState, closure: ClosureValue, args: readonly Value[]): Value {
  return nested(m, () => enterClosure(m, closure, args));
}

/** Runs a frame that `enter` pushes above a new stub, to its end. */
function nested(m: MachineState, enter: () => void): Value {
  return aboveStub(m, (floor) => {
    enterCaught(enter);
    drive(m, floor);
    return readRegister(m, m.base, ANY_KIND);
  });
}

/** Makes a stub current for `work`, which gets its depth. The interrupted frame is current again afterwards, also when it throws. */
function aboveStub<T>(m: MachineState, work: (floor: number) => T): T {
  if (m.nesting >= NESTING_MAX)
    throw limitTrap(
      "LimitExceeded",
      `Calls from inside SQL and built-in functions are nested more than ${NESTING_MAX} deep.`,
    );
  const { start, pc, base, depth } = m;
  const interrupted = SPACE.active;
  if (m.nesting === 0) startAbove(m, interrupted);
  SPACE.active = m;
  LINKS.visit(m.host);
  m.nesting += 1;
  try {
    pushStub(m);
    return work(m.depth);
  } finally {
    m.nesting -= 1;
    m.start = start;
    m.pc = pc;
    m.base = base;
    m.depth = depth;
    SPACE.active = interrupted;
    if (interrupted !== undefined) LINKS.visit(interrupted.host);
    if (m.nesting === 0) finishCall(m);
  }
}

/** Makes a stub current above the interrupted frame, which stays visible to traces and recounts. */
function pushStub(m: MachineState): void {
  if (m.depth >= FRAMES_SPACE - 1)
    throw limitTrap("LimitExceeded", "The call depth passed what the machine has room for.");
  const isFirst = m.depth === m.depthStart;
  const stub = SPACE.startOf(STUB);
  SPACE.framePcs[m.depth] = isFirst ? stub : m.pc;
  SPACE.frameBases[m.depth] = m.base;
  SPACE.frameStarts[m.depth] = isFirst ? stub : m.start;
  if (!isFirst) m.base += m.routine.frameSize;
  m.depth += 1;
  m.start = stub;
  m.pc = stub + AFTER_STUB_CALL;
  ensureRegisters(m.base, STUB.frameSize);
}

/** Arguments that do not fit are an error at the call's edge. */
function enterCaught(enter: () => void): void {
  try {
    enter();
  } catch (error) {
    throw asTrap(error);
  }
}

/** Places a machine's outermost call above the frames of the machine that it interrupts, if any. */
function startAbove(m: MachineState, interrupted: MachineState | undefined): void {
  m.base = interrupted === undefined ? 0 : interrupted.base + interrupted.routine.frameSize;
  m.depth = interrupted === undefined ? 0 : interrupted.depth + 1;
  m.baseStart = m.base;
  m.depthStart = m.depth;
  m.depthMax = Math.min(m.depth + 1 + m.callDepthMax, FRAMES_SPACE - 1);
}

/** Forgets what an outermost call has left. */
function finishCall(m: MachineState): void {
  m.scopes.length = 0;
  m.pendingSavepoints = 0;
  if (SPACE.active === undefined) SPACE.release(m.memory);
}

/** Runs until the stub at depth `floor` halts. @throws Trap that no frame above it handled. */
function drive(m: MachineState, floor: number): void {
  for (;;) {
    try {
      if (runSlice(m)) return;
      checkBetweenSlices(m);
      if (!m.routine.taught) teach(m);
    } catch (error) {
      const trap = asTrap(error);
      if (!unwind(m, trap, floor)) throw trap;
    }
  }
}

function asTrap(error: unknown): Trap {
  if (error instanceof Trap) return error;
  if (error instanceof LimitPassed) {
    return error.limit === "decimalDigitsMax"
      ? trap("Overflow", `A decimal has ${error.message}.`)
      : limitTrap("LimitExceeded", `A value has ${error.message}.`);
  }
  // V8's own bounds (string length, array length, stack) stand behind ours; whatever passes them is a limit too.
  if (error instanceof RangeError)
    return limitTrap("LimitExceeded", `The JavaScript engine refused: ${error.message}.`);
  throw error instanceof Error ? error : new InternalError(String(error));
}
