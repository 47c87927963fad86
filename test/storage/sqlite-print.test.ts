// The neutral form as SQLite text, and that the printed text means what it should: each case is printed and run.
import { describe, expect, test } from "vitest";
import type { SqlPart, SqlType } from "../../base/sql-form.ts";
import { parseDate, parseTimestamp } from "../../base/value/temporal.ts";
import { Decimal, Interval, ListValue, Timestamp, type Value } from "../../base/value/value.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { engineError, parameter, queryForm, rowsOf, select, statementForm } from "./engines.ts";

const connection = sqliteEngine.connect({ target: ":memory:" });

function run(
  parts: readonly SqlPart[],
  type: SqlType,
  ...parameters: Value[]
): { readonly text: string; readonly value: Value } {
  const form = queryForm(["SELECT ", ...parts, " AS x"], [["x", type]], parameters.length);
  return { text: connection.print(form), value: rowsOf(connection.query(form, parameters))[0]?.[0] ?? null };
}
function call(name: string, type: SqlType, ...args: readonly (string | SqlPart)[]): SqlPart {
  return { p: "call", name, args: args.map((arg) => [arg]), argTypes: args.map(() => "any"), type };
}
function operator(
  text: string,
  left: SqlPart,
  right: SqlPart,
  operandType: SqlType,
  more: { readonly type?: SqlType; readonly rightType?: SqlType; readonly wide?: true } = {},
): SqlPart {
  return { p: "operator", operator: text, left: [left], right: [right], operandType, type: "bool", ...more };
}

describe("literals and names", () => {
  test.each([
    [{ p: "name", name: "plain" }, "plain"],
    [{ p: "name", name: "order" }, '"order"'],
    [{ p: "name", name: 'odd "name"' }, '"odd ""name"""'],
    [{ p: "text", value: "it's" }, "'it''s'"],
    [{ p: "text", value: "a\0b" }, "('a' || char(0) || 'b')"],
    [{ p: "bool", value: true }, "TRUE"],
    [{ p: "bytes", hex: "00ff" }, "x'00ff'"],
    [{ p: "temporal", type: "date", value: "2026-01-31" }, "'2026-01-31'"],
    [{ p: "temporal", type: "timestamp", value: "2026-01-31 08:30:00" }, "'2026-01-31T08:30:00.000000Z'"],
    [{ p: "temporal", type: "time", value: "8:30" }, "'08:30:00.000000'"],
    [{ p: "temporal", type: "interval", value: "7 days" }, "'P7D'"],
    [{ p: "limit", limit: ["5"], offset: ["2"] }, "LIMIT 5 OFFSET 2"],
    [{ p: "limit", limit: undefined, offset: ["2"] }, "LIMIT -1 OFFSET 2"],
    [{ p: "columnType", type: "int", text: "BIGINT", args: [] }, "BIGINT"],
    [{ p: "columnType", type: "string", text: "string", args: [] }, "TEXT"],
    [{ p: "columnType", type: "decimal", text: "decimal(30, 5)", args: [30, 5] }, "DECIMALTEXT(30, 5)"],
    [{ p: "columnType", type: "decimal", text: "decimal(10, 2)", args: [10, 2] }, "decimal(10, 2)"],
    [{ p: "columnType", type: undefined, text: "GEOMETRY", args: [] }, "GEOMETRY"],
    [{ p: "columnType", type: "int", text: "", args: [] }, "int"],
    [{ p: "routine", name: "my fn", args: [["1"], ["2"]], type: "int" }, '"my fn"(1, 2)'],
  ] as const satisfies readonly (readonly [SqlPart, string])[])("%o", (part, text) => {
    expect(connection.print(statementForm("other", [part]))).toBe(text);
  });
});

describe("calls", () => {
  test.each<[SqlPart, SqlType, Value]>([
    [call("len", "int", "'héé'"), "int", 3],
    [call("left", "string", "'hello'", "2"), "string", "he"],
    [call("right", "string", "'hello'", "2"), "string", "lo"],
    [call("right", "string", "'hello'", "0"), "string", ""],
    [call("lpad", "string", "'7'", "3", "'0'"), "string", "007"],
    [call("lpad", "string", "'abc'", "2"), "string", "ab"],
    [call("rpad", "string", "'😀'", "3", "'xy'"), "string", "😀xy"],
    [call("lpad", "string", "NULL", "3"), "string", null],
    [call("repeat", "string", "'ab'", "3"), "string", "ababab"],
    [call("reverse", "string", "'a😀b'"), "string", "b😀a"],
    [call("initcap", "string", "'hello wORLD'"), "string", "Hello World"],
    [call("split_part", "string", "'a,b,c'", "','", "2"), "string", "b"],
    [call("starts_with", "bool", "'hello'", "'he'"), "bool", true],
    [call("ends_with", "bool", "'hello'", "'lo'"), "bool", true],
    [call("contains", "bool", "'hello'", "'ell'"), "bool", true],
    [call("concat_ws", "string", "'-'", "'a'", "NULL", "'b'"), "string", "a-b"],
    [call("greatest", "int", "1", "3", "2"), "int", 3],
    [call("greatest", "int", "4"), "int", 4],
    [call("coalesce", "int", "NULL", "3"), "int", 3],
    [{ ...(call("mod", "int", "-7", "3") as object), type: "int" } as SqlPart, "int", -1],
    [call("regexp_like", "bool", "'order 66'", "'[0-9]+'"), "bool", true],
    [call("regex_replace", "string", "'a1b22'", "'[0-9]+'", "'#'"), "string", "a#b#"],
    [call("date_trunc", "date", "'month'", "'2026-03-17'"), "date", parseDate("2026-03-01") ?? null],
    [call("date_trunc", "date", "'week'", "'2026-03-17'"), "date", parseDate("2026-03-16") ?? null],
    [
      call("date_trunc", "timestamp", "'hour'", "'2026-03-17 10:20:30'"),
      "timestamp",
      parseTimestamp("2026-03-17T10:00:00Z") ?? null,
    ],
    [call("date_part", "int", "'quarter'", "'2026-08-17'"), "int", 3],
    [call("year", "int", "'2026-08-17T10:00:00.000000Z'"), "int", 2026],
    [call("date_part", "int", "'epoch'", "'1970-01-02'"), "int", 86_400],
    [call("datediff", "int", "'2026-03-01'", "'2026-02-27T10:00:00.000000Z'"), "int", 2],
    [call("json_extract", "int", "'{\"a\": 5}'", "'$.a'"), "int", 5],
  ])("%o", (part, type, expected) => {
    expect(run([part], type).value).toEqual(expected);
  });

  test("an argument that is printed twice is bound twice", () => {
    expect(
      run([call("ends_with", "bool", parameter(0, "string"), parameter(1, "string"))], "bool", "hello", "lo").value,
    ).toBe(true);
    expect(
      run([call("right", "string", parameter(1, "string"), parameter(0, "int"))], "string", 3, "hello").value,
    ).toBe("llo");
  });

  test("suffixes and unknown names stay", () => {
    const windowed: SqlPart = {
      p: "call",
      name: "sum",
      args: [["1"]],
      argTypes: ["int"],
      type: "int",
      suffix: [" OVER ()"],
    };
    expect(connection.print(queryForm(["SELECT ", windowed], undefined))).toBe("SELECT sum(1) OVER ()");
    expect(connection.print(queryForm(["SELECT ", call("date_format", "string", "a", "b")], undefined))).toBe(
      "SELECT gobi_date_format(a, b)",
    );
  });

  test("a pattern that runs away elsewhere does not here, and a broken one is an error", () => {
    expect(
      run([call("regexp_like", "bool", parameter(0, "string"), "'^(a+)+$'")], "bool", `${"a".repeat(50_000)}b`).value,
    ).toBe(false);
    const error = engineError(() => run([call("regexp_like", "bool", "'x'", "'('")], "bool"));
    expect([error.code, error.message]).toEqual(["GOBI_PATTERN", "'(' is no regular expression."]);
  });

  test("now() in a stored object is SQLite's own clock", () => {
    const ddl = statementForm("ddl", ["CREATE TABLE made (at TIMESTAMP DEFAULT (", call("now", "timestamp"), "))"]);
    expect(connection.print(ddl)).toBe(
      "CREATE TABLE made (at TIMESTAMP DEFAULT (strftime('%Y-%m-%dT%H:%M:%f000Z', julianday())))",
    );
    connection.run(ddl, []);
    connection.runText("INSERT INTO made DEFAULT VALUES", []);
    expect(select(connection, "SELECT at FROM made")[0]?.[0]).toBeInstanceOf(Timestamp);
  });

  test("now() is a clock that the host may set", () => {
    const fixed = sqliteEngine.connect({ target: ":memory:" });
    fixed.defineFunction({
      name: "gobi_now",
      parameterCount: 0,
      deterministic: false,
      result: "timestamp",
      parameters: [],
      call: () => parseTimestamp("2026-01-31T08:30:00Z") ?? null,
    });
    const form = queryForm(
      ["SELECT ", call("now", "timestamp"), " AS n, ", call("today", "date"), " AS d"],
      [
        ["n", "timestamp"],
        ["d", "date"],
      ],
    );
    expect(rowsOf(fixed.query(form, []))).toEqual([[parseTimestamp("2026-01-31T08:30:00Z"), parseDate("2026-01-31")]]);
    fixed.close();
  });
});

describe("operators", () => {
  test.each<[SqlPart, string, SqlType, Value]>([
    [operator("!=", "1", "2", "int"), "(1 <> 2)", "bool", true],
    [operator("is", "NULL", "NULL", "any"), "(NULL IS NULL)", "bool", true],
    [operator("??", "NULL", "2", "int"), "coalesce(NULL, 2)", "int", 2],
    [operator("ilike", "'ABC'", "'a%'", "string"), "('ABC' LIKE 'a%')", "bool", true],
    [operator("contains", "'abc'", "'b'", "string"), "(instr('abc', 'b') > 0)", "bool", true],
    [
      operator("+", "'2026-01-31'", "'P1M'", "date", { rightType: "interval" }),
      "gobi_add_interval('2026-01-31', 'P1M')",
      "date",
      parseDate("2026-02-28") ?? null,
    ],
    [
      operator("-", "'2026-03-01T00:00:00.000000Z'", "'PT1S'", "timestamp", { rightType: "interval" }),
      "gobi_subtract_interval('2026-03-01T00:00:00.000000Z', 'PT1S')",
      "timestamp",
      parseTimestamp("2026-02-28T23:59:59Z") ?? null,
    ],
    [operator("-", "'2026-03-01'", "'2026-02-01'", "date"), "gobi_days_between('2026-03-01', '2026-02-01')", "int", 28],
    [
      operator("-", "'2026-03-01 12:00:00'", "'2026-02-28 00:00:00'", "timestamp"),
      "gobi_time_between('2026-03-01 12:00:00', '2026-02-28 00:00:00')",
      "interval",
      new Interval(0, 1, 43_200_000_000),
    ],
  ])("%o", (part, text, type, expected) => {
    const result = run([part], type);
    expect([result.text, result.value]).toEqual([`SELECT ${text} AS x`, expected]);
  });
});

describe("timestamps in two text forms", () => {
  const stored = sqliteEngine.connect({ target: ":memory:" });
  stored.runText("CREATE TABLE seen (id INTEGER PRIMARY KEY, at TIMESTAMP)", []);
  stored.runText("CREATE INDEX seen_at ON seen (at)", []);
  stored.runText(
    "INSERT INTO seen VALUES (1, '2026-01-05 08:00:00'), (2, '2026-01-05T09:00:00.000000Z'), (3, '2026-01-05 10:00:00'), (4, '2026-01-06'), (5, '2026-01-04 23:59:59'), (6, NULL)",
    [],
  );
  const at = parseTimestamp("2026-01-05T09:00:00Z") ?? null;
  const compared = (text: string, mirrored = false): SqlPart => {
    const [left, right] = mirrored ? [parameter(0, "timestamp"), "at"] : ["at", parameter(0, "timestamp")];
    return operator(text, left, right, "timestamp");
  };
  test.each([
    ["<", [1, 5]],
    ["<=", [1, 2, 5]],
    ["=", [2]],
    [">=", [2, 3, 4]],
    [">", [3, 4]],
    ["!=", [1, 3, 4, 5]],
  ] as const)("%s compares instants", (text, ids) => {
    for (const mirrored of [false, true]) {
      const direction = mirrored
        ? (({ "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as Record<string, string>)[text] ?? text)
        : text;
      const form = queryForm(
        ["SELECT id FROM seen WHERE ", compared(direction, mirrored), " ORDER BY id"],
        [["id", "int"]],
        1,
      );
      expect(rowsOf(stored.query(form, [at])).map(([id]) => id)).toEqual(ids);
    }
  });
  test.each(["<", "<=", "=", ">=", ">"])("%s finds rows through an index", (text) => {
    const form = queryForm(["SELECT id FROM seen WHERE ", compared(text)], [["id", "int"]], 1);
    const values = Array.from({ length: text === "=" ? 3 : 2 }, () => at);
    expect(select(stored, `EXPLAIN QUERY PLAN ${stored.print(form)}`, ...values).map((row) => row[3])).toEqual([
      expect.stringMatching(/^SEARCH seen USING COVERING INDEX seen_at/),
    ]);
  });
  test("a string or a date on the other side is read as a timestamp", () => {
    const ids = (part: SqlPart, ...parameters: Value[]): Value[] => {
      const form = queryForm(["SELECT id FROM seen WHERE ", part, " ORDER BY id"], [["id", "int"]], parameters.length);
      return rowsOf(stored.query(form, parameters)).map(([id]) => id ?? null);
    };
    expect(ids(operator(">", "at", { p: "text", value: "2026-01-05 09:00:00" }, "timestamp"))).toEqual([3, 4]);
    expect(ids(operator(">=", "at", parameter(0, "string"), "timestamp"), "2026-01-05T11:00:00+02:00")).toEqual([
      2, 3, 4,
    ]);
    expect(ids(operator("<", "at", parameter(0, "date"), "timestamp"), parseDate("2026-01-05") ?? null)).toEqual([5]);
  });
  test("not(…) keeps three-valued logic", () => {
    const form = queryForm(["SELECT id FROM seen WHERE NOT ", compared(">"), " ORDER BY id"], [["id", "int"]], 1);
    expect(rowsOf(stored.query(form, [at])).map(([id]) => id)).toEqual([1, 2, 5]);
    expect(rowsOf(stored.query(form, [null]))).toEqual([]);
  });
  test("sort key", () => {
    const form = queryForm(
      [
        "SELECT id FROM seen WHERE at IS NOT NULL ORDER BY ",
        { p: "sortKey", value: ["at"], type: "timestamp" },
        " DESC",
      ],
      [["id", "int"]],
    );
    expect(rowsOf(stored.query(form, [])).map(([id]) => id)).toEqual([4, 3, 2, 1, 5]);
  });
  test("the end of time, stored offsets, and texts that are no timestamps", () => {
    const edges = sqliteEngine.connect({ target: ":memory:" });
    edges.runText("CREATE TABLE seen (id INTEGER PRIMARY KEY, at TIMESTAMP)", []);
    edges.runText(
      "INSERT INTO seen VALUES (1, '9999-12-31 23:59:59'), (2, '2026-01-05T00:30:00+02:00'), (3, 'soon'), (4, 17)",
      [],
    );
    const ids = (text: string, instant: string): Value[] =>
      rowsOf(
        edges.query(queryForm(["SELECT id FROM seen WHERE ", compared(text), " ORDER BY id"], [["id", "int"]], 1), [
          parseTimestamp(instant) ?? null,
        ]),
      ).map(([id]) => id ?? null);
    expect(ids("<=", "9999-12-31T23:59:59Z")).toEqual([1, 2, 4]);
    expect(ids("=", "2026-01-04T22:30:00Z")).toEqual([2]);
    expect(ids("<=", "2026-01-04T23:00:00Z")).toEqual([2, 4]);
    expect(ids(">", "0001-01-01T00:00:00Z")).toEqual([1, 2, 3]);
    edges.close();
  });
});

describe("decimals of more than 15 digits", () => {
  const store = sqliteEngine.connect({ target: ":memory:" });
  const wide = { p: "parameter", index: 0, type: "decimal", place: "value", wide: true } as const;
  store.runText("CREATE TABLE sums (id INTEGER PRIMARY KEY, d DECIMALTEXT(38, 10))", []);
  const texts = [
    "12345678901234567890.5",
    "-12345678901234567890.5",
    "0",
    "0.5",
    "0.05",
    "-0.05",
    "-0.5",
    "9",
    "10",
    "100",
    "-9",
    "-10",
    "12345678901234567890.05",
  ];
  texts.forEach((text, i) => store.runText("INSERT INTO sums VALUES (?, ?)", [i, text]));

  test("sorting and comparing by value", () => {
    const sorted = queryForm(
      ["SELECT d FROM sums ORDER BY ", { p: "sortKey", value: ["d"], type: "decimal", wide: true }],
      [["d", "string"]],
    );
    const expected = [
      "-12345678901234567890.5",
      "-10",
      "-9",
      "-0.5",
      "-0.05",
      "0",
      "0.05",
      "0.5",
      "9",
      "10",
      "100",
      "12345678901234567890.05",
      "12345678901234567890.5",
    ];
    expect(rowsOf(store.query(sorted, [])).map(([d]) => d)).toEqual(expected);
    const above = queryForm(
      ["SELECT count(*) AS n FROM sums WHERE ", operator(">", "d", wide, "decimal", { wide: true })],
      [["n", "int"]],
      1,
    );
    expect(rowsOf(store.query(above, [new Decimal(95n, 1)]))).toEqual([[4]]);
    const equal = queryForm(
      ["SELECT count(*) AS n FROM sums WHERE ", operator("=", "d", wide, "decimal", { wide: true })],
      [["n", "int"]],
      1,
    );
    expect(rowsOf(store.query(equal, [new Decimal(900n, 2)]))).toEqual([[1]]);
  });

  test("arithmetic and aggregates are exact", () => {
    const sum = queryForm(
      [
        "SELECT ",
        { ...(call("sum", "decimal", "d") as Extract<SqlPart, { p: "call" }>), wide: true },
        " AS s, ",
        operator("*", "max(d)", "'1.00'", "decimal", { wide: true, type: "decimal" }),
        " AS m FROM sums WHERE id IN (0, 12)",
      ],
      [
        ["s", "decimal"],
        ["m", "decimal"],
      ],
    );
    expect(rowsOf(store.query(sum, []))).toEqual([
      [new Decimal(2469135780246913578055n, 2), new Decimal(12345678901234567890500n, 3)],
    ]);
    const casted = queryForm(
      [
        "SELECT ",
        { p: "cast", value: ["'12345678901234567890.555'"], type: "decimal", precision: 30, scale: 2 },
        " AS c",
      ],
      [["c", "decimal"]],
    );
    expect(rowsOf(store.query(casted, []))).toEqual([[new Decimal(1234567890123456789056n, 2)]]);
  });

  test("division by zero is null, as in SQLite", () => {
    expect(run([operator("/", "'1'", "'0'", "decimal", { wide: true, type: "decimal" })], "decimal").value).toBe(null);
  });

  test("in a list", () => {
    const form = queryForm(
      [
        "SELECT id FROM sums WHERE d IN (SELECT value FROM ",
        { p: "rows", index: 0, columns: [{ name: "value", type: "decimal", wide: true }] },
        ")",
      ],
      [["id", "int"]],
      1,
    );
    expect(rowsOf(store.query(form, [new ListValue([new Decimal(123456789012345678905n, 1)])]))).toEqual([[0]]);
  });
});

describe("casts", () => {
  test.each<[Partial<Extract<SqlPart, { p: "cast" }>> & { type: SqlType }, string, SqlType, Value]>([
    [{ type: "int" }, "'42'", "int", 42],
    [{ type: "decimal", precision: 10, scale: 2 }, "'12.345'", "decimal", new Decimal(1235n, 2)],
    [{ type: "string", from: "bool" }, "1", "string", "true"],
    [{ type: "string", from: "int" }, "1", "string", "1"],
    [{ type: "bool", from: "string" }, "'yes'", "bool", true],
    [{ type: "bool", from: "int" }, "3", "bool", true],
    [{ type: "date" }, "'2026-01-31 10:00:00'", "date", parseDate("2026-01-31") ?? null],
    [{ type: "timestamp" }, "'2026-01-31'", "timestamp", parseTimestamp("2026-01-31T00:00:00Z") ?? null],
    [{ type: "uuid" }, "'A0EEBC999C0B4EF8BB6D6BB9BD380A11'", "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    [{ type: "interval" }, "'3 hours'", "interval", new Interval(0, 0, 10_800_000_000)],
  ])("%o of %s", (cast, value, type, expected) => {
    expect(run([{ p: "cast", value: [value], ...cast }], type).value).toEqual(expected);
  });
  test("one that fails", () => {
    const error = engineError(() => run([{ p: "cast", value: ["'soon'"], type: "date" }], "date"));
    expect([error.kind, error.message]).toEqual(["invalidCast", "'soon' cannot be read as date."]);
  });
});
