// GR-42: system.procedures has the columns of both founding documents.
import { expect, it } from "vitest";
import { open } from "./support.ts";

const QUERY =
  "SELECT name, model_config, parameters, body, execution_mode, created_at, modified_at FROM system.procedures";

it("is empty before anything is stored, and reading it writes nothing", () => {
  const db = open();
  expect(db.run(QUERY)).toEqual([]);
  expect(db.run("SELECT name FROM sqlite_schema")).toEqual([]);
});

it("shows what was stored", () => {
  const db = open();
  db.run("upsert procedure p <{description: 'adds'}> (a int) returns int { return a + 1 }");
  const [row] = db.run(QUERY);
  expect(row).toContain('p|{"description":"adds"}|');
  expect(row).toContain("return a + 1");
  expect(row).toContain("|sync|2026-01-31T12:00:00Z|2026-01-31T12:00:00Z");
});

it("can be joined and filtered like a table, in code too", () => {
  const db = open();
  db.run(
    "upsert procedure p (a int) returns int { return a }\nupsert procedure q () returns int { return (SELECT count(*) FROM system.procedures WHERE name LIKE 'p%') }",
  );
  expect(db.call("q")).toBe("1");
  expect(
    db.run(
      "SELECT r.name, v.version FROM system.routines r JOIN system.routine_versions v ON v.routine_id = r.routine_id ORDER BY r.name",
    ),
  ).toEqual(["p|1", "q|1"]);
});

it("cannot be changed directly (UN-12)", () => {
  const db = open();
  db.run("upsert procedure p () returns int { return 1 }");
  for (const sql of [
    "DELETE FROM system.procedures",
    "UPDATE system.routines SET name = 'x'",
    "DELETE FROM gobi_routines",
  ]) {
    const outcome = db.session.execute({ name: "t", text: sql });
    expect(outcome.kind, sql).not.toBe("completed");
  }
  expect(db.fail("execute 'delete from gobi_routines'")).toMatch(/^PermissionDenied: .*DROP PROCEDURE/);
  expect(db.call("p")).toBe("1");
});
