// The machine: calls loaded routines under limits, against a host. The door of vm/.
// One machine serves one session or lane; it may be re-entered from inside a host call (a function of ours inside SQL), sharing fuel, memory and depth.
import { LIMITS } from "../base/limits.ts";
import type { Value } from "../base/value/value.ts";
import { limitTrap } from "../bytecode/trap.ts";
import type { Host } from "./host.ts";
import type { IntrinsicContext } from "./intrinsic-context.ts";
import { callClosure, callRoutine, callSeries } from "./interpreter/calling.ts";
import { chargeMemory } from "./interpreter/memory.ts";
import { instructionOf } from "./interpreter/registers.ts";
import { MachineState, SLICE_FUEL } from "./interpreter/state.ts";
import { runningRoutines } from "./interpreter/unwind.ts";
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
  /** The routines that run now, innermost first: for what the machine asks of its host. */
  callers(): Iterable<LoadedRoutine>;
  /** Changes limits for the next outermost call. */
  setLimits(limits: MachineLimits): void;
}

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
      return callSeries(state, work);
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
    callers: () => runningRoutines(state),
    setLimits: (next) => {
      limits = next;
    },
  };
}

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
