// The Lead of a database: always there, named in every line and number of its lanes, told in the log from its start to its end.
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import { laneDoubles } from "../../support/lane-double.ts";

const LABEL = /^DQM-[A-Za-z0-9_]+-\d{2}-L?S?M?F?C?$/u;

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon({ ports: { startHost: laneDoubles().startHost }, sets: ["lanes.fast.min=2"] });
});
afterAll(() => daemon.stop());

test("HY-01 there is one Lead; it is neither scaled nor killed nor configured away", async () => {
  const rows = (await daemon.lead.control("lanes", undefined)) as readonly { number: number; label: string }[];
  expect(rows.filter(({ number }) => number === 0).map(({ label }) => label)).toEqual(["DQM-shop-00-L"]);
  const refused = (action: string, argument: unknown): Promise<void> =>
    expect(daemon.lead.control(action, argument)).rejects.toMatchObject({
      code: "WrongArguments",
      message: expect.stringContaining("Lead"),
    });
  await refused("scale", { tag: "lead", min: 0, max: 0 });
  await refused("kill_lane", { lane: "DQM-shop-00-L" });
  await expect(startTestDaemon({ sets: ["lanes.lead.max=0"] })).rejects.toThrow("There is no key lanes.lead");
  await daemon.lead.control("scale", { tag: "fast", min: 0, max: 0 });
  await daemon.lead.control("scale", { tag: "medium", min: 0, max: 0 });
  await daemon.line(/03-F ended/u);
  const left = (await daemon.lead.control("lanes", undefined)) as readonly { number: number }[];
  expect(left.some(({ number }) => number === 0)).toBe(true);
  await daemon.lead.control("scale", { tag: "medium", min: 1, max: 1 });
});

test("HY-02 lines and numbers of lanes carry their labels", async () => {
  const client = await daemon.wire();
  await client.connect();
  const words = daemon.lines.flatMap((line) => /DQM-\S*/u.exec(line)?.[0] ?? []);
  expect(words.length).toBeGreaterThan(5);
  for (const word of words) expect(word).toMatch(LABEL);
  const labels = daemon.lead.metrics().flatMap((sample) => sample.labels?.["lane"] ?? []);
  expect(labels.length).toBeGreaterThan(5);
  for (const label of labels) expect(label).toMatch(LABEL);
  client.end();
});

test("HY-12 the Lead's own states are told", async () => {
  const own = await startTestDaemon({ ports: { startHost: laneDoubles().startHost } });
  await own.stop();
  expect(own.lines.filter((line) => line.includes("[Lead]"))).toEqual([
    "info DQM-shop-00-LSMFC [Lead] connecting",
    "info DQM-shop-00-L [Lead] connected",
    "info DQM-shop-00-L [Lead] heartbeat every 30000 ms",
    "info DQM-shop-00-L [Lead] shutting down",
  ]);
});
