// Catalog views: DDL applied to them must give what SQLite's own introspection finds after the same DDL; layering, snapshots, system tables.
import { describe, expect, test } from "vitest";
import { SYSTEM_TABLES } from "../../base/system-tables.ts";
import { required } from "../../base/failure.ts";
import { layerCatalogs, makeCatalog } from "../../compiler/catalog/catalog.ts";
import { applyDdlStatements } from "../../compiler/catalog/ddl.ts";
import { catalogsAlongFile, catalogWithFile } from "../../compiler/catalog/file.ts";
import { catalogFromSchema } from "../../compiler/catalog/from-schema.ts";
import { snapshotFromJson, snapshotToJson } from "../../compiler/catalog/snapshot.ts";
import type { CatalogTable, CatalogView } from "../../compiler/catalog-view.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { DatabaseSchema } from "../../base/schema.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

function fromDdl(sql: string, base: CatalogView = makeCatalog()): CatalogView {
  const { value, problems } = parse({ name: "schema.sql", text: sql });
  expect(problems.filter((problem) => problem.severity === "error")).toEqual([]);
  return applyDdlStatements(
    base,
    value.items.map((item) => item.statement),
  );
}

function introspected(sql: string): DatabaseSchema {
  const connection = sqliteEngine.connect({ target: ":memory:" });
  for (const statement of sql.split(/;\s*$/m)) if (statement.trim() !== "") connection.runText(statement, []);
  const schema = connection.introspect();
  connection.close();
  return schema;
}

/** What the checker reads of a table, without reasons and constraint names. */
function facts(table: CatalogTable | undefined): unknown {
  if (table === undefined) return undefined;
  const keys = (list: CatalogTable["uniqueKeys"]): string[] => list.map((key) => key.columns.join(",")).sort();
  return {
    kind: table.kind,
    columns: table.columns.map(({ name, type, typeArgs, nullable, hasDefault, generated, affinity }) => ({
      name,
      type,
      typeArgs,
      nullable,
      hasDefault,
      generated,
      affinity,
    })),
    primaryKey: table.primaryKey,
    uniqueKeys: keys(table.uniqueKeys),
    partialUniques: keys(table.partialUniques),
    foreignKeys: table.foreignKeys.map((key) => ({
      ...key,
      onDelete: key.onDelete.toLowerCase(),
      onUpdate: key.onUpdate.toLowerCase(),
    })),
    hasChecks: table.hasChecks,
    rowidColumn: table.rowidColumn,
    withoutRowid: table.withoutRowid,
  };
}

const SCHEMAS: Readonly<Record<string, string>> = {
  "types and affinities":
    "CREATE TABLE t (a INT, b VARCHAR(20), c DECIMAL(10, 2), d DOUBLE PRECISION, e MONEY, f, g BLOB, h BOOLEAN, i TIMESTAMP, j FLOATING POINT, k UNSIGNED BIG INT, l CHARINT, m JSONTEXT);",
  "keys and nulls":
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE, b TEXT, c INT DEFAULT 3 CHECK (c > 0), UNIQUE (b, c));",
  "text primary key may be null": "CREATE TABLE t (code TEXT PRIMARY KEY, n INT);",
  "int is not the rowid": "CREATE TABLE t (id INT PRIMARY KEY);",
  "integer key in descending order is not the rowid": "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, n INT);",
  "without rowid": "CREATE TABLE t (a TEXT, b INTEGER, c INT, PRIMARY KEY (a, b)) WITHOUT ROWID;",
  strict: "CREATE TABLE t (a TEXT PRIMARY KEY, b INT, c ANY) STRICT;",
  "foreign keys":
    "CREATE TABLE p (id INTEGER PRIMARY KEY, u TEXT UNIQUE);\nCREATE TABLE t (p_id INT REFERENCES p (id) ON DELETE CASCADE, u TEXT, FOREIGN KEY (u) REFERENCES p (u) ON UPDATE SET NULL);",
  "generated columns": "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c INT AS (a + 1));",
  "unique and partial indexes":
    "CREATE TABLE t (a INT, b INT, c INT);\nCREATE UNIQUE INDEX t_a ON t (a);\nCREATE UNIQUE INDEX t_b ON t (b) WHERE c > 0;\nCREATE INDEX t_c ON t (c);",
  "dropped index": "CREATE TABLE t (a INT);\nCREATE UNIQUE INDEX t_a ON t (a);\nDROP INDEX t_a;",
  "altered table":
    "CREATE TABLE s (a INT PRIMARY KEY, b TEXT);\nALTER TABLE s ADD COLUMN c REAL NOT NULL DEFAULT 0;\nALTER TABLE s RENAME COLUMN b TO d;\nALTER TABLE s DROP COLUMN d;\nALTER TABLE s RENAME TO t;",
  "dropped and made again": "CREATE TABLE t (a INT);\nDROP TABLE t;\nCREATE TABLE t (b TEXT NOT NULL);",
};

describe("DDL gives what introspection finds", () => {
  for (const [name, sql] of Object.entries(SCHEMAS)) {
    test(name, () => {
      const live = catalogFromSchema(introspected(sql));
      const file = fromDdl(sql);
      expect(facts(file.table(undefined, "t"))).toEqual(facts(live.table(undefined, "t")));
      expect(file.table(undefined, "t")).toBeDefined();
    });
  }
});

describe("views of the catalog", () => {
  test("a file's tables hide those of the database", () => {
    const under = fromDdl("CREATE TABLE t (a INT); CREATE TABLE u (a INT);");
    const over = fromDdl("CREATE TABLE T (b TEXT);");
    const both = layerCatalogs(over, under);
    expect(both.table(undefined, "t")?.columns.map((column) => column.name)).toEqual(["b"]);
    expect(both.table("main", "U")?.columns.map((column) => column.name)).toEqual(["a"]);
  });

  test("temp hides main, attached tables come last, system only by its name", () => {
    const view = fromDdl("CREATE TABLE t (a INT); CREATE TEMP TABLE t (b INT);");
    expect(view.table(undefined, "t")?.schema).toBe("temp");
    expect(view.table("main", "t")?.columns[0]?.name).toBe("a");
    expect(view.table(undefined, "procedures")).toBeUndefined();
    expect(view.table("system", "PROCEDURES")?.kind).toBe("system");
  });

  test("IF NOT EXISTS keeps the table, old views stay as they were", () => {
    const before = fromDdl("CREATE TABLE t (a INT);");
    const after = fromDdl("CREATE TABLE IF NOT EXISTS t (b INT); DROP TABLE t;", before);
    expect(before.table(undefined, "t")?.columns[0]?.name).toBe("a");
    expect(after.table(undefined, "t")).toBeUndefined();
    expect(after.tableNames()).not.toContain("t");
  });

  test("routines see tables that the file drops again; the script sees what is there at each statement", () => {
    const { value: module } = parse({
      name: "f.grz",
      text: "CREATE TABLE t (a INT);\nSELECT 1;\nDROP TABLE t;\nSELECT 2;",
    });
    expect(catalogWithFile(makeCatalog(), module).table(undefined, "t")).toBeDefined();
    const along = catalogsAlongFile(makeCatalog(), module);
    const known = module.items.map((item) => along.get(item)?.table(undefined, "t") !== undefined);
    expect(known).toEqual([false, true, true, false]);
  });

  test("a rename is followed by the foreign keys of children", () => {
    const view = fromDdl(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p_id INT REFERENCES p (id)); ALTER TABLE p RENAME TO q;",
    );
    expect(view.table(undefined, "c")?.foreignKeys[0]?.table).toBe("q");
  });

  test("an unknown virtual table has open columns, a full-text one its own", () => {
    const view = fromDdl("CREATE VIRTUAL TABLE docs USING fts5(title, body, content='');");
    expect(view.table(undefined, "docs")?.columns.map((column) => column.name)).toEqual(["title", "body"]);
    expect(view.table(undefined, "docs")?.openColumns).toBe(true);
  });
});

describe("snapshots", () => {
  const schema = introspected(
    `${SCHEMAS["foreign keys"] ?? ""}\nCREATE VIEW v AS SELECT id FROM p;\nCREATE INDEX t_u ON t (u);`,
  );

  test("come back equal", () => {
    const read = snapshotFromJson(snapshotToJson(schema));
    expect("failure" in read ? read.failure : snapshotToJson(read)).toBe(snapshotToJson(schema));
    if (!("failure" in read))
      expect(facts(catalogFromSchema(read).table(undefined, "t"))).toEqual(
        facts(catalogFromSchema(schema).table(undefined, "t")),
      );
  });

  test("other text is refused with the reason", () => {
    expect(snapshotFromJson("{")).toMatchObject({ failure: expect.stringContaining("is not JSON") });
    expect(snapshotFromJson("[]")).toEqual({ failure: "does not hold an object" });
    expect(snapshotFromJson('{"format": 9}')).toEqual({ failure: "has format 9; this version reads format 1" });
    expect(snapshotFromJson('{"format": 1, "tables": [{"name": "t"}], "otherNames": []}')).toMatchObject({
      failure: expect.stringContaining("table"),
    });
  });

  test("keep the text of views for their nullability", () => {
    const view = required(catalogFromSchema(schema).table(undefined, "v"), "v");
    expect(view.kind).toBe("view");
    expect(view.definition?.()?.query.kind).toBe("select");
  });
});

test("every system table is found with all its columns", () => {
  const view = makeCatalog();
  for (const [name, row] of Object.entries(SYSTEM_TABLES)) {
    const table = required(view.table("system", name), name);
    expect(table.columns.map((column) => column.name)).toEqual(Object.keys(row.columns));
    expect(row.key.every((column) => table.columns.some((other) => other.name === column && !other.nullable))).toBe(
      true,
    );
  }
});
