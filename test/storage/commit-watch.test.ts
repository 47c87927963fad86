// Commits that count and those that do not: signs of life change nothing, everything else does, and in doubt it counts. Against what the tables hold, over random work.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRows } from "../../server/sql/rows.ts";
import type { Connection } from "../../storage/engine.ts";
import { CommitWatch } from "../../storage/sqlite/commit-watch.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

let folder: string;
let writer: Connection;
let reader: Connection;
let watch: CommitWatch;
let nowMs = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gobi-watch-"));
  const target = join(folder, "x.gobi");
  writer = sqliteEngine.connect({ target });
  run("CREATE TABLE quiet (k TEXT PRIMARY KEY, v TEXT)");
  run("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
  run("INSERT INTO quiet VALUES ('a', '1'), ('b', '2')");
  reader = sqliteEngine.connect({ target, create: false });
  nowMs = 0;
  watch = new CommitWatch(reader, target, ["quiet"], () => nowMs);
  settle();
});
afterEach(() => {
  reader.close();
  writer.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(sql: string): void {
  writer.runText(sql, []).source?.close();
}

/** Lets it learn the pages: the first commits that it sees count. */
function settle(): void {
  for (let n = 0; n < 3; n += 1) {
    nowMs += 10_000;
    run(`UPDATE quiet SET v = 'settle ${nowMs}' WHERE k = 'a'`);
    watch.version();
  }
}

/** Whether the version moves with this work. */
function counts(...texts: readonly string[]): boolean {
  const before = watch.version();
  for (const text of texts) run(text);
  return watch.version() !== before;
}

it("changes of quiet tables do not count; those of others do, alone or together, before and after", () => {
  expect(counts()).toBe(false);
  expect(counts("UPDATE quiet SET v = 'x'")).toBe(false);
  expect(counts("UPDATE quiet SET v = 'y'", "UPDATE quiet SET v = 'z'")).toBe(false);
  expect(counts("INSERT INTO t VALUES (1, 'x')")).toBe(true);
  settle();
  expect(counts("UPDATE quiet SET v = 'w'", "UPDATE t SET b = 'y'", "UPDATE quiet SET v = 'v'")).toBe(true);
  settle();
  expect(counts("BEGIN", "UPDATE quiet SET v = 'u'", "UPDATE t SET b = 'z'", "COMMIT")).toBe(true);
  settle();
  expect(counts("BEGIN", "UPDATE t SET b = 'never'", "ROLLBACK")).toBe(false);
  expect(counts("CREATE TABLE more (a)")).toBe(true);
  settle();
  expect(counts("PRAGMA wal_checkpoint(TRUNCATE)", "UPDATE t SET b = 'after the log began anew'")).toBe(true);
});

it("a page that a quiet table has given to another one counts", () => {
  run(
    `INSERT INTO quiet SELECT 'k' || value, hex(zeroblob(400)) FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 60) SELECT value FROM n)`,
  );
  settle();
  expect(counts("UPDATE quiet SET v = 'short'")).toBe(false);
  settle();
  expect(
    counts(
      "DELETE FROM quiet WHERE k LIKE 'k%'",
      "INSERT INTO t SELECT n, hex(zeroblob(1500)) FROM (WITH RECURSIVE i (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM i WHERE n < 1020) SELECT n FROM i)",
    ),
  ).toBe(true);
  settle();
  for (let n = 1; n < 10; n += 1)
    expect(counts(`UPDATE t SET b = hex(zeroblob(1500 - ${n})) WHERE a = ${1000 + n}`)).toBe(true);
});

it("over random work it never misses a change of the other tables", () => {
  let seed = 7;
  const next = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return Math.floor((seed / 2_147_483_647) * below);
  };
  const steps: readonly (() => string)[] = [
    () => `UPDATE quiet SET v = '${next(1000)}'`,
    () => `UPDATE quiet SET v = '${next(1000)}' WHERE k = 'a'`,
    () => `INSERT OR REPLACE INTO quiet VALUES ('k${next(40)}', hex(zeroblob(${next(900)})))`,
    () => `DELETE FROM quiet WHERE k > 'k' AND k < 'k${next(40)}'`,
    () => `INSERT OR REPLACE INTO t VALUES (${next(60)}, hex(zeroblob(${next(1200)})))`,
    () => `UPDATE t SET b = b || 'x' WHERE a = ${next(60)}`,
    () => `DELETE FROM t WHERE a < ${next(20)}`,
    () => (next(20) === 0 ? "PRAGMA wal_checkpoint(RESTART)" : "SELECT 1"),
  ];
  const content = (): string =>
    JSON.stringify(
      readRows(writer, "SELECT count(*), total(a), total(length(b)), group_concat(a || ':' || length(b)) FROM t"),
    );
  let version = watch.version();
  let held = content();
  let quiet = 0;
  for (let round = 0; round < 1500; round += 1) {
    nowMs += next(2) * 1100;
    const count = 1 + next(3);
    for (let n = 0; n < count; n += 1) run((steps[next(steps.length)] ?? (() => "SELECT 1"))());
    const now = content();
    const moved = watch.version();
    if (now !== held) expect(moved, `round ${round}`).not.toBe(version);
    else if (moved === version) quiet += 1;
    version = moved;
    held = now;
  }
  expect(quiet).toBeGreaterThan(50);
});
