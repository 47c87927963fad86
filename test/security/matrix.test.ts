// Who may do what to what: users × privileges × statements. Without the right each statement is refused, with it each is done, and after REVOKE it is refused again.
import { expect, it } from "vitest";
import type { Need } from "../../base/privileges.ts";
import { Trap } from "../../bytecode/trap.ts";
import { type Person, town } from "./support.ts";

/** For the tests of single rights. */
const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT, note TEXT);
INSERT INTO orders VALUES (1, 10, 'a');
CREATE USER ann; CREATE ROLE staff; CREATE ROLE readers;
`;

/** Made by the owner of the mount. */
const PEOPLE = `
CREATE USER olga; CREATE USER ann; CREATE USER carl; CREATE USER dora;
CREATE USER bob; CREATE USER eve; CREATE USER fred; CREATE USER root;
CREATE ROLE readers; CREATE ROLE staff; CREATE ROLE others;
GRANT readers TO carl; GRANT readers TO staff; GRANT staff TO dora; GRANT others TO eve; GRANT admin TO root;
GRANT CREATE ON DATABASE TO olga;
`;

/** Made by olga, who owns them. */
const OBJECTS = [
  "CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT, note TEXT)",
  "CREATE TABLE elsewhere (id INTEGER PRIMARY KEY, total INT, note TEXT)",
  "INSERT INTO orders VALUES (1, 10, 'a')",
  "CREATE VIEW totals AS SELECT total FROM orders",
  "CREATE INDEX by_note ON orders (note)",
  "upsert procedure hello () returns int { return 1 }",
  "upsert procedure hello () returns int { return 1 + 0 }",
  "upsert function double (n int) returns int { return n * 2 }",
  "upsert procedure nothing () { print 'x' }",
  "upsert SCHEDULE as nightly (sched: '0 0 1 1 *', exe: 'procedure', call: 'nothing')",
  "upsert PIPELINE as line (steps: [nothing])",
  "upsert TRIGGER as watch (timing: 'after', event: 'delete', target: 'elsewhere', exe: 'procedure', call: 'nothing')",
];

interface Row {
  /** What is granted, and a right of the same kind on something else. */
  readonly right: string;
  readonly wrong: string;
  /** A statement that needs the right and nothing else, or a question that the daemon asks. */
  readonly action: string | Need;
  /** What it gives; undefined: what differs each time. */
  readonly result?: string;
  /** False for what belongs to nobody. */
  readonly owned?: false;
}

function need(privilege: Need["privilege"], objectKind: Need["objectKind"], objectName: string): Need {
  return { privilege, objectKind, objectName, columns: undefined };
}

const ROWS: readonly Row[] = [
  {
    right: "SELECT ON TABLE orders",
    wrong: "SELECT ON TABLE elsewhere",
    action: "SELECT total FROM orders",
    result: "10",
  },
  {
    right: "SELECT (total) ON TABLE orders",
    wrong: "SELECT (id, note) ON TABLE orders",
    action: "SELECT total FROM orders",
    result: "10",
  },
  { right: "SELECT (id) ON orders", wrong: "UPDATE ON orders", action: "SELECT count(*) FROM orders", result: "1" },
  {
    right: "SELECT ON TABLE totals",
    wrong: "SELECT ON TABLE orders",
    action: "SELECT total FROM totals",
    result: "10",
  },
  {
    right: "INSERT ON TABLE orders",
    wrong: "INSERT (id, total) ON TABLE orders",
    action: "INSERT INTO orders VALUES (2, 3, 'b')",
    result: "insert 1",
  },
  {
    right: "INSERT (id, total) ON TABLE orders",
    wrong: "INSERT (id) ON TABLE orders",
    action: "INSERT INTO orders (id, total) VALUES (3, 3)",
    result: "insert 1",
  },
  {
    right: "UPDATE ON TABLE orders",
    wrong: "INSERT ON TABLE orders",
    action: "UPDATE orders SET total = 4",
    result: "update 1",
  },
  {
    right: "UPDATE (note) ON TABLE orders",
    wrong: "UPDATE (id, total) ON TABLE orders",
    action: "UPDATE orders SET note = 'z'",
    result: "update 1",
  },
  {
    right: "DELETE ON TABLE orders",
    wrong: "DELETE ON TABLE elsewhere",
    action: "DELETE FROM orders",
    result: "delete 1",
  },
  {
    right: "INSERT, UPDATE ON TABLE orders",
    wrong: "INSERT ON TABLE orders",
    action: "UPSERT INTO orders (id, total) VALUES (1, 12)",
    result: "insert 1",
  },
  {
    right: "INSERT, DELETE ON TABLE orders",
    wrong: "INSERT ON TABLE orders",
    action: "INSERT OR REPLACE INTO orders VALUES (1, 1, 'x')",
    result: "insert 1",
  },
  {
    right: "REFERENCES ON TABLE orders",
    wrong: "SELECT ON TABLE orders",
    action: need("REFERENCES", "table", "main.orders"),
  },
  {
    right: "ALTER ON TABLE orders",
    wrong: "ALTER ON TABLE elsewhere",
    action: "ALTER TABLE orders ADD COLUMN extra INT",
    result: "table orders altered",
  },
  {
    right: "ALTER ON TABLE orders",
    wrong: "DELETE ON TABLE orders",
    action: "CREATE INDEX by_total ON orders (total)",
    result: "index by_total created",
  },
  {
    right: "ALTER ON TABLE orders",
    wrong: "ALTER ON TABLE elsewhere",
    action: "DROP INDEX by_note",
    result: "index by_note dropped",
  },
  {
    right: "ALTER ON TABLE orders",
    wrong: "DELETE ON TABLE orders",
    action: "DROP TABLE orders",
    result: "table orders dropped",
  },
  { right: "EXECUTE ON PROCEDURE hello", wrong: "EXECUTE ON PROCEDURE nothing", action: "CALL hello()", result: "1" },
  { right: "EXECUTE ON PROCEDURE hello", wrong: "ALTER ON PROCEDURE hello", action: "CALL hello@1()", result: "1" },
  {
    right: "EXECUTE ON FUNCTION double",
    wrong: "EXECUTE ON PROCEDURE hello",
    action: "SELECT double(4) AS n",
    result: "8",
  },
  { right: "ALTER ON PROCEDURE hello", wrong: "EXECUTE ON PROCEDURE hello", action: "ROLLBACK PROCEDURE hello TO 1" },
  {
    right: "ALTER ON PROCEDURE hello",
    wrong: "ALTER ON PROCEDURE nothing",
    action: "DROP PROCEDURE hello",
    result: "procedure hello dropped",
  },
  { right: "RUN ON SCHEDULE nightly", wrong: "ALTER ON SCHEDULE nightly", action: "RUN SCHEDULE nightly" },
  { right: "RUN ON SCHEDULE nightly", wrong: "RUN ON PIPELINE line", action: "SCHEDULE HISTORY nightly", result: "" },
  {
    right: "ALTER ON SCHEDULE nightly",
    wrong: "RUN ON SCHEDULE nightly",
    action: "DISABLE SCHEDULE nightly",
    result: "schedule nightly disabled",
  },
  {
    right: "ALTER ON SCHEDULE nightly",
    wrong: "RUN ON SCHEDULE nightly",
    action: "DROP SCHEDULE nightly",
    result: "schedule nightly dropped",
  },
  { right: "RUN ON PIPELINE line", wrong: "ALTER ON PIPELINE line", action: "RUN PIPELINE line" },
  {
    right: "ALTER ON PIPELINE line",
    wrong: "RUN ON PIPELINE line",
    action: "DROP PIPELINE line",
    result: "pipeline line dropped",
  },
  {
    right: "ALTER ON TRIGGER watch",
    wrong: "ALTER ON TABLE elsewhere",
    action: "DISABLE TRIGGER watch",
    result: "trigger watch disabled",
  },
  {
    right: "ALTER ON TRIGGER watch",
    wrong: "ALTER ON TABLE elsewhere",
    action: "DROP TRIGGER watch",
    result: "trigger watch dropped",
  },
  {
    right: "CREATE ON DATABASE",
    wrong: "USE ON DATABASE",
    action: "CREATE TABLE fresh (a INT)",
    result: "table fresh created",
  },
  {
    right: "CREATE ON DATABASE",
    wrong: "USE ON DATABASE",
    action: "upsert procedure fresh () { print 1 }",
    result: "procedure fresh stored as version 1",
  },
  ...["INSERT (note)", "UPDATE (total)", "DELETE", "ALTER"].map((privilege) => ({
    right: `${privilege} ON TABLE orders`,
    wrong: `SELECT, REFERENCES ON TABLE orders`,
    action: "LOCK main.Orders IN SHARE MODE",
  })),
  { right: "LOCK ON DATABASE", wrong: "CREATE ON DATABASE", action: "LOCK orders" },
  { right: "LOCK ON DATABASE", wrong: "INSERT, UPDATE, DELETE ON TABLE orders", action: "LOCK no_table", owned: false },
  {
    right: "USE ON TEMPLATE report",
    wrong: "USE ON TEMPLATE invoice",
    action: need("USE", "template", "report"),
    owned: false,
  },
  {
    right: "SERVICE CONTROL",
    wrong: "CREATE ON DATABASE",
    action: need("SERVICE CONTROL", "service", ""),
    owned: false,
  },
  {
    right: "SERVICE CONTROL",
    wrong: "CREATE ON DATABASE",
    action: "PAUSE ALL",
    result: "schedules paused",
    owned: false,
  },
  {
    right: "SELECT ON TABLE system.users",
    wrong: "SELECT ON TABLE system.runs",
    action: "SELECT name FROM system.users WHERE name = 'bob'",
    result: "bob",
    owned: false,
  },
  {
    right: "SELECT ON TABLE system.runs",
    wrong: "SELECT ON TABLE system.users",
    action: "LIST RUNS",
    result: "",
    owned: false,
  },
  {
    right: "SELECT ON TABLE system.audit_log",
    wrong: "SELECT ON TABLE system.users",
    action: "SELECT count(*) > 0 AS any FROM system.audit_log",
    result: "true",
    owned: false,
  },
];

/** What somebody gets; nothing of it stays. */
function attempt({ session, run }: Person, action: Row["action"]): string {
  if (typeof action !== "string") {
    try {
      session.requires(action);
      return "";
    } catch (error) {
      return error instanceof Trap ? `${error.value.code}: ${error.value.message}` : String(error);
    }
  }
  run("BEGIN");
  const found = run(action);
  run("ROLLBACK");
  return found;
}

it("GR-120: users × objects × actions: refused by default, allowed to whom it is granted, directly, by a role or a role of a role", () => {
  const { owner, as } = town(PEOPLE);
  const olga = as("olga");
  for (const text of OBJECTS) expect(olga.run(text), text).not.toMatch(/Denied|E\d{4}/);
  const given = { direct: as("ann"), role: as("carl"), "role of a role": as("dora") };
  const always = { administrator: as("root"), owner: olga, "owner of the mount": owner };
  /** Who has nothing, and who has a like right. */
  const others = [as("bob"), as("eve")];
  const disabled = as("fred");
  const allowed = (people: Readonly<Record<string, Person>>, { action }: Row): readonly string[] =>
    Object.entries(people).flatMap(([name, person]) =>
      attempt(person, action).startsWith("PermissionDenied: ") ? [] : [name],
    );
  /** Where nothing is done, nothing need be undone. */
  const refused = (people: readonly Person[], { action }: Row): readonly string[] =>
    people.map(({ session, run }) =>
      typeof action === "string" ? run(action) : attempt({ session, run, notices: [] }, action),
    );
  for (const row of ROWS) {
    const label = `${row.right}: ${typeof row.action === "string" ? row.action : row.action.privilege}`;
    owner.run(`GRANT ${row.wrong} TO others`);
    // Without it: default deny, but for who owns the object or may do everything.
    for (const found of refused(Object.values(given), row)) expect(found, label).toMatch(/^PermissionDenied: /);
    expect(allowed(always, row), label).toEqual(
      Object.keys(always).filter((name) => name !== "owner" || row.owned !== false),
    );
    expect(owner.run(`GRANT ${row.right} TO ann, readers, fred; ALTER USER fred DISABLE`), label).toMatch(/^granted/);
    for (const found of refused(others, row)) expect(found, label).toMatch(/^PermissionDenied: /);
    expect(refused([disabled], row), label).toEqual(["PermissionDenied: The user fred is disabled or was dropped."]);
    expect(allowed({ role: given.role, deep: given["role of a role"] }, row), label).toEqual(["role", "deep"]);
    const found = attempt(given.direct, row.action);
    if (row.result === undefined) expect(found, label).not.toMatch(/^PermissionDenied: /);
    else expect(found, label).toBe(row.result);
    owner.run(`REVOKE ${row.right} FROM ann, readers, fred; REVOKE ${row.wrong} FROM others; ALTER USER fred ENABLE`);
  }
}, 120_000);

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
] as const)("GR-120: a right %s counts while it is there", (_, statements) => {
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

it("GR-120: columns that are not granted cannot be read, compared, sorted by or returned", () => {
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
    "let n = FROM r IN orders SELECT r.note; print n",
    "let n = FROM r IN orders SELECT r.id; print n",
    "let n = FROM r IN orders WHERE r.note = 'a' SELECT 1; print n",
    "FROM orders THEN { print note }",
  ])
    expect(ann.run(text), text).toMatch(/^PermissionDenied: ann may not (?:read|update) table orders \(column note\)/);
  expect(ann.run("UPDATE orders SET total = total + 1")).toBe("update 1");
});
