// The built gobi makes, mounts, tells, refuses and unmounts: real processes (GR-01 to GR-08).
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { builtProgram } from "../../support/built.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import { gobi, gobiHere, commandsOf, killAll, pidFile, statusOf, until } from "./mounted.ts";
import { makePlace, type Place } from "./support.ts";

let place: Place;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace();
});
afterEach(() => {
  killAll(place);
  place.remove();
});

it("GR-01, GR-03, GR-04, GR-05, GR-07, GR-12, GR-16 makes, mounts, tells, refuses a second mount, and unmounts without leaving anything", async () => {
  expect(await gobiHere(place, "init", "shop")).toMatchObject({
    code: 0,
    out: expect.stringContaining("Made the database"),
  });
  expect(await gobiHere(place, "init", "shop")).toMatchObject({
    code: 1,
    err: expect.stringContaining("FolderNotEmpty"),
  });
  expect(await gobiHere(place, "daemon", "status")).toMatchObject({ code: 3, out: "No daemon runs.\n" });
  const mounted = await gobi(place, "mount", "shop", "--set", "gateway.listen=127.0.0.1:0");
  const { pid, socket, instance } = pidFile(place);
  expect(mounted).toMatchObject({ code: 0, err: "" });
  // The gateway answers when the command has returned.
  const http = /listening (http:\S+)/u.exec(mounted.out)?.[1] ?? "none";
  expect((await fetch(`${http}/health/live`)).status).toBe(200);
  for (const told of [`process ${pid}`, socket, place.folder]) expect(mounted.out).toContain(told);
  const second = await gobi(place, "mount", "shop");
  expect(second.code).toBe(1);
  expect(second.err).toContain(`already mounted by process ${pid}`);
  await until(async () => ((await statusOf(place)).automation.leading ? true : undefined));
  expect(await gobiHere(place, "daemon", "status", "shop")).toMatchObject({
    code: 0,
    out: expect.stringContaining(socket),
  });
  const status = JSON.parse((await gobiHere(place, "service", "status", "--json")).out) as Record<string, unknown>;
  expect(status).toMatchObject({ state: "running", pid, folder: place.folder, activeRuns: 0 });
  // The gateway reads its templates by a session of its own.
  expect(status["sessions"]).toBe(1);
  expect((await gobiHere(place, "daemon", "list", "--json")).out).toContain(instance);
  expect((await gobiHere(place, "metrics")).out).toContain("gobi_up_seconds");
  expect(await (await fetch(`${http}/health`)).json()).toMatchObject({ live: true, ready: true });
  expect(await (await fetch(`${http}/metrics`)).text()).toContain("gobi_up_seconds");
  expect(await gobiHere(place, "doctor", "shop")).toMatchObject({ code: 0, err: "" });
  expect(await gobi(place, "unmount", "shop")).toMatchObject({ code: 0 });
  expect(await gobiHere(place, "daemon", "stop", "shop")).toMatchObject({ code: 3 });
  expect(readdirSync(place.runtime)).toEqual([]);
  expect(folderState(place.folder).kind).toBe("stopped");
  expect(commandsOf(place)).toEqual([]);
});

it("names feeds that nobody reads when asked what is not well (GR-16)", async () => {
  await gobi(place, "mount", "shop");
  const made = "CREATE TABLE t (n INTEGER)";
  expect((await gobi(place, "sql", "shop", "-c", made)).code).toBe(0);
  expect((await gobi(place, "events", "register", "billing", "shop", "--table", "t")).code).toBe(0);
  const many =
    "INSERT INTO t WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100001) SELECT i FROM c";
  expect((await gobi(place, "sql", "shop", "-c", many)).code).toBe(0);
  const found = await gobiHere(place, "doctor", "shop");
  expect(found.code).toBe(1);
  expect(found.out).toContain("More than 100000 events wait for billing");
  expect((await gobi(place, "events", "unregister", "billing", "shop")).code).toBe(0);
  expect(await gobiHere(place, "doctor", "shop")).toMatchObject({ code: 0 });
});

it("GR-08 lets one of ten win who mount the same folder at the same moment, also one that a killed daemon has left; another runs beside it", async () => {
  await gobi(place, "mount", "shop");
  process.kill(pidFile(place).pid, "SIGKILL");
  await until(() => (commandsOf(place).length === 0 ? true : undefined));
  const all = await Promise.all(Array.from({ length: 10 }, () => gobi(place, "mount", "shop")));
  expect(all.filter((each) => each.code === 0)).toHaveLength(1);
  const { pid } = pidFile(place);
  for (const each of all.filter(({ code }) => code !== 0))
    expect(each.err).toContain(`already mounted by process ${pid}`);
  expect((await gobi(place, "mount", "other")).code).toBe(0);
  const list = JSON.parse((await gobiHere(place, "daemon", "list", "--json")).out) as readonly unknown[];
  expect(list).toHaveLength(2);
  const ambiguous = await gobiHere(place, "daemon", "stop");
  expect(ambiguous.code).toBe(2);
  expect(ambiguous.err).toContain("several daemons run");
  expect((await gobiHere(place, "daemon", "stop", "other")).code).toBe(0);
  // The last connection is closed: all that was committed is in the one file, which may be copied now.
  expect(readdirSync(join(place.root, "other")).toSorted()).toEqual([".gobi", "logs", "main.gobi"]);
  expect((await gobiHere(place, "daemon", "stop")).code).toBe(0);
}, 120_000);
