// What happens to real lanes: their database goes away and comes back, they are killed in the middle of a request, they are busy for long; and what is left after the end.
import { renameSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import { connect } from "../../../protocol/client/client.ts";
import { type TestDaemon, type TestDaemonOptions, startTestDaemon } from "../../support/daemon.ts";

const SCRIPT = `
CREATE TABLE t (n INTEGER);
create procedure spin () {
  INSERT INTO t VALUES (1)
  let n = 0
  while true { n = (n + 1) % 1000 }
}
CREATE FUNCTION same(a int) RETURNS int { return a }
`;
/** Nothing asks anybody while the engine sorts. */
const ENGINE_ONLY =
  "SELECT count(*) AS n FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 8000000) SELECT x FROM c)";

interface LaneRow {
  readonly label: string;
  readonly tags: string;
  readonly state: string;
  readonly pid: number;
  readonly sessions: number;
  readonly depth: number;
  readonly submitted: number;
  readonly completed: number;
  readonly failed: number;
}

let daemon: TestDaemon;
const started: TestDaemon[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each.stop();
});

async function start(options: TestDaemonOptions): Promise<void> {
  daemon = await startTestDaemon({ script: SCRIPT, ...options });
  started.push(daemon);
}

async function laneRows(): Promise<readonly LaneRow[]> {
  return (await daemon.lead.control("lanes", undefined)) as readonly LaneRow[];
}

/** The row of a lane, once it is as it should be. */
async function laneOnce(fits: (row: LaneRow) => boolean): Promise<LaneRow> {
  for (;;) {
    const found = (await laneRows()).find((row) => row.tags !== "lead" && fits(row));
    if (found !== undefined) return found;
  }
}

async function running(text: string): Promise<void> {
  for (;;) {
    const rows = (await daemon.lead.control("sessions", undefined)) as readonly {
      state: string;
      text: string | null;
    }[];
    if (rows.some((row) => row.state === "running" && row.text?.startsWith(text) === true)) return;
  }
}

test("HY-14, HY-15 a database whose file goes away is an error within a heartbeat, and none when it is back; sessions work on", async () => {
  await start({ sets: ["lanes.heartbeat=20ms"] });
  const client = await connect({ target: daemon.place.socket, pool: { max: 1 } });
  await client.execute("INSERT INTO t VALUES (1)");
  const { database } = daemon.place;
  renameSync(database, `${database}.away`);
  expect(await daemon.line(/-M error/u)).toBe("error DQM-shop-03-M error: The database's file is gone.");
  await daemon.line(/^warn DQM-shop-03-M Heartbeat: connection FAILED, queue depth: \d+$/u);
  expect(daemon.lead.status().health.find(({ name }) => name === "lanes.medium")?.ok).toBe(false);
  await client.execute("INSERT INTO t VALUES (2)");
  renameSync(`${database}.away`, database);
  await laneOnce(({ label, state }) => label === "DQM-shop-03-M" && state === "connected");
  expect(daemon.lines.filter((line) => line.includes("-03-M error"))).toHaveLength(1);
  expect(await client.query("SELECT count(*) AS n FROM t")).toEqual([{ n: 2 }]);
  await client.close();
});

test("HY-16 a lane that is killed in the middle of a request: the request fails, nothing of it is left, the lane is replaced, and the counts fit", async () => {
  await start({ sets: ["lanes.medium.max=1"] });
  const client = await connect({ target: daemon.place.socket, pool: { max: 1 } });
  const call = client.call("spin");
  call.catch(() => undefined);
  await running("spin");
  const { pid, label } = await laneOnce(({ depth }) => depth === 1);
  process.kill(pid, "SIGKILL");
  await expect(call).rejects.toMatchObject({ code: "ConnectionLost" });
  await daemon.line(new RegExp(`error ${label} was killed by SIGKILL with \\d session`, "u"));
  const next = await laneOnce((row) => row.pid !== pid && row.state === "connected");
  expect(next).toMatchObject({ label, depth: 0, submitted: 0 });
  expect(await client.query("SELECT count(*) AS n FROM t")).toEqual([{ n: 0 }]);
  expect(await client.call("same", [7])).toBe(7);
  const { submitted, completed, failed } = await laneOnce((row) => row.label === label && row.depth === 0);
  expect([submitted, completed + failed]).toEqual([2, 2]);
  expect(daemon.lead.metrics().find(({ name }) => name === "gobi_lane_restarts_total")?.value).toBe(1);
  await client.close();
});

test("HY-11 while a slow lane is at work the fast one answers", async () => {
  await start({ sets: ["lanes.slow.max=1", "lanes.fast.max=1"] });
  const slow = await connect({ target: daemon.place.socket, lane: "slow" });
  const fast = await connect({ target: daemon.place.socket, lane: "fast" });
  let isDone = false;
  const long = slow.call("spin").catch(() => {
    isDone = true;
  });
  await running("spin");
  for (let number = 0; number < 100; number += 1) expect(await fast.call("same", [number])).toBe(number);
  expect(isDone).toBe(false);
  const [{ session_id: id }] = (await daemon.lead.control("sessions", undefined)) as [{ session_id: number }];
  await daemon.lead.control("kill_session", { session_id: id });
  await long;
  await slow.close();
  await fast.close();
});

test("HY-16 a lane in a thread that a statement keeps: its clients are let go and another lane takes over", async () => {
  await start({ sets: ["lanes.medium.max=1", "lanes.medium.host=thread"] });
  const client = await daemon.wire();
  await client.connect();
  client.send("EXECUTE_SQL", { text: `print 'it begins'; ${ENGINE_ONLY}` });
  await client.until("NOTICE");
  const { label } = await laneOnce(({ state }) => state === "connected");
  await daemon.lead.control("kill_lane", { lane: label });
  await client.whenClosed();
  await daemon.line(new RegExp(`${label} was (?:given up|terminated)`, "u"));
  const again = await connect({ target: daemon.place.socket });
  expect(await again.call("same", [8])).toBe(8);
  await again.close();
});

/** Handles and timers that keep a process alive. */
function held(): { readonly handles: ReadonlySet<unknown>; readonly timers: number } {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles(): readonly unknown[] };
  return {
    handles: new Set(_getActiveHandles.call(process)),
    timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length,
  };
}

test.each(["process", "thread"])("HY-18 nothing is left of a daemon that has landed, lanes in a %s", async (kind) => {
  const before = held();
  await start({ sets: [`lanes.medium.host=${kind}`] });
  const client = await connect({ target: daemon.place.socket });
  await client.call("same", [1]);
  const pids = daemon.lead.status().lanes.flatMap(({ pid }) => pid ?? []);
  await client.close();
  await required(started.pop(), "the daemon").stop();
  expect(daemon.lead.status()).toMatchObject({ sessions: 0, lanes: [], connecting: 0 });
  for (const pid of pids.filter((each) => each !== process.pid)) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  // Handles are closed in the next turns.
  let after = held();
  while ([...after.handles].some((handle) => !before.handles.has(handle)) || after.timers > before.timers) {
    await new Promise((resolve) => setImmediate(resolve));
    after = held();
  }
});
