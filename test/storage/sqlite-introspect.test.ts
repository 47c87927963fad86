// Introspection of SQLite: what it finds in schemas of every kind, and that thousands of tables take little time.
import { expect, test } from "vitest";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { checksOf, indexWhere } from "../../storage/sqlite/create-text.ts";
import { engineError } from "./engines.ts";

function schemaOf(...texts: readonly string[]): ReturnType<ReturnType<typeof sqliteEngine.connect>["introspect"]> {
  const connection = sqliteEngine.connect({ target: ":memory:" });
  for (const text of texts) connection.runText(text, []);
  const schema = connection.introspect();
  connection.close();
  return schema;
}

/** `name: type?` of each column; `?` may be null, `+` generated. */
function columnsOf(...texts: readonly string[]): readonly string[] {
  return (schemaOf(...texts).tables.at(-1)?.columns ?? []).map(
    (column) =>
      `${column.name}: ${column.type ?? "any"}${column.typeArgs.length > 0 ? `(${column.typeArgs.join(", ")})` : ""}${column.nullable ? "?" : ""}${column.generated ? "+" : ""}`,
  );
}

test("types of columns", () => {
  const columns = columnsOf(
    "CREATE TABLE t (a INTEGER, b BIGINT, c VARCHAR(20) NOT NULL, d NUMERIC(10, 2), e BOOLEAN, f DATETIME, g DATE, h BLOB, i REAL, j, k MONEY, l DECIMALTEXT(30, 5), m JSONTEXT, n UUID, o DOUBLE PRECISION, p UNSIGNED BIG INT, q INTERVAL, r ANY)",
  );
  expect(columns).toEqual([
    "a: int?",
    "b: int?",
    "c: string(20)",
    "d: decimal(10, 2)?",
    "e: bool?",
    "f: timestamp?",
    "g: date?",
    "h: bytes?",
    "i: float?",
    "j: any?",
    "k: any?",
    "l: decimal(30, 5)?",
    "m: json?",
    "n: uuid?",
    "o: float?",
    "p: int?",
    "q: interval?",
    "r: any?",
  ]);
});

test("keys and nullability as SQLite has them", () => {
  expect(columnsOf("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT)")).toEqual(["id: int", "a: int?"]);
  expect(columnsOf("CREATE TABLE t (id INT PRIMARY KEY)")).toEqual(["id: int?"]);
  expect(columnsOf("CREATE TABLE t (id INTEGER PRIMARY KEY DESC)")).toEqual(["id: int?"]);
  expect(columnsOf("CREATE TABLE t (a TEXT, b INT, PRIMARY KEY (b, a)) WITHOUT ROWID")).toEqual([
    "a: string",
    "b: int",
  ]);
  expect(columnsOf("CREATE TABLE t (a INTEGER, b INT, PRIMARY KEY (a))")).toEqual(["a: int", "b: int?"]);
  const [table] = schemaOf(
    "CREATE TABLE t (a TEXT, b INT, c INTEGER DEFAULT (1 + 1), PRIMARY KEY (b, a), UNIQUE (c, a))",
  ).tables;
  expect([
    table?.primaryKey,
    table?.rowidColumn,
    table?.uniques.map((unique) => unique.columns),
    table?.columns[2]?.defaultText,
  ]).toEqual([["b", "a"], undefined, [["c", "a"]], "1 + 1"]);
  expect(schemaOf("CREATE TABLE t (id INTEGER, a, PRIMARY KEY (id AUTOINCREMENT))").tables[0]?.rowidColumn).toBe("id");
});

test("generated columns, strict tables, hidden columns of virtual tables", () => {
  expect(
    columnsOf(
      "CREATE TABLE t (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL, c TEXT AS (a || '') STORED) STRICT",
    ),
  ).toEqual(["a: int?", "b: int?+", "c: string?+"]);
  const schema = schemaOf("CREATE VIRTUAL TABLE notes USING fts5 (body, author)");
  expect(schema.tables[0]).toMatchObject({
    name: "notes",
    kind: "virtual",
    columns: [{ name: "body" }, { name: "author" }],
  });
});

test("unique indexes: partial ones have a condition, those over expressions promise nothing", () => {
  const { tables, otherNames } = schemaOf(
    "CREATE TABLE t (a TEXT, b INT)",
    "CREATE UNIQUE INDEX one ON t (a, b)",
    "CREATE UNIQUE INDEX part ON t (b) WHERE a IS NOT NULL -- where it is",
    "CREATE UNIQUE INDEX expression ON t (lower(a))",
    "CREATE INDEX plain ON t (b)",
    "CREATE TRIGGER fires AFTER INSERT ON t BEGIN SELECT 1; END",
  );
  expect([...(tables[0]?.uniques ?? [])].sort((x, y) => x.name.localeCompare(y.name))).toEqual([
    { name: "one", columns: ["a", "b"], where: undefined },
    { name: "part", columns: ["b"], where: "a IS NOT NULL" },
  ]);
  expect(otherNames.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
    "index expression",
    "index one",
    "index part",
    "index plain",
    "trigger fires",
  ]);
});

test("foreign keys in the order of the declaration", () => {
  const { tables } = schemaOf(
    "CREATE TABLE p (a INT, b INT, PRIMARY KEY (a, b))",
    "CREATE TABLE c (x INT REFERENCES p ON DELETE CASCADE, y INT, z INT, FOREIGN KEY (y, z) REFERENCES p (a, b) ON UPDATE SET NULL)",
  );
  expect(tables[1]?.foreignKeys).toEqual([
    { columns: ["x"], table: "p", referenced: [], onDelete: "cascade", onUpdate: "no action" },
    { columns: ["y", "z"], table: "p", referenced: ["a", "b"], onDelete: "no action", onUpdate: "set null" },
  ]);
});

test("views, temporary tables, views that are broken", () => {
  const { tables } = schemaOf(
    "CREATE TABLE t (a INTEGER NOT NULL)",
    "CREATE VIEW v AS SELECT a, a + 1 AS b FROM t",
    "CREATE VIEW broken AS SELECT * FROM gone",
    "CREATE TEMP TABLE x (a DATE)",
  );
  expect(
    tables.map((table) => [
      table.schema,
      table.name,
      table.kind,
      table.columns.map((column) => `${column.name}: ${column.type ?? "any"}`),
    ]),
  ).toEqual([
    ["main", "t", "table", ["a: int"]],
    ["main", "v", "view", ["a: int", "b: any"]],
    ["main", "broken", "view", []],
    ["temp", "x", "table", ["a: date"]],
  ]);
});

test("checks are read out of the text, names and comments and all", () => {
  const text = `CREATE TABLE t (
    "check" INTEGER CHECK ("check" > 0), -- CHECK (not this)
    b TEXT DEFAULT 'CHECK (nor this)' CONSTRAINT "my check" CHECK (b <> ')' /* CHECK ( */ AND length(b) < 10),
    CONSTRAINT both CHECK (("check" > 1) OR (b IN ('(', ')')))
  )`;
  expect(checksOf(text)).toEqual([
    { name: undefined, text: '"check" > 0' },
    { name: "my check", text: "b <> ')' /* CHECK ( */ AND length(b) < 10" },
    { name: "both", text: "(\"check\" > 1) OR (b IN ('(', ')'))" },
  ]);
  expect(checksOf("CREATE TABLE t (a CHECK (a > 1")).toEqual([]);
  expect(indexWhere("CREATE INDEX i ON t (a, (b WHERE)) WHERE a > 0")).toBe("a > 0");
});

test("thousands of tables", () => {
  const connection = sqliteEngine.connect({ target: ":memory:" });
  connection.begin("immediate");
  for (let i = 0; i < 2000; i += 1)
    connection.runText(
      `CREATE TABLE t${i} (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INT CHECK (n > 0), parent INT REFERENCES t${Math.max(0, i - 1)} (id))`,
      [],
    );
  connection.commit();
  const { tables } = connection.introspect();
  expect([
    tables.length,
    tables[1999]?.foreignKeys[0]?.table,
    tables[1999]?.checks,
    tables[1999]?.uniques.length,
  ]).toEqual([2000, "t1998", [{ name: undefined, text: "n > 0" }], 1]);
  connection.close();
});

test("schemaVersion moves with the schema and only with it", () => {
  const connection = sqliteEngine.connect({ target: ":memory:" });
  const versions = [connection.schemaVersion()];
  for (const text of [
    "CREATE TABLE t (a)",
    "CREATE TEMP TABLE x (a)",
    "CREATE INDEX i ON t (a)",
    "ALTER TABLE t ADD COLUMN b",
    "DROP TABLE x",
  ]) {
    connection.runText(text, []);
    versions.push(connection.schemaVersion());
  }
  expect(new Set(versions).size).toBe(versions.length);
  connection.runText("INSERT INTO t VALUES (1, 2)", []);
  expect(connection.schemaVersion()).toBe(versions.at(-1));
  expect(engineError(() => connection.runText("SELECT x FROM t", [])).kind).toBe("noSuchColumn");
  connection.close();
});
