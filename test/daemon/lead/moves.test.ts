// Sessions that move between real lanes while they work: every request is answered once, in order, with its own answer.
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon({
    script: "CREATE FUNCTION same(a int) RETURNS int { return a }",
    sets: ["lanes.medium.max=3", "lanes.scale_cooldown=1ms"],
  });
});
afterAll(() => daemon.stop());

async function lanesOfSessions(): Promise<readonly string[]> {
  const rows = (await daemon.lead.control("sessions", undefined)) as readonly { lane: string }[];
  return rows.map(({ lane }) => lane);
}

test("the number of lanes flips under load: nothing is lost, doubled or mixed up", async () => {
  const target = daemon.place.socket;
  const clients = await Promise.all(Array.from({ length: 4 }, () => connect({ target, pool: { min: 1, max: 1 } })));
  let busy = true;
  const seen = new Set<number>();
  const flips = (async () => {
    for (let turn = 0; busy; turn += 1) {
      const number = turn % 2 === 0 ? 3 : 1;
      await daemon.lead.control("scale", { tag: "medium", min: number, max: number });
      // Until the lanes are there, or have left.
      while (busy && daemon.lead.status().lanes.filter((lane) => lane.state === "connected").length !== number)
        await new Promise((resolve) => setImmediate(resolve));
      seen.add(number);
    }
  })();
  const work = clients.map(async (client, place) => {
    for (let call = 0; call < 500 || !seen.has(3) || seen.size < 2; call += 1)
      expect(await client.call("same", [place * 1_000_000 + call])).toBe(place * 1_000_000 + call);
  });
  await Promise.all(work).finally(() => {
    busy = false;
  });
  await flips;
  expect(daemon.lead.status().sessions).toBe(4);
  for (const client of clients) await client.close();
  await daemon.lead.control("scale", { tag: "medium", min: 1, max: 3 });
});

test("many sessions get a second lane, and those that hold no state spread over both", async () => {
  const target = daemon.place.socket;
  const clients = await Promise.all(Array.from({ length: 9 }, () => connect({ target, pool: { min: 1, max: 1 } })));
  while (new Set(await lanesOfSessions()).size < 2) for (const client of clients) await client.call("same", [1]);
  for (const [place, client] of clients.entries()) expect(await client.call("same", [place])).toBe(place);
  for (const client of clients) await client.close();
});
