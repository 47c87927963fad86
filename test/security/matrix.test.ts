// Who may do what to what: users × privileges × statements. Without the right each statement is refused, with it each is done, and after REVOKE it is refused again.
import { expect, it } from "vitest";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT, note TEXT);
INSERT INTO orders VALUES (1, 10, 'a');
CREATE VIEW totals AS SELECT total FROM orders;
upsert procedure hello () returns int { return 1 }
upsert procedure nothing () { print "x" }
upsert SCHEDULE as nightly (sched: '0 0 1 1 *', exe: 'procedure', call: 'nothing')
upsert PIPELINE as line (steps: [nothing])
upsert TRIGGER as watch (timing: 'after', event: 'delete', target: 'orders', exe: 'procedure', call: 'nothing')
CREATE USER ann; CREATE USER bob; CREATE ROLE staff; CREATE ROLE readers;
`;

/** The right, a statement that needs it and nothing else, and what it then gives. */
const ROWS: readonly (readonly [right: string, statement: string, result: string])[] = [
  ["SELECT ON TABLE orders", "SELECT total FROM orders", "10"],
  ["SELECT (total) ON TABLE orders", "SELECT total FROM orders", "10"],
  ["SELECT (id) ON orders", "SELECT count(*) FROM orders", "1"],
  ["SELECT ON TABLE totals", "SELECT total FROM totals", "10"],
  ["INSERT ON TABLE orders", "INSERT INTO orders VALUES (2, 3, 'b')", "insert 1"],
  ["INSERT (id, total) ON TABLE orders", "INSERT INTO orders (id, total) VALUES (3, 3)", "insert 1"],
  ["UPDATE ON TABLE orders", "UPDATE orders SET total = 4", "update 1"],
  ["UPDATE (note) ON TABLE orders", "UPDATE orders SET note = 'z'", "update 1"],
  ["DELETE ON TABLE orders", "DELETE FROM orders", "delete 1"],
  ["INSERT, UPDATE ON TABLE orders", "UPSERT INTO orders (id, total) VALUES (1, 12)", "insert 1"],
  ["EXECUTE ON PROCEDURE hello", "CALL hello()", "1"],
  ["RUN ON SCHEDULE nightly", "RUN SCHEDULE nightly", ""],
  ["RUN ON PIPELINE line", "RUN PIPELINE line", ""],
  ["ALTER ON TRIGGER watch", "DISABLE TRIGGER watch", "trigger watch disabled"],
  ["ALTER ON TABLE orders", "ALTER TABLE orders ADD COLUMN extra INT", "table orders altered"],
  ["ALTER ON TABLE orders", "CREATE INDEX by_total ON orders (total)", "index by_total created"],
  ["ALTER ON TABLE orders", "DROP TABLE orders", "table orders dropped"],
  ["ALTER ON PROCEDURE hello", "DROP PROCEDURE hello", "procedure hello dropped"],
  ["CREATE ON DATABASE", "CREATE TABLE fresh (a INT)", "table fresh created"],
  ["CREATE ON DATABASE", "upsert procedure fresh () { print 1 }", "procedure fresh stored as version 1"],
  ["SERVICE CONTROL", "PAUSE ALL", "schedules paused"],
  ["SELECT ON TABLE system.users", "SELECT name FROM system.users WHERE name = 'bob'", "bob"],
];

it.each(ROWS)("%s: %s", (right, statement, result) => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  const bob = as("bob");
  expect(ann.run(statement)).toMatch(/^PermissionDenied: ann may not/);
  expect(owner.run(`GRANT ${right} TO ann`)).toBe("granted");
  expect(bob.run(statement)).toMatch(/^PermissionDenied: bob may not/);
  const found = ann.run(statement);
  if (result === "") expect(found).not.toMatch(/Denied/);
  else expect(found).toBe(result);
});

it.each([
  ["to the user", (right: string) => [`GRANT ${right} TO ann`, `REVOKE ${right} FROM ann`]],
  ["to his role", (right: string) => [`GRANT staff TO ann; GRANT ${right} TO staff`, `REVOKE ${right} FROM staff`]],
  [
    "to a role of his role",
    (right: string) => [
      `GRANT readers TO staff; GRANT staff TO ann; GRANT ${right} TO readers`,
      "REVOKE readers FROM staff",
    ],
  ],
  ["to everybody", (right: string) => [`GRANT ${right} TO public`, `REVOKE ${right} FROM public`]],
  ["by the role admin", () => ["GRANT admin TO ann", "REVOKE admin FROM ann"]],
] as const)("a right %s counts while it is there", (_, statements) => {
  const { owner, as } = town(SCRIPT);
  const [give, take] = statements("SELECT ON TABLE orders") as [string, string];
  const ann = as("ann");
  expect(ann.run("SELECT id FROM orders")).toBe(
    "PermissionDenied: ann may not read table orders: GRANT SELECT ON TABLE orders TO ann allows it.",
  );
  owner.run(give);
  expect(ann.run("SELECT id FROM orders")).toBe("1");
  owner.run(take);
  expect(ann.run("SELECT id FROM orders")).toMatch(/^PermissionDenied/);
});

it("columns that are not granted cannot be read, compared, sorted by or returned", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT SELECT (id, total), UPDATE (total) ON TABLE orders TO ann");
  const ann = as("ann");
  expect(ann.run("SELECT id, total FROM orders")).toBe("1|10");
  for (const text of [
    "SELECT * FROM orders",
    "SELECT id FROM orders WHERE note = 'a'",
    "SELECT id FROM orders ORDER BY note",
    "SELECT (SELECT max(o.note) FROM orders o)",
    "WITH n AS (SELECT note FROM orders) SELECT * FROM n",
    "UPDATE orders SET total = 1 RETURNING note",
    "UPDATE orders SET note = 'x'",
    "let n = SELECT note FROM orders LIMIT 1",
    "for r in SELECT note FROM orders { print r.note }",
  ])
    expect(ann.run(text), text).toMatch(/^PermissionDenied: ann may not (?:read|update) table orders \(column note\)/);
  expect(ann.run("UPDATE orders SET total = total + 1")).toBe("update 1");
});
