// Definitions and type definitions: from the cursor to the marked places.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { definition, typeDefinition } from "../../../lsp/features/navigation.ts";
import { fixture } from "../support.ts";

const DEFINITIONS: Readonly<Record<string, string>> = {
  "a variable": "let ⟦x⟧ = 1\nprint ▮x",
  "behind the last letter": "let ⟦abc⟧ = 1\nprint abc▮",
  "a column through an alias": "CREATE TABLE t (⟦a⟧ int);\nSELECT x.▮a FROM t x;",
  "a column through a subquery's alias": "CREATE TABLE t (a int);\nSELECT s.▮b FROM (SELECT a AS ⟦b⟧ FROM t) s;",
  "a table": "CREATE TABLE ⟦t⟧ (a int);\nDELETE FROM ▮t;",
  "a view": "CREATE TABLE t (a int);\nCREATE VIEW ⟦v⟧ AS SELECT a FROM t;\nSELECT a FROM ▮v;",
  "an alias": "CREATE TABLE t (a int);\nSELECT ▮x.a FROM t ⟦x⟧;",
  "a routine of an imported file":
    "import lib\nprint ▮area(1)\n=== lib.grz\nfunction ⟦area⟧ (n int) returns int { return n }\n",
  "the file of an import":
    "import ▮lib\nprint area(1)\n=== lib.grz\n⟦⟧function area (n int) returns int { return n }\n",
  "a method": `type struct as P (a string)
function ⟦shout⟧ <P> () returns string { return self.a }
let p = P {a: 'x'}
print p.▮shout()`,
  "a field of self": `type struct as P (⟦a⟧ string)
function shout <P> () returns string { return self.▮a }`,
  "both meanings of a short field": "type struct as P (⟦a⟧ string)\nlet ⟦a⟧ = 'x'\nprint P {▮a}",
  "a parameter behind a colon": "CREATE TABLE t (a int);\nprocedure p (⟦n⟧ int) { DELETE FROM t WHERE a = :▮n }",
  "what a trigger calls": `CREATE TABLE t (a int);
procedure ⟦p⟧ () { print 1 }
upsert TRIGGER as x (timing: 'after', event: 'insert', target: 't', exe: 'procedure', call: '▮p')`,
  "a column of NEW": `CREATE TABLE t (⟦a⟧ int);
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW AS BEGIN SET NEW.▮a = 1; END;`,
  "a column that a loop's row has from a common table": `CREATE TABLE t (a int);
for row in WITH c (⟦n⟧) AS (SELECT a FROM t) SELECT n FROM c { print row.▮n }`,
  "a pattern's binding": "print match [1, 2] { [⟦a⟧, b] => ▮a + b, _ => 0 }",
  "a caught error": "try { print 1 } catch (Overflow as ⟦e⟧) { print ▮e.message }",
  "an expression over a column in an index": "CREATE TABLE t (⟦a⟧ text);\nCREATE INDEX i ON t (lower(▮a));",
};

const TYPE_DEFINITIONS: Readonly<Record<string, string>> = {
  "a struct": "type struct as ⟦P⟧ (a string)\nlet p = P {a: 'x'}\nprint ▮p.a",
  "elements of a list": "type enum as ⟦Mood⟧ ('happy')\nlet moods = [Mood.happy]\nprint ▮moods",
  "the table whose rows a loop has": "CREATE TABLE ⟦t⟧ (a int, b int);\nfor row in SELECT a, b FROM t { print ▮row.a }",
  "the table behind an alias": "CREATE TABLE ⟦t⟧ (a int);\nCREATE TABLE u (b int);\nSELECT ▮x.a FROM t x JOIN u y;",
  "the table behind an alias, where it is declared":
    "CREATE TABLE t (a int);\nCREATE TABLE ⟦u⟧ (b int);\nlet q = SELECT x.a FROM t x JOIN u ▮y",
  "the common table behind an alias": "WITH ⟦c⟧ AS (SELECT 1 AS n) SELECT ▮d.n FROM c d;",
  "a column that is a plain value": "CREATE TABLE t (⟦a⟧ int);\nSELECT x.▮a FROM t x;",
  "a column that is a plain value, from a row": "CREATE TABLE t (⟦a⟧ int);\nfor r in SELECT a FROM t { print r.▮a }",
  "a column of an enum": "type enum as ⟦Mood⟧ ('happy')\nCREATE TABLE t (a Mood);\nSELECT ▮a FROM t;",
  "of a row parameter": "CREATE TABLE ⟦t⟧ (a int);\nprocedure p (r t) { print ▮r.a }",
};

describe("definition", () => {
  for (const [name, source] of Object.entries(DEFINITIONS)) {
    test(name, () => {
      const { workspace, document, cursor, marked, show } = fixture(source);
      expect([...finished(definition(workspace, document, cursor))].map(show).sort()).toEqual([...marked].sort());
    });
  }

  test("nothing for a word that nobody declares", () => {
    const { workspace, document, cursor } = fixture("print ▮unknown_name");
    expect(finished(definition(workspace, document, cursor))).toEqual([]);
  });
});

describe("type definition", () => {
  test("nothing where the type has no declaration", () => {
    const { workspace, document, cursor } = fixture("let x = 1\nprint ▮x");
    expect(finished(typeDefinition(workspace, document, cursor))).toEqual([]);
  });

  for (const [name, source] of Object.entries(TYPE_DEFINITIONS)) {
    test(name, () => {
      const { workspace, document, cursor, marked, show } = fixture(source);
      expect(finished(typeDefinition(workspace, document, cursor)).map(show)).toEqual(marked);
    });
  }
});
