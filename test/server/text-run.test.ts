// A text run item by item: put back when the database is locked, rows of a query as they come.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Trap } from "../../bytecode/trap.ts";
import { cell, type Column } from "../../base/value/column.ts";
import { openSession } from "../../server/session.ts";
import type { Session, StatementResult } from "../../server/session-types.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const folder = mkdtempSync(join(tmpdir(), "gobi-text-run-"));
const open: Session[] = [];
function session(name: string): Session {
  const made = openSession({
    engine: sqliteEngine,
    database: join(folder, name),
    busyTimeoutMs: 0,
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
  open.push(made);
  return made;
}
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The first column, row by row. */
function firstColumn({ columns, length }: { readonly columns: readonly Column[]; readonly length: number }): unknown[] {
  const [column] = columns;
  return column === undefined ? [] : Array.from({ length }, (_, row) => cell(column, row));
}

function run(one: Session, text: string): readonly StatementResult[] {
  const results: StatementResult[] = [];
  const outcome = one.executeStatement(text, { onResult: (event) => void results.push(event.result) });
  expect(outcome.kind).toBe("completed");
  return results;
}

describe("statement by statement", () => {
  it("gives each statement's result when it is asked for, and keeps the variables", () => {
    const one = session("a.db");
    const text = one.begin(
      "CREATE TABLE t (id int); let k = 2; INSERT INTO t VALUES (k), (3); SELECT count(*) AS n FROM t",
    );
    const kinds: string[] = [];
    while (text.next !== undefined) {
      expect(text.step((event) => void kinds.push(event.result.kind))).toBeUndefined();
    }
    text.end();
    expect(kinds).toEqual(["done", "changes", "table"]);
    expect(run(one, "k + 1")).toEqual([{ kind: "value", value: 3, type: "int" }]);
  });

  it("does not keep what was given for one text only", () => {
    const one = session("b.db");
    const text = one.begin("let a = :_1 + 1;", { _1: 4 });
    while (text.next !== undefined) text.step(() => undefined);
    text.end();
    expect(run(one, "a")).toEqual([{ kind: "value", value: 5, type: "int" }]);
    expect(one.executeStatement("_1").kind).toBe("rejected");
  });

  it("leaves a statement that finds the database locked as the next one, with nothing of it done", () => {
    const [one, two] = [session("c.db"), session("c.db")];
    run(one, "CREATE TABLE t (id int)");
    run(one, "BEGIN IMMEDIATE");
    const text = two.begin("let n = 1; { n = n + 1; INSERT INTO t VALUES (n); }");
    expect(text.step(() => undefined)).toBeUndefined();
    expect(text.next?.writes).toBe(true);
    expect(text.step(() => undefined)).toMatchObject({ again: true });
    expect(text.step(() => undefined)).toMatchObject({ again: true });
    run(one, "COMMIT");
    expect(text.step(() => undefined)).toBeUndefined();
    text.end();
    expect(text.next).toBeUndefined();
    const [rows] = run(two, "SELECT id FROM t");
    expect(rows?.kind === "table" && firstColumn(rows.table)).toEqual([2]);
  });

  it("tells a failure that would come again from one that may be tried again", () => {
    const one = session("d.db");
    const text = one.begin("let a = [1]; a[3];");
    text.step(() => undefined);
    expect(text.step(() => undefined)).toMatchObject({ again: false, error: { code: "OutOfRange" } });
  });
});

describe("rows as they come", () => {
  it("are the rows as of the start, in order, in batches, whatever others write meanwhile", () => {
    const [one, two] = [session("e.db"), session("e.db")];
    run(one, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
    run(
      one,
      "INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) SELECT i, 'n' || i FROM c",
    );
    const text = one.begin("SELECT id, name FROM t WHERE id > :_1 ORDER BY id DESC", { _1: 5 });
    const stream = text.stream();
    expect(stream?.types).toEqual(["int", "string?"]);
    const ids: unknown[] = [];
    let batches = 0;
    for (let batch = stream?.source.next(); batch !== undefined; batch = stream?.source.next()) {
      batches += 1;
      if (batches === 1) run(two, "DELETE FROM t");
      ids.push(...firstColumn(batch));
    }
    text.end();
    expect(batches).toBeGreaterThan(2);
    expect(ids).toEqual(Array.from({ length: 19995 }, (_, i) => 20000 - i));
    expect(run(one, "SELECT count(*) FROM t")).toMatchObject([{ kind: "table", table: { length: 1 } }]);
  });

  it("leave the connection free when their reader stops early, or when they fail", () => {
    const one = session("f.db");
    run(one, "CREATE TABLE t (id INTEGER PRIMARY KEY, n ANY)");
    run(
      one,
      "INSERT INTO t WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000) SELECT i, i FROM c",
    );
    const early = one.begin("SELECT id FROM t").stream();
    expect(early?.source.next()?.length).toBeGreaterThan(0);
    early?.source.close();
    run(one, "CREATE TABLE u (d DATE)");
    run(one, "INSERT INTO u SELECT '2026-01-01' FROM t");
    run(one, "execute 'UPDATE u SET d = ''x'' WHERE rowid = 15000'");
    const failing = one.begin("SELECT d FROM u").stream();
    const read = (): void => {
      while (failing?.source.next() !== undefined);
    };
    expect(read).toThrow(Trap);
    run(one, "DELETE FROM u");
  });

  it("are not given in a transaction, nor for statements that are no plain query", () => {
    const one = session("g.db");
    run(one, "CREATE TABLE t (id int)");
    expect(one.begin("INSERT INTO t VALUES (1)").stream()).toBeUndefined();
    expect(one.begin("SELECT count(*) INTO k FROM t").stream()).toBeUndefined();
    run(one, "BEGIN");
    expect(one.begin("SELECT id FROM t").stream()).toBeUndefined();
    run(one, "COMMIT");
    expect(one.begin("SELECT id FROM t").stream()).toBeDefined();
  });

  it("stop at the limit of rows, and when they are cancelled", () => {
    const one = openSession({
      engine: sqliteEngine,
      database: ":memory:",
      limits: { rowsMax: 3 },
      cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
      output: { print: () => undefined, log: () => undefined, notice: () => undefined },
    });
    open.push(one);
    run(one, "CREATE TABLE t (id int)");
    run(one, "INSERT INTO t VALUES (1), (2), (3)");
    const three = one.begin("SELECT id FROM t").stream();
    expect(three?.source.next()?.length).toBe(3);
    expect(three?.source.next()).toBeUndefined();
    run(one, "INSERT INTO t SELECT 4 FROM t a, t b, t c, t d");
    expect(() => one.begin("SELECT id FROM t").stream()?.source.next()).toThrow("more than 3 rows");
    one.setLimits({});
    const long = one.begin("SELECT a.id FROM t a, t b, t c").stream();
    long?.source.next();
    one.cancel();
    expect(() => {
      while (long?.source.next() !== undefined);
    }).toThrow("cancelled");
  });

  it("can be stopped while the one row is worked out", () => {
    let asked = 0;
    const one = openSession({
      engine: sqliteEngine,
      database: ":memory:",
      limits: { timeoutMs: 1_000_000 },
      cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
      clock: {
        nowMicros: () => 0,
        elapsedMs: () => {
          asked += 1;
          if (asked === 1000) one.cancel();
          return 0;
        },
      },
      output: { print: () => undefined, log: () => undefined, notice: () => undefined },
    });
    open.push(one);
    const endless = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT max(i) AS m FROM c";
    expect(() => one.begin(endless).stream()).toThrow("cancelled");
  });
});
