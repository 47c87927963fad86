// Effects of SQL statements: what SQLite's own EXPLAIN opens for reading and writing must be among what the checker says;
// columns, constraint errors and flags by example.
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { required } from "../../base/failure.ts";
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import { printEffects } from "../../compiler/effects/print.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { applySql, checkSql, parseSql } from "../check/sql-harness.ts";
import { QUERY_SCHEMA, queryText } from "../check/sql-queries.ts";

const SCHEMA = [
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT, age INT CHECK (age >= 0))",
  "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INT NOT NULL REFERENCES users (id), total INT NOT NULL DEFAULT 0)",
  "CREATE TABLE lines (order_id INT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, n INT NOT NULL, PRIMARY KEY (order_id, n))",
  "CREATE VIEW big AS SELECT users.email, sum(total) AS spent FROM users JOIN orders ON orders.user_id = users.id GROUP BY users.id",
];

function catalogOf(schema: readonly string[]): CatalogView {
  return schema.reduce<CatalogView>(
    (catalog, text) => applySql(required(parseSql(text), text), catalog),
    makeCatalog(),
  );
}

function databaseOf(schema: readonly string[]): Database.Database {
  const db = new Database(":memory:");
  for (const text of schema) db.exec(text);
  return db;
}

interface Opcode {
  readonly opcode: string;
  readonly p2: number;
  readonly p3: number;
}

/** Tables that a statement opens, by its bytecode: names of tables whose root page, or one of whose indexes', is opened. */
function opened(
  db: Database.Database,
  sql: string,
): { readonly reads: ReadonlySet<string>; readonly writes: ReadonlySet<string> } {
  const roots = new Map(
    db
      .prepare<[], { rootpage: number; tbl_name: string }>(
        "SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0",
      )
      .all()
      .map((row) => [row.rootpage, row.tbl_name]),
  );
  const opcodes = db.prepare<[], Opcode>(`EXPLAIN ${sql}`).all();
  const names = (wanted: string): Set<string> =>
    new Set(opcodes.filter(({ opcode, p3 }) => opcode === wanted && p3 === 0).flatMap(({ p2 }) => roots.get(p2) ?? []));
  return { reads: names("OpenRead"), writes: names("OpenWrite") };
}

function named(accesses: Effects["reads"]): ReadonlySet<string> {
  return new Set(accesses.map(({ table }) => table.replace(/^main\./, "")));
}

describe("against the engine's bytecode", () => {
  test("random queries read no table that the effects leave out", () => {
    const catalog = catalogOf(QUERY_SCHEMA);
    const db = databaseOf(QUERY_SCHEMA);
    let compared = 0;
    fc.assert(
      fc.property(queryText, (text) => {
        let engine: ReturnType<typeof opened>;
        try {
          engine = opened(db, text);
        } catch {
          return; // Not a query for SQLite.
        }
        const reads = named(checkSql(required(parseSql(text), text), catalog).info.effects.reads);
        expect(
          [...engine.reads].filter((table) => !reads.has(table)),
          text,
        ).toEqual([]);
        compared += 1;
      }),
      { numRuns: 600, seed: 7 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  const writes = [
    "INSERT INTO users (email) SELECT email FROM big",
    "INSERT INTO users (email) VALUES ('a') ON CONFLICT (email) DO UPDATE SET name = (SELECT max(total) FROM orders)",
    "UPDATE orders SET total = total + 1 WHERE user_id IN (SELECT id FROM users WHERE age > 3)",
    "UPDATE users SET age = orders.total FROM orders WHERE orders.user_id = users.id",
    "DELETE FROM lines WHERE n > (SELECT avg(total) FROM orders)",
    "REPLACE INTO lines VALUES (1, 2)",
    "WITH doomed AS (SELECT id FROM orders) DELETE FROM orders WHERE id IN doomed",
  ];
  for (const text of writes) {
    test(text, () => {
      const db = databaseOf(SCHEMA);
      db.pragma("foreign_keys = OFF"); // Checks of keys open other tables; they are no access of the statement's own.
      const engine = opened(db, text);
      const { effects } = checkSql(required(parseSql(text), text), catalogOf(SCHEMA)).info;
      const reads = named(effects.reads);
      expect([...engine.writes].filter((table) => !named(effects.writes).has(table))).toEqual([]);
      expect([...engine.reads].filter((table) => !reads.has(table) && !named(effects.writes).has(table))).toEqual([]);
    });
  }
});

const PRINTED: Readonly<Record<string, readonly string[]>> = {
  "SELECT 1": ["pure"],
  "SELECT email FROM users WHERE age > 3 ORDER BY name": ["reads    users (age, email, name)"],
  "SELECT count(*) FROM users": ["reads    users (*)"],
  "SELECT * FROM orders": ["reads    orders (id, total, user_id)"],
  "SELECT spent FROM big": ["reads    big (spent), orders (total, user_id), users (email, id)"],
  "SELECT random(), now()": ["uses     the clock, random numbers"],
  "INSERT INTO users (email) VALUES ('a')": ["writes   users (*)", "raises   CheckViolation, UniqueViolation"],
  "INSERT INTO users (email) VALUES ('a') ON CONFLICT DO NOTHING": ["writes   users (*)", "raises   CheckViolation"],
  "INSERT INTO users (id, email) VALUES (1, 'a') ON CONFLICT (email) DO NOTHING": [
    "reads    users (email)",
    "writes   users (*)",
    "raises   CheckViolation, UniqueViolation",
  ],
  "INSERT OR IGNORE INTO users (email) VALUES ('a')": ["writes   users (*)"],
  "INSERT INTO orders (user_id) VALUES (1)": ["writes   orders (*)", "raises   ForeignKeyViolation"],
  "INSERT INTO orders (user_id) SELECT age FROM users": [
    "reads    users (age)",
    "writes   orders (*)",
    "raises   ForeignKeyViolation, NotNullViolation",
  ],
  "UPDATE users SET name = 'x' WHERE id = 1": [
    "reads    users (id)",
    "writes   users (name)",
    "raises   CheckViolation",
  ],
  "UPDATE users SET id = id + 1": [
    "reads    users (id)",
    "writes   users (id)",
    "raises   CheckViolation, ForeignKeyViolation, UniqueViolation",
  ],
  "UPDATE orders SET total = 3": ["writes   orders (total)"],
  "DELETE FROM users": ["writes   users (*)", "raises   ForeignKeyViolation"],
  "DELETE FROM orders": ["writes   lines (*), orders (*)"],
  "UPDATE orders SET id = id + 1": [
    "reads    orders (id)",
    "writes   orders (id)",
    "raises   ForeignKeyViolation, UniqueViolation",
  ],
  "INSERT OR REPLACE INTO users (email) VALUES ('a')": [
    "writes   users (*)",
    "raises   CheckViolation, ForeignKeyViolation",
  ],
  "REPLACE INTO orders (id, user_id) VALUES (1, 2)": ["writes   lines (*), orders (*)", "raises   ForeignKeyViolation"],
  "UPSERT INTO users (email, name) VALUES ('a', 'b') ON (email)": ["writes   users (*)", "raises   CheckViolation"],
  "CREATE INDEX users_name ON users (name)": ["defines  main.users_name"],
  "DROP TABLE lines": ["defines  main.lines"],
  "EXPLAIN DELETE FROM users": ["pure"],
};

describe("the engine's own triggers", () => {
  const triggers = [
    ...SCHEMA,
    "CREATE TABLE log (at TEXT NOT NULL, what TEXT NOT NULL UNIQUE)",
    "CREATE TRIGGER users_log AFTER UPDATE OF email ON users BEGIN INSERT INTO log VALUES (CURRENT_TIMESTAMP, OLD.email || (SELECT max(total) FROM orders)); END",
    "CREATE TRIGGER orders_guard BEFORE DELETE ON orders WHEN OLD.total > 100 BEGIN SELECT RAISE(ABORT, 'too much'); END",
    "CREATE TRIGGER big_insert INSTEAD OF INSERT ON big BEGIN INSERT INTO users (email) VALUES (NEW.email); END",
  ];
  const catalog = catalogOf(triggers);
  const expected: Readonly<Record<string, readonly string[]>> = {
    "UPDATE users SET email = 'a' WHERE id = 1": [
      "reads    orders (total), users (id)",
      "writes   log (*), users (email)",
      "raises   CheckViolation, NotNullViolation, UniqueViolation",
      "uses     the clock",
    ],
    "UPDATE users SET name = 'a'": ["writes   users (name)", "raises   CheckViolation"],
    "DELETE FROM orders": ["writes   lines (*), orders (*)", "raises   ConstraintViolation"],
    "INSERT INTO big (email, spent) VALUES ('a', 1)": [
      "reads    orders (total, user_id), users (email, id)",
      "writes   big (*), users (*)",
      "raises   CheckViolation, NotNullViolation, UniqueViolation",
    ],
    "CREATE TRIGGER other AFTER DELETE ON users BEGIN DELETE FROM orders; END": ["defines  main.other"],
  };
  for (const [text, lines] of Object.entries(expected)) {
    test(text, () =>
      expect(printEffects(checkSql(required(parseSql(text), text), catalog).info.effects)).toEqual(lines),
    );
  }

  test("open no table that the effects leave out", () => {
    const db = databaseOf(triggers);
    db.pragma("foreign_keys = OFF");
    for (const text of Object.keys(expected).filter((sql) => !sql.startsWith("CREATE"))) {
      const engine = opened(db, text);
      const { effects } = checkSql(required(parseSql(text), text), catalog).info;
      const all = new Set([...named(effects.reads), ...named(effects.writes)]);
      expect(
        [...engine.reads, ...engine.writes].filter((table) => !all.has(table)),
        text,
      ).toEqual([]);
    }
  });
});

describe("printed", () => {
  const catalog = catalogOf(SCHEMA);
  for (const [text, expected] of Object.entries(PRINTED)) {
    test(text, () => {
      expect(printEffects(checkSql(required(parseSql(text), text), catalog).info.effects)).toEqual(expected);
    });
  }
});
