// What lanes did by period: counted by lanes since they were last asked, asked for by the Lead, kept in system.lane_stats.
import { expect, test } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { LaneCounts } from "../../../server/lanes/counts.ts";
import { type LanePeriodRow, recordLanes } from "../../../server/runs/writes/lane-statistics.ts";
import { purgeStatistics } from "../../../server/runs/writes/statistics.ts";
import { readRows } from "../../../server/sql/rows.ts";
import { startTestDaemon } from "../../support/daemon.ts";

const ROW: LanePeriodRow = {
  periodId: "7",
  database: "shop",
  laneNo: 2,
  tags: "fast",
  counts: { submitted: 3, completed: 2, failed: 1, timeouts: 0, rejected: 0, cacheHits: 0, cacheMisses: 0 },
  depthMax: 2,
  waitMs: { sum: 3, max: 2 },
  executeMs: { sum: 6, p95: 3, max: 4 },
};

test("HY-20 a lane counts what came since it was last asked", () => {
  const counts = new LaneCounts();
  const request = (ms: number): void => {
    counts.submitted += 1;
    counts.ended(ms, 1, false);
  };
  for (const ms of [3, 5, 9]) request(ms);
  expect(counts.take()).toMatchObject({
    counts: { submitted: 3, completed: 3, failed: 0 },
    depthMax: 1,
    waitMs: { sum: 3, max: 1 },
    executeMs: { sum: 14, p95: 8, max: 8 },
  });
  request(2);
  counts.submitted += 2;
  counts.ended(3, 0, true);
  expect(counts.take()).toMatchObject({
    counts: { submitted: 3, completed: 1, failed: 1 },
    depthMax: 2,
    waitMs: { sum: 1, max: 1 },
    executeMs: { sum: 4, p95: 3, max: 3 },
  });
  expect(counts.take()).toMatchObject({ counts: { submitted: 0 }, depthMax: 0, executeMs: { sum: 0, p95: 0, max: 0 } });
  expect(counts.report().counts).toMatchObject({ submitted: 6, completed: 4, failed: 1 });
});

test("HY-20 sums of system.lane_stats are what was asked for; rows of one lane and period are one", async () => {
  const kept: LanePeriodRow[] = [];
  const daemon = await startTestDaemon({
    script: "create procedure spin () { let n = 0\n while true { n = (n + 1) % 1000 } }",
    keepLaneNumbers: (rows) => void kept.push(...rows),
  });
  const client = await connect({ target: daemon.place.socket });
  for (let number = 0; number < 20; number += 1) await client.query("SELECT 1 AS n");
  await expect(client.query("SELECT raise_error('no') AS n")).rejects.toThrow();
  await expect(client.call("spin", [], { deadlineMs: 50 })).rejects.toMatchObject({ code: "Timeout" });
  await client.close();
  await daemon.lead.stopAccepting();
  const sum = (name: "submitted" | "completed" | "failed" | "timeouts"): number =>
    kept.reduce((total, { counts }) => total + counts[name], 0);
  // A busy machine: the answers come later than the Lead waits for them.
  while (sum("submitted") < 22) await new Promise((resolve) => setImmediate(resolve));
  expect([sum("submitted"), sum("completed"), sum("failed"), sum("timeouts")]).toEqual([22, 20, 2, 1]);
  const connection = sqliteEngine.connect({ target: daemon.place.database, create: false });
  try {
    recordLanes(connection, [...kept, ROW, { ...ROW, executeMs: { sum: 0, p95: 1, max: 9 } }]);
    expect(
      readRows(
        connection,
        "SELECT submitted, completed, failed, max_depth, CAST(wait_ms_avg AS INTEGER), CAST(exec_ms_avg AS INTEGER), CAST(exec_ms_p95 AS INTEGER), CAST(exec_ms_max AS INTEGER) FROM gobi_lane_stats WHERE lane_no = 2",
      ),
    ).toEqual([[6, 4, 2, 2, 1, 1, 3, 9]]);
    expect(readRows(connection, "SELECT sum(submitted) FROM gobi_lane_stats WHERE lane_no = 3")).toEqual([[22]]);
    expect(purgeStatistics(connection, { olderThan: 8 * 30_000, rowsMax: 10 })).toBe(1);
  } finally {
    connection.close();
    await daemon.stop();
  }
});
