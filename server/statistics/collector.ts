// Gathers measurements of scheduler, executor, recorder and webhooks and writes them: every period, or when many have come.
// Its own failures are counted and told, never passed on: a run does not depend on a number.
import type { DeliveryCounts } from "../actions/deliveries.ts";
import type { RecorderCounts } from "../runs/recorder.ts";
import type { RunStore } from "../runs/store.ts";
import type { RunClock } from "../runs/types.ts";
import type { RunSummary } from "../runs/world.ts";
import type { PeriodRow, RunNumbers } from "../runs/writes/statistics.ts";
import { type PeriodColumn, PeriodNumbers, PERIOD_MS, periodOf, type PeriodTable } from "./periods.ts";

/** Who reports. */
type Source = "scheduler" | "orchestrator" | "syncer" | "webhook";

/** One message of a component. */
export interface StatisticsMessage<T extends PeriodTable> {
  readonly table: T;
  readonly add?: Readonly<Partial<Record<PeriodColumn<T>, number>>>;
  readonly set?: Readonly<Partial<Record<PeriodColumn<T>, number>>>;
  /** By the name that follows `avg_`, `min_`, `max_`. */
  readonly samples?: Readonly<Record<string, readonly number[]>>;
}

/** What the collector works with. */
export interface CollectorWorld {
  readonly store: Pick<RunStore, "write">;
  readonly clock: RunClock;
  /** Asked before each hand-over. */
  recorderCounts(): RecorderCounts;
  takeDeliveryCounts(): DeliveryCounts;
  log(level: "warn", message: string): void;
}

/** The collector of one process. */
export interface Collector {
  /** Takes a message at once. */
  report<T extends PeriodTable>(message: StatisticsMessage<T>): void;
  /** Takes the numbers of a run that ended. */
  runEnded(summary: RunSummary): void;
  /** Writes what there is. */
  flush(): Promise<void>;
  /** Writes what there is and takes nothing more. */
  close(): Promise<void>;
}

/** Numbers of runs that wait for a database that refuses them; more are lost. */
const RUNS_KEPT_MAX = 10_000;
/** Messages after which the numbers are written before the period ends. */
const MESSAGES_MAX = 100;

const SOURCES: Readonly<Record<PeriodTable, Source | undefined>> = {
  scheduler_stats: "scheduler",
  syncer_stats: "syncer",
  webhook_handler_stats: "webhook",
  stats_collector_stats: undefined,
};

interface State {
  readonly world: CollectorWorld;
  /** Numbers by period id and table. */
  readonly periods: Map<
    string,
    { readonly startMs: number; readonly endMs: number; readonly tables: Map<PeriodTable, PeriodNumbers> }
  >;
  readonly runs: RunNumbers[];
  messages: number;
  lastRecorder: RecorderCounts;
  cancelTimer: () => void;
  writing: Promise<void> | undefined;
  closed: boolean;
}

/** Starts collecting. */
export function makeCollector(world: CollectorWorld): Collector {
  const state: State = {
    world,
    periods: new Map(),
    runs: [],
    messages: 0,
    lastRecorder: { written: 0, failed: 0, dead: 0, waiting: 0 },
    cancelTimer: () => undefined,
    writing: undefined,
    closed: false,
  };
  schedule(state);
  return {
    report: (message) => {
      if (state.closed) return;
      take(state, message);
      noteMessage(state, SOURCES[message.table]);
    },
    runEnded: (summary) => {
      if (state.closed) return;
      state.runs.push(numbersOf(summary, state.world.clock.nowMs()));
      noteMessage(state, "orchestrator");
    },
    flush: () => flush(state),
    close: async () => {
      state.closed = true;
      state.cancelTimer();
      await flush(state);
    },
  };
}

/** Hands over at the end of the running period, then of the next. */
function schedule(state: State): void {
  if (state.closed) return;
  const { clock } = state.world;
  const wait = PERIOD_MS - (clock.nowMs() % PERIOD_MS);
  state.cancelTimer = clock.timer(wait, () => {
    void flush(state);
    schedule(state);
  });
}

function tableNow(state: State, table: PeriodTable): PeriodNumbers {
  const { id, startMs, endMs } = periodOf(state.world.clock.nowMs());
  let period = state.periods.get(id);
  if (period === undefined) {
    period = { startMs, endMs, tables: new Map() };
    state.periods.set(id, period);
  }
  let numbers = period.tables.get(table);
  if (numbers === undefined) {
    numbers = new PeriodNumbers();
    period.tables.set(table, numbers);
  }
  return numbers;
}

function take<T extends PeriodTable>(state: State, message: StatisticsMessage<T>): void {
  const numbers = tableNow(state, message.table);
  for (const [column, amount] of Object.entries(message.add ?? {})) numbers.add(column, amount as number);
  for (const [column, value] of Object.entries(message.set ?? {})) numbers.set(column, value as number);
  for (const [name, values] of Object.entries(message.samples ?? {}))
    for (const value of values) numbers.sample(name, value);
}

function noteMessage(state: State, source: Source | undefined): void {
  const own = tableNow(state, "stats_collector_stats");
  own.add("messages_received", 1);
  if (source !== undefined) own.add(`${source}_messages`, 1);
  state.messages += 1;
  own.sample("inbox_length", state.messages);
  if (state.messages >= MESSAGES_MAX) void flush(state);
}

function numbersOf(summary: RunSummary, nowMs: number): RunNumbers {
  const { run } = summary;
  return {
    runId: run.id,
    periodId: periodOf(run.completedAt ?? nowMs).id,
    columns: {
      runtime: Math.round(summary.executionMs),
      constraints_checked: summary.constraintsChecked,
      constraints_violated: summary.constraintsViolated,
      attempts: summary.attempts,
      prerun_ms: Math.round(summary.prerunMs),
      constraint_ms: Math.round(summary.constraintMs),
      execution_ms: Math.round(summary.executionMs),
      termination_ms: Math.round(summary.terminationMs),
      total_ms: Math.round(summary.totalMs),
      heartbeats: summary.heartbeats,
      final_state: run.status,
    },
  };
}

function takeOwn(state: State): void {
  const counts = state.world.recorderCounts();
  const { lastRecorder: last } = state;
  state.lastRecorder = counts;
  const succeeded = counts.written - last.written;
  const failed = counts.failed - last.failed;
  if (succeeded + failed > 0 || counts.waiting > 0)
    take(state, {
      table: "syncer_stats",
      add: { total_writes: succeeded + failed, writes_succeeded: succeeded, writes_failed: failed },
      samples: { queued_writes: [counts.waiting], inbox_length: [counts.waiting] },
    });
  const deliveries = state.world.takeDeliveryCounts();
  if (deliveries.sent + deliveries.waiting.length > 0)
    take(state, {
      table: "webhook_handler_stats",
      add: {
        webhooks_sent: deliveries.sent,
        webhooks_succeeded: deliveries.succeeded,
        webhooks_failed: deliveries.failed,
        total_retries: deliveries.retries,
      },
      samples: { delivery_time: deliveries.durations, inbox_length: deliveries.waiting },
    });
}

/** Writes everything; periods that are over are then forgotten. One at a time. */
async function flush(state: State): Promise<void> {
  while (state.writing !== undefined) await state.writing;
  state.writing = write(state).finally(() => {
    state.writing = undefined;
  });
  await state.writing;
}

async function write(state: State): Promise<void> {
  const { clock, store } = state.world;
  const started = clock.monotonicMs();
  takeOwn(state);
  const runs = state.runs.splice(0);
  const messages = state.messages;
  state.messages = 0;
  const current = periodOf(clock.nowMs()).id;
  const own = tableNow(state, "stats_collector_stats");
  own.add("messages_processed", messages);
  own.add("database_flushes", 1);
  const over = [...state.periods.keys()].filter((id) => id !== current);
  if (over.length > 0) own.add("periods_completed", over.length);
  const rows = [...state.periods].flatMap(([id, { startMs, endMs, tables }]) =>
    [...tables].map(([table, numbers]): PeriodRow => ({ table, id, startMs, endMs, columns: numbers.columns(table) })),
  );
  try {
    await store.write("recordPeriods", rows);
    if (runs.length > 0) await store.write("recordRunNumbers", runs);
    for (const id of over) state.periods.delete(id);
  } catch (error) {
    // Whatever it is: a number is not worth a process. Replaying run numbers changes nothing, so they are tried again.
    state.runs.unshift(...runs.slice(0, RUNS_KEPT_MAX));
    own.add("flush_errors", 1);
    state.world.log(
      "warn",
      `Statistics could not be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  tableNow(state, "stats_collector_stats").sample("processing_time", clock.monotonicMs() - started);
}
