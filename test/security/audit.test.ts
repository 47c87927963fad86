// The audit log: what stands in it, that it is a chain, and that every way to change it is found.
import { expect, it } from "vitest";
import { verifyAudit } from "../../server/security/audit.ts";
import { principalOf } from "../../server/security/people.ts";
import { type Town, town } from "./support.ts";

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

it("GR-123: a flood of refusals is counted, not written one by one", () => {
  const { owner, as, open } = town(SCRIPT);
  let nowMicros = 1_800_000_000_000_000;
  const ann = open(principalOf(owner.session.connection, "ann"), {
    clock: { nowMicros: () => nowMicros, elapsedMs: () => 0 },
  });
  const denied = (): string =>
    owner.run("SELECT json_extract(details, '$.message') FROM system.audit_log WHERE action = 'denied' ORDER BY seq");
  for (let count = 0; count < 103; count += 1) ann.run("DELETE FROM orders");
  expect(denied().split("\n")).toHaveLength(100);
  nowMicros += 60_000_000;
  for (let count = 0; count < 102; count += 1) ann.run("DELETE FROM orders");
  ann.session.close();
  expect(
    denied()
      .split("\n")
      .filter((message) => message.startsWith("ann may not delete")),
  ).toHaveLength(200);
  expect(
    denied()
      .split("\n")
      .filter((message) => message.includes("more")),
  ).toEqual(["3 more refusals within a minute.", "2 more refusals within a minute."]);
  expect(as("ann").run("DELETE FROM orders")).toMatch(/^PermissionDenied/);
});

/** Statements and the row that each leaves. */
const AUDITED: readonly (readonly [string, string])[] = [
  ["CREATE USER bob PASSWORD 'a long password'", "create_user done bob"],
  ["ALTER USER bob DISABLE", "disable_user done bob"],
  ["CREATE ROLE staff", "create_role done staff"],
  ["GRANT staff TO ann", "grant_role done staff"],
  ["REVOKE staff FROM ann", "revoke_role done staff"],
  ["GRANT SELECT ON TABLE orders TO staff", "grant done main.orders"],
  ["REVOKE SELECT ON TABLE orders FROM staff", "revoke done main.orders"],
  ["CREATE TOKEN laptop FOR ann", "create_token done laptop"],
  ["REVOKE TOKEN laptop FOR ann", "revoke_token done laptop"],
  ["DROP ROLE staff", "drop_role done staff"],
  ["DROP USER bob", "drop_user done bob"],
  ["CREATE VIEW ids AS SELECT id FROM orders", "create_view done main.ids"],
  ["CREATE INDEX by_id ON orders (id)", "create_index done main.by_id"],
  ["ALTER TABLE orders RENAME TO sales", "alter_table done main.orders"],
  ["execute 'CREATE TABLE by_text (a INT)'", "create_table done main.by_text"],
  ["DROP VIEW ids", "drop_view done main.ids"],
  ["type struct as Card (suit string)", "create_type done Card"],
  ["upsert function double (n int) returns int { return n * 2 }", "create_function done double"],
  ["upsert procedure p () { print 1 }", "create_procedure done p"],
  [
    "upsert TRIGGER as seen (timing: 'after', event: 'insert', target: 'sales', exe: 'procedure', call: 'p')",
    "create_trigger done seen",
  ],
  ["DISABLE TRIGGER seen", "disable_trigger done seen"],
  ["ENABLE TRIGGER seen", "enable_trigger done seen"],
  ["upsert SCHEDULE as nightly (sched: '0 0 1 1 *', exe: 'procedure', call: 'p')", "create_schedule done nightly"],
  ["RUN SCHEDULE nightly", "run_schedule done nightly"],
  ["upsert PIPELINE as line (steps: [p])", "create_pipeline done line"],
  ["RUN PIPELINE line", "run_pipeline done line"],
  ["DROP TRIGGER seen", "drop_trigger done seen"],
  ["DROP SCHEDULE nightly", "drop_schedule done nightly"],
  ["PAUSE ALL", "pause_schedules done "],
  ["RESUME ALL", "resume_schedules done "],
];

it.each([
  ["the owner of the mount", (place: Town) => place.owner],
  ["an administrator", (place: Town) => place.as("root")],
  ["an embedded session", (place: Town) => place.open(undefined)],
])("GR-123: by %s, every DDL, grant and manual run leaves its row", (who, open) => {
  const place = town(`${SCRIPT} CREATE USER root; GRANT admin TO root;`);
  const person = open(place);
  for (const [text, row] of AUDITED) {
    expect(person.run(text), text).not.toMatch(/^(?:[A-Z]\w+: |E\d{4} )/);
    const last = `SELECT action || ' ' || outcome || ' ' || coalesce(object_name, ''), coalesce(u.name, 'owner') FROM system.audit_log a LEFT JOIN system.users u ON u.user_id = a.user_id ORDER BY seq DESC LIMIT 1`;
    expect(place.owner.run(last), text).toBe(`${row}|${who === "an administrator" ? "root" : "owner"}`);
  }
  expect(verifyAudit(place.owner.session.connection, undefined)).toMatchObject({ kind: "whole" });
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
