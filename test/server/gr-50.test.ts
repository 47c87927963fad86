// GR-50: dependencies: DROP of what is used is refused, CASCADE marks dependants invalid, changed signatures and tables are checked again at the next use.
import { expect, it } from "vitest";
import { open } from "./support.ts";

const SETUP = `CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL)
INSERT INTO users VALUES (1, 'Ann')
function base(n int) returns int { return n + 1 }
procedure uses() returns int { return base(1) }
procedure reads(n int) returns string { return (SELECT name FROM users WHERE id = n) ?? "nobody" }`;

it("refuses to drop what is used, naming the users", () => {
  const db = open();
  db.run(SETUP);
  expect(db.fail("DROP FUNCTION base")).toBe(
    "DependentObjects: Function base is used by procedure uses. Drop those first, or add CASCADE to drop it and mark them invalid.",
  );
  expect(db.call("uses")).toBe("2");
});

it("marks users invalid with CASCADE, and they work again when it is back", () => {
  const db = open();
  db.run(SETUP);
  db.run("DROP FUNCTION base CASCADE");
  expect(db.run("SELECT name, status FROM system.procedures ORDER BY name")).toEqual(["reads|valid", "uses|invalid"]);
  expect(db.failCall("uses")).toMatch(/NoSuchRoutine|InvalidRoutine/);
  db.run("function base(n int) returns int { return n + 10 }");
  expect(db.call("uses")).toBe("11");
});

it("records tables with columns, routines and schedules", () => {
  const db = open();
  db.run(SETUP);
  db.run(
    "upsert procedure nightly <{sched: ['midnight']}> () { CALL uses(); UPDATE users SET name = 'x' WHERE id = 2 }",
  );
  const rows =
    db.run(`SELECT d.referenced_kind, d.referenced_name, d.access_mode, d.column_names FROM system.dependencies d
    JOIN system.routines r ON r.routine_id = d.dependent_id WHERE r.name = 'nightly' ORDER BY 1, 2, 3`);
  expect(rows.filter((row) => row.startsWith("schedule"))).toEqual(["schedule|midnight|run|null"]);
  expect(rows.some((row) => row.startsWith("routine|uses|call"))).toBe(true);
  expect(rows.some((row) => row.startsWith('table|main.users|write|["name"]'))).toBe(true);
});

it("compiles again when a table has changed, and says precisely what no longer fits", () => {
  const db = open();
  db.run(SETUP);
  expect(db.call("reads", 1)).toBe("Ann");
  db.run("ALTER TABLE users ADD COLUMN age int");
  expect(db.call("reads", 1)).toBe("Ann");
  db.run("ALTER TABLE users RENAME COLUMN name TO title");
  const failed = db.failCall("reads", 1);
  expect(failed).toMatch(/^InvalidRoutine: procedure reads \(version 1\) no longer fits the database: line 1: /);
  expect(failed).toContain("name");
  db.run("ALTER TABLE users RENAME COLUMN title TO name");
  expect(db.call("reads", 1)).toBe("Ann");
});

it("sees a changed signature of what it calls", () => {
  const db = open();
  db.run(SETUP);
  db.run('upsert function base(n string) returns string { return n + "!" }');
  expect(db.failCall("uses")).toMatch(/^InvalidRoutine: procedure uses \(version 1\) no longer fits/);
});
