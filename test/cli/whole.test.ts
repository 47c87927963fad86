// When Enter runs a statement in the REPL and when it asks for more.
import { describe, expect, it } from "vitest";
import { isWhole } from "../../cli/repl/whole.ts";

const WHOLE = [
  "SELECT 1;",
  "SELECT 1 -- a note; here\n;",
  "print 1",
  "let x = 3",
  "function f() { return 1 }",
  "CREATE PROCEDURE p() AS BEGIN RETURN 1; END",
  "BEGIN;",
  "BEGIN TRANSACTION;",
  "COMMIT",
  "IF x THEN print 1; END IF;",
  "let x = case when a then b else c end",
  "SELECT 1\n\n",
  "let q = 'it''s';",
  "if x { print 1 }",
  "x * 2",
  "x = 3",
  "xs.push(4)",
  "fetch c into a, b",
  "PROFILE CALL p(1)",
  "a |> map(x => x + 1)",
  "  ",
];
const OPEN = [
  "SELECT 1",
  "SELECT 'text;",
  "function f() {",
  "CREATE PROCEDURE p() AS BEGIN RETURN 1;",
  "IF x THEN print 1;",
  "let x = (1 +",
  "/* a comment; ",
  "let x = 1 +",
  "WHILE x LOOP print 1;",
  "let x = [1,",
  "x *",
  "a and",
  "xs |>",
];

describe("isWhole", () => {
  it.each(WHOLE)("runs %j", (text) => expect(isWhole(text)).toBe(true));
  it.each(OPEN)("waits after %j", (text) => expect(isWhole(text)).toBe(false));
});
