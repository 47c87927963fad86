// When a failed attempt is tried again, and after how long.
import type { ActionBinding, RetryPolicy, ScheduleDefinition } from "../scheduler/types.ts";

/** Why an attempt failed, as far as trying again is concerned. */
export interface AttemptFailure {
  /** Name of the error; `timeout` for a run that was stopped, `orphaned` for one whose process was lost. */
  readonly code: string;
  readonly retryable: boolean;
}

/** Code of a run that ran longer than it may. */
export const TIMEOUT_CODE = "timeout";

/** Tries after the first when a procedure's `retries` says so. */
const ROUTINE_DELAY_MS = 1000;
const ROUTINE_FACTOR = 2;

/** The policy that counts for a failure: a timeout has its own, or that of failures. Undefined: no retry. */
export function retryPolicy(
  schedule: ScheduleDefinition | undefined,
  routineRetries: number | undefined,
  failure: AttemptFailure,
): RetryPolicy | undefined {
  const bindings = schedule?.actions ?? [];
  const own = failure.code === TIMEOUT_CODE ? retryOf(bindings, "on_timeout") : undefined;
  const policy = own ?? retryOf(bindings, "on_failure") ?? routinePolicy(routineRetries);
  if (policy === undefined || !failure.retryable) return undefined;
  return policy.retryOn.length === 0 || policy.retryOn.includes(failure.code) ? policy : undefined;
}

/** The binding of a retry action, for its record. */
export function retryBinding(schedule: ScheduleDefinition | undefined, policy: RetryPolicy): ActionBinding | undefined {
  return schedule?.actions.find((binding) => binding.action.kind === "retry" && binding.action.policy === policy);
}

function retryOf(bindings: readonly ActionBinding[], fireOn: ActionBinding["fireOn"]): RetryPolicy | undefined {
  for (const { action, fireOn: when } of bindings) if (when === fireOn && action.kind === "retry") return action.policy;
  return undefined;
}

function routinePolicy(retries: number | undefined): RetryPolicy | undefined {
  return retries === undefined || retries <= 0
    ? undefined
    : { max: retries, delayMs: ROUTINE_DELAY_MS, factor: ROUTINE_FACTOR, maxDelayMs: undefined, retryOn: [] };
}

/** Attempts that a run may have at most, for the row of the run. */
export function attemptsMax(schedule: ScheduleDefinition | undefined, routineRetries: number | undefined): number {
  const policies = [retryOf(schedule?.actions ?? [], "on_failure"), retryOf(schedule?.actions ?? [], "on_timeout")];
  const most = Math.max(0, ...policies.map((policy) => policy?.max ?? 0));
  return 1 + (most > 0 ? most : (routineRetries ?? 0));
}

/** Milliseconds until the attempt after this one (from 1). */
export function retryDelay(policy: RetryPolicy, attempt: number): number {
  return Math.min(policy.delayMs * policy.factor ** (attempt - 1), policy.maxDelayMs ?? Number.POSITIVE_INFINITY);
}
