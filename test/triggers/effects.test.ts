// What stored triggers do counts as done by the statements that fire them (LANGUAGE.md 15.22): effects, errors, circles; by event and column.
import { expect, it } from "vitest";
import { open, type TestSession } from "../server/support.ts";

const SETUP = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE TABLE child (t_id INT REFERENCES t ON DELETE CASCADE); CREATE TABLE audit (id INT)
CREATE TRIGGER guard AFTER UPDATE OF a ON t FOR EACH ROW AS BEGIN IF NEW.a = 'no' THEN RAISE Refused('no'); END IF; END;
CREATE TRIGGER gone AFTER DELETE ON child FOR EACH ROW AS BEGIN INSERT INTO audit (id) SELECT OLD.t_id; END;
CREATE VIEW names AS SELECT id, a FROM t
CREATE TRIGGER put INSTEAD OF INSERT ON names FOR EACH ROW AS BEGIN INSERT INTO t (id, a) VALUES (NEW.id, NEW.a); END;`;

function codes(db: TestSession, text: string): readonly string[] {
  return db.session.check({ name: "x.grz", text }).map((problem) => `${problem.code} ${problem.message}`);
}

it("counts errors of the triggers that a statement fires, and of no others", () => {
  const db = open();
  db.run(SETUP);
  expect(codes(db, "procedure p() raises Other { UPDATE t SET a = 'x'; raise Other('o') }").join("\n")).toContain(
    "Refused can escape from p",
  );
  expect(
    codes(db, "procedure p() raises Other { UPDATE t SET id = 5 WHERE id = 4; raise Other('o') }").join("\n"),
  ).not.toContain("Refused");
  db.run("DISABLE TRIGGER guard");
  expect(codes(db, "procedure p() raises Other { UPDATE t SET a = 'x'; raise Other('o') }").join("\n")).not.toContain(
    "Refused",
  );
});

it("follows cascades and views", () => {
  const db = open();
  db.run(SETUP);
  db.run("procedure p() { DELETE FROM t WHERE id = 1 }\nprocedure q() { INSERT INTO names (id, a) VALUES (1, 'x') }");
  expect(db.run("EXPLAIN EFFECTS CALL p()").find((line) => line.startsWith("writes"))).toBe(
    "writes   audit (*), child (*), t (*)",
  );
  expect(db.run("EXPLAIN EFFECTS CALL q()").find((line) => line.startsWith("writes"))).toContain("t (*)");
});

it("reports a circle that a stored trigger closes", () => {
  const db = open();
  db.run("CREATE TABLE a (x INT); CREATE TABLE b (x INT)");
  db.run("CREATE TRIGGER ta AFTER INSERT ON a FOR EACH ROW AS BEGIN INSERT INTO b (x) VALUES (NEW.x); END;");
  expect(
    codes(db, "CREATE TRIGGER tb AFTER INSERT ON b FOR EACH ROW AS BEGIN INSERT INTO a (x) VALUES (NEW.x); END;"),
  ).toEqual(["E7006 Triggers fire each other: tb → ta → tb."]);
  expect(
    codes(db, "CREATE TRIGGER tb AFTER DELETE ON b FOR EACH ROW AS BEGIN INSERT INTO a (x) VALUES (OLD.x); END;"),
  ).toEqual([]);
});
