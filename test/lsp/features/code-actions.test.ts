// Code actions: applied to the fixture they give the expected text, which has no new errors.
import { describe, expect, test } from "vitest";
import { type CodeAction, codeActions } from "../../../lsp/features/code-actions.ts";
import { edited, fixture, type Fixture } from "../support.ts";

/** The range is the marked one, else the cursor. */
function actionsIn({ document, cursor, places }: Fixture, kinds: readonly string[] = []): readonly CodeAction[] {
  return codeActions(document, places[0]?.span ?? { start: cursor, end: cursor }, kinds);
}

const REWRITINGS: Readonly<
  Record<string, { readonly title: RegExp; readonly before: string; readonly after: string }>
> = {
  "a misspelt column": {
    title: /Change to email/,
    before: "CREATE TABLE users (id int, email text);\nSELECT emial▮ FROM users;",
    after: "CREATE TABLE users (id int, email text);\nSELECT email FROM users;",
  },
  "missing arms of a match, each on its line": {
    title: /missing cases/,
    before: `type enum as Mood ('happy', 'sad', 'calm')
let m = Mood.happy
print match m▮ {
    Mood.happy => 1,
}`,
    after: `type enum as Mood ('happy', 'sad', 'calm')
let m = Mood.happy
print match m {
    Mood.happy => 1,
    sad => ...,
    calm => ...,
}`,
  },
  "the missing arm of a match statement": {
    title: /Add the case false/,
    before: "let b = 1 > 2\nmatch b▮ { true => { print 1 } }",
    after: "let b = 1 > 2\nmatch b { true => { print 1 }, false => { ... } }",
  },
  "raises of a routine without the clause": {
    title: /Add raises Broken/,
    before: "error Broken (n int)\nprocedure p▮ (a int) { raise Broken('x', {n: a}) }",
    after: "error Broken (n int)\nprocedure p (a int) raises Broken { raise Broken('x', {n: a}) }",
  },
  "one more of the raises": {
    title: /Add B to raises/,
    before: "error A ()\nerror B ()\nprocedure p (a int) raises A { if a > 1 { raise A('x') } ; raise▮ B('y') }",
    after: "error A ()\nerror B ()\nprocedure p (a int) raises A, B { if a > 1 { raise A('x') } ; raise B('y') }",
  },
  "a star": {
    title: /Write out the columns/,
    before: "CREATE TABLE users (id int, email text);\nSELECT ▮* FROM users;",
    after: "CREATE TABLE users (id int, email text);\nSELECT id, email FROM users;",
  },
  "a star over a join": {
    title: /Write out the columns/,
    before: "CREATE TABLE a (id int);\nCREATE TABLE b (id int, n int);\nSELECT *▮ FROM a JOIN b x ON a.id = x.id;",
    after:
      "CREATE TABLE a (id int);\nCREATE TABLE b (id int, n int);\nSELECT a.id, x.id, x.n FROM a JOIN b x ON a.id = x.id;",
  },
  "one table's star, of a common table": {
    title: /Write out the columns/,
    before: "WITH c AS (SELECT 1 AS n, 2 AS m) SELECT c.▮* FROM c;",
    after: "WITH c AS (SELECT 1 AS n, 2 AS m) SELECT c.n, c.m FROM c;",
  },
  "an expression into a function": {
    title: /Extract function/,
    before: "procedure p (price decimal(10, 2), amount int) {\n    print ⟦price * amount⟧\n}",
    after: `function extracted (price decimal(10, 2), amount int) returns decimal {
    return price * amount
}

procedure p (price decimal(10, 2), amount int) {
    print extracted(price, amount)
}`,
  },
  "braces into keywords": {
    title: /BEGIN and END/,
    before:
      "procedure p▮ (a int) {\n    if a > 1 {\n        print 1\n    } else {\n        print 2\n    }\n    for i in 1..3 {\n        print i\n    }\n}",
    after: `PROCEDURE p(a int) AS BEGIN
    IF a > 1 THEN
        print 1;
    ELSE
        print 2;
    END IF;
    FOR i IN 1..3 LOOP
        print i;
    END LOOP;
END;`,
  },
  "keywords into braces": {
    title: /with braces/,
    before:
      "CREATE PROCEDURE p▮ (a int) AS BEGIN IF a > 1 THEN PRINT 1; ELSIF a > 0 THEN PRINT 2; END IF; WHILE a > 9 LOOP PRINT 3; END LOOP; END;",
    after: `create procedure p(a int) {
    if a > 1 {
        PRINT 1
    } else if a > 0 {
        PRINT 2
    }
    while a > 9 {
        PRINT 3
    }
};`,
  },
};

describe("code actions", () => {
  for (const [name, { title, before, after }] of Object.entries(REWRITINGS)) {
    test(name, () => {
      const read = fixture(before);
      const action = actionsIn(read).find((each) => title.test(each.title));
      expect(action?.title ?? actionsIn(read).map((each) => each.title)).toMatch(title);
      const text = edited(read.document.text, action?.edits ?? []);
      expect(text).toBe(after);
      const errors = fixture(text)
        .document.problems()
        .filter((problem) => problem.severity === "error");
      expect(errors.map((problem) => problem.message)).toEqual([]);
    });
  }

  test("all misspelt names of one kind at once", () => {
    const read = fixture("CREATE TABLE t (email text);\nSELECT emial▮ FROM t;\nSELECT emial FROM t;");
    const action = actionsIn(read).find((each) => each.title.includes("1 more"));
    expect(edited(read.document.text, action?.edits ?? [])).toBe(
      "CREATE TABLE t (email text);\nSELECT email FROM t;\nSELECT email FROM t;",
    );
  });

  test("everything with one fix, when it is asked for", () => {
    const read = fixture("CREATE TABLE t (email text);\nSELECT emial FROM t▮;\nprint lenn('x')");
    expect(actionsIn(read).some((each) => each.kind === "source.fixAll")).toBe(false);
    const [action] = actionsIn(read, ["source"]);
    expect(edited(read.document.text, action?.edits ?? [])).toContain("SELECT email FROM t;");
  });

  test("the explanation of a diagnostic", () => {
    const found = actionsIn(fixture("print unknown▮_name"));
    expect(found.at(-1)).toMatchObject({ title: "Explain E2001", explains: "E2001", edits: [] });
  });

  test("only the kinds that are asked for", () => {
    const read = fixture("CREATE TABLE t (a int);\nSELECT ▮* FROM t;");
    expect(actionsIn(read, ["quickfix"]).filter((each) => each.kind !== "quickfix")).toEqual([]);
    expect(actionsIn(read, ["refactor"]).map((each) => each.kind)).toEqual(["refactor.rewrite"]);
  });

  test("what cannot be extracted is not offered", () => {
    for (const source of [
      "CREATE TABLE t (a int);\nSELECT ⟦a + 1⟧ FROM t;",
      "let x = ⟦1 + ⟧2",
      "procedure p () { let j = ⟦async p()⟧ ; await j }",
      "print 'a,b' |> ⟦split(',')⟧",
      "procedure p (t string) { execute ⟦'SELECT 1 FROM ' || ident(t)⟧ }",
      "CREATE TABLE t (a text);\nfor r in SELECT a FROM t { INSERT INTO t (a) VALUES (⟦r.a || 'x'⟧) }",
    ])
      expect(
        actionsIn(fixture(source)).some((each) => each.kind === "refactor.extract"),
        source,
      ).toBe(false);
  });

  test("a star over an unknown table stays", () => {
    expect(actionsIn(fixture("SELECT ▮* FROM nowhere;")).some((each) => each.kind === "refactor.rewrite")).toBe(false);
  });
});
