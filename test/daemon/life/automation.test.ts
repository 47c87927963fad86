// Schedules and runs of a mounted folder: they run in a process of their own that is replaced when it dies, and what a killed daemon leaves is orphaned once (IT-11, IT-19).
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { open } from "../../../index.ts";
import { builtProgram } from "../../support/built.ts";
import { gobi, commandsOf, killAll, pidFile, processesOf, statusOf, until } from "./mounted.ts";
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

function databaseFile(): string {
  return join(place.folder, "main.gobi");
}

/** Texts of one column. */
function asked(query: string): readonly unknown[] {
  const db = new Database(databaseFile(), { readonly: true, timeout: 5000 });
  try {
    return db.prepare(query).pluck().all();
  } finally {
    db.close();
  }
}

const NEVER = "sched: '0 0 1 1 *', exe: 'procedure'";

it("IT-11 orphans the three runs of a killed daemon, once each, and retries what asks for it", async () => {
  expect((await gobi(place, "mount", "shop")).code).toBe(0);
  // A session in whose database nobody runs the schedules would do the runs itself.
  await until(async () => ((await statusOf(place)).automation.leading ? true : undefined));
  const db = open(databaseFile());
  db.exec(`CREATE TABLE told (name TEXT NOT NULL);
procedure endless () { let n = 0; while true { n = n + 1 } }
procedure tell (name string) { INSERT INTO told VALUES (name) }`);
  db.exec(`upsert SCHEDULE as note ( ${NEVER}, call: 'tell', args: { name: 'orphan' } )`);
  for (const name of ["a", "b", "c"])
    db.exec(`upsert SCHEDULE as ${name} ( ${NEVER}, call: 'endless', on_failure: [kickOffJob('note')] )`);
  for (const name of ["a", "b", "c"]) db.exec(`RUN SCHEDULE ${name}`);
  db.close();
  await until(async () => ((await statusOf(place)).activeRuns === 3 ? true : undefined));
  await until(() => (asked("SELECT 1 FROM gobi_runs WHERE status = 'running'").length === 3 ? true : undefined));
  process.kill(pidFile(place).pid, "SIGKILL");
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  const again = await gobi(place, "mount", "shop");
  expect(again.out).toContain("3 runs were at work when the last daemon ended; they become orphaned.");
  await until(() => (asked("SELECT 1 FROM told").length === 3 ? true : undefined));
  expect(asked("SELECT status FROM gobi_runs WHERE target LIKE '%endless%' ORDER BY 1")).toEqual([
    "orphaned",
    "orphaned",
    "orphaned",
  ]);
  await gobi(place, "unmount", "shop");
  expect(asked("SELECT count(*) FROM told")).toEqual([3]);
});

it("IT-19 lets a run end that is at work when the daemon lands, and starts no other", async () => {
  await gobi(place, "mount", "shop");
  const db = open(databaseFile());
  db.exec(`CREATE TABLE beats (n INTEGER NOT NULL);
procedure beat () { INSERT INTO beats VALUES (1) }
procedure slow () { let n = 0; while n < 3000000 { n = n + 1 } INSERT INTO beats VALUES (100) }`);
  db.exec("upsert SCHEDULE as tick ( sched: '@every 1s', exe: 'procedure', call: 'beat' )");
  db.exec(`upsert SCHEDULE as long ( ${NEVER}, call: 'slow' )`);
  await until(() => (asked("SELECT n FROM beats").length > 0 ? true : undefined));
  db.exec("RUN SCHEDULE long");
  db.close();
  await until(() =>
    asked("SELECT 1 FROM gobi_runs WHERE target LIKE '%slow%' AND status <> 'pending'")[0] === 1 ? true : undefined,
  );
  expect(await gobi(place, "unmount", "shop")).toMatchObject({ code: 0 });
  expect(asked("SELECT status FROM gobi_runs WHERE target LIKE '%slow%'")).toEqual(["completed"]);
  expect(asked("SELECT count(*) FROM beats WHERE n = 100")).toEqual([1]);
  expect(asked("SELECT count(*) FROM gobi_runs WHERE status = 'running'")).toEqual([0]);
  expect(asked("SELECT DISTINCT state FROM gobi_instances")).toEqual(["stopped"]);
  expect(commandsOf(place)).toEqual([]);
});

it("starts automation again when its process dies; sessions do not notice", async () => {
  await gobi(place, "mount", "shop");
  const first = await until(async () => {
    const { automation } = await statusOf(place);
    return automation.leading && automation.pid !== null ? automation.pid : undefined;
  });
  process.kill(first, "SIGKILL");
  const { automation, lanes } = await until(async () => {
    const status = await statusOf(place);
    return status.automation.restarts === 1 && status.automation.leading ? status : undefined;
  });
  expect(automation.pid).not.toBe(first);
  expect(lanes.filter(({ pid }) => pid !== null)).toHaveLength(1);
  expect((await gobi(place, "metrics", "shop")).out).toContain("gobi_automation_restarts_total 1");
  await gobi(place, "unmount", "shop");
});
