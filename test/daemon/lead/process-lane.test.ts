// A lane in a process beside lanes that are threads: found, started, left, and out of the way of what bounds and routing count. The Lead is real, its lanes are doubles.
import { afterEach, describe, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import type { FromLane } from "../../../server/lanes/types.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import { type LaneDouble, laneDoubles, type LaneDoubles } from "../../support/lane-double.ts";
import type { WireClient } from "../../support/wire-client.ts";

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

async function setUp(...sets: readonly string[]): Promise<{ readonly own: TestDaemon; readonly lanes: LaneDoubles }> {
  const lanes = laneDoubles();
  const own = await startTestDaemon({
    sets: ["lanes.medium.host=thread", "lanes.medium.max=1", ...sets],
    ports: { startHost: lanes.startHost },
  });
  daemon = own;
  return { own, lanes };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** A client with its session in the first lane. */
async function arrived(
  own: TestDaemon,
  lanes: LaneDoubles,
): Promise<{ client: WireClient; id: bigint; home: LaneDouble }> {
  const client = await own.wire();
  const { sessionId } = await client.connect();
  const home = required(lanes.started[0], "the first lane");
  return { client, id: BigInt(sessionId), home };
}

function open(own: TestDaemon): readonly string[] {
  return own.lead.status().lanes.flatMap(({ label, state }) => (state === "connected" ? [label] : []));
}

describe("a session that wants a process", () => {
  test("gets one of its kind beside the thread; it counts for no bound, and others do not come there (HY-05, GR-114)", async () => {
    const { own, lanes } = await setUp();
    const { client, id, home } = await arrived(own, lanes);
    home.giveBack(id, "process");
    await until(() => lanes.started[1]?.sessions.has(id) === true);
    expect(lanes.started.map(({ kind }) => kind)).toEqual(["thread", "process"]);
    expect(open(own)).toEqual(["DQM-shop-03-M", "DQM-shop-05-M"]);
    const rows = (await own.lead.control("lanes", undefined)) as readonly unknown[];
    expect(rows.at(-1)).toMatchObject({ label: "DQM-shop-05-M", number: 5, host: "process", sessions: 1 });
    client.send("PING", {});
    expect((await client.next()).name).toBe("PONG");
    const other = await own.wire();
    expect((await other.connect()).lane).toBe("DQM-shop-03-M");
    // Neither a reload nor new bounds take it for one too many.
    await own.lead.control("scale", { tag: "medium", min: 1, max: 1 });
    expect(open(own)).toEqual(["DQM-shop-03-M", "DQM-shop-05-M"]);
  });

  test("finds the one that is there; a second is started while that one is at work, and no third", async () => {
    const { own, lanes } = await setUp();
    const sessions: { client: WireClient; id: bigint }[] = [];
    for (let count = 0; count < 4; count += 1) sessions.push(await arrived(own, lanes));
    const home = required(lanes.started[0], "the first lane");
    const goes = async (at: number): Promise<number> => {
      const id = required(sessions[at], "a session").id;
      home.giveBack(id, "process");
      const place = (): number => lanes.started.findIndex((lane, index) => index > 0 && lane.sessions.has(id));
      await until(() => place() > 0);
      return place();
    };
    const began = (lane: number, session: number): void => {
      const { id: sessionId } = required(sessions[session], "a session");
      const told: FromLane = {
        kind: "began",
        sessionId,
        messageId: 9n,
        atMs: Date.now(),
        deadlineMs: 60_000,
        text: "",
      };
      required(lanes.started[lane], "a lane").say(told);
    };
    expect([await goes(0), await goes(1)]).toEqual([1, 1]);
    began(1, 0);
    expect(await goes(2)).toBe(2);
    began(2, 2);
    expect([1, 2]).toContain(await goes(3));
    expect(lanes.started.length).toBe(3);
  });

  test("stays among the threads when no process starts", async () => {
    const { own, lanes } = await setUp();
    const { client, id, home } = await arrived(own, lanes);
    lanes.onOpen = (lane) => lane.die("was killed by SIGKILL");
    home.giveBack(id, "process");
    await until(() => lanes.started.length > 1 && home.sessions.has(id));
    client.send("PING", {});
    expect((await client.next()).name).toBe("PONG");
    expect(open(own)).toEqual(["DQM-shop-03-M"]);
  });

  test("stays there as long as it lasts, whatever it does; the process leaves when it has none (HY-08)", async () => {
    const { own, lanes } = await setUp("lanes.scale_down_after=50ms");
    const { client, id, home } = await arrived(own, lanes);
    home.giveBack(id, "process");
    await until(() => lanes.started[1]?.sessions.has(id) === true);
    // A lane that nobody needs leaves after so long: another one does.
    const short = await own.wire();
    await short.connect({ lane: "fast" });
    short.end();
    await own.line(/DQM-shop-\d\d-F shutting down: nothing to do/u);
    expect(lanes.started[1]?.sessions.has(id)).toBe(true);
    client.end();
    await own.line(/DQM-shop-05-M shutting down: nothing to do/u);
  });

  test("where lanes are processes anyway it goes to one of those", async () => {
    const { own, lanes } = await setUp("lanes.medium.host=process");
    const { id, home } = await arrived(own, lanes);
    home.giveBack(id, "process");
    await until(() => !home.sessions.has(id) || lanes.started.length > 1);
    await until(() => home.sessions.has(id));
    expect(lanes.started.length).toBe(1);
  });
});
