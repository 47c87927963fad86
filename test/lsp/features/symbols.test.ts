// The outline of a document and the search over a workspace.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { documentSymbols, type OutlineSymbol, workspaceSymbols } from "../../../lsp/features/symbols.ts";
import { fixture } from "../support.ts";

const SOURCE = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);
type enum as Mood ('happy', 'sad')
error Broken (code int)
--- Greets.
function greet (name string) returns string { let hidden = 1; return name }
function shout <users> () returns string { return 'x' }
upsert TRIGGER as audit (timing: 'after', event: 'insert', target: 'users', exe: 'procedure', call: 'p')
upsert SCHEDULE as nightly (sched: '0 2 * * *', exe: 'procedure', call: 'p')
const limit_value = 3
test "adds" { expect(1 == 1) }
`;

function lines(symbols: readonly OutlineSymbol[], depth = 0): readonly string[] {
  return symbols.flatMap((symbol) => [
    `${"  ".repeat(depth)}${symbol.kind} ${symbol.name}${symbol.detail === undefined ? "" : ` | ${symbol.detail}`}`,
    ...lines(symbol.children, depth + 1),
  ]);
}

describe("document symbols", () => {
  test("the outline", () => {
    expect(lines(documentSymbols(fixture(SOURCE).document))).toEqual([
      "table users",
      "  column id | INTEGER",
      "  column email | TEXT",
      "enum Mood",
      "  enumValue happy",
      "  enumValue sad",
      "error Broken",
      "  field code | int",
      "function greet | (name string)",
      "method shout | <users> ()",
      "trigger audit | on users",
      "schedule nightly | 0 2 * * *",
      "constant limit_value",
      "test adds",
    ]);
  });

  test("names lie inside their declarations", () => {
    const inside = (symbol: OutlineSymbol): boolean =>
      symbol.span.start <= symbol.nameSpan.start &&
      symbol.nameSpan.end <= symbol.span.end &&
      symbol.children.every(inside);
    expect(documentSymbols(fixture(SOURCE).document).every(inside)).toBe(true);
  });
});

describe("workspace symbols", () => {
  const { workspace } = fixture(`${SOURCE}=== other.grz\nprocedure greeting () { print 1 }\n`);
  const found = (query: string): readonly string[] =>
    finished(workspaceSymbols(workspace, query)).map(({ symbol }) => symbol.name);

  test("letters in order, the best fit first", () => {
    expect(found("greet")).toEqual(["greet", "greeting"]);
    expect(found("GRTG")).toEqual(["greeting"]);
    expect(found("zzz")).toEqual([]);
  });

  test("all of them without a query", () => {
    expect(found("")).toHaveLength(15);
  });
});
