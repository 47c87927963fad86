// Constraints before and after a run, in a fixed order: previous success, runs side by side, runs per hour, then the hook, which may have effects elsewhere.
// What is not met becomes a violation with the value found and the value wanted; hooks leave through the guarded port.
import type { RunStore } from "../runs/store.ts";
import type { ConstraintChecker, ConstraintDecision, RunClock, RunRow, Violation } from "../runs/types.ts";
import type { HookDefinition, ScheduleDefinition } from "../scheduler/types.ts";
import type { OutgoingPort } from "./outgoing.ts";
import { hookPayload, webhookMessage, type WebhookOccasion } from "./payloads.ts";
import { activeRuns, endedOf, latestFinished, startedSince } from "./questions.ts";

/** Numbers of the constraint types that are checked here (system.constraint_types). */
export const CONSTRAINT = {
  maxConcurrentRuns: 1,
  preRunHook: 3,
  postRunHook: 4,
  requirePreviousSuccess: 8,
  maxRunsPerHour: 9,
} as const;

/** What the checker works with. */
export interface CheckerWorld {
  readonly store: Pick<RunStore, "read">;
  readonly clock: RunClock;
  readonly outgoing: OutgoingPort;
  newId(): string;
  /** The schedule of a name, in any case. */
  scheduleByName(name: string): ScheduleDefinition | undefined;
  /** Facts for the messages of hooks. */
  readonly origin: Pick<WebhookOccasion, "cluster" | "database">;
  log(level: "warn" | "error", message: string): void;
}

/** What one check says; undefined: met. */
type Unmet = Exclude<ConstraintDecision, { readonly kind: "proceed" }>;

interface Check {
  readonly typeId: number;
  readonly applies: (schedule: ScheduleDefinition) => boolean;
  readonly run: (state: State, run: RunRow, schedule: ScheduleDefinition) => Promise<Unmet | undefined>;
}

interface State {
  readonly world: CheckerWorld;
  /** Runs that were let through and may not be at work yet, by schedule: without them two runs that ask at once would both see room. */
  readonly admitted: Map<string, Set<string>>;
}

/** Milliseconds that a hook may take. */
const HOOK_TIMEOUT_MS = 10_000;
const HOUR_MS = 3_600_000;

/** In this order; cheap ones first, the one with effects elsewhere last. */
const CHECKS: readonly Check[] = [
  {
    typeId: CONSTRAINT.requirePreviousSuccess,
    applies: ({ constraints }) => constraints.requirePreviousSuccess !== undefined,
    run: previousSuccess,
  },
  {
    typeId: CONSTRAINT.maxConcurrentRuns,
    applies: ({ constraints }) => constraints.maxConcurrentRuns !== undefined && constraints.overlap !== "allow",
    run: sideBySide,
  },
  {
    typeId: CONSTRAINT.maxRunsPerHour,
    applies: ({ constraints }) => constraints.maxRunsPerHour !== undefined,
    run: perHour,
  },
  {
    typeId: CONSTRAINT.preRunHook,
    applies: ({ constraints }) => constraints.preRunHook !== undefined,
    run: preRunHook,
  },
];

/** The checker of a database's schedules. */
export function makeConstraintChecker(world: CheckerWorld): ConstraintChecker {
  const state: State = { world, admitted: new Map() };
  return {
    before: (run, schedule, attempt) => before(state, run, schedule, attempt),
    after: (run, schedule) => after(state, run, schedule),
  };
}

async function before(
  state: State,
  run: RunRow,
  schedule: ScheduleDefinition,
  attempt: number,
): Promise<ConstraintDecision> {
  const { recheckOnRetry, failMode } = schedule.constraints;
  const checks = CHECKS.filter(
    (check) => check.applies(schedule) && (attempt <= 1 || recheckOnRetry.includes(check.typeId)),
  );
  let replaced: Extract<Unmet, { kind: "replace" }> | undefined;
  for (const check of checks) {
    let unmet: Unmet | undefined;
    try {
      unmet = await check.run(state, run, schedule);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      state.world.log("error", `A constraint of ${schedule.name} could not be checked: ${message}`);
      if (failMode === "open") continue;
      leave(state, run, schedule);
      return { kind: "fail", code: "constraint_error", violations: [] };
    }
    if (unmet?.kind === "replace") replaced = unmet;
    else if (unmet !== undefined) {
      leave(state, run, schedule);
      return unmet;
    }
  }
  return replaced ?? { kind: "proceed", checked: checks.length };
}

function leave(state: State, run: RunRow, schedule: ScheduleDefinition): void {
  state.admitted.get(schedule.id)?.delete(run.id);
}

function violation(
  state: State,
  typeId: number,
  message: string,
  details: Pick<Violation, "currentValue" | "threshold" | "webhookResponse">,
): Violation {
  return { id: state.world.newId(), typeId, message, ...details };
}

async function previousSuccess(state: State, run: RunRow, schedule: ScheduleDefinition): Promise<Unmet | undefined> {
  const wanted = schedule.constraints.requirePreviousSuccess;
  if (wanted === undefined) return undefined;
  const other =
    wanted.schedule.toLowerCase() === schedule.name.toLowerCase()
      ? schedule
      : state.world.scheduleByName(wanted.schedule);
  const latest =
    other === undefined
      ? undefined
      : await state.world.store.read((connection) => latestFinished(connection, other.id, wanted.args, run.id));
  if (latest?.status === "completed" || (latest === undefined && wanted.allowFirst && other !== undefined))
    return undefined;
  const found = other === undefined ? "no such schedule" : (latest?.status ?? "never run");
  return {
    kind: "fail",
    code: "require_previous_success",
    violations: [
      violation(
        state,
        CONSTRAINT.requirePreviousSuccess,
        `The last run of ${wanted.schedule} did not succeed (${found}).`,
        {
          currentValue: found,
          threshold: "completed",
        },
      ),
    ],
  };
}

async function sideBySide(state: State, run: RunRow, schedule: ScheduleDefinition): Promise<Unmet | undefined> {
  const { maxConcurrentRuns: most, overlap } = schedule.constraints;
  if (most === undefined) return undefined;
  const admitted = state.admitted.get(schedule.id) ?? new Set<string>();
  state.admitted.set(schedule.id, admitted);
  // From here to the decision nothing waits: two runs that ask at once are answered one after the other.
  const [active, ended] = await state.world.store.read((connection) => [
    activeRuns(connection, schedule.id, run.id),
    endedOf(connection, [...admitted]),
  ]);
  for (const id of ended) admitted.delete(id);
  const others = [...new Set([...active, ...admitted])].filter((id) => id !== run.id);
  if (others.length < most) {
    admitted.add(run.id);
    return undefined;
  }
  if (overlap === "queue") return { kind: "wait", violations: [] };
  const found = violation(
    state,
    CONSTRAINT.maxConcurrentRuns,
    `${others.length} run${others.length === 1 ? " is" : "s are"} at work; ${schedule.name} allows ${most}.`,
    { currentValue: others.length, threshold: most },
  );
  if (overlap === "replace") {
    const cancel = others.slice(0, others.length - most + 1);
    for (const id of cancel) admitted.delete(id);
    admitted.add(run.id);
    return { kind: "replace", cancel, violations: [found] };
  }
  return { kind: "skip", reason: "max_concurrent_runs", violations: [found] };
}

async function perHour(state: State, run: RunRow, schedule: ScheduleDefinition): Promise<Unmet | undefined> {
  const most = schedule.constraints.maxRunsPerHour;
  if (most === undefined) return undefined;
  const since = state.world.clock.nowMs() - HOUR_MS;
  const started = await state.world.store.read((connection) => startedSince(connection, schedule.id, since, run.id));
  if (started < most) return undefined;
  const message = `${started} runs started within the last hour; ${schedule.name} allows ${most}.`;
  return {
    kind: "skip",
    reason: "max_runs_per_hour",
    violations: [violation(state, CONSTRAINT.maxRunsPerHour, message, { currentValue: started, threshold: most })],
  };
}

async function preRunHook(state: State, run: RunRow, schedule: ScheduleDefinition): Promise<Unmet | undefined> {
  const hook = schedule.constraints.preRunHook;
  const found = hook === undefined ? undefined : await callHook(state, hook, CONSTRAINT.preRunHook, run, schedule);
  return found === undefined ? undefined : { kind: "fail", code: "pre_run_hook", violations: [found] };
}

async function after(state: State, run: RunRow, schedule: ScheduleDefinition): Promise<Violation | undefined> {
  const hook = schedule.constraints.postRunHook;
  return hook === undefined ? undefined : await callHook(state, hook, CONSTRAINT.postRunHook, run, schedule);
}

/** Asks another system; only the expected codes are a yes. The body of the answer is kept as text, never looked into. */
async function callHook(
  state: State,
  hook: HookDefinition,
  typeId: number,
  run: RunRow,
  schedule: ScheduleDefinition,
): Promise<Violation | undefined> {
  const occasion: WebhookOccasion = {
    ...state.world.origin,
    fireOn: "hook",
    run,
    schedule,
    violation: undefined,
    runUrl: undefined,
  };
  const message = webhookMessage(hook.type, hook.config, occasion);
  const plain = hook.type === "custom" && hook.config["template"] === undefined;
  const answer = await state.world.outgoing.post({
    url: hook.url,
    headers: message.headers,
    body: JSON.stringify(plain ? hookPayload(occasion) : message.payload),
    timeoutMs: HOOK_TIMEOUT_MS,
  });
  if (answer.kind === "answered" && hook.expect.includes(answer.status)) return undefined;
  const which = typeId === CONSTRAINT.preRunHook ? "pre_run_hook" : "post_run_hook";
  return violation(
    state,
    typeId,
    answer.kind === "answered"
      ? `The ${which} of ${schedule.name} answered ${answer.status}.`
      : `The ${which} of ${schedule.name} gave no answer: ${answer.reason}.`,
    {
      currentValue: answer.kind === "answered" ? answer.status : answer.reason,
      threshold: hook.expect,
      ...(answer.kind === "answered" ? { webhookResponse: { status: answer.status, body: answer.body } } : {}),
    },
  );
}
