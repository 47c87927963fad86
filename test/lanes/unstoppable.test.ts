// Which statements nothing can stop, and how large a database may be for them in a thread (GR-114).
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { needsProcess, refuseInThread } from "../../server/lanes/unstoppable.ts";
import type { LaneOpening } from "../../server/lanes/types.ts";
import { numberOf, readRows } from "../../server/sql/rows.ts";
import type { Session } from "../../server/session-types.ts";
import { testSession } from "../session.ts";

const PAGE_BYTES = 4096;
const OPENING = { tags: ["medium"] } as unknown as LaneOpening;

let session: Session;
beforeEach(() => {
  session = testSession({
    beforeUnstoppable: (found, connection) => refuseInThread(OPENING, found, connection),
  }).session;
  run(`CREATE TABLE parent (id INTEGER PRIMARY KEY, v INTEGER, name TEXT);
CREATE TABLE child (pid INTEGER REFERENCES parent (id), n INTEGER);
CREATE TABLE other (id INTEGER PRIMARY KEY, b BLOB);
CREATE TABLE leaf (oid INTEGER REFERENCES other (id));
CREATE INDEX leaf_oid ON leaf (oid);`);
});
afterEach(() => session.close());

/** What a text ends with. */
function run(text: string): string {
  const outcome = session.executeStatement(text);
  return outcome.kind === "failed" ? outcome.error.code : outcome.kind;
}

/** Whether a text, as the first one of a request, goes to a process. */
function goes(text: string): boolean {
  return needsProcess(session, { kind: "text", text, args: [], fields: {} });
}

/** Makes the database so many pages long. */
function fill(pages: number): void {
  const count = (): number => numberOf(readRows(session.connection, "PRAGMA page_count")[0]?.[0]);
  run(`INSERT INTO other (b) VALUES (zeroblob(${(pages - count() - 20) * PAGE_BYTES}))`);
  while (count() < pages) run("INSERT INTO other (b) VALUES (zeroblob(2000))");
  expect(count()).toBe(pages);
}

describe("GR-114 the size of a database in which what nothing can stop is done in a thread", () => {
  const most = LIMITS.unstoppableBytesMax.value / PAGE_BYTES;

  it("at the limit it is done", () => {
    fill(most);
    expect(goes("ANALYZE")).toBe(false);
    expect(run("ANALYZE parent")).toBe("completed");
  });

  it("a page beyond it the session goes to a process, or the statement is refused", () => {
    fill(most + 1);
    expect(goes("ANALYZE")).toBe(true);
    expect(goes("SELECT count(*) AS n FROM other")).toBe(false);
    expect(goes("CREATE TABLE another (n INTEGER)")).toBe(false);
    for (const text of [
      "ANALYZE",
      "VACUUM",
      "PRAGMA main.integrity_check",
      "CREATE INDEX i ON parent (v)",
      "execute 'REINDEX'",
    ])
      expect([text, run(text)]).toEqual([text, "LimitExceeded"]);
    expect(run("CREATE TABLE another (n INTEGER)")).toBe("completed");
    expect(run("PRAGMA user_version")).toBe("completed");
  });
});

describe("GR-114 work that the size of the database does not bound", () => {
  const CASES: readonly (readonly [string, boolean])[] = [
    ["CREATE INDEX i ON parent (lower(name), v + 1) WHERE name IN ('a', 'b') AND v > abs(-1)", false],
    ["CREATE UNIQUE INDEX IF NOT EXISTS main.i ON parent (name COLLATE NOCASE DESC, v)", false],
    ["CREATE INDEX i ON parent (replace(name, 'a', 'b'))", true],
    ["CREATE INDEX i ON parent (v) WHERE name LIKE '%a%b'", true],
    ["-- a remark\nCREATE INDEX i ON parent (hex(zeroblob(v)))", true],
    ["ALTER TABLE parent ADD COLUMN more DECIMAL(10, 2) DEFAULT 1 CHECK (more > 0)", false],
    ["ALTER TABLE parent ADD COLUMN more TEXT AS (replace(name, 'a', 'b'))", true],
    ["DROP TABLE other", false],
    ["DROP TABLE IF EXISTS main.parent", true],
    ["DELETE FROM parent", true],
    ["DELETE FROM other", false],
    ["DELETE FROM child", false],
    ["UPDATE parent SET v = 1", false],
    ["SELECT 1 AS one; VACUUM", false],
    ["execute 'SELECT 1'", true],
    ["BACKUP DATABASE TO 'never.db'", false],
    ["SELECT no_such_column FROM parent", false],
  ];

  it.each(CASES)("%s", (text, expected) => {
    expect(goes(text)).toBe(expected);
  });

  it("expressions of tables and indexes that are there count where they are computed again", () => {
    expect([goes("REINDEX"), goes("PRAGMA quick_check"), goes("CREATE INDEX i ON child (n)")]).toEqual([
      false,
      false,
      false,
    ]);
    run("CREATE TABLE odd (a TEXT, b TEXT AS (replace(a, 'a', 'b')))");
    expect([goes("REINDEX"), goes("PRAGMA quick_check"), goes("CREATE INDEX i ON child (n)")]).toEqual([
      true,
      true,
      true,
    ]);
    expect(goes("VACUUM")).toBe(false);
  });
});
