// GR-54: BACKUP DATABASE TO a computed name gives a restorable file while others write; CREATE OR REPLACE VIEW works inside a procedure.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { open } from "./support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("writes the last committed state into a file named by the date, inside a procedure too", () => {
  const file = join(folder, "data.db");
  const db = open({ database: file, directory: folder });
  db.run("CREATE TABLE t (a int)\nINSERT INTO t VALUES (1), (2)");
  db.run(`CREATE PROCEDURE daily_backup()
AS
BEGIN
  INSERT INTO t VALUES (3);
  BACKUP DATABASE TO 'daily_' || DATE_FORMAT(NOW(), 'YYYYMMDD') || '.gobi';
END;
CALL daily_backup()`);
  const backup = join(folder, "daily_20260131.gobi");
  expect(existsSync(backup)).toBe(true);
  const copy = open({ database: backup, readOnly: true });
  expect(copy.run("SELECT count(*) FROM t")).toEqual(["2"]);
  expect(copy.run("LIST PROCEDURES").map((line) => line.split("|")[0])).toEqual(["daily_backup"]);
  copy.session.close();
  db.session.close();
});

it("restores", () => {
  const file = join(folder, "data.db");
  const db = open({ database: file, directory: folder });
  db.run("CREATE TABLE t (a int)\nINSERT INTO t VALUES (1)\nBACKUP DATABASE TO 'b.gobi'\nDELETE FROM t");
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
  db.run("RESTORE DATABASE FROM 'b.gobi'");
  expect(db.run("SELECT count(*) FROM t")).toEqual(["1"]);
  expect(db.fail("BACKUP DATABASE TO 'b.gobi'")).toMatch(/^AlreadyExists: /);
  db.session.close();
});

it("replaces a view inside a procedure", () => {
  const db = open();
  db.run(`CREATE TABLE t (a int)
INSERT INTO t VALUES (1), (2)
procedure p() { CREATE OR REPLACE VIEW v AS SELECT sum(a) AS total FROM t }
CALL p()
CALL p()`);
  expect(db.run("SELECT total FROM v")).toEqual(["3"]);
});
