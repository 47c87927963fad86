// The library: `open(path)` with exec, query, call, prepare; conversions; errors.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GrizzlyError, open, runSchedules, type Database } from "../../index.ts";
import { virtualClock } from "../virtual-clock.ts";

let db: Database;
beforeEach(() => {
  db = open(":memory:", { onPrint: () => undefined });
});
afterEach(() => db.close());

function caught(work: () => unknown): GrizzlyError {
  try {
    work();
  } catch (error) {
    if (error instanceof GrizzlyError) return error;
    throw error;
  }
  throw new TypeError("it did not fail");
}

it("runs scripts and gives what each statement gave", () => {
  expect(db.exec("CREATE TABLE t (a int, b text)\nINSERT INTO t VALUES (1, 'x'), (2, null)\nSELECT * FROM t")).toEqual([
    { kind: "done", text: "table t created" },
    { kind: "changes", changes: 2 },
    {
      kind: "rows",
      columns: [
        { name: "a", type: "int?" },
        { name: "b", type: "string?" },
      ],
      rows: [
        { a: 1, b: "x" },
        { a: 2, b: null },
      ],
    },
  ]);
});

describe("parameters", () => {
  it("are bound by name and by position", () => {
    db.exec("CREATE TABLE t (a int, b text)\nINSERT INTO t VALUES (1, 'x'), (2, 'y')");
    expect(db.query("SELECT b FROM t WHERE a = :id", { id: 2 })).toEqual([{ b: "y" }]);
    expect(db.query("SELECT b FROM t WHERE a = ? OR b = ?", [1, "y"])).toEqual([{ b: "x" }, { b: "y" }]);
    expect(caught(() => db.query("SELECT ?", [])).code).toBe("WrongArguments");
  });

  it("are data, never text", () => {
    db.exec("CREATE TABLE t (b text)");
    db.exec("INSERT INTO t VALUES (:b)", { b: "'); DROP TABLE t; --" });
    expect(db.query("SELECT b FROM t")).toEqual([{ b: "'); DROP TABLE t; --" }]);
  });
});

describe("values", () => {
  it("convert both ways", () => {
    db.exec("function same(x any) returns any { return x }");
    for (const value of [null, true, 1, -7, 1.5, "text", 2n ** 60n, [1, "a"], { a: 1, b: [true] }])
      expect(db.call("same", value)).toEqual(value);
    expect(db.call("same", new Uint8Array([1, 2]))).toEqual(new Uint8Array([1, 2]));
    expect(db.call("same", new Date("2026-01-31T12:00:00Z"))).toEqual(new Date("2026-01-31T12:00:00Z"));
    expect(db.call("same", new Map([["k", 1]]))).toEqual(new Map([["k", 1]]));
  });

  it("give decimals as text and dates as ISO text", () => {
    expect(db.query("SELECT 12.50 :: decimal(10, 2) AS d, DATE '2026-01-31' AS day")).toEqual([
      { d: "12.50", day: "2026-01-31" },
    ]);
  });

  it("give bigints and microseconds when asked", () => {
    const other = open(":memory:", { int: "bigint", timestamp: "micros", onPrint: () => undefined });
    expect(other.query("SELECT 1 AS a, TIMESTAMP '1970-01-01T00:00:01.000002Z' AS t")).toEqual([
      { a: 1n, t: 1_000_002n },
    ]);
    other.close();
  });

  it("that have no counterpart are refused", () => {
    db.exec("function same(x any) returns any { return x }");
    expect(caught(() => db.call("same", () => 1)).code).toBe("InvalidCast");
    expect(caught(() => db.call("same", 2n ** 70n)).code).toBe("InvalidCast");
  });
});

it("prepares once and runs often", () => {
  db.exec("CREATE TABLE t (a int)");
  const insert = db.prepare("INSERT INTO t VALUES (:a)");
  for (let a = 0; a < 10; a += 1) expect(insert.run({ a })).toEqual({ changes: 1 });
  const find = db.prepare("SELECT a FROM t WHERE a > :low ORDER BY a");
  expect(find.all({ low: 7 })).toEqual([{ a: 8 }, { a: 9 }]);
  expect(find.get({ low: 8 })).toEqual({ a: 9 });
  expect(find.get({ low: 100 })).toBeUndefined();
});

describe("errors", () => {
  it("of a text that was not run carry the problems", () => {
    const error = caught(() => db.exec("let x = y"));
    expect(error.code).toBe("CheckFailed");
    expect(error.problems?.length).toBeGreaterThan(0);
    expect(error.message).toContain("y");
  });

  it("takes a parameter that has a column's name: the bare name is the column, with a colon it is the value", () => {
    const db = open(":memory:");
    db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two');");
    expect(db.query("SELECT name FROM t WHERE id = :id", { id: 2 })).toEqual([{ name: "two" }]);
    db.exec("UPDATE t SET name = :name WHERE id = :id", { id: 1, name: "uno" });
    expect(db.query("SELECT id, name FROM t WHERE name = :name", { name: "uno" })).toEqual([{ id: 1, name: "uno" }]);
    // Variables of the program itself must still say which.
    expect(caught(() => db.exec("let id = 2; SELECT name FROM t WHERE id = :id;")).message).toContain("E5004");
    db.close();
  });

  it("needs nothing for out parameters, and gives them beside the result", () => {
    const db = open(":memory:");
    db.exec(
      "upsert procedure halves (inout whole int, out half int, more int = 1) returns int { SET half = whole / 2; SET whole = whole - half; return more; }",
    );
    const given = { result: 1, whole: 4, half: 3 };
    expect(db.call("halves", 7)).toEqual(given);
    expect(db.call("halves", 7, 2)).toEqual({ ...given, result: 2 });
    expect(db.call("halves", 7, null, 2)).toEqual({ ...given, result: 2 });
    expect(caught(() => db.call("halves")).message).toBe("halves takes 1 to 3 arguments, found 0.");
    db.close();
  });

  it("of a program carry code, detail and the program's stack", () => {
    db.exec(
      "CREATE TABLE t (a int PRIMARY KEY)\nprocedure p() {\n  INSERT INTO t VALUES (1)\n  INSERT INTO t VALUES (1)\n}",
    );
    const error = caught(() => db.call("p"));
    expect(error.code).toBe("UniqueViolation");
    expect(error.detail).toMatchObject({ sqlstate: "23505", table: "t" });
    expect(error.stack).toMatch(/at p \(.*:3:\d+\)/);
    expect(db.query("SELECT count(*) AS n FROM t")).toEqual([{ n: 0 }]);
  });

  it("of opening are GrizzlyErrors", () => {
    expect(caught(() => open("/nowhere/at/all.db")).code).toBe("CannotOpen");
  });
});

it("closes twice", () => {
  db.close();
  db.close();
});

describe("runSchedules", () => {
  it("runs what is due on an open database, and tells what happens", async () => {
    // Later than the machine's clock, by which the schedule is stored.
    const clock = virtualClock(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 45_000);
    const db = open(":memory:");
    db.exec("CREATE TABLE t (n INTEGER); procedure beat () { INSERT INTO t VALUES (1) }");
    db.exec("upsert SCHEDULE as tick ( sched: '* * * * *', exe: 'procedure', call: 'beat' )");
    const lines: string[] = [];
    const starting = runSchedules(db, { clock, onLog: (_level, text) => lines.push(text) });
    await clock.advance(0);
    const automation = await starting;
    await clock.advance(3 * 60_000 + 1000);
    expect(db.query("SELECT count(*) AS n FROM t")).toEqual([{ n: 3 }]);
    const stopping = automation.stop();
    await clock.advance(60_000);
    await stopping;
    await clock.advance(120_000);
    expect(db.query("SELECT count(*) AS n FROM t")).toEqual([{ n: 3 }]);
    expect(lines.filter((line) => line.startsWith("tick: completed"))).toHaveLength(3);
    db.close();
  });
  it("a database that cannot be opened is an error of the library", async () => {
    await expect(runSchedules("/nowhere/at/all.db")).rejects.toMatchObject({
      name: "GrizzlyError",
      code: "CannotOpen",
    });
  });
});
