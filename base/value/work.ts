// What a size-proportional operation on values needs: somebody to charge for the work, and a way to say that a limit was passed.
// The VM hands in a meter that counts fuel and may throw its own trap; without one the work is free.
import { LIMITS, type LimitName } from "../limits.ts";

/** Charged while values are walked or made. Both methods may throw to end the work. */
export interface Work {
  spend(units: number): void;
  /** Charged before something of about so many bytes is made. */
  allocate?(bytes: number): void;
}

/** A value passed a limit of the limits table. The VM turns it into LimitExceeded, the outside into its own error. */
export class LimitPassed extends Error {
  override readonly name = "LimitPassed";
  readonly limit: LimitName;
  constructor(limit: LimitName) {
    super(`more than ${String(LIMITS[limit].value)} ${LIMITS[limit].unit} (${limit})`);
    this.limit = limit;
  }
}

/**
 * The level below `depth`.
 * @throws LimitPassed valueDepthMax.
 */
export function deeper(depth: number): number {
  if (depth >= LIMITS.valueDepthMax.value) throw new LimitPassed("valueDepthMax");
  return depth + 1;
}
