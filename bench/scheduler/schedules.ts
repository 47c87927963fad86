// Measures the scheduler: `npx tsx bench/scheduler/schedules.ts`. Milliseconds; each line says what it must reach.
// 10,000 schedules with thousands of different texts: reading the texts once, building the index of 10 minutes, one step of the loop; memory over 2,000 builds;
// cron-parser's own iteration over a tenth of them, for comparison. Then 100 schedules that are due at the same second, run in this process.
import { CronExpressionParser } from "cron-parser";
import { startAutomation } from "../../server/automation/automation.ts";
import { loopCounter } from "../../server/scheduler/loop-counts.ts";
import { makeLoop } from "../../server/scheduler/loop.ts";
import { buildIndex, timesCache } from "../../server/scheduler/occurrence-index.ts";
import { NO_CONSTRAINTS } from "../../server/scheduler/no-constraints.ts";
import { SCHEDULER_SETTINGS } from "../../server/scheduler/settings.ts";
import type { ScheduleDefinition } from "../../server/scheduler/types.ts";
import { openSession } from "../../server/session.ts";
import { readRows } from "../../server/sql/rows.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const SCHEDULES = 10_000;
const NOW = Date.UTC(2026, 0, 31, 12);
const WINDOW_MS = 600_000;

/** Thousands of texts: some of all minutes, some of office hours, some of one weekday. */
function cronOf(number: number): string {
  const minute = number % 60;
  const hour = Math.floor(number / 60) % 12;
  if (number % 3 === 0) return `${minute % 5}-59/5 * ${1 + (Math.floor(number / 1440) % 7)}-31 * *`;
  if (number % 3 === 1) return `${minute}-59 ${hour}-23 * * *`;
  return `*/${1 + (number % 29)} * * * ${Math.floor(number / 1440) % 7}-6`;
}

function definition(number: number): ScheduleDefinition {
  return {
    id: `s${number}`,
    name: `s${number}`,
    crons: [cronOf(number)],
    intervalMs: undefined,
    timezone: number % 2 === 0 ? "UTC" : "America/New_York",
    dstGap: "shift",
    dstFold: "first",
    targets: [{ kind: "procedure", name: "work" }],
    args: {},
    enabled: true,
    priority: 5,
    jitterMs: 0,
    startAt: undefined,
    endAt: undefined,
    skipNext: 0,
    manualAllowed: true,
    manualFields: undefined,
    modifiedAt: 0,
    actions: [],
    constraints: NO_CONSTRAINTS,
  };
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function show(what: string, value: number, unit: string, goal?: number): void {
  const verdict = goal === undefined ? "" : `   ${value <= goal ? "reached" : "MISSED"}: at most ${goal} ${unit}`;
  process.stdout.write(`${what.padEnd(62)} ${value.toFixed(2).padStart(9)} ${unit}${verdict}\n`);
}

function benchIndex(definitions: readonly ScheduleDefinition[]): void {
  const cache = timesCache();
  let size = 0;
  const build = (): void => {
    size = buildIndex(definitions, cache, NOW - 30_000, NOW + WINDOW_MS).size;
  };
  show(`first build with reading ${SCHEDULES} texts`, timed(build), "ms");
  const builds = Array.from({ length: 30 }, () => timed(build));
  show(`build of the index, ${size} occurrences (median)`, quantile(builds, 0.5), "ms", 50);
  show("build of the index (p99)", quantile(builds, 0.99), "ms");
  const some = definitions.filter((_, index) => index % 10 === 0);
  const theirs = timed(() => {
    for (const { crons, timezone } of some) {
      const expression = CronExpressionParser.parse(crons[0] ?? "", { tz: timezone, currentDate: new Date(NOW - 1) });
      while (expression.next().getTime() < NOW + WINDOW_MS);
    }
  });
  show(`cron-parser, a tenth of the schedules`, theirs, "ms");
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) return;
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 2000; count += 1) build();
  collect();
  show("heap after 2,000 builds more than before", (process.memoryUsage().heapUsed - before) / 2 ** 20, "MB", 5);
}

function benchLoop(definitions: readonly ScheduleDefinition[]): void {
  let now = NOW;
  const loop = makeLoop(
    {
      clock: { nowMs: () => now, monotonicMs: () => now, timer: () => () => undefined },
      settings: SCHEDULER_SETTINGS,
      counter: loopCounter(() => undefined),
      request: ({ dedupeKey }) =>
        void loop.inbox.send({ kind: "request_taken", key: dedupeKey ?? "", runId: dedupeKey }),
      cancel: () => undefined,
      scheduleChanged: () => undefined,
      activeRuns: () => [],
      runningRuns: () => 0,
      warn: () => undefined,
    },
    () => undefined,
  );
  loop.setSchedules(definitions);
  loop.begin(now, new Set());
  const steps: number[] = [];
  for (let second = 0; second < 600; second += 1) {
    now += 1000;
    steps.push(timed(() => loop.step()));
    loop.refreshIndex();
  }
  show("one step of the loop (median)", quantile(steps, 0.5), "ms");
  show("one step of the loop (p99)", quantile(steps, 0.99), "ms", 20);
}

async function benchSameSecond(): Promise<void> {
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
  session.execute({ name: "bench", text: "procedure work () { }" });
  const due = Math.ceil(Date.now() / 60_000 + 0.3) * 60_000;
  const minute = new Date(due).getUTCMinutes();
  const texts = Array.from(
    { length: 100 },
    (_, number) => `upsert SCHEDULE as s${number} (sched: '${minute} * * * *', call: 'work')`,
  );
  session.execute({ name: "bench", text: texts.join("\n") });
  const automation = await startAutomation({
    place: { session },
    settings: { concurrentMax: 100 },
    log: (level, message) => {
      if (level !== "info") process.stderr.write(`${level} ${message}\n`);
    },
  });
  const late = (): readonly number[] =>
    readRows(
      session.connection,
      "SELECT CAST((julianday(started_at) - julianday(scheduled_at)) * 86400000 AS REAL) FROM gobi_runs WHERE started_at IS NOT NULL",
    ).map((row) => Number(row[0]));
  while (late().length < 100 && Date.now() < due + 60_000) await new Promise((resolve) => setTimeout(resolve, 200));
  const values = late();
  show(`${values.length} schedules due at the same second: start after their time (p50)`, quantile(values, 0.5), "ms");
  show("100 schedules due at the same second (p95)", quantile(values, 0.95), "ms", 100);
  await automation.stop();
  session.close();
}

const definitions = Array.from({ length: SCHEDULES }, (_, number) => definition(number));
benchIndex(definitions);
benchLoop(definitions);
await benchSameSecond();
