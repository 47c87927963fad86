// Views over runs and schedules: columns of the first scheduler, and what its queries expect; anomalies (IT-75).
import { beforeEach, expect, test } from "vitest";
import { AUTOMATION_VIEWS } from "../../base/system-tables/views.ts";
import { AUTOMATION_VIEW_QUERIES } from "../../server/catalog/automation-views.ts";
import { occurrenceFunctions } from "../../server/scheduler/occurrences-function.ts";
import { insertRow, readRows, textOf } from "../../server/sql/rows.ts";
import { schedule, stage, type Stage } from "../actions/fixture.ts";

let on: Stage;
const nightly = schedule("nightly");

beforeEach(() => {
  on = stage();
  for (const each of occurrenceFunctions(() => on.clock.nowMs())) on.connection.defineFunction(each);
  insertRow(on.connection, "gobi_schedules", {
    schedule_id: nightly.id,
    name: "nightly",
    cron: "0 2 * * *",
    timezone: "UTC",
    exe_kind: "procedure",
    call_ref: "load",
    args: '{"day":1}',
    priority: 5,
    lane: "slow",
    enabled: true,
    manual_allowed: true,
    jitter_ms: 0,
    created_at: "2026-01-01T00:00:00.000000Z",
    modified_at: "2026-01-02T00:00:00.000000Z",
    source: "",
  });
});

test.each(Object.keys(AUTOMATION_VIEWS) as (keyof typeof AUTOMATION_VIEWS)[])("%s has its columns", (name) => {
  on.connection.runText(`CREATE TEMP VIEW v AS ${AUTOMATION_VIEW_QUERIES[name]}`, []);
  const columns = readRows(on.connection, "SELECT name FROM pragma_table_info('v')").map((row) => textOf(row[0]));
  expect(columns).toEqual(Object.keys(AUTOMATION_VIEWS[name].columns));
});

test("jobs tell what they run", () => {
  const [row] = readRows(
    on.connection,
    `SELECT name, schedule, pod_spec, CAST(updated_at AS TEXT) FROM (${AUTOMATION_VIEW_QUERIES.jobs})`,
  );
  expect(row?.map(String)).toEqual([
    "nightly",
    "0 2 * * *",
    '{"exe":"procedure","call":"load","args":{"day":1}}',
    expect.stringMatching(/^2026-01-02/u),
  ]);
});

test.each([
  ["pending", "pending"],
  ["running", "running"],
  ["retrying", "running"],
  ["completed", "completed"],
  ["failed", "failed"],
  ["orphaned", "failed"],
  ["cancelled", "cancelled"],
  ["skipped", "cancelled"],
] as const)("a run that is %s is %s to the first scheduler", (status, seen) => {
  on.addRun(nightly, status);
  expect(readRows(on.connection, `SELECT job_id, status FROM (${AUTOMATION_VIEW_QUERIES.job_runs})`)).toEqual([
    [nightly.id, seen],
  ]);
});

test("IT-75 a run that took unusually long is an anomaly, a constant series has none", () => {
  const start = Date.UTC(2026, 0, 1);
  const add = (ms: number): string => on.addRun(nightly, "completed", { startedAt: start, completedAt: start + ms }).id;
  const anomalies = (): readonly unknown[] =>
    readRows(on.connection, `SELECT run_id, duration_ms FROM (${AUTOMATION_VIEW_QUERIES.run_anomalies})`);
  for (let run = 0; run < 9; run += 1) add(1000);
  const late = on.addRun(nightly, "failed", { startedAt: start, completedAt: start + 60_000 });
  expect(anomalies()).toEqual([]);
  for (let run = 0; run < 40; run += 1) add(1000 + (run % 5));
  expect(anomalies()).toEqual([[late.id, 60_000]]);
});

test("only runs that have not ended are active", () => {
  const run = on.addRun(nightly, "running");
  on.addRun(nightly, "completed");
  expect(readRows(on.connection, `SELECT run_id, schedule FROM (${AUTOMATION_VIEW_QUERIES.active_runs})`)).toEqual([
    [run.id, "nightly"],
  ]);
});
