// The registry of triggers: what is stored is compiled, bound and kept; changes of tables and callees are seen.
import { expect, it } from "vitest";
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
