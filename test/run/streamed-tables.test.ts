// A query whose rows only the next loop uses is looped over as it is delivered: its rows need not fit the memory that the program may use.
import { expect, it } from "vitest";
import { open, type TestSession } from "../server/support.ts";

const ROWS = 200_000;

function prepared(procedure: string): TestSession {
  const db = open();
  db.run(`CREATE TABLE numbers (id INTEGER PRIMARY KEY, n int NOT NULL);
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS}) INSERT INTO numbers (n) SELECT i FROM c;`);
  db.run(procedure);
  return db;
}

const MEMORY = { memoryBytesMax: 4_000_000 };
const SUM = String((ROWS * (ROWS + 1)) / 2);

it("a table that only the next loop uses is never a value", () => {
  const db = prepared(`upsert procedure p() returns int {
    let total = 0
    let rows = SELECT id, n FROM numbers
    for row in rows { total += row.n; DELETE FROM numbers WHERE id = row.id + 1000000; }
    return total
}`);
  db.session.setLimits(MEMORY);
  expect(db.call("p")).toBe(SUM);
});

it.each([
  ["another use behind the loop", "for row in rows { total += row.n }  total += len(rows)"],
  ["another use in the loop", "for row in rows { total += row.n  if len(rows) = 0 { break } }"],
  ["a use inside SQL", "for row in rows { total += row.n  if row.n = 5 { print (SELECT count(*) FROM rows) } }"],
  ["a lambda", "for row in rows { total += row.n  let f = () => len(rows)  if row.n < 0 { print f() } }"],
  ["a count that is asked for", "for row in rows { total += row.n }  print row_count()"],
])("%s keeps the table", (_name, uses) => {
  const db = prepared(`upsert procedure p() returns int {
    let total = 0
    let rows = SELECT id, n FROM numbers
    ${uses.replaceAll("  ", "\n    ")}
    return total
}`);
  db.session.setLimits(MEMORY);
  expect(db.failCall("p")).toMatch(/^LimitExceeded: /);
});

it("the loop sees the rows as of the declaration, and its variable may be changed", () => {
  const db = open();
  db.run("CREATE TABLE t (a int NOT NULL, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, null)");
  db.run(
    `upsert procedure p() {
    let rows = SELECT a, b FROM t ORDER BY a
    for row in rows { INSERT INTO t VALUES (row.a + 10, row.b)  row.a = row.a * 2  print row }
    let pairs = SELECT a, b FROM t ORDER BY a
    for (x, y) in pairs { print "\${x} \${y ?? "-"}" }
}`.replaceAll("  ", "\n    "),
  );
  db.call("p");
  expect(db.printed).toEqual(['{a: 2, b: "x"}', "{a: 4, b: null}", "1 x", "2 -", "11 x", "12 -"]);
});
