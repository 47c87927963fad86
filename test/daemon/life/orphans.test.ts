// A daemon that is killed while a lane works inside of the engine, where it sees nothing: the lane goes too, and with it its locks.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { endOrphanedLanes } from "../../../server/daemon/lane-record.ts";
import { processStart } from "../../../server/daemon/process-start.ts";
import { builtProgram } from "../../support/built.ts";
import { isBeingWritten } from "../../support/being-written.ts";
import { gobi, gobiHere, killAll, pidFile, type Ran, spawnGobi, processesOf, until } from "./mounted.ts";
import { makePlace, type Place } from "./support.ts";

/** Compares megabytes with megabytes: some minutes in one call of one function. */
const STUCK =
  "UPDATE t SET n = 0 WHERE length(replace(hex(zeroblob(2000000)), hex(zeroblob(1000000)) || '1', 'ab')) > 3";

let place: Place;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace();
});
afterEach(() => {
  killAll(place);
  place.remove();
});

const database = (): string => join(place.folder, "main.gobi");
const sql = (text: string): Promise<Ran> => gobi(place, "sql", "shop", "-c", text);

/** Mounts, and kills the daemon when its lane writes. */
async function killedAtWork(...settings: readonly string[]): Promise<void> {
  expect((await gobi(place, "mount", "shop", ...settings)).code).toBe(0);
  expect((await sql("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (41)")).code).toBe(0);
  const stuck = spawnGobi(place, ["sql", "shop", "-c", STUCK]);
  await until(() => (isBeingWritten(database()) ? true : undefined));
  process.kill(pidFile(place).pid, "SIGKILL");
  stuck.kill("SIGKILL");
}

it("is ended by what is left of the daemon", async () => {
  await killedAtWork();
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  expect(isBeingWritten(database())).toBe(false);
});

it("is ended by the next mount, which says so", async () => {
  await killedAtWork("--set", "automation.enabled=false");
  await until(() => (processesOf(place).length === 1 ? true : undefined));
  expect(isBeingWritten(database())).toBe(true);
  const again = await gobi(place, "mount", "shop");
  expect(again.out).toContain("Lanes of the last daemon that were still at work were ended: 1.");
  expect(await sql("UPDATE t SET n = n + 1")).toMatchObject({ code: 0, err: "" });
  await gobiHere(place, "unmount", "shop");
});

it("is ended by a stop that cleans up", async () => {
  await killedAtWork("--set", "automation.enabled=false");
  await until(() => (processesOf(place).length === 1 ? true : undefined));
  await gobiHere(place, "daemon", "stop", "shop");
  await until(() => (processesOf(place).length === 0 ? true : undefined));
});

it.each([
  ["nothing that is a record", "[1, 2"],
  ["of another shape", `{"lead": ${process.pid}, "lanes": [{"pid": -1, "startedAt": "x"}]}`],
  ["of a process that had the number before", `{"lead": 1, "lanes": [{"pid": ${process.pid}, "startedAt": "x"}]}`],
  ["of another daemon", `{"lead": 2, "lanes": [{"pid": ${process.pid}, "startedAt": "${processStart(process.pid)}"}]}`],
])("ends nobody by a record %s", (_, text) => {
  const path = join(place.root, "shop.lanes");
  writeFileSync(path, text);
  expect(endOrphanedLanes(path, 1)).toBe(0);
});
