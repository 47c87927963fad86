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
  "statements that give back nothing": {
    title: /Extract function/,
    before: `CREATE TABLE log (what TEXT);
procedure p (a int, b string) {
    let c = a + 1
    ⟦print "\${b} \${c}"
    INSERT INTO log (what) VALUES (b);⟧
    print c
}`,
    after: `CREATE TABLE log (what TEXT);
procedure extracted (b string, c int) {
    print "\${b} \${c}"
    INSERT INTO log (what) VALUES (b)
}

procedure p (a int, b string) {
    let c = a + 1
    extracted(b, c);
    print c
}`,
  },
  "statements whose result is used behind them": {
    title: /Extract function/,
    before: `function f (a int) returns int {
    ⟦let twice = a * 2
    let more = twice + 1⟧
    return more
}`,
    after: `function extracted (a int) returns int {
    let twice = a * 2
    let more = twice + 1
    return more
}

function f (a int) returns int {
    let more = extracted(a)
    return more
}`,
  },
  "statements of which several variables are used": {
    title: /Extract function/,
    before: `function f (a int) returns string {
    ⟦let twice = a * 2
    let shown = string(a)⟧
    return shown || string(twice)
}`,
    after: `function extracted (a int) returns {twice: int, shown: string} {
    let twice = a * 2
    let shown = string(a)
    return {twice: twice, shown: shown}
}

function f (a int) returns string {
    let {twice, shown} = extracted(a)
    return shown || string(twice)
}`,
  },
  "statements that assign": {
    title: /Extract function/,
    before: `CREATE TABLE t (n int NOT NULL);
procedure p (limit_value int) {
    let total = 0
    for row in SELECT n FROM t {
        ⟦if row.n > limit_value {
            total += row.n
        }⟧
    }
    print total
}`,
    after: `CREATE TABLE t (n int NOT NULL);
procedure extracted (row {n: int}, limit_value int, inout total int) {
    if row.n > limit_value {
        total += row.n
    }
}

procedure p (limit_value int) {
    let total = 0
    for row in SELECT n FROM t {
        CALL extracted(row, limit_value, total)
    }
    print total
}`,
  },
  "statements that return": {
    title: /Extract function/,
    before: `function f (a int) returns int {
    print a
    ⟦if a > 3 { return 1 }
    return 2⟧
}`,
    after: `function extracted (a int) returns int {
    if a > 3 { return 1 }
    return 2
}

function f (a int) returns int {
    print a
    return extracted(a)
}`,
  },
  "a loop with its own break": {
    title: /Extract function/,
    before: `procedure p (n int) {
    ⟦for i in 1..n {
        if i > 5 { break }
        print i
    }⟧
}`,
    after: `procedure extracted (n int) {
    for i in 1..n {
        if i > 5 { break }
        print i
    }
}

procedure p (n int) {
    extracted(n)
}`,
  },
  "a value that is known not to be null": {
    title: /Extract function/,
    before: `procedure p (n int?) {
    if n is not null {
        ⟦let next = n + 1
        print next⟧
    }
}`,
    after: `procedure extracted (n int) {
    let next = n + 1
    print next
}

procedure p (n int?) {
    if n is not null {
        extracted(n)
    }
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

  test.each([
    ["procedure p () { while true { ⟦print 1\n break⟧ } }", "A break leaves the selection."],
    ["outer: for i in 1..3 { for j in 1..3 { ⟦continue outer⟧ } }", "A continue leaves the selection."],
    ["function f () returns int { ⟦if now() > now() { return 1 }⟧\n return 2 }", /^A return leaves the selection/],
    ["procedure p () { try { print 1 } catch { ⟦raise⟧ } }", /^A raise without an error/],
    ["procedure p () { let j = 1\n ⟦async q()⟧ }\nprocedure q () { print 1 }", /^A job is cancelled/],
    ["procedure p () { ⟦CREATE TEMP TABLE t (id int);⟧ SELECT id FROM t; }", /^What follows knows the table/],
    [
      "CREATE TABLE t (id int);\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW AS BEGIN ⟦SET NEW.id = 1;⟧ END;",
      "NEW belongs to the routine or trigger around it.",
    ],
    ["function f (a int) { ⟦let b = a\n a = 2\n⟧ return a + b }", /^a would have to be given back as well as b/],
    ["procedure p (t string) { ⟦execute 'SELECT 1'⟧ }", /^The text of an execute/],
    ["procedure p () { UPDATE t SET n = 1; ⟦print row_count()⟧ }", /^FOUND and row_count/],
  ])("what cannot be moved is refused: %s", (source, reason) => {
    const action = actionsIn(fixture(source)).find((each) => each.title === "Extract function");
    expect(action?.edits).toEqual([]);
    expect(action?.refused).toMatch(reason);
  });

  test.each([
    ["procedure p () { print 1\n ⟦let a = 1\n print⟧ a }", /^Select a whole expression/],
    ["procedure p (a int) { print ⟦a⟧ }", /^A name alone/],
    ["procedure p () { for t in SELECT ⟦id + 1⟧ AS n FROM t { print t.n } }", /^It names columns/],
    ["procedure p () { let a = ⟦1 +⟧ }", /^There is an error/],
  ])("what is nothing to extract says why, and nothing else is offered in its place: %s", (source, reason) => {
    const read = fixture(`CREATE TABLE t (id int);\n${source}`);
    const [selected] = read.places;
    const actions = codeActions(read.document, selected?.span ?? { start: 0, end: 0 }, ["refactor"]);
    expect(actions.map(({ title }) => title)).toEqual(["Extract function"]);
    expect(actions[0]?.refused).toMatch(reason);
  });

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
        actionsIn(fixture(source)).some((each) => each.kind === "refactor.extract" && each.refused === undefined),
        source,
      ).toBe(false);
  });

  test("a star over an unknown table stays", () => {
    expect(actionsIn(fixture("SELECT ▮* FROM nowhere;")).some((each) => each.kind === "refactor.rewrite")).toBe(false);
  });
});
