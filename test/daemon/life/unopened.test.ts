// A mount whose database cannot be opened: it runs, says why to everybody who asks, and tries again with each heartbeat until it can.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { prepareDatabase } from "../../../server/daemon/database.ts";
import { pauseBefore } from "../../../server/daemon/open-again.ts";
import { builtProgram } from "../../support/built.ts";
import { virtualClock } from "../../virtual-clock.ts";
import { gobi, killAll } from "./mounted.ts";
import { leadDouble, logLines, makePlace, type Place, startHere } from "./support.ts";

const JUNK = "this is no database, but a text that is long enough".repeat(30);

let place: Place;
let file: string;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace("shop");
  file = join(place.folder, "main.gobi");
});
afterEach(() => {
  killAll(place);
  place.remove();
});

it("HY-13 attempts come about a heartbeat apart, spread over daemons and the same for each again", () => {
  const pauses = Array.from({ length: 40 }, (_, index) => pauseBefore(`shop-${String(index % 8)}`, index, 30_000));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(27_000);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(33_000);
  expect(new Set(pauses).size).toBeGreaterThan(30);
  expect(pauseBefore("shop-1", 3, 30_000)).toBe(pauseBefore("shop-1", 3, 30_000));
});

it("HY-13 the first attempt is at once; each failure is told, the next one comes with the heartbeat, and lanes start when it succeeds", async () => {
  writeFileSync(file, JUNK);
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const lead = leadDouble();
  let attempts = 0;
  const daemon = await startHere(place, lead, {
    clock,
    prepareDatabase: async ({ path, exists, busyTimeoutMs }) => {
      attempts += 1;
      return prepareDatabase(path, exists, busyTimeoutMs);
    },
  });
  const { instance } = daemon.ready;
  expect([attempts, lead.options().heldFor]).toEqual([1, expect.stringContaining("main.gobi")]);
  expect(daemon.ready.mended).toEqual([
    expect.stringMatching(/main\.gobi.*The next attempt is at 2026-01-01T00:00:\d\dZ\.$/u),
  ]);
  const next = async (): Promise<void> => clock.advance(pauseBefore(instance, attempts, 30_000));
  await clock.advance(pauseBefore(instance, 1, 30_000) - 1);
  expect(attempts).toBe(1);
  await clock.advance(1);
  expect(attempts).toBe(2);
  expect(lead.calls.filter((call) => call.startsWith("hold"))).toHaveLength(2);
  expect(logLines(place).filter((line) => line.includes("The next attempt"))).toHaveLength(2);
  rmSync(file);
  await next();
  expect(attempts).toBe(3);
  expect(lead.calls).toContain("databaseOpened");
  expect(logLines(place)).toContain("info  launch: the database is served");
  expect(clock.timers).toBe(0);
  await daemon.stop("test");
});

it("HY-13 a landing ends the attempts", async () => {
  writeFileSync(file, JUNK);
  const clock = virtualClock(0);
  const daemon = await startHere(place, leadDouble(), { clock });
  expect(clock.timers).toBe(1);
  await daemon.stop("test");
  expect(clock.timers).toBe(0);
});

it("HY-13 as its user sees it: the mount warns, status says ERROR, sessions are told why, and it serves when the file is well", async () => {
  writeFileSync(file, JUNK);
  const mounted = await gobi(place, "mount", "shop", "--set", "lanes.heartbeat=300ms");
  expect(mounted).toMatchObject({ code: 0, out: expect.stringContaining("The next attempt is at"), err: "" });
  const status = await gobi(place, "daemon", "status", "shop");
  expect(status).toMatchObject({
    code: 1,
    out: expect.stringMatching(/lead +DQM-shop-00-LSMFC: ERROR, .*main\.gobi/u),
  });
  const refused = await gobi(place, "sql", "shop", "-c", "SELECT 1 AS n");
  expect(refused.code).not.toBe(0);
  expect(refused.err).toMatch(/main\.gobi.*The next attempt is at/u);
  rmSync(file);
  for (;;) if ((await gobi(place, "daemon", "status", "shop")).code === 0) break;
  expect(await gobi(place, "sql", "shop", "-c", "SELECT 1 AS n", "--format", "json")).toMatchObject({
    code: 0,
    out: '[{"n":1}]\n',
  });
  expect((await gobi(place, "unmount", "shop")).code).toBe(0);
});
