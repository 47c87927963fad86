// The machine: calls loaded routines under limits, against a host. The door of vm/.
// One machine serves one session or lane; it may be re-entered from inside a host call (a function of ours inside SQL), sharing fuel, memory and depth.
import { InternalError } from "../base/failure.ts";
import { LIMITS } from "../base/limits.ts";
import { LimitPassed } from "../base/value/work.ts";
import type { ClosureValue, Value } from "../base/value/value.ts";
import { limitTrap, Trap, trap } from "../bytecode/trap.ts";
import type { Host } from "./host.ts";
import type { IntrinsicContext } from "./intrinsic-context.ts";
import { castTo } from "./interpreter/cast.ts";
import { chargeMemory } from "./interpreter/memory.ts";
import { teach } from "./interpreter/lessons.ts";
import { LINKS } from "./interpreter/links.ts";
import { madeProgram, madeRoutine } from "./interpreter/made-routine.ts";
import { HOT_OPERATIONS } from "./interpreter/operations.ts";
import { ANY_KIND, valueFits } from "./interpreter/register-kind.ts";
import { ensureRegisters, instructionOf, readRegister, pushFrame } from "./interpreter/registers.ts";
import { runSlice } from "./interpreter/run-slice.ts";
import { FRAMES_SPACE, SPACE } from "./interpreter/space.ts";
import { enterClosure, enterConverted } from "./interpreter/slow-paths.ts";
import { MachineState, SLICE_FUEL } from "./interpreter/state.ts";
import { checkBetweenSlices, unwind } from "./interpreter/unwind.ts";
import type { LoadedRoutine } from "./load.ts";

/** Bounds of one outermost call. Undefined: the default of base/limits.ts. */
export interface MachineLimits {
  readonly fuelMax?: number | undefined;
  readonly memoryBytesMax?: number | undefined;
  readonly callDepthMax?: number | undefined;
  readonly rowsMax?: number | undefined;
  /** Monotonic milliseconds by `options.monotonicMs` at which Timeout is raised. */
  readonly deadlineMs?: number | undefined;
}

/** What a machine needs. */
export interface MachineOptions {
  readonly host: Host;
  readonly limits?: MachineLimits;
  /** Kill flag in shared memory: another thread stores 1 at `index` and the running call ends with Cancelled. */
  readonly kill?: { readonly flags: Int32Array; readonly index: number };
  /** Monotonic clock for the deadline; without it deadlines are not kept. */
  readonly monotonicMs?: () => number;
}

/** What an outermost call used. */
export interface Usage {
  readonly fuel: number;
  readonly memoryBytesPeak: number;
  readonly rows: number;
}

/** Where a machine stands. */
export interface Position {
  readonly routine: LoadedRoutine;
  readonly instruction: number;
  readonly depth: number;
}

/** A machine. */
export interface Machine {
  /**
   * Calls a routine. Arguments are self-describing; each is cast to its parameter's type, missing optional ones are null.
   * @throws Trap when the program fails; anything else is a bug.
   */
  call(routine: LoadedRoutine, args: readonly Value[]): Value;
  /**
   * For many calls in a row (bodies of triggers): `work` gets a cheaper `call`, good until it returns and only where no call of it is running.
   * @throws what `work` throws.
   */
  series<T>(work: (call: Machine["call"]) => T): T;
  /** What the last outermost call used so far. */
  usage(): Usage;
  /** The instruction that runs, for what the machine asks of its host. */
  position(): Position;
  /** Changes limits for the next outermost call. */
  setLimits(limits: MachineLimits): void;
}

/** Most runs inside host calls and intrinsics inside each other: each takes JavaScript stack. */
const NESTING_MAX = 100;

/** Makes a machine. */
export function createMachine(options: MachineOptions): Machine {
  let limits = options.limits ?? {};
  const look = (): void => checkLimits(state, options, limits);
  const context: IntrinsicContext = {
    chargeFuel: (units) => {
      state.fuel -= units;
      // The slice's rest is a 32-bit number in the interpreter: settle before it could wrap.
      if (state.fuel < -SLICE_FUEL) look();
    },
    chargeMemory: (bytes) => chargeMemory(state, bytes),
    checkLimits: look,
    nowMicros: () => options.host.nowMicros(),
    random: () => options.host.random(),
    call: (closure, args) => callClosure(state, closure, args),
  };
  const state = new MachineState(options.host, { context, checkLimits: look });
  return {
    call: (routine, args) => {
      if (state.nesting === 0) startCall(state, limits);
      return callRoutine(state, routine, args);
    },
    series: (work) => {
      if (state.nesting === 0) startCall(state, limits);
      return series(state, work);
    },
    usage: () => ({
      fuel: usedFuel(state),
      memoryBytesPeak: Math.max(state.memoryPeak, Math.min(state.memory, state.memoryMax)),
      rows: state.rows,
    }),
    position: () => ({
      routine: state.routine,
      instruction: instructionOf(state.routine, state.pc),
      depth: state.depth,
    }),
    setLimits: (next) => {
      limits = next;
    },
  };
}

// --- stub frames: below each run stands one, whose code halts when the result arrives ---

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

// --- runs ---

function startCall(m: MachineState, limits: MachineLimits): void {
  m.fuelUsed = 0;
  m.fuelMax = limits.fuelMax ?? Number.POSITIVE_INFINITY;
  m.sliceFuel = Math.min(SLICE_FUEL, m.fuelMax) | 0;
  m.fuel = m.sliceFuel;
  m.memory = 0;
  m.memoryPeak = 0;
  m.memoryMax = limits.memoryBytesMax ?? LIMITS.memoryBytesMax.value;
  m.memoryCheck = m.memoryMax;
  m.callDepthMax = limits.callDepthMax ?? LIMITS.callDepthMax.value;
  m.rows = 0;
  m.rowsMax = limits.rowsMax ?? Number.POSITIVE_INFINITY;
  m.rowCount = 0;
}

function enterCast(m: MachineState, routine: LoadedRoutine, args: readonly Value[]): void {
  enterConverted(
    m,
    routine,
    args.map((value, index) => castArgument(m, routine, value, index)),
  );
}

function callRoutine(m: MachineState, routine: LoadedRoutine, args: readonly Value[]): Value {
  return nested(m, () => enterCast(m, routine, args));
}

/** Enters a routine that takes its arguments as they are; false when one of them must be looked at. */
function enterAsIs(m: MachineState, routine: LoadedRoutine, args: readonly Value[]): boolean {
  const count = routine.parameterCount;
  if (args.length !== count) return false;
  for (let i = 0; i < count; i += 1)
    if (routine.kinds[i] !== ANY_KIND || routine.parameterCasts[i] !== undefined) return false;
  pushFrame(m, routine, "converted");
  for (let i = 0; i < count; i += 1) m.values[m.base + i] = args[i] ?? null;
  return true;
}

/** Calls on one stub: each starts from where the stub was made current, also after one that failed. */
function series<T>(m: MachineState, work: (call: Machine["call"]) => T): T {
  return aboveStub(m, (floor) => {
    const { start, pc, base } = m;
    return work((routine, args) => {
      m.start = start;
      m.pc = pc;
      m.base = base;
      m.depth = floor;
      if (!enterAsIs(m, routine, args)) enterCaught(() => enterCast(m, routine, args));
      drive(m, floor);
      return readRegister(m, m.base, ANY_KIND);
    });
  });
}

/** An argument from outside in its parameter's full type. Most are of the right kind already and have nothing more to fit. */
function castArgument(m: MachineState, routine: LoadedRoutine, value: Value, index: number): Value {
  const row = routine.code.parameters[index];
  if (row === undefined) return value;
  const cast = routine.parameterCasts[index];
  if (cast === undefined && valueFits(value, routine.kinds[index] ?? ANY_KIND)) return value;
  return castTo(m, value, row.form);
}

function callClosure(m: MachineState, closure: ClosureValue, args: readonly Value[]): Value {
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

// --- limits ---

function usedFuel(m: MachineState): number {
  return m.fuelUsed + (m.sliceFuel - m.fuel);
}

/** Ends the slice: settles fuel, looks at kill flag and deadline, starts the next slice. @throws Trap LimitExceeded, Cancelled, Timeout. */
function checkLimits(m: MachineState, options: MachineOptions, limits: MachineLimits): void {
  m.fuelUsed = usedFuel(m);
  m.sliceFuel = 0;
  m.fuel = 0;
  if (m.fuelUsed > m.fuelMax)
    throw limitTrap("LimitExceeded", `The call used more than ${m.fuelMax} units of fuel (limit fuelMax).`);
  const { kill } = options;
  if (kill !== undefined && Atomics.load(kill.flags, kill.index) !== 0)
    throw limitTrap("Cancelled", "The call was cancelled.");
  if (
    limits.deadlineMs !== undefined &&
    options.monotonicMs !== undefined &&
    options.monotonicMs() >= limits.deadlineMs
  ) {
    throw limitTrap("Timeout", "The call took longer than it may (limit timeoutMs).");
  }
  m.sliceFuel = Math.min(SLICE_FUEL, m.fuelMax - m.fuelUsed) | 0;
  m.fuel = m.sliceFuel;
}
