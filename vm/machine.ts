// The machine: calls loaded routines under limits, against a host. The door of vm/.
// One machine serves one session or lane; it may be re-entered from inside a host call (a function of ours inside SQL), sharing fuel, memory and depth.
import type { Value } from "../base/value/value.ts";
import type { Host } from "./host.ts";
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
  /** Kill flag in shared memory: another thread stores 1 at `killIndex` and the running call ends with Cancelled. */
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

/** A machine. */
export interface Machine {
  /**
   * Calls a routine. Arguments are self-describing; each is cast to its parameter's type, missing optional ones are null.
   * @throws Trap when the program fails; anything else is a bug.
   */
  call(routine: LoadedRoutine, args: readonly Value[]): Value;
  /** What the last outermost call used so far. */
  usage(): Usage;
  /** Changes limits for the next outermost call. */
  setLimits(limits: MachineLimits): void;
}
