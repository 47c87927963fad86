// Reactions to the outcome of a run: starts another schedule, tells another system, cancels runs, skips the next one. Retries are the executor's work.
// Actions run in order, each recorded; one that fails does not stop the next, and none changes how the run ended.
import type { Recorder } from "../runs/recorder.ts";
import type { RunStore } from "../runs/store.ts";
import type { ActionRunner, FireOn, RunClock, RunControl, RunRow, Violation } from "../runs/types.ts";
import type { ActionBinding, ActionDefinition, ScheduleDefinition } from "../scheduler/types.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import type { Deliveries } from "./deliveries.ts";
import { type WebhookOccasion, webhookMessage } from "./payloads.ts";
import { runningOf } from "../runs/writes/attempts.ts";
import { latestRunning } from "./questions.ts";

/** What actions work with. */
export interface ActionWorld {
  readonly store: Pick<RunStore, "read">;
  readonly recorder: Pick<Recorder, "add">;
  readonly clock: RunClock;
  readonly control: RunControl;
  readonly deliveries: Pick<Deliveries, "enqueue">;
  newId(): string;
  scheduleByName(name: string): ScheduleDefinition | undefined;
  readonly origin: Pick<WebhookOccasion, "cluster" | "database">;
  /** Address of a run's page, when there is one. */
  runUrl(runId: string): string | undefined;
}

/** How an action went. `details` is what is recorded. */
interface ActionOutcome {
  readonly success: boolean;
  readonly error?: string;
  readonly details: ConfigValue;
}

/** An occasion to act. */
interface Occasion {
  readonly fireOn: FireOn;
  readonly run: RunRow;
  readonly schedule: ScheduleDefinition;
  readonly violation: Violation | undefined;
  readonly actionRunId: string;
}

type Kind = Exclude<ActionDefinition["kind"], "retry">;
type Handlers = {
  readonly [K in Kind]: (
    world: ActionWorld,
    action: Extract<ActionDefinition, { kind: K }>,
    occasion: Occasion,
  ) => Promise<ActionOutcome>;
};

const HANDLERS: Handlers = {
  kickOffJob: kickOff,
  webhook,
  killAllInstances: killAll,
  killLatestInstance: killLatest,
  skipNextInstance: async (world, _action, { schedule }) => {
    await world.control.skipNext(schedule.id);
    return { success: true, details: { schedule: schedule.name } };
  },
};

/** What a run cancelled by an action has as its error code. */
const KILLED = "killed_by_action";

/** The actions of a database's schedules. */
export function makeActionRunner(world: ActionWorld): ActionRunner {
  return {
    fire: async (fireOn, run, schedule, { violation, fired } = {}) => {
      for (const binding of schedule.actions) {
        const { action } = binding;
        if (action.kind !== "retry" && fires(binding, fireOn, violation) && fired?.has(binding.id) !== true)
          await act(world, binding, action, { fireOn, run, schedule, violation, actionRunId: world.newId() });
      }
    },
  };
}

function fires(binding: ActionBinding, fireOn: FireOn, violation: Violation | undefined): boolean {
  return (
    binding.fireOn === fireOn &&
    (binding.constraintTypeId === undefined || binding.constraintTypeId === violation?.typeId)
  );
}

async function act(
  world: ActionWorld,
  binding: ActionBinding,
  action: Extract<ActionDefinition, { kind: Kind }>,
  occasion: Occasion,
): Promise<void> {
  const { run, fireOn, violation, actionRunId } = occasion;
  const at = world.clock.nowMs();
  const started = world.clock.monotonicMs();
  const outcome = await attempt(world, action, occasion);
  await world.recorder.add("actions", {
    id: actionRunId,
    runId: run.id,
    scheduleActionId: binding.id,
    actionTypeId: binding.actionTypeId,
    fireOn,
    violationId: violation?.id,
    at,
    durationMs: Math.round(world.clock.monotonicMs() - started),
    success: outcome.success,
    error: outcome.error,
    details: outcome.details,
  });
}

/** One action; what goes wrong in it is its outcome, never the run's. */
async function attempt(
  world: ActionWorld,
  action: Extract<ActionDefinition, { kind: Kind }>,
  occasion: Occasion,
): Promise<ActionOutcome> {
  const handler = HANDLERS[action.kind] as (
    world: ActionWorld,
    action: ActionDefinition,
    occasion: Occasion,
  ) => Promise<ActionOutcome>;
  try {
    return await handler(world, action, occasion);
  } catch (error) {
    return { success: false, error: error instanceof Error ? error.message : String(error), details: {} };
  }
}

async function kickOff(
  world: ActionWorld,
  action: Extract<ActionDefinition, { kind: "kickOffJob" }>,
  { run }: Occasion,
): Promise<ActionOutcome> {
  const target = world.scheduleByName(action.schedule);
  if (target === undefined)
    return {
      success: false,
      error: `There is no schedule named ${action.schedule}.`,
      details: { schedule: action.schedule },
    };
  const runIds: string[] = [];
  for (const each of target.targets) {
    const runId = await world.control.request({
      kind: "chained",
      target: each,
      scheduleId: target.id,
      args: action.args ?? target.args,
      scheduledAt: world.clock.nowMs(),
      priority: target.priority,
      parentRunId: run.id,
    });
    if (runId === undefined)
      return {
        success: false,
        error: `${target.name} was not started: the process is stopping.`,
        details: { schedule: target.name, runs: runIds },
      };
    runIds.push(runId);
  }
  return runIds.length === 0
    ? { success: false, error: `${target.name} has nothing to run.`, details: { schedule: target.name } }
    : { success: true, details: { schedule: target.name, runs: runIds } };
}

async function webhook(
  world: ActionWorld,
  action: Extract<ActionDefinition, { kind: "webhook" }>,
  { fireOn, run, schedule, violation, actionRunId }: Occasion,
): Promise<ActionOutcome> {
  const message = webhookMessage(action.type, action.config, {
    ...world.origin,
    fireOn,
    run,
    schedule,
    violation,
    runUrl: world.runUrl(run.id),
  });
  const id = world.newId();
  await world.deliveries.enqueue({
    id,
    runId: run.id,
    actionRunId,
    webhookType: action.type,
    fireOn,
    url: action.url,
    headers: message.headers,
    payload: message.payload,
    at: world.clock.nowMs(),
  });
  return { success: true, details: { delivery: id } };
}

async function killAll(
  world: ActionWorld,
  _action: Extract<ActionDefinition, { kind: "killAllInstances" }>,
  { run, schedule }: Occasion,
): Promise<ActionOutcome> {
  const others = await world.store.read((connection) => runningOf(connection, schedule.id, run.id));
  let killed = 0;
  for (const id of others) if (await world.control.cancel(id, KILLED)) killed += 1;
  return { success: true, details: { killed } };
}

async function killLatest(
  world: ActionWorld,
  _action: Extract<ActionDefinition, { kind: "killLatestInstance" }>,
  { schedule }: Occasion,
): Promise<ActionOutcome> {
  const latest = await world.store.read((connection) => latestRunning(connection, schedule.id));
  const killed = latest !== undefined && (await world.control.cancel(latest, KILLED));
  return { success: true, details: { killed: killed ? 1 : 0 } };
}
