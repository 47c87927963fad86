// Sessions that move between real lanes while they work: every request is answered once, in order, with its own answer. In lanes that are processes, and in threads.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import type { Client } from "../../../protocol/client/types.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import type { WireClient } from "../../support/wire-client.ts";

/** Queries of each of four clients while lanes come and go: GRIZZLY_STRESS=10000 is the number of the acceptance list. */
const QUERIES = Number(process.env["GRIZZLY_STRESS"] ?? 300);
const TIME_MAX_MS = QUERIES > 1000 ? 900_000 : 60_000;
const CLIENTS = 4;
const ROWS = 60_000;
const END = 4;

/** Frames up to the end of the next answer. */
async function answer(client: WireClient): Promise<readonly string[]> {
  const names: string[] = [];
  for (;;) {
    const next = await client.next();
    names.push(next.name);
    if (next.name === "ERROR" || (next.frame.flags & END) !== 0) return names;
  }
}

describe.each(["process", "thread"])("lanes in a %s", (kind) => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon({
      script: "CREATE FUNCTION same(a int) RETURNS int { return a }",
      sets: ["lanes.medium.max=3", "lanes.scale_cooldown=1ms", `lanes.medium.host=${kind}`],
    });
  });
  afterAll(() => daemon.stop());

  async function lanesOfSessions(): Promise<readonly string[]> {
    const rows = (await daemon.lead.control("sessions", undefined)) as readonly { lane: string }[];
    return rows.map(({ lane }) => lane);
  }

  /** Lanes that are there to stay. */
  function staying(): number {
    return daemon.lead.status().lanes.filter(({ state }) => state === "connected" || state === "connecting").length;
  }

  async function scale(number: number): Promise<void> {
    await daemon.lead.control("scale", { tag: "medium", min: number, max: number });
  }

  test(
    "HY-08 the number of lanes flips under load: nothing is lost, doubled or mixed up",
    async () => {
      const target = daemon.place.socket;
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, () => connect({ target, pool: { min: 1, max: 1 } })),
      );
      let busy = true;
      const seen = new Set<number>();
      const most = QUERIES > 1000 ? 8 : 3;
      const flips = (async () => {
        for (let turn = 0; busy; turn += 1) {
          const number = turn % 2 === 0 ? most : 1;
          await scale(number);
          expect(staying()).toBe(number);
          // Until the lanes are there, or have left.
          while (busy && daemon.lead.status().lanes.filter(({ state }) => state === "connected").length !== number)
            await new Promise((resolve) => setImmediate(resolve));
          seen.add(number);
        }
      })();
      let answers = 0;
      const work = clients.map(async (client, place) => {
        for (let call = 0; call < QUERIES || seen.size < 2; call += 1) {
          expect(await client.call("same", [place * 1_000_000 + call])).toBe(place * 1_000_000 + call);
          answers += 1;
        }
      });
      await Promise.all(work).finally(() => {
        busy = false;
      });
      await flips;
      expect(answers).toBeGreaterThanOrEqual(CLIENTS * QUERIES);
      expect(daemon.lead.status().sessions).toBe(CLIENTS);
      for (const client of clients) await client.close();
      await daemon.lead.control("scale", { tag: "medium", min: 1, max: 3 });
    },
    TIME_MAX_MS,
  );

  test("HY-08 a session moves when the client has taken what was written, and not before", async () => {
    const client = await daemon.wire();
    const { lane } = await client.connect();
    client.socket.pause();
    client.send("EXECUTE_SQL", {
      text: `SELECT x, 'row ' || x AS t FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT ${String(ROWS)}) SELECT x FROM c)`,
    });
    const completed = async (): Promise<boolean> => {
      const rows = (await daemon.lead.control("lanes", undefined)) as readonly { label: string; completed: number }[];
      return rows.some((row) => row.label === lane && row.completed > 0);
    };
    while (!(await completed()));
    const before = daemon.lead.status().lanes.map(({ label }) => label);
    // All lanes are replaced; this session's stays for it.
    daemon.lead.reload(["limits.deadline"]);
    while (daemon.lead.status().lanes.every(({ label }) => before.includes(label)))
      await new Promise((resolve) => setImmediate(resolve));
    client.socket.resume();
    expect(await answer(client)).not.toContain("ERROR");
    while ((await lanesOfSessions()).some((label) => label === lane));
    client.send("EXECUTE_SQL", { text: "SELECT 1" });
    expect(await answer(client)).toEqual(["ROWS"]);
    client.end();
  });

  test("many sessions get a second lane, and those that hold no state spread over both", async () => {
    const target = daemon.place.socket;
    const clients: Client[] = [];
    // One after the other: those that come at the same moment do not see each other in the lane yet.
    for (let place = 0; place < 24; place += 1) clients.push(await connect({ target, pool: { min: 1, max: 1 } }));
    while (new Set(await lanesOfSessions()).size < 2) for (const client of clients) await client.call("same", [1]);
    for (const [place, client] of clients.entries()) expect(await client.call("same", [place])).toBe(place);
    for (const client of clients) await client.close();
  });
});
