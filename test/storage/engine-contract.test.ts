// What every storage engine must do, run on each engine of engines.ts: values come back as they went in, errors have kinds, transactions hold.
import { describe, expect, test } from "vitest";
import type { SqlForm, SqlPart, SqlType } from "../../base/sql-form.ts";
import {
  boxFloat,
  DateValue,
  Decimal,
  FloatBox,
  Interval,
  Json,
  ListValue,
  Shape,
  StructValue,
  TableValue,
  TimeValue,
  type Value,
} from "../../base/value/value.ts";
import { parseDate, parseTimestamp } from "../../base/value/temporal.ts";
import type { Connection } from "../../storage/engine.ts";
import {
  ENGINES,
  engineError,
  parameter,
  queryForm,
  rowsOf,
  select,
  statementForm,
  type TestedEngine,
} from "./engines.ts";

const INT_MIN = -9_223_372_036_854_775_808n;
const INT_MAX = 9_223_372_036_854_775_807n;

function date(text: string): Value {
  return parseDate(text) ?? null;
}
function timestamp(text: string): Value {
  return parseTimestamp(text) ?? null;
}

/** Edge values of every scalar. */
const EDGE_VALUES: Readonly<Record<Exclude<SqlType, "any">, readonly Value[]>> = {
  int: [0, 1, -1, 9_007_199_254_740_991, -9_007_199_254_740_991, 9_007_199_254_740_992n, INT_MIN, INT_MAX],
  float: [
    0.5,
    5e-324,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    ...[-1.5e300, Number.MAX_VALUE, 1, 0, 2 ** 60].map(boxFloat),
  ],
  decimal: [
    new Decimal(1250n, 2),
    new Decimal(-5n, 1),
    new Decimal(0n, 0),
    new Decimal(123456789012345678901234567890n, 10),
    new Decimal(-999999999999999999999999999999n, 0),
  ],
  bool: [true, false],
  string: ["", "a", 'it\'s "quoted"', "a\0b", "😀é漢", "  ", "x".repeat(100_000), "1", "1.50", "2026-01-01"],
  bytes: [new Uint8Array(0), new Uint8Array([0]), new Uint8Array([0, 255, 10, 0])],
  date: [date("0001-01-01"), date("1969-12-31"), date("2024-02-29"), date("9999-12-31")],
  time: [new TimeValue(0), new TimeValue(86_399_999_999), new TimeValue(30_600_000_001)],
  timestamp: [
    timestamp("0001-01-01T00:00:00Z"),
    timestamp("1970-01-01T00:00:00Z"),
    timestamp("2026-01-31T08:30:00.000001Z"),
    timestamp("9999-12-31T23:59:59.999999Z"),
  ],
  timestamptz: [timestamp("2026-01-31T08:30:00+02:00")],
  interval: [new Interval(0, 0, 0), new Interval(14, -3, 1_500_000), new Interval(0, 0, -1)],
  json: [new Json('{"a": [1, 2.50, null]}'), new Json("1.50"), new Json('"text"'), new Json("12345678901234567890123")],
  uuid: ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
};

/** Decimals here have more than 15 digits; ints go into an integer column. */
function typedParameter(type: SqlType, place: "integerColumn" | "value"): SqlPart {
  if (type === "decimal") return { p: "parameter", index: 0, type, place: "value", wide: true };
  return parameter(0, type, type === "int" ? place : "value");
}

const SCALARS = Object.keys(EDGE_VALUES) as (keyof typeof EDGE_VALUES)[];

function connect(tested: TestedEngine): Connection {
  return tested.engine.connect({ target: tested.freshTarget() });
}

describe.each(ENGINES.map((engine) => [engine.name, engine] as const))("%s", (_name, tested) => {
  describe("values", () => {
    test.each(SCALARS)("%s comes back from a column as it went in, null too", (type) => {
      const connection = connect(tested);
      connection.runText(`CREATE TABLE kept (number INTEGER PRIMARY KEY, value ${tested.columnTypes[type]})`, []);
      const insert = statementForm(
        "insert",
        ["INSERT INTO kept (value) VALUES (", typedParameter(type, "integerColumn"), ")"],
        1,
      );
      const values = [...EDGE_VALUES[type], null];
      for (const value of values) expect(connection.run(insert, [value]).changes).toBe(1);
      const read = queryForm(["SELECT value FROM kept ORDER BY number"], [["value", type]]);
      expect(rowsOf(connection.query(read, []))).toEqual(values.map((value) => [value]));
      connection.close();
    });

    test.each(SCALARS)("%s comes back from an expression and as any", (type) => {
      const connection = connect(tested);
      for (const value of EDGE_VALUES[type]) {
        const form = queryForm(["SELECT ", typedParameter(type, "value"), " AS value"], [["value", type]], 1);
        expect(rowsOf(connection.query(form, [value]))).toEqual([[value]]);
      }
      connection.close();
    });

    test.each(SCALARS)("a list of %s in table position keeps each item", (type) => {
      const connection = connect(tested);
      const items = [...EDGE_VALUES[type]];
      const form = queryForm(
        ["SELECT value FROM ", { p: "rows", index: 0, columns: [{ name: "value", type, wide: true }] }, " AS items"],
        [["value", type]],
        1,
      );
      expect(rowsOf(connection.query(form, [new ListValue(items)]))).toEqual(items.map((item) => [item]));
      expect(rowsOf(connection.query(form, [new ListValue([])]))).toEqual([]);
      connection.close();
    });

    test("ints keep their type in expressions", () => {
      const connection = connect(tested);
      const half = queryForm(
        ["SELECT ", parameter(0, "int"), " / 2 AS half, 'a' || ", parameter(0, "int"), " AS joined"],
        [
          ["half", "int"],
          ["joined", "string"],
        ],
        1,
      );
      expect(rowsOf(connection.query(half, [7]))).toEqual([[3, "a7"]]);
      connection.close();
    });

    test("an int column turns to 64 bits at the first unsafe value, wherever it stands", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE wide (n INTEGER)", []);
      for (const value of [1, 2, INT_MAX, null, 3]) connection.runText("INSERT INTO wide VALUES (?)", [value]);
      const form = queryForm(["SELECT n FROM wide"], [["n", "int"]]);
      expect(rowsOf(connection.query(form, []))).toEqual([[1], [2], [INT_MAX], [null], [3]]);
      connection.runText("DELETE FROM wide WHERE n > 10", []);
      expect(rowsOf(connection.query(form, []))).toEqual([[1], [2], [null], [3]]);
      connection.close();
    });

    test("decimals of up to 15 digits are numbers to the engine and keep their scale for us", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE prices (price DECIMAL(10, 2))", []);
      const insert = statementForm("insert", ["INSERT INTO prices VALUES (", parameter(0, "decimal"), ")"], 1);
      const prices = [
        new Decimal(1250n, 2),
        new Decimal(10n, 2),
        new Decimal(20n, 2),
        new Decimal(-100n, 2),
        new Decimal(99_999_999_99n, 2),
      ];
      for (const price of prices) connection.run(insert, [price]);
      const read = queryForm(
        ["SELECT price FROM prices ORDER BY rowid"],
        [{ name: "price", type: "decimal", nullable: true, scale: 2 }],
      );
      expect(rowsOf(connection.query(read, []))).toEqual(prices.map((price) => [price]));
      const sum = queryForm(
        ["SELECT sum(price) AS total FROM prices WHERE price * 2 < ", parameter(0, "decimal")],
        [{ name: "total", type: "decimal", nullable: true, scale: 2 }],
        1,
      );
      expect(rowsOf(connection.query(sum, [new Decimal(500n, 2)]))).toEqual([[new Decimal(-70n, 2)]]);
      connection.close();
    });

    test("NaN is refused, since it would be kept as null", () => {
      const connection = connect(tested);
      const form = queryForm(["SELECT ", parameter(0, "float"), " AS x"], [["x", "float"]], 1);
      const error = engineError(() => connection.query(form, [Number.NaN]));
      expect([error.kind, error.message]).toEqual([
        "invalidCast",
        "NaN cannot be passed to SQLite, which would keep it as null.",
      ]);
      connection.close();
    });

    test("a stored value that does not fit is reported with table, column and row", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER, placed DATE)", []);
      connection.runText("INSERT INTO orders VALUES (1, 5, '2026-01-01'), (2, 'abc', '2026-13-01')", []);
      const total = queryForm(
        ["SELECT total FROM orders ORDER BY id"],
        [{ name: "total", type: "int", nullable: true, source: { table: "orders", column: "total" } }],
      );
      const error = engineError(() => connection.query(total, []));
      expect([error.kind, error.table, error.column, error.message]).toEqual([
        "invalidCast",
        "orders",
        "total",
        "orders.total holds 'abc' in row 2 of the result, which is not of type int.",
      ]);
      const placed = queryForm(
        ["SELECT placed FROM orders ORDER BY id"],
        [{ name: "placed", type: "date", nullable: true, source: { table: "orders", column: "placed" } }],
      );
      expect(engineError(() => connection.query(placed, [])).message).toBe(
        "orders.placed holds '2026-13-01' in row 2 of the result, which is not of type date.",
      );
      connection.close();
    });
  });

  test("a result that failed in its first row leaves nothing behind", () => {
    const connection = connect(tested);
    connection.runText("CREATE TABLE t (a TEXT, n INTEGER)", []);
    connection.runText("INSERT INTO t VALUES ('first', 'no number'), ('second', 2)", []);
    const form = queryForm(
      ["SELECT a, n FROM t"],
      [
        ["a", "string"],
        ["n", "int"],
      ],
    );
    expect(engineError(() => connection.query(form, [])).kind).toBe("invalidCast");
    connection.runText("UPDATE t SET n = ? WHERE a = 'first'", [INT_MAX]);
    expect(rowsOf(connection.query(form, []))).toEqual([
      ["first", INT_MAX],
      ["second", 2],
    ]);
    expect(rowsOf(connection.query(form, []))).toEqual([
      ["first", INT_MAX],
      ["second", 2],
    ]);
    connection.close();
  });

  test("a query that gives at most one row", () => {
    const connection = connect(tested);
    connection.runText("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, at DATE)", []);
    connection.runText("INSERT INTO t VALUES (1, ?, '2026-01-01'), (2, NULL, 'bad')", [INT_MAX]);
    const one = (column: string, type: SqlType): SqlForm => ({
      ...queryForm([`SELECT ${column} FROM t WHERE id = `, parameter(0, "int", "integerColumn")], [[column, type]], 1),
      atMostOneRow: true,
    });
    const n = one("n", "int");
    expect([1, 2, 3].map((id) => rowsOf(connection.query(n, [id])))).toEqual([[[INT_MAX]], [[null]], []]);
    const at = one("at", "date");
    expect(rowsOf(connection.query(at, [1]))).toEqual([[date("2026-01-01")]]);
    expect(engineError(() => connection.query(at, [2])).kind).toBe("invalidCast");
    expect(engineError(() => connection.query(at, [1], { rowsMax: 0 })).kind).toBe("limit");
    connection.close();
  });

  describe("tables as values", () => {
    const shape = new Shape("", ["id", "name", "score"]);
    const form = queryForm(
      [
        "SELECT id, name, score FROM ",
        {
          p: "rows",
          index: 0,
          columns: [
            { name: "id", type: "int" },
            { name: "name", type: "string" },
            { name: "score", type: "float" },
          ],
        },
        " AS r WHERE id > 1 ORDER BY id DESC",
      ],
      [
        ["id", "int"],
        ["name", "string"],
        ["score", "float"],
      ],
      1,
    );
    const rows: Value[][] = [
      [1, "a", 0.5],
      [INT_MAX, "b", new FloatBox(2)],
      [3, null, null],
    ];

    test("a list of structs", () => {
      const connection = connect(tested);
      const list = new ListValue(rows.map((row) => new StructValue(shape, row)));
      expect(rowsOf(connection.query(form, [list]))).toEqual([
        [INT_MAX, "b", new FloatBox(2)],
        [3, null, null],
      ]);
      connection.close();
    });

    test("a table value, joined with a table", () => {
      const connection = connect(tested);
      const table = new TableValue(
        shape,
        [
          { kind: "bigs", type: "int", data: new BigInt64Array([1n, INT_MAX, 3n]), nulls: undefined },
          { kind: "values", type: "string", data: ["a", "b", null], nulls: new Uint8Array([0, 0, 1]) },
          { kind: "floats", type: "float", data: new Float64Array([0.5, 2, 0]), nulls: new Uint8Array([0, 0, 1]) },
        ],
        3,
      );
      expect(rowsOf(connection.query(form, [table]))).toEqual([
        [INT_MAX, "b", new FloatBox(2)],
        [3, null, null],
      ]);
      connection.close();
    });

    test("a table that a string names must exist", () => {
      const connection = connect(tested);
      connection.runText('CREATE TABLE "odd name" (a INTEGER)', []);
      connection.runText('INSERT INTO "odd name" VALUES (7)', []);
      const dynamic = queryForm(["SELECT a FROM ", { p: "tableName", index: 0 }], undefined, 1);
      expect(rowsOf(connection.query(dynamic, ["odd name"]))).toEqual([[7]]);
      expect(rowsOf(connection.query(dynamic, ["ODD NAME"]))).toEqual([[7]]);
      const error = engineError(() => connection.query(dynamic, ['odd name"; DROP TABLE x; --']));
      expect(error.kind).toBe("noSuchTable");
      connection.runText("ALTER TABLE \"odd name\" ADD COLUMN b TEXT DEFAULT 'new'", []);
      const all = queryForm(["SELECT * FROM ", { p: "tableName", index: 0 }], undefined, 1);
      expect(rowsOf(connection.query(all, ["odd name"]))).toEqual([[7, "new"]]);
      connection.runText('ALTER TABLE "odd name" DROP COLUMN b', []);
      expect(rowsOf(connection.query(all, ["odd name"]))).toEqual([[7]]);
      connection.close();
    });
  });

  describe("errors", () => {
    const prepare = (connection: Connection): void => {
      connection.runText(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, n INTEGER CONSTRAINT positive CHECK (n > 0))",
        [],
      );
      connection.runText("CREATE TABLE child (parent_id INTEGER REFERENCES parent (id))", []);
      connection.runText("INSERT INTO parent VALUES (1, 'a', 1)", []);
    };
    test.each([
      ["unique", "INSERT INTO parent VALUES (2, 'a', 1)", "parent", "code"],
      ["unique", "INSERT INTO parent VALUES (1, 'b', 1)", "parent", "id"],
      ["notNull", "INSERT INTO parent VALUES (2, NULL, 1)", "parent", "code"],
      ["check", "INSERT INTO parent VALUES (2, 'b', 0)", undefined, undefined],
      ["foreignKey", "INSERT INTO child VALUES (9)", undefined, undefined],
      ["noSuchTable", "SELECT * FROM missing", "missing", undefined],
      ["noSuchTable", "INSERT INTO missing VALUES (1)", "missing", undefined],
      ["noSuchColumn", "SELECT missing FROM parent", "parent", "missing"],
      ["noSuchColumn", "UPDATE parent SET missing = 1", "parent", "missing"],
      ["alreadyExists", "CREATE TABLE parent (x INTEGER)", "parent", undefined],
      ["syntax", "SELEC 1", undefined, undefined],
    ] as const)("%s: %s", (kind, text, table, column) => {
      const connection = connect(tested);
      prepare(connection);
      const error = engineError(() => connection.runText(text, []));
      expect([error.kind, error.table, error.column, error.retryable, error.transactionEnded]).toEqual([
        kind,
        table,
        column,
        false,
        false,
      ]);
      expect(error.message).toMatch(/^[A-Z\w].*\.$/);
      connection.close();
    });

    test("the name of a check", () => {
      const connection = connect(tested);
      prepare(connection);
      expect(engineError(() => connection.runText("INSERT INTO parent VALUES (2, 'b', 0)", [])).constraint).toBe(
        "positive",
      );
      connection.close();
    });

    test("a table that was dropped after a statement was prepared", () => {
      const connection = connect(tested);
      prepare(connection);
      const form = queryForm(["SELECT id FROM parent"], [["id", "int"]]);
      expect(rowsOf(connection.query(form, []))).toEqual([[1]]);
      connection.runText("DROP TABLE child", []);
      connection.runText("DROP TABLE parent", []);
      expect(engineError(() => connection.query(form, [])).kind).toBe("noSuchTable");
      connection.runText("CREATE TABLE parent (id INTEGER)", []);
      expect(rowsOf(connection.query(form, []))).toEqual([]);
      connection.close();
    });

    test("columns that were promised but are not there any more", () => {
      const connection = connect(tested);
      prepare(connection);
      const form = queryForm(["SELECT * FROM child"], [["parent_id", "int"]]);
      expect(rowsOf(connection.query(form, []))).toEqual([]);
      connection.runText("ALTER TABLE child ADD COLUMN note TEXT", []);
      expect(engineError(() => connection.query(form, [])).message).toBe(
        "The query gives 2 columns where 1 were expected.",
      );
      connection.close();
    });

    test("too few values", () => {
      const connection = connect(tested);
      expect(engineError(() => connection.runText("SELECT ?, ?", [1])).message).toBe(
        "The statement has 2 parameters, and 1 values are given.",
      );
      connection.close();
    });

    test("check() prepares without running", () => {
      const connection = connect(tested);
      prepare(connection);
      connection.check(statementForm("delete", ["DELETE FROM parent WHERE id = ", parameter(0, "int")], 1));
      expect(select(connection, "SELECT count(*) FROM parent")).toEqual([[1]]);
      expect(
        engineError(() => connection.check(statementForm("delete", ["DELETE FROM parent WHERE nope = 1"]))).kind,
      ).toBe("noSuchColumn");
      connection.close();
    });
  });

  describe("transactions", () => {
    test("commit, rollback, savepoints", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE t (n INTEGER)", []);
      connection.begin("immediate");
      expect(connection.inTransaction).toBe(true);
      connection.runText("INSERT INTO t VALUES (1)", []);
      connection.savepoint("inner one");
      connection.runText("INSERT INTO t VALUES (2)", []);
      connection.rollbackTo("inner one");
      connection.release("inner one");
      connection.commit();
      expect(select(connection, "SELECT n FROM t")).toEqual([[1]]);
      connection.begin("deferred");
      connection.runText("DELETE FROM t", []);
      connection.rollback();
      expect([connection.inTransaction, select(connection, "SELECT n FROM t")]).toEqual([false, [[1]]]);
      expect(engineError(() => connection.commit()).kind).toBe("other");
      connection.close();
    });

    test("a failed statement leaves the transaction open and undoes only itself", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE t (n INTEGER UNIQUE)", []);
      connection.begin("immediate");
      connection.runText("INSERT INTO t VALUES (1)", []);
      const error = engineError(() => connection.runText("INSERT INTO t VALUES (2), (1)", []));
      expect([error.kind, error.transactionEnded, connection.inTransaction]).toEqual(["unique", false, true]);
      connection.commit();
      expect(select(connection, "SELECT n FROM t")).toEqual([[1]]);
      connection.close();
    });

    test("an engine that ends the transaction by itself says so", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE t (n INTEGER UNIQUE)", []);
      connection.begin("immediate");
      connection.runText("INSERT INTO t VALUES (1)", []);
      const error = engineError(() => connection.runText("INSERT OR ROLLBACK INTO t VALUES (1)", []));
      expect([error.kind, error.transactionEnded, connection.inTransaction]).toEqual(["unique", true, false]);
      expect(select(connection, "SELECT count(*) FROM t")).toEqual([[0]]);
      connection.close();
    });
  });

  describe("writes", () => {
    test("changes and RETURNING", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE t (id INTEGER PRIMARY KEY, big INTEGER, at TIMESTAMP)", []);
      const returning = {
        ...statementForm(
          "insert",
          ["INSERT INTO t (big) VALUES (", parameter(0, "int"), "), (2) RETURNING id, big"],
          1,
        ),
        returnsRows: true,
        columns: [
          { name: "id", type: "int", nullable: false },
          { name: "big", type: "int", nullable: true },
        ],
      } as const;
      const result = connection.run(returning, [INT_MAX]);
      expect(result.changes).toBe(2);
      expect(
        result.rows === undefined ? [] : rowsOf({ columns: [], next: onceOf(result.rows), close: () => undefined }),
      ).toEqual([
        [1, INT_MAX],
        [2, 2],
      ]);
      expect(connection.run(statementForm("update", ["UPDATE t SET big = 1 WHERE id = 9"]), []).changes).toBe(0);
      connection.close();
    });

    test("a loop may write to the table that it reads: it sees the rows as of its start", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE t (n INTEGER)", []);
      connection.runText("INSERT INTO t VALUES (1), (2), (3)", []);
      const source = connection.query(queryForm(["SELECT n FROM t"], [["n", "int"]]), []);
      connection.runText("DELETE FROM t", []);
      connection.runText("INSERT INTO t VALUES (9)", []);
      expect(rowsOf(source)).toEqual([[1], [2], [3]]);
      connection.close();
    });

    test("UPSERT inserts, then updates the other columns", () => {
      const connection = connect(tested);
      connection.runText("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT DEFAULT 'kept')", []);
      const upsert = statementForm(
        "insert",
        [
          {
            p: "upsert",
            table: [{ p: "name", name: "t" }],
            columns: ["id", "a"],
            keys: ["id"],
            source: ["VALUES (1, ", parameter(0, "string"), ")"],
          },
        ],
        1,
      );
      connection.run(upsert, ["first"]);
      connection.runText("UPDATE t SET b = 'mine'", []);
      connection.run(upsert, ["second"]);
      const fromQuery = statementForm("insert", [
        {
          p: "upsert",
          table: [{ p: "name", name: "t" }],
          columns: ["id", "a"],
          keys: ["id"],
          source: ["SELECT id + 1, a FROM t"],
        },
      ]);
      connection.run(fromQuery, []);
      expect(select(connection, "SELECT * FROM t ORDER BY id")).toEqual([
        [1, "second", "mine"],
        [2, "second", "kept"],
      ]);
      connection.close();
    });
  });

  describe("functions in SQL", () => {
    test("values arrive and leave with their types; redefinition replaces", () => {
      const connection = connect(tested);
      connection.defineFunction({
        name: "twice",
        parameterCount: 1,
        deterministic: true,
        result: "int",
        parameters: ["int"],
        call: (n) => (n === null ? null : BigInt(n as number) * 2n),
      });
      expect(select(connection, "SELECT twice(4), typeof(twice(4)), twice(NULL)")).toEqual([[8, "integer", null]]);
      connection.defineFunction({
        name: "twice",
        parameterCount: 1,
        deterministic: true,
        result: "float",
        parameters: ["int"],
        call: () => 2,
      });
      connection.defineFunction({
        name: "twice",
        parameterCount: 2,
        deterministic: true,
        result: "date",
        parameters: ["date", "bool"],
        call: (day) => new DateValue((day as DateValue).days + 1),
      });
      expect(select(connection, "SELECT typeof(twice(4)), twice('2026-01-31', 1)")).toEqual([["real", "2026-02-01"]]);
      const error = engineError(() => connection.runText("SELECT twice('no date', 1)", []));
      expect(error.kind).toBe("invalidCast");
      connection.close();
    });

    test("check() accepts functions that are not defined yet; running them is an error until they are", () => {
      const connection = connect(tested);
      const form = queryForm(
        ["SELECT ", { p: "routine", name: "later", args: [["1"]], type: "int" }, " AS n"],
        [["n", "int"]],
      );
      connection.check(form);
      expect(engineError(() => connection.query(form, [])).message).toBe(
        "The function later is not defined on this connection.",
      );
      connection.defineFunction({
        name: "later",
        parameterCount: 1,
        deterministic: true,
        result: "int",
        parameters: ["int"],
        call: (n) => n ?? null,
      });
      expect(rowsOf(connection.query(form, []))).toEqual([[1]]);
      connection.close();
    });

    test("a function cannot use the connection that calls it, and the statement goes on without harm", () => {
      const connection = connect(tested);
      const codes: string[] = [];
      connection.defineFunction({
        name: "nested",
        parameterCount: 1,
        deterministic: false,
        result: "int",
        parameters: ["int"],
        call: (n) => {
          codes.push(
            engineError(() => connection.runText("SELECT 1", [])).code,
            engineError(() => connection.savepoint("s")).code,
          );
          return n ?? null;
        },
      });
      const form = queryForm(
        ["SELECT nested(value) AS n FROM ", { p: "rows", index: 0, columns: [{ name: "value", type: "int" }] }],
        [["n", "int"]],
        1,
      );
      expect(rowsOf(connection.query(form, [new ListValue([1, 2])]))).toEqual([[1], [2]]);
      expect(new Set(codes)).toEqual(new Set(["GOBI_NESTED"]));
      connection.close();
    });

    test("what a function throws comes out as it is, and the statement is undone", () => {
      class Trap extends Error {}
      const connection = connect(tested);
      connection.runText("CREATE TABLE t (n INTEGER)", []);
      connection.runText("INSERT INTO t VALUES (1), (2)", []);
      const trap = new Trap("stop");
      connection.defineFunction({
        name: "failing",
        parameterCount: 1,
        deterministic: false,
        result: "int",
        parameters: ["int"],
        call: (n) => {
          if (n === 2) throw trap;
          return n ?? null;
        },
      });
      let caught: unknown;
      try {
        connection.runText("UPDATE t SET n = failing(n) + 10", []);
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(trap);
      expect(select(connection, "SELECT n FROM t ORDER BY n")).toEqual([[1], [2]]);
      connection.close();
    });
  });

  describe("result names and limits", () => {
    test("a second column of the same name gets a number", () => {
      const connection = connect(tested);
      const { source } = connection.runText("SELECT 1 AS id, 2 AS id, 3 AS ID, 4 AS id_2", []);
      expect(source?.columns.map((column) => column.name)).toEqual(["id", "id_3", "ID_4", "id_2"]);
      connection.close();
    });

    test("rowsMax stops a query at the row after it", () => {
      const connection = connect(tested);
      const form = queryForm(
        ["WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT n FROM c"],
        [["n", "int"]],
      );
      for (const rowsMax of [0, 1, 7, 8, 9, 70_000]) {
        const error = engineError(() => connection.query(form, [], { rowsMax }));
        expect([error.kind, error.message]).toEqual(["limit", `The query gives more than ${rowsMax} rows.`]);
      }
      const short = queryForm(["SELECT 1 AS n UNION ALL SELECT 2"], [["n", "int"]]);
      expect(rowsOf(connection.query(short, [], { rowsMax: 2 }))).toEqual([[1], [2]]);
      connection.close();
    });
  });
});

function onceOf<T>(value: T): () => T | undefined {
  let left: T | undefined = value;
  return () => {
    const given = left;
    left = undefined;
    return given;
  };
}
