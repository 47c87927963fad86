// What makes a session another than a new one would be, so that no pool gives it to somebody else and no lane gives it to another one (GR-115).
import { expect, it } from "vitest";
import { open } from "./support.ts";

const SCRIPT = "CREATE TABLE t (id INTEGER PRIMARY KEY); upsert procedure p () { INSERT INTO t VALUES (1) }";

it.each([
  "SELECT 1",
  "INSERT INTO t VALUES (7)",
  "CALL p()",
  "BEGIN; INSERT INTO t VALUES (8); COMMIT",
  "PRAGMA cache_size",
  "print 'x'",
])("%s leaves nothing", (text) => {
  const db = open();
  db.run(SCRIPT);
  db.session.executeStatement(text);
  expect(db.session.holdsState).toBe(false);
});

it.each([
  "let a = 1",
  "CREATE TEMP TABLE mine (a INT)",
  "ATTACH ':memory:' AS other",
  "PRAGMA cache_size = 77",
  "PRAGMA query_only(1)",
  "DISABLE TRIGGERS FOR SESSION",
])("%s does", (text) => {
  const db = open();
  db.run(SCRIPT);
  db.session.executeStatement(text);
  expect(db.session.holdsState).toBe(true);
});

it("a text that declares variables does from its first statement on, whatever becomes of it", () => {
  const { session } = open();
  const run = session.begin("let a = 1; SELECT a; let b = 1 / 0", undefined);
  expect(session.holdsState).toBe(true);
  run.step(() => undefined);
  run.step(() => undefined);
  expect(run.step(() => undefined)?.error.code).toBe("DivisionByZero");
  expect(session.holdsState).toBe(true);
  run.end();
  expect(session.holdsState).toBe(true);
});
