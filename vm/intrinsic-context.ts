// What an intrinsic gets besides its arguments: accounting, the recorded world, and calls back into the program.
// Implementations are `(context, args) => Value`; arguments are self-describing (floats boxed), typed as the table says, null only where it says `?`.
// `args` is a view that is reused by the next call: do not keep it. Containers in it may be referenced elsewhere: never change them in place; results that hold
// an argument's container (or one found inside an argument) must mark it `shared` first.
import type { ClosureValue, Value } from "../base/value/value.ts";

/** The port of intrinsics. */
export interface IntrinsicContext {
  /** Charges work that grows with data: one unit per item, row or 16 characters. Cheap; the limit itself is looked at when the intrinsic returns, or in `checkLimits`. */
  chargeFuel(units: number): void;
  /** Charges memory for what is about to be made, in bytes, before making it. @throws Trap LimitExceeded (uncatchable). */
  chargeMemory(bytes: number): void;
  /** Long loops call this now and then. @throws Trap LimitExceeded, Timeout, Cancelled (uncatchable). */
  checkLimits(): void;
  /** Microseconds since 1970; fixed for the outermost call. */
  nowMicros(): number;
  /** Uniform in [0, 1), recorded. */
  random(): number;
  /** Calls a closure of the program with self-describing arguments. @throws Trap of the program. */
  call(closure: ClosureValue, args: readonly Value[]): Value;
}

/** Implementation of an intrinsic. Errors of the program are Traps (bytecode/trap.ts). */
export type IntrinsicFunction = (context: IntrinsicContext, args: readonly Value[]) => Value;
