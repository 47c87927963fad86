// Inputs of the benchmarks, made anew for each run: a table of a million rows, a schema, a file of 40 and one of 2,000 lines.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

const ROWS = 1_000_000;
const KEYED_ROWS = 200_000;

/** A database with `points` (1M rows, 3 columns) and `counters` (200,000 rows by key). */
export function writeRowsDatabase(path: string): void {
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.exec(`
    CREATE TABLE points (id INTEGER PRIMARY KEY, x INTEGER NOT NULL, label TEXT NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO points SELECT i, (i * 7919) % 10007, 'label ' || (i % 100) FROM n;
    CREATE TABLE counters (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${KEYED_ROWS}) INSERT INTO counters SELECT i, 0 FROM n;
  `);
  database.close();
}

const SCHEMA = `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE, region TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), total INTEGER NOT NULL, status TEXT NOT NULL, updated_at TIMESTAMP NOT NULL);
CREATE TABLE totals (customer_id INTEGER NOT NULL PRIMARY KEY, total INTEGER NOT NULL);
`;

/** Twenty lines with queries, loops, error handling; `n` makes the names differ. */
function routine(n: number): string {
  return `--- Totals of one customer, version ${n}.
upsert procedure totals_${n} (customer int, minimum int = 0)
raises NotFound
returns int
{
  let found = SELECT count(*) FROM customers WHERE id = customer
  if found = 0 { raise NotFound("no customer \${customer}") }
  let sum = 0
  for o in SELECT id, total, status FROM orders WHERE customer_id = customer ORDER BY id {
    if o.status = 'paid' and o.total >= minimum { sum += o.total } else { continue }
  }
  let label = match sum { 0 => "none", 1..999 => "small", _ => "large" }
  try {
    INSERT INTO totals (customer_id, total) VALUES (customer, sum) ON CONFLICT (customer_id) DO UPDATE SET total = excluded.total
  } catch (ConstraintViolation as e) {
    log.warn("customer \${customer} (\${label}): \${e.message}")
  }
  return sum
}
`;
}

/** Writes a schema and two sources; gives their paths. */
export function writeCheckInputs(folder: string): {
  readonly small: string;
  readonly large: string;
  readonly schema: string;
} {
  const paths = {
    small: join(folder, "small.grz"),
    large: join(folder, "large.grz"),
    schema: join(folder, "schema.sql"),
  };
  writeFileSync(paths.schema, SCHEMA);
  writeFileSync(paths.small, [0, 1].map(routine).join("\n"));
  writeFileSync(paths.large, Array.from({ length: 100 }, (_, n) => routine(n)).join("\n"));
  return paths;
}
