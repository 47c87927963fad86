// Semantic tokens: every name by its meaning, in code and SQL, and changes between two answers.
import { finished } from "../../../base/steps.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { semanticTokens, tokenChange } from "../../../lsp/features/semantic-tokens.ts";
import { fixture } from "../support.ts";

function shown(source: string): readonly string[] {
  const { document } = fixture(source);
  return finished(semanticTokens(document)).map(
    ({ span, type, modifiers }) => `${document.text.slice(span.start, span.end)} ${[type, ...modifiers].join(".")}`,
  );
}

describe("semantic tokens", () => {
  test("code", () => {
    expect(
      shown(`const limit_value = 3
function double (n int) returns int { return n * 2 }
let p = double(limit_value)
p = len('x')`),
    ).toEqual([
      "limit_value variable.declaration.readonly",
      "double function.declaration",
      "n parameter.declaration",
      "int type.defaultLibrary",
      "int type.defaultLibrary",
      "n parameter",
      "p variable.declaration",
      "double function",
      "limit_value variable.readonly",
      "p variable.modification",
      "len function.defaultLibrary",
    ]);
  });

  test("SQL with aliases, common tables and variables", () => {
    expect(
      shown(`CREATE TABLE t (a int);
let least = 1
WITH c AS (SELECT a AS b FROM t) SELECT x.b FROM c x WHERE b > least;`),
    ).toEqual([
      "t class.declaration",
      "a property.declaration",
      "int type.defaultLibrary",
      "least variable.declaration",
      "c class.declaration",
      "a property",
      "b property.declaration",
      "t class",
      "x variable",
      "b property",
      "c class",
      "x variable.declaration",
      "b property",
      "least variable",
    ]);
  });

  test("types, methods and enum values", () => {
    expect(
      shown(`type enum as Mood ('happy')
type struct as P (m Mood)
function shout <P> () returns string { return 'x' }
print P {m: Mood.happy}.shout()`),
    ).toEqual([
      "Mood enum.declaration",
      "happy enumMember.declaration",
      "P struct.declaration",
      "m property.declaration",
      "Mood enum",
      "shout method.declaration",
      "P struct",
      "string type.defaultLibrary",
      "P struct",
      "m property.modification",
      "Mood enum",
      "happy enumMember",
      "shout method",
    ]);
  });

  test("fields of structs without a name", () => {
    expect(
      shown(
        "let t = {price: 1, nested: {count: 2}}\nfunction f (x {a int}) returns int { return x.a + t.nested.count }",
      ),
    ).toEqual([
      "t variable.declaration",
      "price property",
      "nested property",
      "count property",
      "f function.declaration",
      "x parameter.declaration",
      "a property",
      "int type.defaultLibrary",
      "int type.defaultLibrary",
      "x parameter",
      "a property",
      "nested property",
      "count property",
    ]);
    expect(shown("let xs = [1]\nlet n = 1\nprint xs.len()\nlet s = {n}")).toEqual([
      "xs variable.declaration",
      "n variable.declaration",
      "xs variable",
      "len function.defaultLibrary",
      "s variable.declaration",
      "n variable",
    ]);
  });

  test("a range gives the tokens of its declarations", () => {
    const { document, places } = fixture("let a = 1\n⟦let b = 2⟧\nlet c = 3");
    expect(finished(semanticTokens(document, places[0]?.span))).toHaveLength(1);
  });

  test("tokens are in order and do not meet", () => {
    const { document } = fixture('let p = {a: 1}\nlet {a} = p\nprint "${a} ${p.a}"');
    let end = 0;
    for (const { span } of finished(semanticTokens(document))) {
      expect(span.start).toBeGreaterThanOrEqual(end);
      ({ end } = span);
    }
  });

  test("a change turns one answer into the next", () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 });
    fc.assert(
      fc.property(numbers, numbers, (before, after) => {
        const change = tokenChange(before, after);
        const result = [...before];
        if (change !== undefined) result.splice(change.start, change.deleted, ...change.data);
        expect(result).toEqual(after);
      }),
    );
  });
});
