// Drawing of tables, CSV, problems and errors: widths, cuts, control characters, null.
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { report, type Problem } from "../../base/problem.ts";
import { DateValue, Decimal, ErrorValue, Shape, TableValue, Timestamp } from "../../base/value/value.ts";
import { csvText } from "../../cli/output/csv.ts";
import { drawError } from "../../cli/output/errors.ts";
import { drawProblem, jsonProblems, summary } from "../../cli/output/problems.ts";
import { PLAIN } from "../../cli/output/style.ts";
import { drawTable } from "../../cli/output/table.ts";
import { encodeArrowStream } from "../../protocol/rows-encode.ts";

const TABLE = new TableValue(
  new Shape("", ["id", "name"]),
  [
    { kind: "ints", type: "int", data: Float64Array.of(1, 20, 0), nulls: Uint8Array.of(0, 0, 1) },
    { kind: "values", type: "string", data: ["Ann", '日本語, with "quotes"', "line\nbreak"], nulls: undefined },
  ],
  3,
);

describe("tables", () => {
  it("align numbers right and count wide characters as two cells", () => {
    expect(drawTable(TABLE, ["int?", "string"], { width: undefined, style: PLAIN })).toBe(
      [
        "┌──────┬───────────────────────┐",
        "│   id │ name                  │",
        "├──────┼───────────────────────┤",
        "│    1 │ Ann                   │",
        '│   20 │ 日本語, with "quotes" │',
        "│ null │ line⏎break            │",
        "└──────┴───────────────────────┘",
        "3 rows",
      ].join("\n"),
    );
  });

  it("cut the widest column to fit", () => {
    const lines = drawTable(TABLE, ["int?", "string"], { width: 24, style: PLAIN }).split("\n");
    expect(lines[0]).toHaveLength(24);
    expect(lines[4]).toContain("…");
  });

  it("say how many rows are not shown", () => {
    expect(drawTable(TABLE, [], { width: undefined, style: PLAIN, rowsMax: 1 })).toContain("3 rows, the first 1 shown");
  });
});

describe("csv", () => {
  it("quotes where it must and leaves null empty", () => {
    expect(csvText(TABLE)).toBe('id,name\n1,Ann\n20,"日本語, with ""quotes"""\n,"line\nbreak"\n');
  });
});

describe("arrow", () => {
  it("keeps types, nulls and microseconds", () => {
    const table = new TableValue(
      new Shape("", ["i", "b", "f", "t", "d", "n", "big"]),
      [
        { kind: "ints", type: "int", data: Float64Array.of(1, 2), nulls: Uint8Array.of(0, 1) },
        { kind: "ints", type: "bool", data: Float64Array.of(1, 0), nulls: undefined },
        { kind: "floats", type: "float", data: Float64Array.of(0.5, -0), nulls: undefined },
        {
          kind: "values",
          type: "timestamp",
          data: [new Timestamp(1_700_000_000_000_001), null],
          nulls: Uint8Array.of(0, 1),
        },
        { kind: "values", type: "date", data: [new DateValue(1), new DateValue(-1)], nulls: undefined },
        { kind: "values", type: "decimal", data: [new Decimal(1250n, 2), null], nulls: undefined },
        { kind: "bigs", type: "int", data: BigInt64Array.of(9_223_372_036_854_775_807n, -1n), nulls: undefined },
      ],
      2,
    );
    const back = tableFromIPC(encodeArrowStream(table));
    expect(back.numRows).toBe(2);
    expect(back.getChild("i")?.toJSON()).toEqual([1n, null]);
    expect(back.getChild("b")?.toJSON()).toEqual([true, false]);
    expect(back.getChild("f")?.get(0)).toBe(0.5);
    expect(back.getChild("n")?.toJSON()).toEqual(["12.50", null]);
    expect(back.getChild("big")?.get(0)).toBe(9_223_372_036_854_775_807n);
    expect(back.getChild("t")?.data[0]?.values[0]).toBe(1_700_000_000_000_001n);
    expect(back.getChild("t")?.get(1)).toBeNull();
  });
});

describe("problems", () => {
  const file = { name: "a.grz", text: "let x = 1\n\tlet total = add(1)\u0007\n" };
  const problems: Problem[] = [];
  report(
    problems,
    "SyntaxExpected",
    { start: 23, end: 29 },
    { expected: "a", found: "b" },
    { help: "mend it", related: [{ span: { start: 4, end: 5 }, label: "here" }] },
  );
  const problem = problems[0] as Problem;

  it("show the line with carets below the place, tabs and control characters made visible", () => {
    expect(drawProblem(PLAIN, file, problem).split("\n")).toEqual([
      "error E1001: Expected a, found b.",
      " --> a.grz:2:14",
      "  |",
      "2 |     let total = add(1)␇",
      "  |                 ^^^^^^",
      " --> a.grz:1:5",
      "  |",
      "1 | let x = 1",
      "  |     - here",
      "  = help: mend it",
    ]);
  });

  it("are JSON with 1-based places", () => {
    expect(jsonProblems(file, problems)[0]).toMatchObject({
      file: "a.grz",
      line: 2,
      column: 14,
      endLine: 2,
      endColumn: 20,
      severity: "error",
      code: "E1001",
      help: "mend it",
      fix: null,
    });
  });

  it("are counted in words", () => {
    expect(summary(["error"])).toBe("1 error");
    expect(summary([])).toBe("no problems");
  });
});

describe("errors", () => {
  it("show code, message and stack, a deep one cut in the middle", () => {
    const stack = Array.from({ length: 50 }, (_, line) => ({ routine: "f", file: "a.grz", line: line + 1, column: 1 }));
    const text = drawError(PLAIN, new ErrorValue("Overflow", "too large", null, [], stack));
    expect(text.split("\n")).toHaveLength(22);
    expect(text).toContain("… 30 more frames");
  });
});
