// Statistics per period and per run: IT-71 to IT-74.
import { beforeEach, describe, expect, test } from "vitest";
import type { DeliveryCounts } from "../../server/actions/deliveries.ts";
import { readRows } from "../../server/sql/rows.ts";
import { makeCollector, type Collector } from "../../server/statistics/collector.ts";
import { periodOf } from "../../server/statistics/periods.ts";
import { EngineError } from "../../storage/engine.ts";
import { schedule, stage, type Stage } from "../actions/fixture.ts";

let on: Stage;
let collector: Collector;
let logs: string[];
let broken: boolean;
let recorded: { written: number; failed: number; dead: number; waiting: number };
let delivered: DeliveryCounts;

beforeEach(() => {
  on = stage();
  logs = [];
  broken = false;
  recorded = { written: 0, failed: 0, dead: 0, waiting: 0 };
  delivered = { sent: 0, succeeded: 0, failed: 0, retries: 0, durations: [], waiting: [] };
  collector = makeCollector({
    store: {
      write: (name, input) =>
        broken
          ? Promise.reject(new EngineError("The disk is full.", { kind: "diskFull", code: "SQLITE_FULL" }))
          : on.store.write(name, input),
    },
    clock: on.clock,
    recorderCounts: () => recorded,
    takeDeliveryCounts: () => delivered,
    log: (_level, message) => logs.push(message),
  });
});

function rows(sql: string): readonly (readonly unknown[])[] {
  return readRows(on.connection, sql);
}

const iteration = (inbox: number): void =>
  collector.report({
    table: "scheduler_stats",
    add: { iterations: 1, run_jobs: 2 },
    samples: { inbox_length: [inbox] },
  });

test("IT-71 hand-overs of one period merge into one row with the right totals", async () => {
  for (let message = 0; message < 250; message += 1) iteration(message % 10);
  await on.clock.advance(29_999);
  await collector.flush();
  expect(
    rows(
      "SELECT iterations, run_jobs, late_jobs, min_inbox_length, max_inbox_length, avg_inbox_length FROM gobi_scheduler_stats",
    ),
  ).toEqual([[250, 500, 0, 0, 9, 4.5]]);
  expect(
    rows("SELECT messages_received, scheduler_messages, database_flushes >= 3 FROM gobi_stats_collector_stats"),
  ).toEqual([[250, 250, 1]]);
});

test("each period has a row of its own, written when it is over", async () => {
  iteration(1);
  await on.clock.advance(30_000);
  iteration(5);
  iteration(7);
  await on.clock.advance(30_000);
  expect(
    rows("SELECT stats_period_id, iterations, max_inbox_length FROM gobi_scheduler_stats ORDER BY stats_period_id"),
  ).toEqual([
    [periodOf(Date.UTC(2026, 0, 31, 12)).id, 1, 1],
    [periodOf(Date.UTC(2026, 0, 31, 12, 0, 30)).id, 2, 7],
  ]);
});

test("IT-74 periods are found by any overlap with a time", async () => {
  iteration(1);
  await on.clock.advance(30_000);
  const found = rows(
    "SELECT count(*) FROM gobi_scheduler_stats WHERE start_time < '2026-01-31T12:00:10.000000Z' AND end_time > '2026-01-31T12:00:05.000000Z'",
  );
  expect(found).toEqual([[1]]);
});

describe("IT-73 numbers about the numbers", () => {
  test("recorder and webhooks", async () => {
    recorded = { written: 5, failed: 1, dead: 0, waiting: 3 };
    delivered = { sent: 2, succeeded: 1, failed: 0, retries: 1, durations: [10, 30], waiting: [1] };
    await collector.flush();
    delivered = { sent: 0, succeeded: 0, failed: 0, retries: 0, durations: [], waiting: [] };
    recorded = { written: 7, failed: 1, dead: 0, waiting: 0 };
    await collector.flush();
    expect(
      rows("SELECT total_writes, writes_succeeded, writes_failed, max_queued_writes FROM gobi_syncer_stats"),
    ).toEqual([[8, 7, 1, 3]]);
    expect(
      rows(
        "SELECT webhooks_sent, webhooks_succeeded, total_retries, CAST(avg_delivery_time AS INTEGER), max_delivery_time FROM gobi_webhook_handler_stats",
      ),
    ).toEqual([[2, 1, 1, 20, 30]]);
  });
  test("a failed write is told and counted, and the numbers come with the next one", async () => {
    iteration(1);
    broken = true;
    await collector.flush();
    expect(logs).toEqual(["Statistics could not be written: The disk is full."]);
    broken = false;
    await collector.flush();
    expect(rows("SELECT iterations FROM gobi_scheduler_stats")).toEqual([[1]]);
    expect(rows("SELECT flush_errors FROM gobi_stats_collector_stats")).toEqual([[1]]);
  });
});

test("IT-72 a run's numbers, once, even before the scheduler's period has a row", async () => {
  const run = on.addRun(schedule("nightly"), "completed", { completedAt: on.clock.nowMs() });
  const summary = {
    run,
    attempts: 2,
    constraintsChecked: 3,
    constraintsViolated: 1,
    prerunMs: 5,
    constraintMs: 10,
    executionMs: 100,
    terminationMs: 5,
    totalMs: 120,
    heartbeats: 4,
  };
  collector.runEnded(summary);
  collector.runEnded(summary);
  await collector.close();
  expect(
    rows(
      "SELECT run_id, stats_period_id, runtime, constraints_checked, constraints_violated, actions_taken, attempts, prerun_ms + constraint_ms + execution_ms + termination_ms, total_ms, final_state FROM gobi_orchestrator_stats",
    ),
  ).toEqual([[run.id, periodOf(on.clock.nowMs()).id, 100, 3, 1, 0, 2, 120, 120, "completed"]]);
});
