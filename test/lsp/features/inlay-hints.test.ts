// Inlay hints: the text with its hints in ‹ ›.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { type HintChoice, inlayHints } from "../../../lsp/features/inlay-hints.ts";
import { fixture } from "../support.ts";

const ALL: HintChoice = { types: true, parameters: true, nulls: true };

function shown(source: string, choice: HintChoice = ALL): string {
  const { document } = fixture(source);
  let text = "";
  let at = 0;
  for (const { offset, label } of finished(inlayHints(document, { start: 0, end: document.text.length }, choice))) {
    text += `${document.text.slice(at, offset)}‹${label}›`;
    at = offset;
  }
  return text + document.text.slice(at);
}

const CASES: Readonly<Record<string, string>> = {
  "types of variables, not where they are plain to see": "let a = 1\nlet b‹: int› = a + 1\nlet c int = b\nlet d = 'x'",
  "loop variables and lambdas": "for x‹: int› in [1, 2] { print [x] |> map(y‹: int› => y + x) }",
  "parameters and results": "function twice (n‹: int›)‹ returns int› { return n * 2 }\nprint twice(2)",
  "names of parameters before plain values":
    "function area (width int, height int) returns int { return width * height }\nlet h = 3\nprint area(‹width:›2, h)\nprint area(width: 2, height: 3)",
  "columns that a join makes null": `CREATE TABLE a (id int NOT NULL);
CREATE TABLE b (id int NOT NULL, n int);
SELECT a.id, b.id‹?›, b.n FROM a LEFT JOIN b ON a.id = b.id;`,
  "aggregates over no rows": `CREATE TABLE a (id int NOT NULL);
SELECT max(id)‹?›, count(*), id‹?› FROM a;`,
  "nothing where the type is not known":
    "CREATE TABLE a (id int NOT NULL);\nlet q = SELECT missing FROM a\nfor row in SELECT id, missing FROM a { print row.id }\nlet e = [nobody]",
  "rows of queries": "CREATE TABLE a (id int NOT NULL);\nfor row‹: {id: int}› in SELECT id FROM a { print row.id }",
};

describe("inlay hints", () => {
  for (const [name, expected] of Object.entries(CASES))
    test(name, () => {
      expect(shown(expected.replaceAll(/‹[^›]*›/g, ""))).toBe(expected);
    });

  test("why a type was inferred", () => {
    const { document } = fixture(
      "CREATE TABLE users (id int, email text NOT NULL);\nprocedure p (e) { DELETE FROM users WHERE email = e }",
    );
    const [hint] = finished(inlayHints(document, { start: 0, end: document.text.length }, ALL));
    expect(hint).toMatchObject({ label: ": string", tooltip: expect.stringContaining("users.email") as string });
  });

  test("only what is wanted, and only in the range", () => {
    const source = "function f (low int, high int) returns int { return low + high }\nlet x = f(1, 2)";
    expect(shown(source, { ...ALL, types: false })).toContain("‹low:›1, ‹high:›2");
    expect(shown(source, { ...ALL, parameters: false })).not.toContain("‹low:›");
    const { document } = fixture(source);
    expect(finished(inlayHints(document, { start: 0, end: 10 }, ALL))).toEqual([]);
  });
});
