// The audit log: what stands in it, that it is a chain, and that every way to change it is found.
import { expect, it } from "vitest";
import { verifyAudit } from "../../server/security/audit.ts";
import { town } from "./support.ts";

const SCRIPT = "CREATE TABLE orders (id INTEGER PRIMARY KEY); CREATE USER ann; GRANT CREATE ON DATABASE TO ann;";
const ACTIONS =
  "SELECT action || ' ' || outcome || ' ' || coalesce(object_name, '') FROM system.audit_log ORDER BY seq";

it("GR-123: has every change of the catalog and of rights, what was run by hand and what was refused", () => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  ann.run("CREATE TABLE mine (a INT); CREATE INDEX i ON mine (a); ALTER TABLE mine ADD COLUMN b INT; DROP TABLE mine");
  ann.run("upsert procedure p () { print 1 }");
  ann.run("upsert procedure p () { print 2 }");
  ann.run("ROLLBACK PROCEDURE p TO 1; DROP PROCEDURE p");
  ann.run("DELETE FROM orders");
  owner.run("PAUSE ALL; REVOKE CREATE ON DATABASE FROM ann");
  expect(owner.run(ACTIONS).split("\n")).toEqual([
    "create_table done main.orders",
    "create_user done ann",
    "grant done ",
    "create_table done main.mine",
    "create_index done main.i",
    "alter_table done main.mine",
    "drop_table done main.mine",
    "create_procedure done p",
    "replace_procedure done p",
    "rollback_routine done p",
    "drop_procedure done p",
    "denied denied ",
    "pause_schedules done ",
    "revoke done ",
  ]);
  expect(owner.run("SELECT DISTINCT u.name FROM system.audit_log a JOIN system.users u ON u.user_id = a.user_id")).toBe(
    "ann",
  );
  expect(verifyAudit(owner.session.connection, undefined)).toMatchObject({ kind: "whole", rows: 14 });
});

it("GR-123: keeps refusals of a transaction that is rolled back, and drops what was undone", () => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  ann.run("BEGIN; CREATE TABLE mine (a INT)");
  expect(ann.run("DELETE FROM orders")).toMatch(/^PermissionDenied/);
  ann.run("ROLLBACK");
  ann.run("print 1");
  expect(owner.run(ACTIONS).split("\n").slice(3)).toEqual(["denied denied "]);
});

it.each([
  ["a changed field", "UPDATE gobi_audit_log SET user_id = 'somebody' WHERE seq = 2", 2],
  ["a changed time", "UPDATE gobi_audit_log SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 1", 1],
  ["changed details", "UPDATE gobi_audit_log SET details = '{}' WHERE seq = 3", 3],
  ["a removed row", "DELETE FROM gobi_audit_log WHERE seq = 2", 2],
  ["a removed first row", "DELETE FROM gobi_audit_log WHERE seq = 1", 1],
  ["a row with a hash of its own", "UPDATE gobi_audit_log SET outcome = 'x', row_hash = 'abc' WHERE seq = 2", 2],
  [
    "swapped rows",
    "UPDATE gobi_audit_log SET seq = CASE seq WHEN 2 THEN 30 ELSE 31 END WHERE seq IN (2, 3); UPDATE gobi_audit_log SET seq = 33 - seq WHERE seq > 29",
    2,
  ],
])("GR-123: finds %s", (_, sql, seq) => {
  const { owner } = town(SCRIPT);
  const { connection } = owner.session;
  for (const text of sql.split("; ")) connection.runText(text, []);
  expect(verifyAudit(connection, undefined)).toMatchObject({ kind: "broken", seq });
});

it("GR-123: finds a chain that was made anew, or cut at its end, when a hash was noted", () => {
  const { owner } = town(SCRIPT);
  const { connection } = owner.session;
  const noted = verifyAudit(connection, undefined);
  const head = noted.kind === "whole" ? (noted.head ?? "") : "";
  owner.run("CREATE USER bob");
  expect(verifyAudit(connection, head)).toMatchObject({ kind: "whole" });
  connection.runText("DELETE FROM gobi_audit_log WHERE seq > 2", []);
  expect(verifyAudit(connection, undefined)).toMatchObject({ kind: "whole", rows: 2 });
  expect(verifyAudit(connection, head)).toMatchObject({
    kind: "broken",
    why: "the row with the expected hash is not there",
  });
});

it("GR-123: cannot be written by statements", () => {
  const { owner } = town(SCRIPT);
  for (const text of [
    "DELETE FROM system.audit_log",
    "DELETE FROM gobi_audit_log",
    "execute 'DELETE FROM gobi_audit_log'",
  ])
    expect(owner.run(text), text).toMatch(/PermissionDenied|E5\d\d\d|E2\d\d\d/);
});
