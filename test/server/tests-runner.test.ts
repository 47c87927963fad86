// `test` blocks: the script's other statements first, each test from the same state, everything undone.
import { expect, it } from "vitest";
import type { TestOutcome } from "../../server/session-types.ts";
import { open, type TestSession } from "./support.ts";

const FILE = `CREATE TABLE t (a int PRIMARY KEY)
INSERT INTO t VALUES (1)
function twice(n int) returns int {
  if n < 0 {
    return 0
  }
  return n * 2
}
test "twice doubles" { expect(twice(2) == 4) }
test "writes" { INSERT INTO t VALUES (2); expect((SELECT count(*) FROM t) == 2) }
test "starts anew" { expect((SELECT count(*) FROM t) == 1) }
test "fails" {
  expect(twice(2) == 5)
}
test "cases" for (a, b) in [(1, 2), (3, 7)] { expect(twice(a) == b) }
test "raises" { expect raises UniqueViolation { INSERT INTO t VALUES (1) } }
test "clock" { clock.set(TIMESTAMP '2020-01-01T00:00:00Z'); expect(string(now()) == "2020-01-01T00:00:00Z") }
`;

function run(db: TestSession, text: string, filter?: string): Extract<TestOutcome, { kind: "ran" }> {
  const outcome = db.session.runTests({ name: "tests.grz", text }, filter === undefined ? {} : { filter });
  if (outcome.kind !== "ran")
    throw new TypeError(
      `${outcome.kind}: ${outcome.kind === "failed" ? outcome.error.message : outcome.problems.map((problem) => problem.message).join("; ")}`,
    );
  return outcome;
}

it("reports each test and case", () => {
  const db = open();
  const { tests } = run(db, FILE);
  expect(tests.map((test) => `${test.name}: ${test.outcome}`)).toEqual([
    "twice doubles: passed",
    "writes: passed",
    "starts anew: passed",
    "fails: failed",
    "cases (1, 2): passed",
    "cases (3, 7): failed",
    "raises: passed",
    "clock: passed",
  ]);
  expect(tests[3]?.failure).toMatchObject({ line: 13, error: { code: "AssertionFailed" } });
  expect(tests.every((test) => test.durationMs > 0)).toBe(true);
});

it("leaves nothing in the database", () => {
  const db = open();
  run(db, FILE);
  expect(db.run("SELECT name FROM sqlite_schema")).toEqual([]);
  expect(db.run("SELECT now()")).toEqual(["2026-01-31T12:00:00Z"]);
});

it("runs the tests that match a filter", () => {
  const db = open();
  expect(run(db, FILE, "case").tests).toHaveLength(2);
});

it("counts the lines that were reached", () => {
  const db = open();
  const { coverage } = run(db, FILE, "twice doubles");
  expect(coverage.hits.get(7)).toBe(1);
  expect(coverage.hits.get(5)).toBe(0);
});

it("says when the statements outside the tests fail", () => {
  const db = open();
  const outcome = db.session.runTests({ name: "t", text: 'raise Broken("set-up")\ntest "x" { }' });
  expect(outcome.kind === "failed" && outcome.error.code).toBe("Broken");
});
