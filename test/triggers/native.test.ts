// Triggers that the engine fires itself: which ones can be, why others cannot, other programs' writes, and the statements for which they are taken away.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { finished } from "../../base/steps.ts";
import { triggerLens } from "../../lsp/features/code-lenses.ts";
import { writeRows } from "../../server/sql/rows.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { fixture } from "../lsp/support.ts";
import { open, type TestSession } from "../server/support.ts";

const TABLES = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n INT, at TIMESTAMP, price decimal(10, 2));
CREATE TABLE audit (what TEXT, id INT, at TIMESTAMP);
CREATE TABLE other (id INT)`;
const AUDIT = `CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW WHEN (NEW.n > 1 AND NEW.a IS NOT NULL)
AS BEGIN INSERT INTO audit (what, id, at) VALUES ('insert ' || NEW.a, NEW.id, NEW.at); END;`;

function classAndReason(db: TestSession, name: string): string {
  return db.run(`SHOW TRIGGER ${name}`)[0]?.split("|").slice(2, 4).join(": ") ?? "";
}

it("lets the engine fire an audit trigger, for other programs too", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const db = open({ database });
  db.run(`${TABLES}\n${AUDIT}`);
  expect(db.notices).toEqual([]);
  expect(classAndReason(db, "x")).toBe("native: null");
  db.run(
    "INSERT INTO t (id, a, n, at) VALUES (1, 'x', 2, TIMESTAMP '2026-01-01 00:00:00'), (2, 'y', 1, null), (3, null, 5, null)",
  );
  expect(db.run("SELECT what, id, at FROM audit")).toEqual(["insert x|1|2026-01-01T00:00:00Z"]);
  const connection = sqliteEngine.connect({ target: database });
  writeRows(connection, "INSERT INTO t (id, a, n) VALUES (9, 'outside', 3)");
  connection.close();
  expect(db.run("SELECT what, id FROM audit")).toEqual(["insert x|1", "insert outside|9"]);
  expect(db.run("LIST TRIGGERS")).toEqual(["x|after|insert|t|row|its body|native|yes"]);
  db.session.close();
  rmSync(folder, { recursive: true, force: true });
});

it("keeps the engine's trigger in step: replaced, disabled, enabled, dropped", () => {
  const db = open();
  db.run(`${TABLES}\n${AUDIT}`);
  const insert = "DELETE FROM audit; INSERT INTO t (a, n) VALUES ('x', 2); SELECT what FROM audit";
  expect(db.run(insert).slice(2)).toEqual(["insert x"]);
  db.run("upsert TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO audit (what) VALUES ('second'); END;");
  expect(db.run(insert).slice(2)).toEqual(["second"]);
  db.run("DISABLE TRIGGER x");
  expect(db.run(insert).slice(2)).toEqual([]);
  db.run("ENABLE TRIGGER x");
  expect(db.run(insert).slice(2)).toEqual(["second"]);
  db.run("DROP TRIGGER x");
  expect(db.run(insert).slice(2)).toEqual([]);
});

it.each([
  [
    "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO audit (id) VALUES (NEW.n); END;",
    "it fires before the row is written",
  ],
  [
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH STATEMENT AS BEGIN INSERT INTO audit (id) VALUES (1); END;",
    "it fires for each statement",
  ],
  [
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO audit (at) VALUES (NOW()); END;",
    "it needs the machine (clock)",
  ],
  [
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO audit (what) VALUES (upper(NEW.a)); END;",
    "it computes what only we compute",
  ],
  [
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO audit (id) SELECT id FROM other; END;",
    "it reads other",
  ],
  [
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO audit (what) VALUES (NEW.at); END;",
    "at is copied into a column of another type",
  ],
  [
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO audit (id) VALUES (NEW.price * 2); END;",
    "it computes with price",
  ],
  [
    "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN IF NEW.n > 1 THEN INSERT INTO audit (id) VALUES (1); END IF; END;",
    "its body has a statement that is no SQL",
  ],
  ["upsert TRIGGER as x ( timing: 'after', event: 'insert|delete', target: 't', call: 'p' )", "it has several events"],
  [
    "upsert TRIGGER as x ( timing: 'after', event: 'insert', target: 't', call: 'p', on_error: 'log' )",
    "an error of it is logged",
  ],
])("fires by the machine, and editors say so: %s", (text, reason) => {
  const db = open();
  const source = `${TABLES};\nprocedure p() { INSERT INTO audit (id) VALUES (1) }\n${text}`;
  db.run(source);
  expect(classAndReason(db, "x")).toMatch(/^(captured|managed): /);
  expect(classAndReason(db, "x").replace(/^\w+: /, "")).toBe(reason);
  const { workspace, document, cursor } = fixture(source.replace(/(TRIGGER (?:as )?x)/, "$1▮"));
  expect(finished(triggerLens(workspace, document, cursor))).toBe(classAndReason(db, "x"));
});

it("is not native beside a trigger that is not, or on tables that others touch", () => {
  const db = open();
  db.run(`${TABLES}\n${AUDIT}`);
  db.run("CREATE TRIGGER y AFTER INSERT ON t FOR EACH ROW AS BEGIN print NEW.id; END;");
  expect(classAndReason(db, "x")).toBe("captured: y on t is not native");
  db.run("INSERT INTO t (a, n) VALUES ('x', 2)");
  expect(db.run("SELECT what FROM audit")).toEqual(["insert x"]);
  db.run("DISABLE TRIGGER y");
  expect(classAndReason(db, "x")).toBe("native: null");
  db.run("CREATE TRIGGER z AFTER INSERT ON audit FOR EACH ROW AS BEGIN let what = NEW.what; END;");
  expect(classAndReason(db, "x")).toBe("captured: audit has triggers");
  db.run("DROP TRIGGER z\nCREATE TABLE refers (id INT REFERENCES audit)");
  expect(classAndReason(db, "x")).toBe("captured: audit is referred to by foreign keys");
  db.run("DROP TABLE refers");
  expect(classAndReason(db, "x")).toBe("native: null");
});

it("fires by the machine for a statement that reads what the trigger writes", () => {
  const db = open();
  db.run(
    `${TABLES}\nCREATE TRIGGER x AFTER UPDATE ON t FOR EACH ROW AS BEGIN INSERT INTO audit (what, id) VALUES (NEW.a, NEW.id); END;`,
  );
  expect(classAndReason(db, "x")).toBe("native: null");
  db.run("INSERT INTO t (id, a) VALUES (1, 'a'), (2, 'a'), (3, 'a')");
  db.run("UPDATE t SET n = (SELECT count(*) FROM audit)");
  // Natively the second row would see the first one's audit row.
  expect(db.run("SELECT id, n FROM t ORDER BY id")).toEqual(["1|0", "2|0", "3|0"]);
  expect(db.run("SELECT count(*) FROM audit")).toEqual(["3"]);
  expect(classAndReason(db, "x")).toBe("native: null");
  db.run("UPDATE t SET n = 7");
  expect(db.run("SELECT count(*) FROM audit")).toEqual(["6"]);
});

it("is off for a session that says so, and on for the next statement of others", () => {
  const db = open();
  db.run(`${TABLES}\n${AUDIT}`);
  db.run("DISABLE TRIGGER x FOR SESSION\nINSERT INTO t (a, n) VALUES ('x', 2)");
  expect(db.run("SELECT count(*) FROM audit")).toEqual(["0"]);
  expect(db.run("SELECT count(*) FROM sqlite_schema WHERE name = 'gobi_native_x'")).toEqual(["1"]);
  db.run("ENABLE TRIGGER x FOR SESSION\nINSERT INTO t (a, n) VALUES ('x', 2)");
  expect(db.run("SELECT count(*) FROM audit")).toEqual(["1"]);
});

it("counts as ours when another program has dropped the engine's trigger", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const db = open({ database });
  db.run(`${TABLES}\n${AUDIT}`);
  const connection = sqliteEngine.connect({ target: database });
  writeRows(connection, "DROP TRIGGER gobi_native_x");
  connection.close();
  db.run("INSERT INTO t (a, n) VALUES ('x', 2)");
  expect(db.run("SELECT what FROM audit")).toEqual(["insert x"]);
  db.session.close();
  rmSync(folder, { recursive: true, force: true });
});
