// Constraints before and after a run, in a fixed order: previous success, runs side by side, runs per hour, registered kinds, then the hook, which may have effects elsewhere.
// What is not met becomes a violation with the value found and the value wanted; hooks leave through the guarded port.
import { trap } from "../../bytecode/trap.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { RunStore } from "../runs/store.ts";
import { runningOf } from "../runs/writes/attempts.ts";
import type { Connection } from "../../storage/engine.ts";
import type { ConstraintChecker, ConstraintDecision, RunClock, RunRow, Violation } from "../runs/types.ts";
import type { ConstraintDefinition, HookDefinition, ScheduleDefinition } from "../scheduler/types.ts";
import type { OutgoingPort } from "./outgoing.ts";
import { hookPayload, webhookMessage, type WebhookOccasion } from "./payloads.ts";
import { endedOf, latestFinished, startedSince } from "./questions.ts";

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
  /** Checks of registered kinds, by their numbers. */
  readonly handlers: ReadonlyMap<number, ConstraintHandler>;
  log(level: "warn" | "error", message: string): void;
}

/** Checks a constraint of a registered kind. Undefined: met. What it throws counts as a check that could not be made. */
export type ConstraintHandler = (
  config: ConfigValue,
  run: RunRow,
  schedule: ScheduleDefinition,
) => Promise<Pick<Violation, "message" | "currentValue" | "threshold"> | undefined>;

/** What one check says; undefined: met. */
type Unmet = Exclude<ConstraintDecision, { readonly kind: "proceed" }>;

interface Check {
  readonly applies: (schedule: ScheduleDefinition, attempt: number) => boolean;
  readonly run: (
    state: State,
    run: RunRow,
    schedule: ScheduleDefinition,
    attempt: number,
  ) => Promise<Unmet | undefined>;
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
    applies: ({ constraints }, attempt) =>
      constraints.requirePreviousSuccess !== undefined &&
      asked(constraints, CONSTRAINT.requirePreviousSuccess, attempt),
    run: previousSuccess,
  },
  {
    applies: ({ constraints }, attempt) =>
      constraints.maxConcurrentRuns !== undefined &&
      constraints.overlap !== "allow" &&
      asked(constraints, CONSTRAINT.maxConcurrentRuns, attempt),
    run: sideBySide,
  },
  {
    applies: ({ constraints }, attempt) =>
      constraints.maxRunsPerHour !== undefined && asked(constraints, CONSTRAINT.maxRunsPerHour, attempt),
    run: perHour,
  },
  {
    applies: ({ constraints }, attempt) => constraints.registered.some((each) => attempt <= 1 || each.recheckOnRetry),
    run: registered,
  },
  {
    applies: ({ constraints }, attempt) =>
      constraints.preRunHook !== undefined && asked(constraints, CONSTRAINT.preRunHook, attempt),
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
  const { failMode } = schedule.constraints;
  const checks = CHECKS.filter((check) => check.applies(schedule, attempt));
  let replaced: Extract<Unmet, { kind: "replace" }> | undefined;
  for (const check of checks) {
    let unmet: Unmet | undefined;
    try {
      unmet = await check.run(state, run, schedule, attempt);
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

/** On a retry only what is to be asked again. */
function asked(constraints: ConstraintDefinition, typeId: number, attempt: number): boolean {
  return attempt <= 1 || constraints.recheckOnRetry.includes(typeId);
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

/** Ids that the database gives, and which of the runs that were let through have ended meanwhile. */
async function ask(
  state: State,
  schedule: ScheduleDefinition,
  stored: (connection: Connection) => readonly string[],
): Promise<readonly [found: readonly string[], ended: ReadonlySet<string>]> {
  return await state.world.store.read((connection) => [
    stored(connection),
    endedOf(connection, [...(state.admitted.get(schedule.id) ?? [])]),
  ]);
}

/**
 * Lets a run through when fewer than `most` others count: those found, and those that were let through and may not be in the database yet.
 * Gives the others. Nothing waits in here: of runs that ask at once each sees the ones before it.
 */
function admit(
  state: State,
  run: RunRow,
  schedule: ScheduleDefinition,
  [found, ended]: readonly [readonly string[], ReadonlySet<string>],
  most: number,
): readonly string[] {
  const admitted = state.admitted.get(schedule.id) ?? new Set<string>();
  state.admitted.set(schedule.id, admitted);
  for (const id of ended) admitted.delete(id);
  const others = [...new Set([...found, ...admitted])].filter((id) => id !== run.id);
  if (others.length < most) admitted.add(run.id);
  return others;
}

async function sideBySide(state: State, run: RunRow, schedule: ScheduleDefinition): Promise<Unmet | undefined> {
  const { maxConcurrentRuns: most, overlap } = schedule.constraints;
  if (most === undefined) return undefined;
  const answer = await ask(state, schedule, (connection) => runningOf(connection, schedule.id, run.id));
  const others = admit(state, run, schedule, answer, most);
  if (others.length < most) return undefined;
  if (overlap === "queue") return { kind: "wait", violations: [] };
  const found = violation(
    state,
    CONSTRAINT.maxConcurrentRuns,
    `${others.length} run${others.length === 1 ? " is" : "s are"} at work; ${schedule.name} allows ${most}.`,
    { currentValue: others.length, threshold: most },
  );
  if (overlap === "replace") {
    const cancel = others.slice(0, others.length - most + 1);
    const admitted = state.admitted.get(schedule.id);
    for (const id of cancel) admitted?.delete(id);
    admitted?.add(run.id);
    return { kind: "replace", cancel, violations: [found] };
  }
  return { kind: "skip", reason: "max_concurrent_runs", violations: [found] };
}

async function perHour(state: State, run: RunRow, schedule: ScheduleDefinition): Promise<Unmet | undefined> {
  const most = schedule.constraints.maxRunsPerHour;
  if (most === undefined) return undefined;
  const since = state.world.clock.nowMs() - HOUR_MS;
  const answer = await ask(state, schedule, (connection) => startedSince(connection, schedule.id, since, run.id));
  const started = admit(state, run, schedule, answer, most).length;
  if (started < most) return undefined;
  const message = `${started} runs started within the last hour; ${schedule.name} allows ${most}.`;
  return {
    kind: "skip",
    reason: "max_runs_per_hour",
    violations: [violation(state, CONSTRAINT.maxRunsPerHour, message, { currentValue: started, threshold: most })],
  };
}

/** Registered kinds, in the order of their numbers; all of them are asked. @throws Trap for a kind that nobody checks here. */
async function registered(
  state: State,
  run: RunRow,
  schedule: ScheduleDefinition,
  attempt: number,
): Promise<Unmet | undefined> {
  const violations: Violation[] = [];
  for (const { typeId, name, config, recheckOnRetry } of schedule.constraints.registered) {
    if (attempt > 1 && !recheckOnRetry) continue;
    const handler = state.world.handlers.get(typeId);
    if (handler === undefined) throw trap("ServiceUnavailable", `nobody checks the constraint ${name} in this process`);
    const unmet = await handler(config, run, schedule);
    if (unmet !== undefined) violations.push(violation(state, typeId, unmet.message, unmet));
  }
  return violations.length === 0 ? undefined : { kind: "fail", code: "constraint", violations };
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
    fireOn: typeId === CONSTRAINT.preRunHook ? "pre_run_hook" : "post_run_hook",
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
