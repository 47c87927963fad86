// Streams: the rows of a query as they come, the same as the query gives at once. Integers arrive as numbers until one needs a bigint; from that row on as bigints.
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { SqlColumn, SqlForm, SqlPart, SqlType } from "../../base/sql-form.ts";
import { Decimal, type Value } from "../../base/value/value.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { queryForm, rowsOf } from "./engines.ts";

const connection = sqliteEngine.connect({ target: ":memory:" });
afterAll(() => connection.close());

const column = (name: string, type: SqlType): SqlColumn => ({ name, type, nullable: true });

/** `SELECT columns FROM name`: all rows, as the compiler writes it; with `rest` no plain scan any more. */
function form(columns: readonly SqlColumn[], name: string, rest?: string): SqlForm {
  const named = columns.flatMap((each, index): SqlPart[] => [index === 0 ? "" : ", ", { p: "name", name: each.name }]);
  const parts: SqlPart[] = ["SELECT ", ...named, " FROM ", { p: "name", name }];
  parts.push(rest ?? { p: "tick", at: "where", sources: [] });
  return queryForm(parts, columns);
}

function filled(name: string, columns: string, rows: readonly (readonly unknown[])[]): void {
  connection.runText(`DROP TABLE IF EXISTS ${name}`, []);
  connection.runText(`CREATE TABLE ${name} (${columns})`, []);
  for (const row of rows)
    connection.runText(`INSERT INTO ${name} VALUES (${row.map(() => "?").join(", ")})`, row as Value[]);
}

const EDGES = [
  0n,
  1n,
  -1n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) + 1n,
  -(2n ** 53n),
  -(2n ** 53n) - 1n,
]
  .concat([2n ** 62n + 1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) + 1n, 4_611_686_018_427_387_905n])
  .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
const ints = fc.oneof(
  { weight: 6, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const COLUMNS = [column("n", "int"), column("t", "string"), column("d", "decimal"), column("m", "int")];

describe("a result of many rows, whose sink is replaced on the way", () => {
  const ROWS = 20_000;
  const WIDE = 70;
  /** The row with which integers begin to need bigints. */
  const places = [10, 4095, 4096, 4097, 8192, 9000, ROWS - 1];

  test.each(places)("is the same as by itself when row %i needs bigints", (place) => {
    connection.runText("DROP TABLE IF EXISTS long", []);
    connection.runText("CREATE TABLE long (n INTEGER, t TEXT, d NUMERIC, m INTEGER)", []);
    connection.runText(
      `INSERT INTO long WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS - 1})
       SELECT i, iif(i % 3 = 0, NULL, 'row ' || i), i, iif(i = ${place}, 9007199254740993, i) FROM c`,
      [],
    );
    const query = form(COLUMNS, "long");
    for (let times = 0; times < 3; times += 1)
      for (const rows of [rowsOf(connection.stream(query, [])), rowsOf(connection.query(query, []))]) {
        expect(rows.length).toBe(ROWS);
        for (const [at, [n, t, d, m]] of rows.entries()) {
          const fits =
            n === at &&
            t === (at % 3 === 0 ? null : `row ${at}`) &&
            d instanceof Decimal &&
            d.unscaled === BigInt(at) &&
            m === (at === place ? 9_007_199_254_740_993n : at);
          if (!fits) expect({ at, row: [n, t, d, m] }).toBe("the row that was written");
        }
      }
  });

  test("is taken as arrays when it has more columns than a text is made for", () => {
    const columns = Array.from({ length: WIDE }, (_, at) => column(`c${at}`, at % 2 === 0 ? "int" : "string"));
    const names = columns.map(({ name }, at) =>
      at % 2 === 0 ? `i + ${at} AS ${name}` : `'t' || (i + ${at}) AS ${name}`,
    );
    const text = `WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 4999) SELECT ${names.join(", ")} FROM c`;
    const rows = rowsOf(connection.stream(queryForm([text], columns), []));
    expect(rows.length).toBe(5000);
    for (const at of [0, 1, 4095, 4999])
      expect(rows[at]).toEqual(columns.map((_, place) => (place % 2 === 0 ? at + place : `t${at + place}`)));
  });
});

describe("a stream", () => {
  test("gives integers of any size exactly, in each form and every time", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(ints, ints, ints), { maxLength: 40 }), (found) => {
        const rows = found.map(([n, d, m], index) => [n, index % 5 === 0 ? null : `row ${String(index)}`, d, m]);
        filled("exact", "n INTEGER, t TEXT, d NUMERIC, m INTEGER", rows);
        const wanted = rows.map(([n, t, d, m]) => [n, t, d === null ? null : new Decimal(BigInt(d as bigint), 0), m]);
        for (const shape of [
          form(COLUMNS, "exact"),
          form(COLUMNS, "exact", " WHERE 1"),
          form(COLUMNS, "exact", " ORDER BY rowid"),
        ])
          for (let time = 0; time < 2; time += 1) expect(rowsOf(connection.stream(shape, []))).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test("goes over to bigints in the middle of a batch, at its first row and at its last", () => {
    connection.runText("CREATE TABLE many (id INTEGER PRIMARY KEY, n INTEGER, t TEXT)", []);
    const count = 8000;
    for (const at of [1, 3071, 3072, 3073, 5000, count]) {
      connection.runText("DELETE FROM many", []);
      connection.runText(
        `INSERT INTO many WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${String(count)})
         SELECT i, iif(i = ${String(at)}, 9007199254740993, i), 't' || i FROM c`,
        [],
      );
      const columns = [column("id", "int"), column("n", "int"), column("t", "string")];
      const rows = rowsOf(connection.stream(form(columns, "many"), []));
      expect(rows).toHaveLength(count);
      expect(rows.filter(([id, n, t], row) => id !== row + 1 || n !== row + 1 || t !== `t${String(row + 1)}`)).toEqual([
        [at, 9_007_199_254_740_993n, `t${String(at)}`],
      ]);
    }
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 12])("of %i columns gives all of them", (width) => {
    const names = Array.from({ length: width }, (_, index) => `c${String(index)}`);
    const rows = [names.map((_, index) => index), names.map(() => 2n ** 60n), names.map(() => null)];
    filled("wide", names.map((name) => `${name} INTEGER`).join(", "), rows);
    const columns = names.map((name) => column(name, "int"));
    for (const rest of [undefined, " WHERE 1"])
      expect(rowsOf(connection.stream(form(columns, "wide", rest), []))).toEqual(rows);
  });

  test("of a view sees the view's rows only", () => {
    filled("base_rows", "n INTEGER", [[1], [2], [3], [4]]);
    connection.runText("CREATE VIEW some_rows AS SELECT n FROM base_rows WHERE n % 2 = 0", []);
    connection.runText("CREATE VIEW last_row AS SELECT n FROM base_rows ORDER BY n DESC LIMIT 1", []);
    const columns = [column("n", "int")];
    expect(rowsOf(connection.stream(form(columns, "some_rows"), []))).toEqual([[2], [4]]);
    expect(rowsOf(connection.stream(form(columns, "last_row"), []))).toEqual([[4]]);
  });

  test("says of a stored value that does not fit which one it is, to its last digit", () => {
    filled("misfits", "t BLOB", [["text"], [2n ** 53n + 1n]]);
    const shape = form([column("t", "string")], "misfits");
    expect(() => rowsOf(connection.stream(shape, []))).toThrow("holds 9007199254740993 in row 2");
    expect(() => rowsOf(connection.query(shape, []))).toThrow("holds 9007199254740993 in row 2");
  });

  test("stops at the limit of rows, and leaves the connection free", () => {
    filled("few", "n INTEGER", [[1], [2n ** 60n], [3]]);
    const columns = [column("n", "int")];
    for (const rest of [undefined, " WHERE 1"])
      expect(() => rowsOf(connection.stream(form(columns, "few", rest), [], { rowsMax: 2 }))).toThrow(
        "more than 2 rows",
      );
    expect(rowsOf(connection.query(form(columns, "few"), []))).toEqual([[1], [2n ** 60n], [3]]);
  });
});

test("GR-23 rows that are slow to come are given in small batches, and nobody waits for a full one", () => {
  const columns = [column("n", "int")];
  filled(
    "slow_rows",
    "n INTEGER",
    Array.from({ length: 200 }, (_, index) => [index]),
  );
  const lengths = (): readonly number[] => {
    const source = connection.stream(form(columns, "slow_rows", " WHERE n >= 0"), []);
    const found: number[] = [];
    for (let batch = source.next(); batch !== undefined; batch = source.next()) found.push(batch.length);
    return found;
  };
  let nowMs = 0;
  let stepMs = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => {
    nowMs += stepMs;
    return nowMs;
  });
  try {
    expect(lengths()).toEqual([200]);
    stepMs = 3;
    const slow = lengths();
    expect(slow[0]).toBeLessThan(10);
    expect(slow.reduce((sum, length) => sum + length, 0)).toBe(200);
  } finally {
    clock.mockRestore();
  }
});
