// The effect oracle: what SQLite's own EXPLAIN says that statements touch.
import { expect, test } from "vitest";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { touchedTables } from "../../storage/sqlite/oracle.ts";
import { engineError, select } from "./engines.ts";

const connection = sqliteEngine.connect({ target: ":memory:" });
for (const text of [
  "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
  "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id) ON DELETE CASCADE, total INTEGER)",
  "CREATE INDEX orders_total ON orders (total)",
  "CREATE TABLE lines (order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE, n INTEGER)",
  "CREATE TABLE audit (what TEXT)",
  "CREATE TABLE limits (most INTEGER)",
  "CREATE VIEW big_orders AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total > (SELECT max(most) FROM limits)",
  "CREATE TRIGGER orders_audit AFTER UPDATE OF total ON orders BEGIN INSERT INTO audit SELECT 'big' FROM limits WHERE most < NEW.total; END",
  "CREATE TRIGGER big_insert INSTEAD OF INSERT ON big_orders BEGIN INSERT INTO orders (total) VALUES (1); END",
  "CREATE TEMP TABLE scratch (a)",
]) {
  connection.runText(text, []);
}

test.each([
  ["SELECT * FROM customers WHERE id = ?", ["customers"], []],
  ["SELECT total FROM orders WHERE total > 5", ["orders"], []],
  ["SELECT * FROM big_orders", ["customers", "limits", "orders"], []],
  ["SELECT 1 WHERE EXISTS (SELECT 1 FROM temp.scratch)", ["temp.scratch"], []],
  ["WITH c AS (SELECT * FROM customers) INSERT INTO audit SELECT name FROM c", ["customers"], ["audit"]],
  ["UPDATE orders SET customer_id = 1", ["customers"], ["orders"]],
  ["UPDATE orders SET total = 2", ["limits"], ["audit", "orders"]],
  ["DELETE FROM audit", [], ["audit"]],
  ["DELETE FROM audit WHERE what = 'x'", [], ["audit"]],
  ["DELETE FROM customers WHERE id = 1", [], ["customers", "lines", "orders"]],
  // Inside a trigger SQLite looks after foreign keys of both directions.
  ["INSERT INTO big_orders (name) VALUES ('x')", ["customers", "lines"], ["orders"]],
  ["INSERT INTO orders VALUES (?, ?, 1)", ["customers"], ["orders"]],
] as const)("%s", (text, read, written) => {
  const touched = touchedTables(connection, text);
  const both = new Set([...touched.read, ...touched.written]);
  for (const table of read) expect(both).toContain(table);
  expect(touched.written).toEqual(written);
  expect(touched.read.filter((table) => !(read as readonly string[]).includes(table))).toEqual([]);
});

test("nothing is run, and a refused statement is an error", () => {
  expect(select(connection, "SELECT count(*) FROM audit")).toEqual([[0]]);
  expect(engineError(() => touchedTables(connection, "SELECT * FROM nowhere")).kind).toBe("noSuchTable");
});
