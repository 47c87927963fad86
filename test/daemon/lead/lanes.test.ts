// The lane manager on a clock that tests move: numbers and labels, starting more, ending what is idle, crashes and their pauses, replacement.
import { describe, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import { readConfiguration } from "../../../server/config/configuration.ts";
import type { Lane } from "../../../server/daemon/lead/lane.ts";
import { Lanes } from "../../../server/daemon/lead/lanes.ts";
import type { LaneTag } from "../../../server/lanes/types.ts";
import { laneDoubles } from "../../support/lane-double.ts";
import { type VirtualClock, virtualClock } from "../../virtual-clock.ts";

/** No kind of lane but the usual one is there before it is wanted, unless the test says so. */
const ONLY_MEDIUM = ["lanes.slow.min=0", "lanes.fast.min=0", "lanes.cache.min=0"];

function setUp(...sets: readonly string[]) {
  return setUpWith([...ONLY_MEDIUM, ...sets]);
}

function setUpWith(sets: readonly string[]) {
  const clock = virtualClock(1_000_000_000_000);
  const doubles = laneDoubles();
  const lines: string[] = [];
  const { configuration } = readConfiguration({
    file: { path: "/nowhere/gobi.toml", name: "gobi.toml", mustExist: false },
    environment: {},
    commandLine: sets,
    stored: {},
  });
  const lanes = new Lanes({
    configuration,
    clock,
    place: {
      name: "Acuranzo",
      instance: "Acuranzo-00000000",
      folder: "/nowhere",
      database: "/nowhere/main.gobi",
      socket: "/nowhere/s",
      controlSocket: "/nowhere/c",
      runtimeFolder: "/nowhere",
      logFolder: "/nowhere",
    },
    log: (level, text) => void lines.push(`${level} ${text}`),
    startHost: doubles.startHost,
    makeControlFile: () => ({ cancel: () => undefined, close: () => undefined }),
    onMessage: () => undefined,
    onLost: () => undefined,
    onState: () => undefined,
  });
  return { clock, doubles, lines, lanes };
}

function labels(lanes: Lanes): readonly string[] {
  return lanes.all.map((lane) => lane.label);
}

async function give(clock: VirtualClock, asked: Promise<Lane>): Promise<Lane> {
  await clock.settle();
  return asked;
}

/** As if a request of a session ran there. */
function occupy(lane: Lane, sessionId = 1n): void {
  lane.inFlight.set(sessionId, { sessionId, messageId: 1n, startedAtMs: 0, deadlineMs: 1000, text: "" });
}

describe("how many lanes there are", () => {
  test("HY-17 the least number starts in the order cache, fast, medium, slow", async () => {
    const { lanes, clock, lines } = setUp("lanes.slow.min=1", "lanes.cache.min=1", "lanes.fast.min=2");
    const started = lanes.start();
    await clock.settle();
    await started;
    expect(labels(lanes)).toEqual([
      "DQM-Acuranzo-01-C",
      "DQM-Acuranzo-02-F",
      "DQM-Acuranzo-03-F",
      "DQM-Acuranzo-04-M",
      "DQM-Acuranzo-05-S",
    ]);
    expect(lanes.leadLabel).toBe("DQM-Acuranzo-00-L");
    expect(lines.filter((line) => line.includes("-01-C connected"))).toHaveLength(1);
  });

  test("HY-04, HY-08 a lane of a tag that has none is started for the first session, and ended when it had nothing to do for a while", async () => {
    const { lanes, clock } = setUp("lanes.scale_down_after=5s");
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    expect(lanes.leadLabel).toBe("DQM-Acuranzo-00-LSFC");
    const fast = await give(clock, lanes.laneFor("fast"));
    expect([fast.label, lanes.leadLabel]).toEqual(["DQM-Acuranzo-02-F", "DQM-Acuranzo-00-LSC"]);
    fast.sessionIds.add(1n);
    lanes.touched(fast);
    await clock.advance(60_000);
    expect(labels(lanes)).toContain("DQM-Acuranzo-02-F");
    fast.sessionIds.delete(1n);
    lanes.touched(fast);
    await clock.advance(4900);
    expect(labels(lanes)).toContain("DQM-Acuranzo-02-F");
    await clock.advance(200);
    expect(labels(lanes)).toEqual(["DQM-Acuranzo-01-M"]);
    expect(lanes.leadLabel).toBe("DQM-Acuranzo-00-LSFC");
  });

  test("HY-07 while all lanes of the tag are busy one more starts per decision, up to the greatest number", async () => {
    const { lanes, clock, doubles } = setUp("lanes.fast.min=1", "lanes.fast.max=3");
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("fast")),
    );
    const counts: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      for (const lane of lanes.all) occupy(lane);
      await clock.advance(300);
      await give(clock, lanes.laneFor("fast"));
      counts.push(lanes.all.filter(({ tag }) => tag === "fast").length);
    }
    expect(counts).toEqual([2, 3, 3, 3, 3, 3]);
    expect(doubles.started).toHaveLength(4);
  });

  test("HY-07 decisions follow each other no faster than the cooldown", async () => {
    const { lanes, clock } = setUp("lanes.fast.min=1", "lanes.fast.max=9", "lanes.scale_cooldown=250ms");
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("fast")),
    );
    await clock.advance(1000);
    for (const lane of lanes.all) occupy(lane);
    const both = [lanes.laneFor("fast"), lanes.laneFor("fast")];
    await clock.settle();
    expect((await Promise.all(both)).map(({ label }) => label)).toEqual(["DQM-Acuranzo-03-F", "DQM-Acuranzo-03-F"]);
    for (const lane of lanes.all) occupy(lane);
    await give(clock, lanes.laneFor("fast"));
    expect(lanes.all.filter(({ tag }) => tag === "fast")).toHaveLength(2);
  });

  test("HY-07, HY-08 a request that lasts brings another lane, a short one does not; both are one again when nothing lasts", async () => {
    const { lanes, clock, lines } = setUp("lanes.scale_down_after=5s", "lanes.scale_cooldown=250ms");
    const lane = await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    await clock.advance(1000);
    for (const session of [1n, 2n, 3n]) lane.sessionIds.add(session);
    const lasts = async (forMs: number): Promise<void> => {
      lane.inFlight.set(1n, { sessionId: 1n, messageId: 1n, startedAtMs: clock.nowMs(), deadlineMs: 1000, text: "" });
      lanes.relieve(lane);
      await clock.advance(forMs);
      lane.inFlight.delete(1n);
      lanes.touched(lane);
      await clock.advance(100);
    };
    await lasts(45);
    expect(labels(lanes)).toEqual(["DQM-Acuranzo-01-M"]);
    await lasts(55);
    expect(labels(lanes)).toEqual(["DQM-Acuranzo-01-M", "DQM-Acuranzo-02-M"]);
    lane.sessionIds.delete(3n);
    const second = required(lanes.all[1], "another lane");
    second.sessionIds.add(3n);
    lanes.touched(second);
    await clock.advance(4000);
    await lasts(10);
    await clock.advance(4000);
    expect(labels(lanes)).toHaveLength(2);
    await clock.advance(6000);
    expect(labels(lanes)).toHaveLength(1);
    expect(lines.filter((line) => line.includes("others can take its sessions"))).not.toEqual([]);
  });

  test("HY-05 the lowest free number is taken again", async () => {
    const { lanes, clock, doubles } = setUp("lanes.medium.min=4", "lanes.medium.max=4");
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    required(doubles.started[1], "second lane").die();
    await clock.settle();
    expect(labels(lanes).toSorted()).toEqual(["01", "02", "03", "04"].map((number) => `DQM-Acuranzo-${number}-M`));
  });

  test("HY-04 fewer are allowed: the last ones are drained; a tag without lanes is served by another", async () => {
    const { lanes, clock } = setUp("lanes.fast.min=3");
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("fast")),
    );
    lanes.scale("fast", { min: 0, max: 1 });
    await clock.settle();
    expect(labels(lanes)).toEqual(["DQM-Acuranzo-01-F", "DQM-Acuranzo-04-M"]);
    lanes.scale("fast", { min: 0, max: 0 });
    await clock.settle();
    expect((await give(clock, lanes.laneFor("fast"))).label).toBe("DQM-Acuranzo-04-M");
    expect(lanes.leadLabel).toBe("DQM-Acuranzo-00-LSFC");
  });

  test("HY-08 the number stays within its bounds while they flip", async () => {
    const { lanes, clock } = setUp();
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    for (let turn = 0; turn < 40; turn += 1) {
      const number = turn % 2 === 0 ? 8 : 1;
      lanes.scale("medium", { min: number, max: number });
      await clock.advance(50);
      expect(lanes.all.filter((lane) => lane.ending === undefined)).toHaveLength(number);
      expect((await give(clock, lanes.laneFor("medium"))).open).toBe(true);
    }
  });
});

describe("lanes that do not live", () => {
  test("HY-13, HY-16 the first crash is mended at once, further ones after pauses that double; then all is told", async () => {
    const { lanes, clock, doubles, lines } = setUp();
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    const crash = async (): Promise<number> => {
      const before = doubles.started.length;
      required(doubles.alive[0], "a lane").die();
      for (let waited = 0; ; waited += 50) {
        await clock.settle();
        if (doubles.started.length > before) return waited;
        await clock.advance(50);
      }
    };
    const pauses: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) pauses.push(await crash());
    expect(pauses).toEqual([0, 250, 500, 1000, 2000]);
    expect(lines.some((line) => /died 3 times in a row.*500 ms/u.test(line))).toBe(true);
    expect(lanes.crashes("medium")).toBe(5);
    await clock.advance(20_000);
    expect(await crash()).toBe(0);
    expect(lanes.crashes("medium")).toBe(1);
  });

  test("HY-13 a lane that cannot open its database is an error; a session is told so and may try again", async () => {
    const { lanes, clock, doubles, lines } = setUp("lanes.medium.min=0");
    doubles.onOpen = (lane) => lane.say({ kind: "failed", message: "unable to open database file" });
    await give(
      clock,
      lanes.start().then(() => undefined as never),
    );
    const asked = lanes.laneFor("medium");
    asked.catch(() => undefined);
    await clock.advance(60_000);
    await expect(asked).rejects.toMatchObject({ code: "ServiceUnavailable", retryable: true });
    expect(lines.some((line) => line.startsWith("error DQM-Acuranzo-01-M error: unable to open"))).toBe(true);
  });

  test("a start fails when the least number cannot be had", async () => {
    const { lanes, clock, doubles } = setUp();
    doubles.onOpen = (lane) => lane.die("could not be started: ENOENT");
    const started = lanes.start();
    started.catch(() => undefined);
    await clock.settle();
    await expect(started).rejects.toMatchObject({ code: "ServiceUnavailable" });
  });

  test("a lane that never opens is killed", async () => {
    const { lanes, clock, doubles } = setUp();
    doubles.onOpen = () => undefined;
    const started = lanes.start();
    started.catch(() => undefined);
    await clock.advance(30_000);
    await expect(started).rejects.toMatchObject({ code: "ServiceUnavailable" });
    expect(doubles.started[0]?.alive).toBe(false);
  });

  test("new values for lanes: each is replaced by another before it has left", async () => {
    const { lanes, clock, doubles } = setUp("lanes.medium.min=2");
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    doubles.drains = false;
    lanes.renew();
    await clock.settle();
    expect(labels(lanes)).toEqual(["01", "02", "03", "04"].map((number) => `DQM-Acuranzo-${number}-M`));
    expect((await give(clock, lanes.laneFor("medium"))).label).toBe("DQM-Acuranzo-03-M");
  });

  test("HY-18 at the end lanes leave the last one first; one that stays is killed; no session waits on", async () => {
    const { lanes, clock, doubles, lines } = setUp("lanes.medium.min=2", "lanes.slow.min=1");
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    doubles.drains = false;
    for (const lane of lanes.all) occupy(lane);
    const waiting = lanes.laneFor("cache");
    waiting.catch(() => undefined);
    const stopped = lanes.stop();
    await expect(waiting).rejects.toMatchObject({ code: "ServiceUnavailable" });
    await clock.advance(20_000);
    await stopped;
    expect(doubles.alive).toEqual([]);
    const ended = lines.filter((line) => line.includes("was killed")).map((line) => /-(\d\d)-/u.exec(line)?.[1]);
    expect(ended.filter((number) => number !== "04")).toEqual(["03", "02", "01"]);
  });
});

test("HY-03 tags of labels move as lanes come and go", async () => {
  const { lanes, clock } = setUp("lanes.medium.min=0");
  await lanes.start();
  const seen: string[] = [lanes.leadLabel];
  for (const tag of ["fast", "slow"] as const satisfies readonly LaneTag[]) {
    await give(clock, lanes.laneFor(tag));
    seen.push(lanes.leadLabel);
  }
  lanes.drain(required(lanes.find("DQM-Acuranzo-01-F"), "a fast lane"), "test", false);
  await clock.settle();
  seen.push(lanes.leadLabel);
  expect(seen).toEqual([
    "DQM-Acuranzo-00-LSMFC",
    "DQM-Acuranzo-00-LSMC",
    "DQM-Acuranzo-00-LMC",
    "DQM-Acuranzo-00-LMFC",
  ]);
});

test("HY-09 nobody waits for a clock: a session has its lane as soon as there is one", async () => {
  const { lanes, clock, doubles } = setUp("lanes.medium.min=1", "lanes.fast.max=1");
  const startMs = clock.nowMs();
  await give(
    clock,
    lanes.start().then(() => lanes.laneFor("medium")),
  );
  doubles.onOpen = () => undefined;
  const waiting = lanes.laneFor("fast");
  await clock.settle();
  required(doubles.started[1], "a fast lane").say({ kind: "opened", pid: 1 });
  expect((await give(clock, waiting)).label).toBe("DQM-Acuranzo-02-F");
  expect(clock.nowMs()).toBe(startMs);
});

test("HY-12, HY-15 a lane whose connection does not work gets no sessions until it does again; each change is told once", async () => {
  const { lanes, clock, lines } = setUp("lanes.medium.min=2");
  const first = await give(
    clock,
    lanes.start().then(() => lanes.laneFor("medium")),
  );
  for (let beat = 0; beat < 3; beat += 1) lanes.connection(first, "The database's file is gone.");
  expect(first.state).toBe("error");
  expect((await give(clock, lanes.laneFor("medium"))).label).toBe("DQM-Acuranzo-02-M");
  for (let beat = 0; beat < 3; beat += 1) lanes.connection(first, undefined);
  expect(first.state).toBe("connected");
  lanes.drain(first, "test", false);
  await clock.settle();
  expect(lines.filter((line) => line.includes("-01-M"))).toEqual([
    "info DQM-Acuranzo-01-M connecting (pid 1)",
    "info DQM-Acuranzo-01-M connected",
    "error DQM-Acuranzo-01-M error: The database's file is gone.",
    "info DQM-Acuranzo-01-M connected",
    "info DQM-Acuranzo-01-M shutting down: test",
    "info DQM-Acuranzo-01-M ended with code 0 (test)",
    "info DQM-Acuranzo-01-M connecting (pid 1)",
    "info DQM-Acuranzo-01-M connected",
  ]);
  expect(lines.filter((line) => line.includes("[Lead]"))).toEqual([
    "info DQM-Acuranzo-00-LSMFC [Lead] connecting",
    "info DQM-Acuranzo-00-LSFC [Lead] connected",
  ]);
});

describe("lanes that wait for the first session that wants them", () => {
  /** Labels with the states of lanes. */
  function states(lanes: Lanes): readonly string[] {
    return lanes.all.map(({ label, state }) => `${label.slice(-4)} ${state}`);
  }

  test("HY-02, HY-04, HY-17 with no setting there is one of each, and the Lead keeps no tag; only the usual one has a process", async () => {
    const { lanes, clock, doubles, lines } = setUpWith([]);
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    expect(lanes.leadLabel).toBe("DQM-Acuranzo-00-L");
    expect(states(lanes)).toEqual(["01-C disconnected", "02-F disconnected", "03-M connected", "04-S disconnected"]);
    expect(doubles.started.map(({ label }) => label)).toEqual(["DQM-Acuranzo-03-M"]);
    expect(lines.filter((line) => line.includes("02-F"))).toEqual([
      "info DQM-Acuranzo-02-F disconnected: its process starts with the first session that wants it",
    ]);
  });

  test("HY-04, HY-08, HY-12 a session gets the lane in its place; when nobody has wanted it for a while it waits again", async () => {
    const { lanes, clock, doubles, lines } = setUpWith(["lanes.scale_down_after=5s"]);
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    const fast = await give(clock, lanes.laneFor("fast"));
    expect([fast.label, fast.open]).toEqual(["DQM-Acuranzo-02-F", true]);
    fast.sessionIds.add(1n);
    lanes.touched(fast);
    await clock.advance(60_000);
    expect(fast.open).toBe(true);
    fast.sessionIds.delete(1n);
    lanes.touched(fast);
    await clock.advance(5100);
    expect(states(lanes).toSorted()).toEqual([
      "01-C disconnected",
      "02-F disconnected",
      "03-M connected",
      "04-S disconnected",
    ]);
    expect(doubles.alive.map(({ label }) => label)).toEqual(["DQM-Acuranzo-03-M"]);
    expect(lines.filter((line) => line.includes("02-F")).map((line) => line.split(" ")[2])).toEqual([
      "disconnected:",
      "connecting",
      "connected",
      "shutting",
      "ended",
      "disconnected:",
    ]);
    expect((await give(clock, lanes.laneFor("fast"))).label).toBe("DQM-Acuranzo-02-F");
  });

  test("HY-04 none of a kind: the Lead has its tag, and its sessions are served all the same", async () => {
    const { lanes, clock } = setUpWith(["lanes.fast.min=0", "lanes.fast.max=0"]);
    const served = await give(
      clock,
      lanes.start().then(() => lanes.laneFor("fast")),
    );
    expect([lanes.leadLabel, served.tag]).toEqual(["DQM-Acuranzo-00-LF", "medium"]);
  });

  test("HY-04, HY-10 no medium lane is allowed: a session gets one of those that wait", async () => {
    const { lanes, clock } = setUpWith(["lanes.medium.max=0"]);
    const served = await give(
      clock,
      lanes.start().then(() => lanes.laneFor("medium")),
    );
    expect([lanes.leadLabel, served.open]).toEqual(["DQM-Acuranzo-00-LM", true]);
  });

  test("HY-16 one that dies is started again at once for those who were in it; told how many there are to be, all start", async () => {
    const { lanes, clock, doubles } = setUpWith([]);
    await give(
      clock,
      lanes.start().then(() => lanes.laneFor("fast")),
    );
    required(doubles.started[1], "the fast lane").die();
    await clock.settle();
    expect(states(lanes)).toContain("02-F connected");
    lanes.scale("slow", { min: 2, max: 2 });
    await clock.settle();
    expect(states(lanes)).toEqual(expect.arrayContaining(["04-S connected", "05-S connected"]));
  });
});

test("HY-03 a tag returns to the Lead with its last lane", async () => {
  const { lanes, clock } = setUp("lanes.fast.min=2");
  await give(
    clock,
    lanes.start().then(() => lanes.laneFor("medium")),
  );
  const seen = [lanes.leadLabel];
  lanes.scale("fast", { min: 0, max: 2 });
  for (const label of ["DQM-Acuranzo-01-F", "DQM-Acuranzo-02-F"]) {
    lanes.drain(required(lanes.find(label), label), "test", false);
    await clock.settle();
    seen.push(lanes.leadLabel);
  }
  expect(seen).toEqual(["DQM-Acuranzo-00-LSC", "DQM-Acuranzo-00-LSC", "DQM-Acuranzo-00-LSFC"]);
});
