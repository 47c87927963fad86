// GR-123: everything that is refused stands in the audit log, whichever part refuses it, once.
import { expect, it } from "vitest";
import { principalOf } from "../../server/security/people.ts";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
upsert procedure owned () security definer { print 1 }
upsert TRIGGER as seen (timing: 'after', event: 'delete', target: 'orders', exe: 'procedure', call: 'owned')
upsert SCHEDULE as nightly (sched: '0 0 1 1 *', exe: 'procedure', call: 'owned')
CREATE USER ann; CREATE USER bob; CREATE ROLE staff;
GRANT SELECT ON orders TO ann; GRANT CREATE ON DATABASE TO ann; GRANT EXECUTE, ALTER ON PROCEDURE owned TO ann;
`;

it.each([
  "DELETE FROM orders",
  "let t = 'orders'; execute 'DELETE FROM orders'",
  "SELECT * FROM sqlite_schema",
  "GRANT SELECT ON orders TO bob",
  "REVOKE SELECT ON orders FROM bob",
  "GRANT staff TO ann",
  "CREATE USER eve",
  "DROP USER bob",
  "ALTER USER bob DISABLE",
  "CREATE ROLE r",
  "CREATE TOKEN t FOR bob",
  "SHOW GRANTS FOR bob",
  "upsert procedure owned () security definer { print 2 }",
  "upsert procedure len () { print 2 }",
  "DROP SCHEDULE nightly",
  "RUN SCHEDULE nightly",
  "CREATE TEMP TABLE orders (a INT)",
  "PRAGMA user_version = 3",
  "ATTACH ':memory:' AS other",
  "LOCK orders",
  "LIST SESSIONS",
  "let x = SELECT nothing FROM orders; let y = DELETE FROM orders",
])("GR-123: %s", (text) => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  expect(ann.run(text)).toMatch(/^PermissionDenied/u);
  ann.session.close();
  expect(owner.run("SELECT count(*) FROM system.audit_log WHERE action = 'denied'")).toBe("1");
  expect(owner.run("SELECT u.name FROM system.audit_log a JOIN system.users u ON u.user_id = a.user_id")).toBe("ann");
});

it("GR-123: what a token does not reach, and a call by name", () => {
  const { owner, open } = town(SCRIPT);
  const limited = open({ ...principalOf(owner.session.connection, "ann"), scopes: ["read"] });
  expect(limited.run("CREATE TOKEN mine")).toMatch(/^PermissionDenied/u);
  expect(limited.session.call("owned", [])).toMatchObject({ kind: "failed", error: { code: "PermissionDenied" } });
  limited.session.close();
  expect(owner.run("SELECT count(*) FROM system.audit_log WHERE action = 'denied'")).toBe("2");
});
