// HY-41: which commits to the file are other programs': those that no lane has noted while none is at work. Looks are timers of a clock in the test's hand.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ForeignCommits } from "../../../server/daemon/lead/foreign-commits.ts";
import { type CommitNoting, noteCommits, readCommits, tableBit } from "../../../server/lanes/commit-journal.ts";
import { LogLook } from "../../../storage/sqlite/log-head.ts";
import { type VirtualClock, virtualClock } from "../../virtual-clock.ts";

let folder: string;
let db: Database.Database;
let clock: VirtualClock;
let told: number;
let foreign: ForeignCommits;
let journal: CommitNoting;
let look: LogLook;
const LOOK_MS = 25;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gobi-foreign-"));
  const database = join(folder, "x.gobi");
  db = new Database(database);
  db.pragma("journal_mode = WAL");
  db.exec("CREATE TABLE t (a)");
  clock = virtualClock(0);
  told = 0;
  const journalPath = join(folder, "commits");
  foreign = new ForeignCommits({ database, journalPath, clock, tell: () => void (told += 1), warn: () => undefined });
  foreign.open();
  journal = noteCommits(journalPath, 7);
  look = new LogLook(database);
  foreign.watch(true);
});
afterEach(() => {
  foreign.close();
  journal.close();
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function commit(): number {
  db.exec("INSERT INTO t VALUES (1)");
  return look.head()?.commits ?? 0;
}

async function looks(count: number): Promise<number> {
  const before = told;
  for (let n = 0; n < count; n += 1) await clock.advance(LOOK_MS);
  return told - before;
}

test("a commit that nobody notes is told once, by the next look", async () => {
  expect(await looks(4)).toBe(0);
  commit();
  expect(await looks(1)).toBe(1);
  expect(await looks(4)).toBe(0);
});

test("one that is noted is not told, also when the lane at work notes it a look later, and whatever it may have written", async () => {
  journal.busy(true);
  const first = commit();
  expect(await looks(1)).toBe(0);
  journal.note(first, first, ["main.t"]);
  journal.busy(false);
  const second = commit();
  journal.note(second, second, "anything");
  expect(await looks(5)).toBe(0);
});

test("a lane that stays at work is not waited for for ever", async () => {
  journal.busy(true);
  commit();
  expect(await looks(3)).toBe(0);
  expect(await looks(1)).toBe(1);
  commit();
  expect(await looks(4)).toBe(1);
  journal.busy(false);
  expect(await looks(4)).toBe(0);
});

test("one between others that are noted is told", async () => {
  const first = commit();
  commit();
  const last = commit();
  journal.note(first, first, ["main.t"]);
  journal.note(last, last, ["main.t"]);
  expect(await looks(2)).toBe(1);
  expect(await looks(4)).toBe(0);
});

test("what was committed while nobody wanted to hear is not told; a log that was only written back is no commit", async () => {
  foreign.watch(false);
  commit();
  foreign.watch(true);
  expect(await looks(3)).toBe(0);
  db.pragma("wal_checkpoint(TRUNCATE)");
  expect(await looks(3)).toBe(0);
});

test("the journal tells tables by commit; a slot that was used again, or is of no commit, tells nothing", () => {
  const reading = readCommits(join(folder, "commits"));
  journal.note(5, 7, ["main.t", "MAIN.U"]);
  journal.note(9, 9, "anything");
  expect(reading.find(6)).toEqual([tableBit("main.t"), tableBit("main.u")].toSorted((left, right) => left - right));
  expect([reading.find(9), reading.find(4), reading.find(8), reading.find(6 + 4096)]).toEqual([
    "anything",
    undefined,
    undefined,
    undefined,
  ]);
  journal.note(6 + 4096, 6 + 4096, []);
  expect([reading.find(6), reading.find(6 + 4096)]).toEqual([undefined, []]);
  reading.close();
});
