// GR-46: declared errors are caught by type, undeclared ones reported; an uncaught error has code, message and stack with lines.
import { expect, it } from "vitest";
import { open } from "./support.ts";

it("catches by name, and gives the detail", () => {
  const db = open();
  db.run(`error NotEnough (needed int, have int)
procedure pay(n int) raises NotEnough { if n > 10 { raise NotEnough("too much", {needed: n, have: 10}) } }
try { CALL pay(12) } catch (NotEnough as e) { print "\${e.code} \${e.message} \${e.needed}" }`);
  expect(db.printed).toEqual(["NotEnough too much 12"]);
});

it("reports an error that the raises clause does not name", () => {
  const db = open({ strict: true });
  expect(db.reject('procedure p() raises A { raise B("x") }')).toContain("E6001");
});

it("catches constraint violations with constraint and table, and undoes the try block", () => {
  const db = open();
  db.run(`CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE)
INSERT INTO users VALUES (1, 'a')
procedure add(id int, email string) returns string {
  try { INSERT INTO users VALUES (id + 100, 'tried'); INSERT INTO users VALUES (id, email) }
  catch (UniqueViolation as e) { return "\${e.code} \${e.table} \${e.sqlstate}" }
  return "ok"
}`);
  expect(db.call("add", 2, "a")).toBe("UniqueViolation users 23505");
  expect(db.run("SELECT count(*) FROM users")).toEqual(["1"]);
});

it("carries code, message and a stack with lines", () => {
  const db = open();
  db.run(
    "procedure inner(a int) returns int {\n  return 1 / a\n}\nprocedure outer() returns int {\n  return inner(0)\n}",
  );
  const outcome = db.session.execute({ name: "main.grz", text: "print 1\nCALL outer()" });
  expect(outcome.kind).toBe("failed");
  if (outcome.kind !== "failed") return;
  expect(outcome.error.code).toBe("DivisionByZero");
  expect(outcome.error.stack.map((frame) => [frame.routine, frame.line])).toEqual([
    ["inner", 2],
    ["outer", 2],
    [expect.any(String), 2],
  ]);
});
