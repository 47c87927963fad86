// GR-44: async calls give a handle at once and are awaited; sync ones block; both undo their writes on an uncaught error.
import { expect, it } from "vitest";
import { open } from "./support.ts";

const SETUP = `CREATE TABLE t (a int)
procedure add(n int) returns int as async { INSERT INTO t VALUES (n); return n * 10 }
procedure spoil(n int) returns int as async { INSERT INTO t VALUES (n); raise Spoiled("no") }
`;

it("gives its value to await", () => {
  const db = open();
  db.run(`${SETUP}let j = async add(1)
print await j`);
  expect(db.printed).toEqual(["10"]);
  expect(db.run("SELECT a FROM t")).toEqual(["1"]);
});

it("leaves a run behind", () => {
  const db = open();
  db.run(`${SETUP}let j = async add(1)
print await j`);
  expect(db.run("SELECT kind, status, success FROM system.runs")).toEqual(["call|completed|true"]);
});

it("undoes the writes of a job that fails, and only those", () => {
  const db = open();
  db.run(`${SETUP}procedure both() returns string {
  INSERT INTO t VALUES (1)
  let j = async spoil(2)
  try { await j } catch (Spoiled as e) { return e.message }
  return "not spoiled"
}`);
  expect(db.call("both")).toBe("no");
  expect(db.run("SELECT a FROM t")).toEqual(["1"]);
});

it("does not start a job of a call that was rolled back", () => {
  const db = open();
  db.run(`${SETUP}procedure fails() { let j = async add(5); raise Never("mind") }`);
  expect(db.failCall("fails")).toBe("Never: mind");
  expect(db.run("SELECT a FROM t")).toEqual([]);
});

it("cancels what a procedure neither awaits nor detaches", () => {
  const db = open();
  db.run(`${SETUP}procedure forgets() { let j = async add(5) }
procedure detaches() { let j = async detached add(6) }`);
  db.call("forgets");
  expect(db.run("SELECT a FROM t")).toEqual([]);
  db.call("detaches");
  expect(db.run("SELECT a FROM t")).toEqual(["6"]);
});

it("rolls a sync call back as a whole", () => {
  const db = open();
  db.run('CREATE TABLE t (a int)\nprocedure p() { INSERT INTO t VALUES (1); raise Nope("x") }');
  expect(db.fail("CALL p()")).toBe("Nope: x");
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
});
