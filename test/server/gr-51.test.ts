// GR-51: versions: `p@2` is callable, ROLLBACK PROCEDURE makes a new version, running calls finish on theirs.
import { expect, it } from "vitest";
import { open } from "./support.ts";

const version = (n: number): string => `upsert procedure p() returns int { return ${n} }`;

it("calls a version by number", () => {
  const db = open();
  db.run(version(1));
  db.run(version(2));
  expect(db.call("p")).toBe("2");
  expect(db.call("p@1")).toBe("1");
  expect(db.run("CALL p@1()")).toEqual(["1"]);
  expect(db.failCall("p@3")).toBe("NoSuchRoutine: There is no procedure or function named p@3.");
});

it("rolls back by making version 3 of the text of version 1", () => {
  const db = open();
  db.run(version(1));
  db.run(version(2));
  db.run("ROLLBACK PROCEDURE p TO 1");
  expect(db.run("SELECT version, body FROM system.procedures")[0]).toMatch(/^3\|.*return 1/);
  expect(db.call("p")).toBe("1");
  expect(db.fail("ROLLBACK PROCEDURE p TO 9")).toContain("p@9");
});

it("binds callers to the new version at their next call", () => {
  const db = open();
  db.run(version(1));
  db.run("procedure q() returns int { return p() * 100 }");
  expect(db.call("q")).toBe("100");
  db.run(version(2));
  expect(db.call("q")).toBe("200");
});
