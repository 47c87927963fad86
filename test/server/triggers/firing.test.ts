// Firing beyond what fixtures show: the depth limit at its edge, rollbacks and schema changes around capture triggers, many rows, views and temporary tables,
// other connections, what a table without triggers costs, and what SQLite itself says that a statement touches.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { LIMITS } from "../../../base/limits.ts";
import type { SqlForm } from "../../../base/sql-form.ts";
import type { Program } from "../../../bytecode/program.ts";
import { compile } from "../../../compiler/compile.ts";
import { makeCore } from "../../../server/running/core.ts";
import { executeFile } from "../../../server/running/execute.ts";
import { analyzeFile } from "../../../server/running/inspect.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { touchedTables } from "../../../storage/sqlite/oracle.ts";
import { open } from "../support.ts";

const NOTE =
  "CREATE TRIGGER note AFTER INSERT ON t FOR EACH ROW AS BEGIN let n = NEW.a; INSERT INTO log VALUES (n); END;";
const TABLES = "CREATE TABLE t (id INTEGER PRIMARY KEY, a int); CREATE TABLE log (a int);";

function sqlFormsOf(program: Program | undefined): readonly SqlForm[] {
  return (program?.constants ?? []).flatMap((constant) => (constant.kind === "sql" ? [constant.form] : []));
}

function temporaryFile(): string {
  const directory = mkdtempSync(join(tmpdir(), "grizzly-firing-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, "test.db");
}

describe("depth", () => {
  const chain = (levels: number): string =>
    `CREATE TABLE t (a int); CREATE TRIGGER deeper AFTER INSERT ON t FOR EACH ROW AS BEGIN IF NEW.a < ${levels} THEN INSERT INTO t VALUES (NEW.a + 1); END IF; END;`;
  const max = LIMITS.triggerDepthMax.value;

  test("triggerDepthMax levels are allowed", () => {
    const { run } = open();
    expect(run(`${chain(max)} INSERT INTO t VALUES (1); SELECT count(*) AS n FROM t;`)).toContain(String(max));
  });

  test("one more is an error that names the chain, cannot be caught, and undoes all", () => {
    const { run, fail } = open();
    run(chain(max + 1));
    const message = fail("try { INSERT INTO t VALUES (1); } catch (e) { print e.code; }");
    expect(message).toBe(
      `TriggerDepth: Triggers fire each other more than ${max} levels deep: ${Array.from({ length: max + 1 }, () => "deeper").join(" → ")}.`,
    );
    expect(run("SELECT count(*) AS n FROM t;")).toEqual(["0"]);
  });
});

describe("capture triggers", () => {
  test("come back after a rollback that took them away", () => {
    const { run } = open();
    run(TABLES + NOTE);
    run("BEGIN; INSERT INTO t (a) VALUES (1); ROLLBACK;");
    run("INSERT INTO t (a) VALUES (2);");
    expect(run("SELECT a FROM log;")).toEqual(["2"]);
    run('try { INSERT INTO t (a) VALUES (3); raise Stop("x"); } catch (Stop) { }');
    run("INSERT INTO t (a) VALUES (4);");
    expect(run("SELECT a FROM log;")).toEqual(["2", "4"]);
  });

  test("do not stand in the way of schema changes", () => {
    const { run } = open();
    run(`${TABLES}${NOTE} INSERT INTO t (a) VALUES (1); ALTER TABLE t ADD COLUMN b text; ALTER TABLE t DROP COLUMN b;`);
    run("INSERT INTO t (a) VALUES (2); CREATE TABLE other (x int); INSERT INTO t (a) VALUES (3);");
    expect(run("SELECT a FROM log;")).toEqual(["1", "2", "3"]);
  });

  test("see statements of 70,000 rows whole and in order", () => {
    const { run } = open();
    run(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a int); CREATE TABLE seen (n int, first int, last int);" +
        "CREATE TRIGGER many AFTER INSERT ON t FOR EACH STATEMENT AS BEGIN INSERT INTO seen SELECT count(*), min(a), max(a) FROM inserted; END;",
    );
    run(
      "INSERT INTO t (a) WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 70000) SELECT x FROM c;",
    );
    expect(run("SELECT * FROM seen;")).toEqual(["70000|1|70000"]);
  });

  test("stand on temporary and attached tables too", () => {
    const { run } = open();
    const file = temporaryFile();
    run(
      `CREATE TABLE log (a int); CREATE TEMP TABLE t (id INTEGER PRIMARY KEY, a int); ${NOTE} INSERT INTO t (a) VALUES (1);`,
    );
    run(`ATTACH '${file}' AS g`);
    run("CREATE TABLE g.u (a int);");
    run(
      "CREATE TRIGGER u_note AFTER INSERT ON g.u FOR EACH ROW AS BEGIN let a = NEW.a; INSERT INTO log VALUES (a); END;",
    );
    run("INSERT INTO g.u VALUES (5);");
    run("DETACH g");
    run("INSERT INTO t (a) VALUES (2);");
    expect(run("SELECT a FROM log;")).toEqual(["1", "5", "2"]);
  });

  test("do not exist for other connections, which can still write", () => {
    const file = temporaryFile();
    const first = open({ database: file });
    first.run(`${TABLES}${NOTE} INSERT INTO t (a) VALUES (1);`);
    const other = sqliteEngine.connect({ target: file });
    other.runText("INSERT INTO t (a) VALUES (2)", []);
    other.close();
    expect(first.run("SELECT a FROM log;")).toEqual(["1"]);
    first.session.close();
    const second = open({ database: file });
    second.run("INSERT INTO t (a) VALUES (3);");
    expect(second.run("SELECT a FROM log;")).toEqual(["1", "3"]);
    second.session.close();
  });
});

describe("statements inside statements", () => {
  test("a BEFORE body that writes to another table with triggers does not mix with its statement", () => {
    const { run, printed } = open();
    run(
      "CREATE TABLE t (a int); CREATE TABLE u (a int);" +
        "CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO u VALUES (NEW.a * 10); END;" +
        'CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW AS BEGIN print "t ${NEW.a}"; END;' +
        'CREATE TRIGGER ua AFTER INSERT ON u FOR EACH ROW AS BEGIN print "u ${NEW.a}"; END;' +
        "INSERT INTO t VALUES (1), (2);",
    );
    expect(printed).toEqual(["u 10", "u 20", "t 1", "t 2"]);
  });

  test("an AFTER body sees all rows of its statement and those of bodies before it", () => {
    const { run, printed } = open();
    run(
      "CREATE TABLE t (a int); CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW WHEN (NEW.a < 10) AS BEGIN " +
        'let n = SELECT count(*) FROM t; print "${NEW.a}: ${n}"; INSERT INTO t VALUES (NEW.a + 100); END; INSERT INTO t VALUES (1), (2), (3);',
    );
    expect(printed).toEqual(["1: 3", "2: 4", "3: 5"]);
  });

  test("autonomous work of a trigger survives the statement that it refuses", () => {
    const { run, fail } = open();
    run(
      `${TABLES} CREATE TRIGGER refuse BEFORE INSERT ON t FOR EACH ROW AS BEGIN autonomous { INSERT INTO log VALUES (NEW.a); } RAISE Refused("no"); END;`,
    );
    expect(fail("INSERT INTO t (a) VALUES (7);")).toBe("Refused: no");
    expect(run("SELECT a FROM log; SELECT count(*) AS n FROM t;")).toEqual(["7", "0"]);
  });
});

describe("a text of execute that cannot be read", () => {
  test("is refused where triggers must see what it does; elsewhere the engine says what it thinks", () => {
    const { run, fail } = open();
    run(
      `${TABLES} CREATE TABLE u (a int); CREATE TRIGGER b BEFORE INSERT ON u FOR EACH ROW AS BEGIN SET NEW.a = 1; END;${NOTE}`,
    );
    expect(fail('execute "INSERT INTO t (a) VALUES (x.y)";')).toMatch(/^NoSuchColumn/);
    expect(fail('execute "INSERT INTO u (a) VALUES (x.y)";')).toBe(
      "SqlError: The text of execute could not be read, and u has triggers that must see what it does: There is no table or alias named x in this query.",
    );
  });
});

describe("a table without triggers", () => {
  const forms = (text: string): readonly SqlForm[] => {
    const { run, session } = open();
    run("CREATE TABLE t (id INTEGER PRIMARY KEY, a int, b text); CREATE TABLE o (a int);");
    const checked = session.analyze({ name: "test.grz", text });
    return sqlFormsOf(compile(checked, session.catalogView()).program);
  };

  test.each([
    [
      "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y') RETURNING id",
      `INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y') RETURNING id`,
    ],
    [
      "INSERT INTO t (id, a) SELECT a, a FROM o WHERE a > 1 ON CONFLICT (id) DO UPDATE SET a = excluded.a WHERE t.a < 5",
      "INSERT INTO t (id, a) SELECT a, a FROM o WHERE a > 1 ON CONFLICT (id) DO UPDATE SET a = excluded.a WHERE t.a < 5",
    ],
    [
      "UPDATE t AS x SET a = o.a, b = 'q' FROM o WHERE x.id = o.a",
      "UPDATE t AS x SET a = o.a, b = 'q' FROM o WHERE x.id = o.a",
    ],
    [
      "WITH c AS (SELECT 1 AS n) DELETE FROM t WHERE a IN (SELECT n FROM c)",
      "WITH c AS (SELECT 1 AS n) DELETE FROM t WHERE a IN (SELECT n FROM c)",
    ],
    ["REPLACE INTO t VALUES (1, 2, 'x')", "REPLACE INTO t VALUES (1, 2, 'x')"],
  ])("gives the engine the text as it is written: %s", (text, printed) => {
    const connection = sqliteEngine.connect({ target: ":memory:" });
    expect(forms(`${text};`).map((form) => connection.print(form))).toEqual([printed]);
    connection.close();
  });
});

describe("the effect oracle", () => {
  const silent = { print: () => undefined, log: () => undefined, notice: () => undefined };
  const core = makeCore({ engine: sqliteEngine, database: ":memory:", output: silent });
  const schema =
    "CREATE TABLE p (id INTEGER PRIMARY KEY, n int UNIQUE); CREATE TABLE c (id INTEGER PRIMARY KEY, p_id int REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE);" +
    "CREATE TABLE d (id INTEGER PRIMARY KEY, c_id int REFERENCES c (id) ON DELETE SET NULL); CREATE TABLE e (id INTEGER PRIMARY KEY, c_id int REFERENCES c (id));";
  const triggers = ["p", "c", "d", "e"].map(
    (table) =>
      `CREATE TRIGGER b_${table} BEFORE INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW AS BEGIN print "${table}"; END;`,
  );
  executeFile(core, { name: "schema.grz", text: schema + triggers.join("") }, {});

  test.each([
    "DELETE FROM p WHERE id = 1",
    "UPDATE p SET id = 2 WHERE id = 1",
    "UPDATE p SET n = 2 WHERE id = 1",
    "INSERT OR REPLACE INTO p VALUES (1, 2)",
    "DELETE FROM c WHERE id = 1",
    "DELETE FROM d WHERE id = 1",
    "UPDATE c SET p_id = 2",
    "INSERT INTO e (c_id) SELECT id FROM c",
    "INSERT INTO p VALUES (1, 2) ON CONFLICT (n) DO UPDATE SET id = excluded.id",
  ])("SQLite writes the tables whose triggers are planned: %s", (text) => {
    const checked = analyzeFile(core, { name: "test.grz", text: `${text};` });
    const [form] = sqlFormsOf(compile(checked, core.catalog.view()).program);
    if (form === undefined) throw new TypeError("there is no statement");
    const planned = core.runtime.firing.plan(form, []).map((firing) => firing.table);
    expect([...new Set(planned)].sort()).toEqual(touchedTables(core.runtime.connection, text).written);
  });
});

describe("a trigger written for SQLite", () => {
  test("fires BEFORE triggers of ours, stays in the file as it was, and its rows are captured", () => {
    const { run } = open();
    run(
      "CREATE TABLE s (a int); CREATE TABLE t (a int); CREATE TABLE log (a int);" +
        "CREATE TRIGGER own AFTER INSERT ON s BEGIN INSERT INTO t VALUES (NEW.a * 2); END;" +
        "CREATE TRIGGER seen AFTER INSERT ON t FOR EACH ROW AS BEGIN let a = NEW.a; INSERT INTO log VALUES (a); END;" +
        "INSERT INTO s VALUES (4);",
    );
    expect(run("SELECT a FROM log;")).toEqual(["8"]);
    run("CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW AS BEGIN SET NEW.a = 0; END;");
    run("CREATE TRIGGER other AFTER INSERT ON s BEGIN SELECT 1; END");
    const stored = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid;";
    const before = run(stored);
    run("INSERT INTO s VALUES (5), (6);");
    expect(run("SELECT a FROM t; SELECT a FROM log;")).toEqual(["8", "0", "0", "8", "0", "0"]);
    expect(run(stored)).toEqual(before);
  });
  test("ends the transaction with RAISE(ROLLBACK), as SQLite does", () => {
    const { run, fail } = open();
    run(
      "CREATE TABLE s (a int); CREATE TABLE t (a int);" +
        "CREATE TRIGGER own AFTER INSERT ON s BEGIN INSERT INTO t VALUES (NEW.a); SELECT RAISE(ROLLBACK, 'over') WHERE NEW.a > 1; END;",
    );
    const plain = fail("INSERT INTO s VALUES (2);");
    run(
      "CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW AS BEGIN SET NEW.a = NEW.a + 10; END; BEGIN; INSERT INTO s VALUES (1);",
    );
    expect(fail("INSERT INTO s VALUES (2);")).toBe(plain);
    expect(run("SELECT count(*) FROM s; SELECT count(*) FROM t;")).toEqual(["0", "0"]);
    expect(run("INSERT INTO s VALUES (1); SELECT a FROM t")).toEqual(["1 changed", "11"]);
  });
  test("is an error when it compares a column that has a collation inside of another comparison", () => {
    const { run, fail } = open();
    run(
      "CREATE TABLE s (k text COLLATE NOCASE); CREATE TABLE t (a text);" +
        "CREATE TRIGGER own BEFORE INSERT ON s WHEN CASE WHEN NEW.k = 'x' THEN 'y' END = 'Y' BEGIN INSERT INTO t VALUES (NEW.k); END;" +
        "CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW AS BEGIN SET NEW.a = upper(NEW.a); END;",
    );
    expect(fail("INSERT INTO s VALUES ('a');")).toMatch(/^NotImplemented: The SQLite trigger own of s compares k/u);
  });
  test("keeps what an autonomous block wrote through it, and through bodies that are functions in the statement", () => {
    const { run, fail } = open();
    run(
      "CREATE TABLE s (a int); CREATE TABLE t (a int);" +
        "CREATE TRIGGER own AFTER INSERT ON s BEGIN INSERT INTO t VALUES (NEW.a); END;" +
        "CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW AS BEGIN SET NEW.a = NEW.a + 10; END;" +
        "procedure p() { INSERT INTO s VALUES (1); autonomous { INSERT INTO s VALUES (2); INSERT INTO t VALUES (3) } raise Stopped('x') }",
    );
    expect(fail("CALL p();")).toBe("Stopped: x");
    expect(run("SELECT a FROM s; SELECT a FROM t; SELECT count(*) FROM sqlite_schema WHERE name = 'own'")).toEqual([
      "2",
      "12",
      "13",
      "1",
    ]);
  });
});
