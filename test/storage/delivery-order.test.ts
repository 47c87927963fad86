// Rows delivered through the push function come in the order that the plain statement gives them, whatever the query looks like.
// Guards the shape of deliver.ts against changes of SQLite's subquery flattening.
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { SqlForm } from "../../base/sql-form.ts";
import { cell } from "../../base/value/column.ts";
import { boxFloat, type Value } from "../../base/value/value.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { queryForm, rowsOf } from "./engines.ts";

const SETUP = [
  "CREATE TABLE t (id INTEGER PRIMARY KEY, grp INTEGER, name TEXT, amount REAL)",
  "CREATE INDEX t_grp ON t (grp)",
  "CREATE INDEX t_name ON t (name, amount)",
  "CREATE TABLE u (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id), note TEXT)",
  "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000) INSERT INTO t SELECT i, (i * 7919) % 17, 'n' || ((i * 31) % 101), ((i * 104729) % 1000) / 8.0 FROM c",
  "INSERT INTO u SELECT id, (id * 13) % 3000 + 1, 'note' || (id % 7) FROM t WHERE id % 3 = 0",
  "CREATE VIEW v AS SELECT grp, name, amount FROM t WHERE id % 2 = 0 ORDER BY amount DESC, id",
];

const QUERIES = [
  "SELECT id, name FROM t ORDER BY amount, id",
  "SELECT id, name FROM t ORDER BY name DESC, id DESC",
  "SELECT id, amount FROM t ORDER BY (SELECT count(*) FROM u WHERE u.t_id = t.id) DESC, id",
  "SELECT name FROM t ORDER BY id DESC",
  "SELECT id FROM t ORDER BY amount DESC, id LIMIT 10",
  "SELECT id FROM t ORDER BY amount DESC, id LIMIT 10 OFFSET 25",
  "SELECT id FROM t WHERE grp = 3 ORDER BY name, id LIMIT 100",
  "SELECT DISTINCT grp, name FROM t ORDER BY name, grp",
  "SELECT grp, count(*), sum(amount) FROM t GROUP BY grp ORDER BY 3 DESC",
  "SELECT grp, max(id) FROM t GROUP BY grp HAVING count(*) > 100 ORDER BY grp DESC",
  "SELECT id, row_number() OVER (PARTITION BY grp ORDER BY amount, id) AS n FROM t ORDER BY n DESC, id",
  "SELECT id, sum(amount) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t ORDER BY amount, id",
  "SELECT id, rank() OVER w FROM t WINDOW w AS (PARTITION BY grp ORDER BY amount) ORDER BY grp, amount DESC, id",
  "SELECT id FROM t WHERE grp < 3 UNION ALL SELECT id FROM t WHERE grp > 14 ORDER BY 1 DESC",
  "SELECT name FROM t UNION SELECT note FROM u ORDER BY 1 DESC",
  "SELECT grp FROM t EXCEPT SELECT id FROM u ORDER BY 1 DESC LIMIT 5",
  "SELECT id FROM t INTERSECT SELECT id FROM u ORDER BY 1 DESC",
  "VALUES (3, 'c'), (1, 'a'), (2, 'b')",
  "WITH c (id, x) AS (SELECT id, amount FROM t ORDER BY amount DESC, id LIMIT 50) SELECT x, id FROM c ORDER BY id",
  "WITH c AS MATERIALIZED (SELECT * FROM t) SELECT a.id, b.id FROM c a JOIN c b ON a.id = b.id + 1 ORDER BY a.amount DESC, a.id",
  "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 500) SELECT n FROM r ORDER BY n % 7, n DESC",
  "WITH RECURSIVE tree (id, depth) AS (SELECT 1, 0 UNION ALL SELECT t.id, depth + 1 FROM tree JOIN t ON t.id = tree.id * 2 WHERE depth < 8 ORDER BY 2 DESC) SELECT id, depth FROM tree",
  "SELECT t.id, u.note FROM t JOIN u ON u.t_id = t.id ORDER BY u.note, t.id DESC",
  "SELECT t.id, u.note FROM t LEFT JOIN u ON u.t_id = t.id ORDER BY u.note NULLS LAST, t.id",
  "SELECT t.id, u.id FROM t FULL JOIN u ON u.t_id = t.id ORDER BY coalesce(t.id, 0) DESC, u.id",
  "SELECT x.id FROM (SELECT id, amount FROM t ORDER BY amount DESC, id LIMIT 30) x ORDER BY x.id",
  "SELECT * FROM (SELECT id, amount FROM t ORDER BY amount DESC, id)",
  "SELECT name, amount FROM v ORDER BY name, amount",
  "SELECT * FROM v",
  "SELECT id, (SELECT name FROM t t2 WHERE t2.id = t.id - 1) AS before FROM t ORDER BY before DESC, id",
  "SELECT id FROM t WHERE id IN (SELECT t_id FROM u ORDER BY note) ORDER BY amount, id",
  "SELECT value, key FROM json_each('[5, 3, 9, 1]') ORDER BY value",
  "SELECT id, name COLLATE NOCASE AS n FROM t ORDER BY n DESC, id",
  "SELECT id, CASE WHEN grp = 1 THEN 'x' ELSE name END AS c FROM t ORDER BY 2, 1 DESC",
  "SELECT id -- a comment at the end\nFROM t ORDER BY amount, id -- and one more",
  "SELECT max(id) FROM t",
  "SELECT group_concat(name, ',') FROM (SELECT name FROM t ORDER BY amount, id)",
  "SELECT 1 WHERE 0",
] as const;

function setUp(): { readonly plain: Database.Database; readonly connection: ReturnType<typeof sqliteEngine.connect> } {
  const plain = new Database(":memory:");
  const connection = sqliteEngine.connect({ target: ":memory:" });
  for (const text of SETUP) {
    plain.exec(text);
    connection.runText(text, []);
  }
  return { plain, connection };
}

const { plain, connection } = setUp();

function expected(text: string): Value[][] {
  return (plain.prepare(text).raw().safeIntegers().all() as unknown[][]).map((row) =>
    row.map((raw) =>
      typeof raw === "bigint" ? Number(raw) : typeof raw === "number" ? boxFloat(raw) : (raw as Value),
    ),
  );
}

test.each(QUERIES)("%s", (text) => {
  expect(rowsOf(connection.runText(text, []).source)).toEqual(expected(text));
  const count = expected(text)[0]?.length ?? 1;
  const promised = queryForm(
    [text],
    Array.from({ length: count }, (_, i) => [`c${i}`, "any"] as const),
  );
  expect(rowsOf(connection.query(promised, []))).toEqual(expected(text));
});

test("wide rows and many rows", () => {
  const columns = Array.from({ length: 150 }, (_, i) => `id + ${i} AS c${i}`).join(", ");
  const wide = `SELECT ${columns} FROM t ORDER BY amount, id LIMIT 20`;
  expect(rowsOf(connection.runText(wide, []).source)).toEqual(expected(wide));
  const wider = `SELECT ${Array.from({ length: 1500 }, (_, i) => `id + ${i} AS c${i}`).join(", ")} FROM t ORDER BY id DESC LIMIT 3`;
  expect(rowsOf(connection.runText(wider, []).source)).toEqual(expected(wider));
});

test("more than one batch, in memory and through a temporary file", () => {
  const text =
    "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 200000) SELECT i, CASE WHEN i % 1000 <> 0 THEN i * 0.5 END AS half, 'text ' || i AS label, date('2026-01-01', '+' || (i % 300) || ' days') AS day, i % 2 AS odd, i + 9007199254700000 AS big FROM c ORDER BY i DESC";
  const form: SqlForm = queryForm(
    [text],
    [
      ["i", "int"],
      ["half", "float"],
      ["label", "string"],
      ["day", "date"],
      ["odd", "bool"],
      ["big", "int"],
    ],
  );
  const spilling = sqliteEngine.connect({ target: ":memory:", cursorBytesMax: 1000 });
  const inMemory = connection.query(form, []);
  const spilled = spilling.query(form, []);
  let rows = 0;
  const batchSizes: number[] = [];
  for (let left = inMemory.next(); left !== undefined; left = inMemory.next()) {
    const right = spilled.next();
    expect(right?.length).toBe(left.length);
    batchSizes.push(left.length);
    for (let row = 0; row < left.length; row += 997) {
      const values = left.columns.map((column) => cell(column, row));
      expect(right?.columns.map((column) => cell(column, row))).toEqual(values);
      expect(values[0]).toBe(200_000 - rows - row);
    }
    rows += left.length;
  }
  expect([rows, spilled.next(), batchSizes]).toEqual([200_000, undefined, [65_536, 65_536, 65_536, 3392]]);
  expect(rowsOf(spilling.query(form, [])).length).toBe(200_000);
  spilling.close();
});
