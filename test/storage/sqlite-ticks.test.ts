// Statements of a stoppable connection: they give the rows that they give without, by the same plan, and stop when the connection's port says so.
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { SqlForm } from "../../base/sql-form.ts";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { catalogWithFile } from "../../compiler/catalog/file.ts";
import { check } from "../../compiler/check/check.ts";
import { compile } from "../../compiler/compile.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { EngineError, type Interruption } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { printStatement } from "../../storage/sqlite/print.ts";
import { TICKS_PER_QUESTION } from "../../storage/sqlite/ticks.ts";
import { rowsOf, select } from "./engines.ts";
import { TEST_CRON } from "../cron/port.ts";

const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER NOT NULL, name TEXT);
CREATE INDEX t_x ON t (x);
CREATE TABLE k (code TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
CREATE TABLE log (id INTEGER PRIMARY KEY, n INTEGER UNIQUE, note TEXT);
CREATE VIEW small AS SELECT id, x FROM t WHERE id < 50;`;

const FILL = [
  "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 400) INSERT INTO t SELECT i, i % 20, 'n' || i FROM c",
  "INSERT INTO k SELECT name, x FROM t WHERE id % 4 = 0",
];

const catalog = catalogWithFile(makeCatalog(), parse({ name: "schema.grz", text: SCHEMA }).value);

/** The form of one statement. */
function formOf(text: string): SqlForm {
  const checked = check(parse({ name: "query.grz", text }).value, {
    catalog,
    strict: false,
    standardModule: () => undefined,
    standardNames: () => [],
    importModule: () => undefined,
    cron: TEST_CRON,
  });
  expect(checked.problems.filter((problem) => problem.severity === "error")).toEqual([]);
  const forms =
    compile(checked, catalog).program?.constants.flatMap((constant) =>
      constant.kind === "sql" ? [constant.form] : [],
    ) ?? [];
  expect(forms).toHaveLength(1);
  return forms[0] as SqlForm;
}

function printed(form: SqlForm, ticks: boolean): string {
  const text = printStatement(form, {
    tableName: (index) => `{${index}}`,
    moduleFor: (count) => `gobi_table_${count}`,
    ticks,
  });
  expect(text.slots).toEqual([]);
  return text.text;
}

interface Tried {
  readonly plan: readonly string[];
  readonly rows: unknown;
  readonly after: readonly unknown[];
}

function tried(text: string): Tried & { readonly ticks: number } {
  const db = new Database(":memory:");
  let ticks = 0;
  const tick = (): number => {
    ticks += 1;
    return 1;
  };
  db.function("gobi_tick", { deterministic: false, directOnly: true }, () => tick());
  db.function("gobi_tick", { deterministic: false, directOnly: true }, (_columns: unknown) => tick());
  for (const statement of [...SCHEMA.split(";").filter((part) => part.trim() !== ""), ...FILL]) db.exec(statement);
  const plan = db
    .prepare<[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`)
    .all()
    .map((row) => row.detail);
  const statement = db.prepare(text);
  const rows = statement.reader ? statement.raw().all() : statement.run().changes;
  const after = ["t", "k", "log"].map((table) => db.prepare(`SELECT * FROM ${table}`).raw().all());
  db.close();
  return { plan, rows, after, ticks };
}

const STATEMENTS: readonly (readonly [text: string, ticksMin: number])[] = [
  ["SELECT name FROM t WHERE x = 3 OR id > 390", 20],
  ["SELECT name FROM t ORDER BY x DESC, id LIMIT 7", 7],
  ["SELECT sum(x) AS s FROM t", 400],
  ["SELECT max(x) AS m FROM t", 1],
  ["SELECT name FROM t WHERE id = 7", 1],
  ["SELECT x, count(*) AS n FROM t GROUP BY x HAVING count(*) > 3 ORDER BY x", 400],
  ["SELECT DISTINCT x FROM t ORDER BY x", 1],
  ["SELECT count(*) AS c FROM t a, t b", 160_000],
  ["SELECT count(*) AS c FROM t a, t b WHERE a.x + b.x = -1", 160_000],
  ["SELECT count(*) AS c FROM t a JOIN t b ON a.x = b.id", 380],
  ["SELECT count(*) AS c FROM t a LEFT JOIN t b ON b.x = a.id", 400],
  ["SELECT a.name, b.code FROM t a JOIN k b ON b.code = a.name ORDER BY a.id", 100],
  ["SELECT count(*) AS c FROM k a, k b", 10_000],
  ["SELECT count(*) AS c FROM small a, small b", 2_401],
  ["SELECT count(*) AS c FROM t, json_each('[1, 2, 3]') j", 1_200],
  ["SELECT count(*) AS c FROM (SELECT x FROM t) a, (SELECT * FROM t) b", 160_000],
  ["SELECT count(*) AS c FROM (t a JOIN t b ON a.id = b.id), t c", 160_000],
  ["SELECT name FROM t WHERE id IN (SELECT x FROM t) ORDER BY id", 19],
  ["SELECT name FROM t WHERE x IN (SELECT n FROM k WHERE n > 2) ORDER BY id", 100],
  ["SELECT name FROM t a WHERE NOT EXISTS (SELECT 1 FROM k b WHERE b.n = a.x AND b.code < 'n2') ORDER BY id", 400],
  ["SELECT id, (SELECT count(*) FROM t b WHERE b.x > a.x) AS above FROM t a ORDER BY id", 400],
  ["SELECT id, row_number() OVER (PARTITION BY x ORDER BY id DESC) AS n FROM t ORDER BY id", 400],
  ["SELECT id FROM t WHERE x < 3 UNION SELECT n FROM k ORDER BY 1", 100],
  [
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT count(*) AS c FROM n",
    1_000,
  ],
  [
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT count(*) AS c FROM n a, n b",
    10_000,
  ],
  ["UPDATE t SET x = x + 1", 400],
  ["UPDATE t SET x = 0 WHERE x = 3 OR id = 2", 20],
  ["UPDATE t SET x = k.n + 100 FROM k WHERE k.code = t.name AND (k.n > 3 OR k.n = 1)", 70],
  ["DELETE FROM t WHERE name LIKE '%7' OR x = 4", 400],
  ["INSERT INTO log (n) SELECT a.id FROM t a WHERE a.x = 1 OR a.x = 2", 40],
  ["INSERT INTO log (n) SELECT x FROM t ON CONFLICT (n) DO UPDATE SET note = 'again'", 400],
  ["INSERT INTO log (n) SELECT x FROM t WHERE true ON CONFLICT DO NOTHING", 400],
  ["INSERT INTO log (n) SELECT count(*) FROM t ON CONFLICT DO NOTHING", 0],
  ["UPSERT INTO k (code, n) SELECT name, x + 1 FROM t ON (code)", 400],
];

for (const [text, ticksMin] of STATEMENTS) {
  test(text, () => {
    const form = formOf(text);
    const { ticks: none, ...plain } = tried(printed(form, false));
    const { ticks, ...stoppable } = tried(printed(form, true));
    expect(stoppable).toEqual(plain);
    expect(none).toBe(0);
    expect(ticks).toBeGreaterThanOrEqual(ticksMin);
  });
}

test("what the engine does without a loop stays so", () => {
  for (const text of [
    "SELECT count(*) AS c FROM t",
    "DELETE FROM log",
    "SELECT 1 AS one",
    "INSERT INTO log (n) VALUES (1)",
  ]) {
    const form = formOf(text);
    expect(printed(form, true)).toBe(printed(form, false));
  }
});

test("nothing of it stays in the schema", () => {
  const form = formOf("CREATE VIEW pairs AS SELECT a.id, b.x FROM t a, t b WHERE a.id = b.x OR a.id = 1");
  expect(printed(form, true)).toBe(printed(form, false));
});

function stopsAfter(questions: number, reason: Interruption): () => Interruption | undefined {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > questions ? reason : undefined;
  };
}

test("a connection stops, undoes the statement, and goes on", () => {
  let port: () => Interruption | undefined = () => undefined;
  const connection = sqliteEngine.connect({ target: ":memory:", interrupt: () => port() });
  for (const statement of [...SCHEMA.split(";").filter((part) => part.trim() !== ""), ...FILL])
    connection.runText(statement, []);
  const before = select(connection, "SELECT sum(x), count(*) FROM t");
  for (const [reason, code] of [
    ["cancelled", "GOBI_CANCELLED"],
    ["timeout", "GOBI_TIMEOUT"],
  ] as const) {
    for (const text of [
      "UPDATE t SET x = x + 1",
      "INSERT INTO t (x) SELECT a.x FROM t a, t b",
      "DELETE FROM t WHERE id > 0",
    ]) {
      port = stopsAfter(10, reason);
      expect(() => connection.run(formOf(text), [])).toThrow(expect.objectContaining({ kind: "interrupted", code }));
      port = () => undefined;
      expect(connection.inTransaction).toBe(false);
      expect(select(connection, "SELECT sum(x), count(*) FROM t")).toEqual(before);
    }
  }
  const endless = formOf(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n",
  );
  port = stopsAfter(100, "cancelled");
  expect(() => connection.query(endless, [])).toThrow(EngineError);
  port = () => undefined;
  expect(rowsOf(connection.query(formOf("SELECT count(*) AS c FROM t"), []))).toEqual([[400]]);
  connection.close();
});

test("rows of a text are delivered under the port's eye too", () => {
  let delivered = 0;
  const connection = sqliteEngine.connect({
    target: ":memory:",
    interrupt: () => ((delivered += TICKS_PER_QUESTION) > 1_000 ? "cancelled" : undefined),
  });
  const text = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
  expect(() => connection.runText(text, [])).toThrow(expect.objectContaining({ kind: "interrupted" }));
  expect(delivered).toBeLessThan(1_100);
  connection.close();
});
