// What one file alone cannot show: imports, exports, strict mode, session variables, stored routines.
import { describe, expect, it } from "vitest";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import { check } from "../../compiler/check/check.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import { INT, STRING } from "../../compiler/types/make.ts";
import { checkText, codesOf, typeAt } from "./support.ts";
import { TEST_CRON } from "../cron/port.ts";

describe("imports", () => {
  const math =
    "error Negative\ntype enum as Sign ('plus', 'minus');\nfunction twice(n int) returns int => n * 2\nfunction check_it(n int) raises Negative returns int { if n < 0 { raise Negative(\"x\") } return n }";

  it("bring in routines, types and errors", () => {
    expect(
      codesOf(
        'import math;\nprint twice(2);\nprint math.twice(3);\nlet s: Sign = "plus";\nprint s;\ntry { print check_it(1); } catch (Negative) { print 0; }',
        { modules: { math } },
      ),
    ).toEqual([]);
  });
  it("are checked: wrong arguments of an imported function are found", () => {
    expect(codesOf('import math;\nprint twice("x");', { modules: { math } })).toEqual(["E3001"]);
  });
  it("show only what is marked, when anything is", () => {
    const marked = "export function a() returns int => 1\nfunction b() returns int => 2";
    expect(codesOf("import m;\nprint a();\nprint b();", { modules: { m: marked } })).toEqual(["E2002"]);
  });
  it("in a circle are an error in the one that closes it", () => {
    const checked = checkText("import a;\nprint f();", {
      modules: { a: "import b;\nfunction f() returns int => g()", b: "import a;\nfunction g() returns int => 1" },
    });
    expect(checked.problems.map((problem) => problem.message)).toEqual([
      "b.grz has an error, so nothing of it can be used; line 1: a imports this file, so they cannot import each other.",
    ]);
    const inner = checked.uses[0]?.uses[0];
    expect(inner?.problems.map((problem) => problem.code)).toEqual(["E2027"]);
  });
});

describe("sessions", () => {
  const environment = {
    catalog: makeCatalog(),
    strict: false,
    standardModule: () => undefined,
    standardNames: () => [],
    importModule: () => undefined,
    cron: TEST_CRON,
  };

  it("know the variables of earlier inputs", () => {
    const module = parse({ name: "<repl>", text: "let y = x + 1;" }).value;
    const checked = check(module, { ...environment, globals: [{ name: "x", type: INT }] });
    expect(checked.problems).toEqual([]);
    expect(typeAt(checked, 4)).toBe("int");
  });
  it("report wrong uses of them", () => {
    const module = parse({ name: "<repl>", text: "let y = x * 2;" }).value;
    expect(
      check(module, { ...environment, globals: [{ name: "x", type: STRING }] }).problems.map((problem) => problem.code),
    ).toEqual(["E3006"]);
  });
});

describe("results", () => {
  it("are the same for the same input", () => {
    const text = "function add(a, b) => a + b\nlet x = add(1, 2.5);\nprint x;";
    const first = checkText(text);
    const second = checkText(text);
    expect([...first.types.values()]).toEqual([...second.types.values()]);
    expect(first.problems).toEqual(second.problems);
  });
  it("name items that must not run: those with errors and with holes", () => {
    const checked = checkText('let a: int = "x";\nlet b = 1;\nprint ...;\nprint a; print b;');
    expect([...checked.broken].map((item) => item.text).sort()).toEqual(['let a: int = "x";', "print ...;"]);
  });
  it("have effects of callees and of fired triggers", () => {
    const checked = checkText(
      "CREATE TABLE a (x INT);\nCREATE TABLE b (x INT);\nCREATE TRIGGER t AFTER INSERT ON a AS BEGIN INSERT INTO b (x) VALUES (1); END;\nprocedure p() { INSERT INTO a (x) VALUES (1); }\nprocedure q() { CALL p(); print now(); }\nfunction r() returns int => uuid() :: string |> len()",
    );
    const effects = (name: string): unknown =>
      [...checked.routines.values()].find((routine) => routine.name === name)?.effects;
    expect(effects("q")).toMatchObject({
      writes: [{ table: "main.a" }, { table: "main.b" }],
      calls: ["p", "t"],
      clock: true,
      output: true,
    });
    expect(effects("r")).toMatchObject({ writes: [], random: true, clock: false });
  });
  it("of mutual recursion hold the effects of the whole group", () => {
    const checked = checkText(
      "CREATE TABLE a (x INT);\nprocedure p(n int) { if n > 0 { CALL q(n - 1); } }\nprocedure q(n int) { INSERT INTO a (x) VALUES (n); CALL p(n); }",
    );
    for (const routine of checked.routines.values())
      expect(routine.effects.writes).toMatchObject([{ table: "main.a" }]);
  });
});
