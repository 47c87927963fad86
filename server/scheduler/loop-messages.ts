// What the loop does with its messages: answers of the executor, news of runs, questions.
import type { LoopState } from "./loop.ts";
import type { ActiveRun, SchedulerMessage } from "./messages.ts";

/** An occurrence that was asked for, as the loop changes it. */
export type ActiveEntry = { -readonly [K in keyof ActiveRun]: ActiveRun[K] };

/** Takes all messages that are there. */
export function takeMessages(state: LoopState): void {
  for (const { message, waitedMs } of state.inbox.take()) {
    state.ports.counter.received(waitedMs);
    take(state, message);
  }
}

/** States in which a run has not begun. */
const WAITING: ReadonlySet<ActiveRun["state"]> = new Set<ActiveRun["state"]>(["asked", "pending"]);

function take(state: LoopState, message: SchedulerMessage): void {
  const { ports, active, byRunId } = state;
  switch (message.kind) {
    case "request_taken":
      return taken(state, message.key, message.runId);
    case "request_failed":
      return failed(state, message.key, message.reason);
    case "run_state_change": {
      const entry = byRunId.get(message.run.id);
      if (entry === undefined) return;
      entry.state = message.run.status;
      entry.startedAt = message.run.startedAt;
      return;
    }
    case "run_complete":
    case "run_failed": {
      const entry = byRunId.get(message.runId);
      if (entry !== undefined) entry.state = message.status;
      return;
    }
    case "run_heartbeat": {
      const entry = byRunId.get(message.runId);
      if (entry !== undefined) entry.heartbeatAt = message.at;
      return;
    }
    case "cancel_run": {
      const found = byRunId.has(message.runId);
      if (found) {
        ports.counter.cancelled();
        ports.cancel(message.runId);
      } else {
        ports.warn(`Run ${message.runId} cannot be cancelled: the scheduler has no run of that id.`);
      }
      return message.reply(found);
    }
    case "update_run_config":
      return message.reply(update(state, message.scheduleId));
    case "get_run_state": {
      const entry = byRunId.get(message.runId);
      return message.reply({ found: entry !== undefined, run: entry === undefined ? undefined : { ...entry } });
    }
    case "get_all_active_runs":
      return message.reply([...active.values()].map((entry) => ({ ...entry })));
    case "get_stats":
      return message.reply({ ...ports.counter.totals(), active: active.size, inbox: state.inbox.counts() });
    case "shutdown":
      state.stopped = true;
      return state.inbox.close();
  }
}

function taken(state: LoopState, key: string, runId: string | undefined): void {
  const entry = state.active.get(key);
  if (entry === undefined) return;
  entry.runId = runId;
  entry.state = runId === undefined ? "known" : "pending";
  if (runId !== undefined) state.byRunId.set(runId, entry);
}

/** A request that was refused is asked for again at the next step, as long as it is not too late. */
function failed(state: LoopState, key: string, reason: string): void {
  const entry = state.active.get(key);
  if (entry === undefined) return;
  const { clock, settings, counter } = state.ports;
  state.active.delete(key);
  state.ports.warn(`An occurrence could not be stored (${key}): ${reason}`);
  const tooLateMs = clock.nowMs() - (entry.scheduledAt + settings.graceMs);
  if (tooLateMs > 0) counter.missed(tooLateMs);
}

/** Tells the executor that a schedule was changed; true when a run of it waits. */
function update(state: LoopState, scheduleId: string): boolean {
  const schedule = state.schedules.find((each) => each.id === scheduleId);
  const times = schedule === undefined ? undefined : state.cache.of(schedule, state.ports.clock.nowMs());
  state.ports.scheduleChanged(scheduleId, (scheduledAt) => {
    const found: number[] = [];
    times?.between(scheduledAt, scheduledAt + 1, found, 1);
    return found.length > 0;
  });
  return [...state.active.values()].some((entry) => entry.scheduleId === scheduleId && WAITING.has(entry.state));
}
