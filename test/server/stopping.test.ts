// Long SQL statements of a session that somebody may stop: they end with Cancelled or Timeout, which no program catches, and leave database and session as they were.
// The clock moves a millisecond whenever it is asked, so that time passes by questions and not by the machine's speed.
import { describe, expect, test } from "vitest";
import type { Session } from "../../server/session-types.ts";
import { TEST_NOW_MICROS, testSession } from "../session.ts";

const SETUP = `CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER NOT NULL, name TEXT NOT NULL);
CREATE TABLE kept (a INTEGER NOT NULL);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t SELECT i, i % 10, 'n' || i FROM n;
function twice(a int) returns int { return a * 2 }
procedure burn() returns int {
    INSERT INTO kept (a) VALUES (1);
    try {
        let n = SELECT count(*) FROM t a, t b, t c;
        return n
    } catch (e) {
        print "caught"
        return 0
    } finally {
        print "finally"
    }
}`;

const LONG = [
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n;",
  "SELECT count(*) AS c FROM t a, t b, t c;",
  "SELECT count(*) AS c FROM t a, t b, t c WHERE a.x + b.x + c.x = -1;",
  "SELECT a.name FROM t a, t b, t c;",
  "SELECT sum(twice(a.x)) AS s FROM t a, t b, t c;",
  "for row in SELECT a.id FROM t a, t b, t c { print row.id }",
  "UPDATE t SET x = (SELECT count(*) FROM t a, t b WHERE a.x > t.x);",
  "DELETE FROM t WHERE x IN (SELECT a.x + b.x FROM t a, t b, t c);",
  "INSERT INTO t (x, name) SELECT a.x, b.name FROM t a, t b, t c;",
  "MERGE INTO kept k USING (SELECT a.x AS x FROM t a, t b, t c) s ON k.a = s.x WHEN NOT MATCHED THEN INSERT (a) VALUES (s.x);",
  "execute 'SELECT a.name FROM t a, t b, t c';",
  "let r = burn();",
];

interface Stoppable {
  readonly session: Session;
  readonly flag: Int32Array;
  readonly printed: readonly string[];
  /** Sets the flag after so many looks at the clock. */
  cancelAfter(questions: number): void;
  error(text: string): string | undefined;
  rows(text: string): readonly number[];
}

function stoppable(timeoutMs: number): Stoppable {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  let elapsed = 0;
  let cancelAt = Number.POSITIVE_INFINITY;
  const { session, printed } = testSession({
    cancelFlag: flag,
    limits: { timeoutMs },
    clock: {
      nowMicros: () => TEST_NOW_MICROS,
      elapsedMs: () => {
        elapsed += 1;
        if (elapsed >= cancelAt) flag[0] = 1;
        return elapsed;
      },
    },
  });
  const error = (text: string): string | undefined => {
    const outcome = session.executeStatement(text);
    if (outcome.kind === "rejected") return outcome.problems.map((problem) => problem.message).join(" ");
    return outcome.kind === "failed" ? outcome.error.code : undefined;
  };
  const rows = (text: string): readonly number[] => {
    const found: number[] = [];
    session.executeStatement(text, {
      onResult: ({ result }) => void found.push(result.kind === "table" ? result.table.length : -1),
    });
    return found;
  };
  return { session, flag, printed, error, rows, cancelAfter: (questions) => void (cancelAt = elapsed + questions) };
}

function prepared(timeoutMs: number): Stoppable {
  const world = stoppable(timeoutMs);
  expect(world.error(SETUP)).toBeUndefined();
  return world;
}

function unharmed(world: Stoppable): void {
  expect(world.session.inTransaction).toBe(false);
  expect(world.rows("SELECT id FROM t WHERE x < 10 AND name LIKE 'n%';")).toEqual([2000]);
  expect(world.rows("SELECT a FROM kept;")).toEqual([0]);
  expect(world.printed.filter((line) => line === "caught" || line === "finally")).toEqual([]);
}

describe.each(LONG)("%s", (text) => {
  test("ends with Timeout", () => {
    const world = prepared(2_000);
    expect(world.error(text)).toBe("Timeout");
    unharmed(world);
    world.session.close();
  });

  test("ends with Cancelled", () => {
    const world = prepared(1_000_000);
    world.cancelAfter(500);
    expect(world.error(text)).toBe("Cancelled");
    world.cancelAfter(Number.POSITIVE_INFINITY);
    unharmed(world);
    world.session.close();
  });
});

test("an open transaction keeps what was done before", () => {
  const world = prepared(2_000);
  expect(world.error("BEGIN;")).toBeUndefined();
  expect(world.error("INSERT INTO kept (a) VALUES (7);")).toBeUndefined();
  expect(world.error("UPDATE t SET x = (SELECT count(*) FROM t a, t b WHERE a.x > t.x);")).toBe("Timeout");
  expect(world.session.inTransaction).toBe(true);
  expect(world.error("COMMIT;")).toBeUndefined();
  expect(world.rows("SELECT a FROM kept WHERE a = 7;")).toEqual([1]);
  expect(world.rows("SELECT id FROM t WHERE x < 10;")).toEqual([2000]);
  world.session.close();
});

test("what an autonomous block wrote outlives the statement that was stopped after it", () => {
  const world = prepared(1_000_000);
  expect(
    world.error(
      "procedure p() returns int { autonomous { INSERT INTO kept (a) SELECT id FROM t WHERE id < 100; } let n = SELECT count(*) FROM t a, t b, t c; return n }",
    ),
  ).toBeUndefined();
  world.cancelAfter(500);
  expect(world.error("let r = p();")).toBe("Cancelled");
  world.cancelAfter(Number.POSITIVE_INFINITY);
  expect(world.rows("SELECT a FROM kept;")).toEqual([99]);
  world.session.close();
});
