// Formatting in the editor: edits of lines that give what the formatter prints, for all, for a part, and while typing.
import { finished } from "../../../base/steps.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format } from "../../../compiler/format/format.ts";
import { parse } from "../../../compiler/syntax/parse.ts";
import { formatDocument, formatRange, formatTyped, lineEdits } from "../../../lsp/features/formatting.ts";
import { edited, fixture } from "../support.ts";

const UGLY = "let   a=1\nlet b = 2\nprocedure p ( x int ){print   x}\nlet   c=3\n";

describe("formatting", () => {
  test("the document as the formatter prints it", () => {
    const { document } = fixture(UGLY);
    expect(edited(document.text, finished(formatDocument(document)))).toBe(format(document.module));
  });

  test("lines that are right are not touched", () => {
    const { document } = fixture(UGLY);
    const touched = finished(formatDocument(document)).map(({ span }) => document.text.slice(span.start, span.end));
    expect(touched.join("")).not.toContain("let b = 2");
  });

  test("only lines of the range", () => {
    const { document } = fixture(UGLY);
    const start = document.text.indexOf("let   c");
    expect(edited(document.text, finished(formatRange(document, { start: start + 1, end: start + 2 })))).toBe(
      "let   a=1\nlet b = 2\nprocedure p ( x int ){print   x}\nlet c = 3\n",
    );
  });

  test("a file with another line end keeps it", () => {
    const { document } = fixture("let   a=1\r\nlet b = 2\r\n");
    expect(edited(document.text, finished(formatDocument(document)))).toBe("let a = 1\r\nlet b = 2\r\n");
  });

  test("a broken declaration stays as it is", () => {
    const { document } = fixture("let   a=1\nlet b = = 2\n");
    expect(edited(document.text, finished(formatDocument(document)))).toBe("let a = 1\nlet b = = 2\n");
  });

  test("the statement that a brace closes", () => {
    const { document, cursor } = fixture("let   z=0\nprocedure p(x int) {\n    if x>1 {\n  print   x\n    }▮\n}\n");
    expect(edited(document.text, finished(formatTyped(document, cursor, "}")))).toBe(
      "let   z=0\nprocedure p(x int) {\n    if x > 1 {\n        print x\n    }\n}\n",
    );
  });

  const LINES: readonly (readonly [string, string])[] = [
    ["procedure p () {\n▮\n}\n", "procedure p () {\n    \n}\n"],
    ["procedure p () {\n    print 1\n▮\n}\n", "procedure p () {\n    print 1\n    \n}\n"],
    ["IF a THEN\n▮\nEND IF;\n", "IF a THEN\n    \nEND IF;\n"],
    ["procedure p () {\n    print 1\n    ▮}\n", "procedure p () {\n    print 1\n}\n"],
    ["let a = 1\n▮", "let a = 1\n"],
  ];
  for (const [before, after] of LINES)
    test(`a new line in ${JSON.stringify(before)}`, () => {
      const { document, cursor } = fixture(before);
      expect(edited(document.text, finished(formatTyped(document, cursor, "\n")))).toBe(after);
    });

  test("line edits give the other text, whatever it is", () => {
    const text = fc
      .array(fc.constantFrom("a\n", "b\n", "c\r\n", "d", "\n"), { maxLength: 12 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(edited(before, finished(lineEdits(before, after)))).toBe(after);
      }),
    );
  });
});

describe("the formatter over generated programs", () => {
  const name = fc.constantFrom("a", "b", "total", "`order`");
  const expression: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      name,
      fc.integer({ min: 0, max: 99 }).map(String),
      fc.constantFrom("'x y'", "null", "true", '"hi ${a}"'),
      fc
        .tuple(tie("value"), fc.constantFrom("+", "*", "||", "and", "=", "??"), tie("value"))
        .map((parts) => `(${parts.join(" ")})`),
      tie("value").map((value) => `len( ${value} )`),
      fc.tuple(tie("value"), tie("value")).map(([left, right]) => `[${left},${right}]`),
      tie("value").map((value) => `(SELECT max(id)   FROM t WHERE id>${value})`),
    ),
  })).value;
  const statement: fc.Arbitrary<string> = fc.letrec<{ one: string }>((tie) => ({
    one: fc.oneof(
      { depthSize: "small" },
      fc.tuple(name, expression).map(([to, value]) => `let ${to}=${value}`),
      expression.map((value) => `print   ${value}; -- why`),
      fc.tuple(expression, tie("one")).map(([condition, body]) => `if (${condition})   {\n${body}\n\n\n}`),
      tie("one").map((body) => `for i in 1..3 { /* each */\n${body} }`),
      expression.map((value) => `SELECT id,email FROM users WHERE id=${value} ORDER BY id`),
      expression.map((value) => `UPDATE users SET email=${value} WHERE id=1`),
      tie("one").map((body) => `procedure p (a int,b string='x') {\n# note\n${body}\n}`),
    ),
  })).one;

  const shape = (text: string): string =>
    JSON.stringify(
      parse({ name: "f", text }).value.items.map((item) => item.statement),
      (key, value: unknown) => (key === "span" || key === "operatorSpan" || key === "typeText" ? undefined : value),
    );
  const formatted = (text: string): string => format(parse({ name: "f", text }).value);

  test("keeps the tree, and a second time changes nothing", () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), (statements) => {
        const text = `${statements.join("\n")}\n`;
        const once = formatted(text);
        expect(shape(once)).toBe(shape(text));
        expect(formatted(once)).toBe(once);
      }),
      { numRuns: 60 },
    );
  });
});
