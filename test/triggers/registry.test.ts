// The registry of triggers: what is stored is compiled, bound and kept; changes of tables and callees are seen.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeRows } from "../../server/sql/rows.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { open } from "../server/support.ts";

it("stores a trigger with what it compiles to", () => {
  const db = open();
  db.run("CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE log (id int)");
  db.run("CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO log (id) VALUES (NEW.id); END;");
  expect(db.notices).toEqual([]);
  expect(db.run("SELECT p.status, p.way, length(p.bytecode) > 100 FROM system.trigger_programs p")).toEqual([
    "valid|native|true",
  ]);
  expect(
    db.run(
      "SELECT referenced_kind, referenced_name, access_mode FROM system.dependencies WHERE dependent_kind = 'trigger' ORDER BY 2",
    ),
  ).toEqual(["table|main.log|write", "table|main.t|read"]);
});

it("is stored switched off when its text says so, and keeps ENABLE and DISABLE otherwise", () => {
  const db = open();
  db.run("CREATE TABLE t (id INT)\nprocedure p() { print NEW.id }");
  const text = (rest: string): string =>
    `upsert TRIGGER as x ( timing: 'after', event: 'insert', target: 't', call: 'p'${rest} )`;
  db.run(text(", enabled: false"));
  db.run("INSERT INTO t (id) VALUES (1)\nENABLE TRIGGER x\nINSERT INTO t (id) VALUES (2)");
  expect(db.printed).toEqual(["2"]);
  db.run("DISABLE TRIGGER x");
  db.run(text(", order: 2"));
  db.run("INSERT INTO t (id) VALUES (3)");
  expect(db.printed).toEqual(["2"]);
});

it.each([
  ["cut short", "substr(bytecode, 1, 40)"],
  ["no bytecode", "CAST('hello' AS BLOB)"],
])("refuses stored bytecode that is %s, and compiles the text again", (_, bytes) => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const first = open({ database });
  first.run("CREATE TABLE t (id INT)\nCREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN print NEW.id; END;");
  first.session.close();
  const connection = sqliteEngine.connect({ target: database });
  writeRows(connection, `UPDATE gobi_trigger_programs SET bytecode = ${bytes}`);
  connection.close();
  const second = open({ database });
  second.run("INSERT INTO t (id) VALUES (4)");
  expect(second.printed).toEqual(["4"]);
  expect(second.logged.join("\n")).toMatch(
    /^warn The stored bytecode of trigger x was refused and is compiled again\. E8\d{3} /,
  );
  second.session.close();
  const third = open({ database });
  third.run("INSERT INTO t (id) VALUES (5)");
  expect(third.logged).toEqual([]);
  third.session.close();
  rmSync(folder, { recursive: true, force: true });
});

it("sees at once what another session stores, switches and drops", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const one = open({ database });
  const other = open({ database });
  one.run("CREATE TABLE t (id INT)");
  one.run("INSERT INTO t (id) VALUES (1)");
  other.run("CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN print NEW.id; END;");
  one.run("INSERT INTO t (id) VALUES (2)");
  other.run("DISABLE TRIGGER x");
  one.run("INSERT INTO t (id) VALUES (3)");
  other.run("ENABLE TRIGGER x");
  one.run("INSERT INTO t (id) VALUES (4)");
  other.run("DROP TRIGGER x");
  one.run("INSERT INTO t (id) VALUES (5)");
  expect(one.printed).toEqual(["2", "4"]);
  one.session.close();
  other.session.close();
  rmSync(folder, { recursive: true, force: true });
});
