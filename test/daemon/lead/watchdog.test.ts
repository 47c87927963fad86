// The watchdog and the heartbeat on a clock that tests move: deadlines, cancellations that are not heard, busy lanes that are not dead.
import { expect, test } from "vitest";
import { readConfiguration } from "../../../server/config/configuration.ts";
import { Heartbeat } from "../../../server/daemon/lead/heartbeat.ts";
import { Lane } from "../../../server/daemon/lead/lane.ts";
import { Watchdog } from "../../../server/daemon/lead/watchdog.ts";
import type { ToLane } from "../../../server/lanes/types.ts";
import { virtualClock } from "../../virtual-clock.ts";

function setUp(...sets: readonly string[]) {
  const clock = virtualClock(1_000_000);
  const heard: string[] = [];
  const cancelled: string[] = [];
  const killed: string[] = [];
  const lines: string[] = [];
  const lane = new Lane({
    number: 1,
    label: "DQM-Acuranzo-01-M",
    tag: "medium",
    host: {
      kind: "process",
      pid: 1,
      send: (message: ToLane) => void heard.push(message.kind),
      kill: () => undefined,
      disconnect: () => undefined,
    },
    control: {
      cancel: (session, message) => void cancelled.push(`${String(session)}/${String(message)}`),
      close: () => undefined,
    },
    nowMs: clock.nowMs(),
    isExtra: false,
    state: "connected",
  });
  for (const id of [1n, 2n]) lane.sessionIds.add(id);
  const holders = new Set<bigint>();
  const { configuration } = readConfiguration({
    file: { path: "/nowhere/gobi.toml", name: "gobi.toml", mustExist: false },
    environment: {},
    commandLine: sets,
    stored: {},
  });
  const ports = {
    configuration,
    clock,
    log: (level: string, text: string) => void lines.push(`${level} ${text}`),
    kill: (_: Lane, why: string) => void killed.push(why),
    holdsLocks: (sessionId: bigint) => holders.has(sessionId),
  };
  const watchdog = new Watchdog(ports);
  const heartbeat = new Heartbeat({ ...ports, lanes: () => [lane] });
  const began = (sessionId: bigint, deadlineMs?: number): void =>
    watchdog.began(lane, {
      kind: "began",
      sessionId,
      messageId: 5n,
      atMs: clock.nowMs(),
      deadlineMs,
      text: "SELECT 1",
    });
  return { clock, lane, heard, cancelled, killed, lines, watchdog, heartbeat, began, holders };
}

test("a request beyond its deadline is alerted, cancelled, and its lane killed when it does not listen", async () => {
  const { clock, cancelled, killed, lines, began } = setUp();
  began(1n, 1000);
  await clock.advance(1249);
  expect(cancelled).toEqual([]);
  await clock.advance(1);
  expect(cancelled).toEqual(["1/5"]);
  expect(lines).toEqual([
    "error DQM-Acuranzo-01-M Database query exceeded watchdog timeout: query_id=1/5, timeout=1000 ms, elapsed=1250 ms",
  ]);
  await clock.advance(1999);
  expect(killed).toEqual([]);
  await clock.advance(1);
  expect(killed).toEqual(["session 1 was cancelled and did not answer within 2000 ms"]);
});

test("a lane is not killed for a request that waits behind another one of its session", async () => {
  const { clock, lane, killed, watchdog, began } = setUp();
  began(1n, 60_000);
  watchdog.cancel(lane, 1n, 6n);
  await clock.advance(2000);
  expect(killed).toEqual([]);
  watchdog.cancel(lane, 1n, 5n);
  await clock.advance(2000);
  expect(killed).toEqual(["session 1 was cancelled and did not answer within 2000 ms"]);
});

test("a request that ends in time leaves no timer; one that is alerted again shows how long it has been", async () => {
  const { clock, lane, lines, watchdog, began } = setUp();
  began(1n, 1000);
  watchdog.ended(lane, 1n, 5n);
  expect([lane.depth, clock.timers]).toEqual([0, 0]);
  began(2n, 1000);
  await clock.advance(1250);
  lane.lastHeardMs = clock.nowMs() + 1;
  await clock.advance(30_000);
  expect(lines.map((line) => /elapsed=(\d+)/u.exec(line)?.[1])).toEqual(["1250", "31250"]);
});

test("no deadline is the configuration's, and none is longer than the longest", async () => {
  const { clock, cancelled, began } = setUp("limits.deadline=40s", "limits.deadline_max=60s");
  began(1n);
  began(2n, 3_600_000);
  await clock.advance(40_250);
  expect(cancelled).toEqual(["1/5"]);
  await clock.advance(20_000);
  expect(cancelled).toContain("2/5");
});

test("a lane that hears a cancellation lives; one that works for another session lives too", async () => {
  const { clock, lane, heard, killed, watchdog, began } = setUp();
  watchdog.cancel(lane, 1n, undefined);
  expect(heard).toEqual(["cancel", "report"]);
  await clock.advance(100);
  lane.lastHeardMs = clock.nowMs();
  await clock.advance(5000);
  expect(killed).toEqual([]);
  began(2n);
  await clock.advance(100);
  watchdog.cancel(lane, 1n, undefined);
  await clock.advance(5000);
  expect(killed).toEqual([]);
  began(1n);
  watchdog.cancel(lane, 1n, 5n);
  await clock.advance(5000);
  expect(killed).toHaveLength(1);
});

test("GR-114 a lane is killed behind the work of another session when one that is to end holds locks; not for a request that is cancelled", async () => {
  const { clock, lane, killed, watchdog, began, holders } = setUp();
  began(1n, 60_000);
  holders.add(2n);
  watchdog.cancel(lane, 2n, 6n);
  await clock.advance(2000);
  expect(killed).toEqual([]);
  watchdog.cancel(lane, 2n, undefined);
  await clock.advance(2000);
  expect(killed).toEqual(["session 2 was cancelled and did not answer within 2000 ms"]);
});

test("a session that has left meanwhile costs no lane its life, and a lane that is gone gets nothing", async () => {
  const { clock, lane, cancelled, killed, watchdog } = setUp();
  watchdog.cancel(lane, 1n, undefined);
  lane.sessionIds.delete(1n);
  await clock.advance(5000);
  expect(killed).toEqual([]);
  lane.over = true;
  watchdog.cancel(lane, 2n, undefined);
  expect(cancelled).toEqual(["1/undefined"]);
});

test("HY-14 the heartbeat says how lanes are; a busy one is not dead, one silent without known work is replaced in the end", async () => {
  const { clock, lane, lines, killed, heartbeat, watchdog, began } = setUp(
    "limits.deadline=60s",
    "lanes.heartbeat=10s",
  );
  heartbeat.start();
  await clock.advance(10_000);
  lane.lastHeardMs = clock.nowMs();
  await clock.advance(10_000);
  expect(lines.at(-1)).toBe("debug DQM-Acuranzo-01-M Heartbeat: connection OK, queue depth: 0");
  began(1n, 3_000_000);
  await clock.advance(40_000);
  expect(lines.some((line) => line.includes("FAILED"))).toBe(false);
  watchdog.ended(lane, 1n, 5n);
  await clock.advance(20_000);
  expect(lines.at(-1)).toBe("warn DQM-Acuranzo-01-M Heartbeat: connection FAILED, queue depth: 0");
  expect(killed).toEqual(["silent for longer than a request may last"]);
  heartbeat.stop();
  expect(clock.timers).toBe(0);
});

test("lists wait for lanes that answer, not for one that does not", async () => {
  const { clock, lane, heartbeat } = setUp();
  const asked = heartbeat.ask();
  heartbeat.heard(lane);
  await asked;
  let done = false;
  const silent = heartbeat.ask().then(() => {
    done = true;
  });
  await clock.advance(249);
  expect(done).toBe(false);
  await clock.advance(1);
  await silent;
});
