// Purging the audit log: what is left is still a chain, from the anchor that stands for what is gone; every way to make an anchor without a purge is found.
import { expect, it } from "vitest";
import { timestampText } from "../../server/catalog/schema.ts";
import { purgeOld, RETENTION } from "../../server/runs/retention.ts";
import { writeNow } from "../../server/runs/store.ts";
import { verifyAudit, writeAudit } from "../../server/security/audit.ts";
import { purgeAudit } from "../../server/security/audit-purge.ts";
import type { Connection } from "../../storage/engine.ts";
import { numberOf, readRows } from "../../server/sql/rows.ts";
import { runGobi } from "../cli/run-command-line.ts";
import { TEST_NOW_MICROS } from "../session.ts";
import { town } from "./support.ts";

const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2030, 0, 1);

/** A log with one row for each day, the first of them the creation of ann. */
function log(days: number): Connection {
  const { owner } = town("CREATE USER ann");
  const { connection } = owner.session;
  connection.runText("DELETE FROM gobi_audit_log", []);
  for (let day = 0; day < days; day += 1)
    writeAudit(
      { connection, nowMicros: () => (FROM_MS + day * DAY_MS) * 1000, elapsedMs: () => 0 },
      { action: "grant", outcome: "done", userId: "ann", sessionId: undefined, objectName: `day ${day}` },
    );
  return connection;
}

function count(connection: Connection): number {
  return numberOf(readRows(connection, "SELECT count(*) FROM gobi_audit_log")[0]?.[0]);
}

it("GR-123: what is older than retention.audit goes, and the rest can be verified from the anchor on", () => {
  const connection = log(10);
  const whole = verifyAudit(connection, undefined);
  const head = whole.kind === "whole" ? whole.head : undefined;
  const purge = (day: number, rowsMax = 100): number =>
    purgeAudit(connection, { olderThan: FROM_MS + day * DAY_MS, rowsMax, at: FROM_MS + 20 * DAY_MS });
  expect(purge(0)).toBe(0);
  expect(verifyAudit(connection, undefined)).toMatchObject({ kind: "whole", rows: 10 });
  expect(purge(4)).toBe(4);
  const after = verifyAudit(connection, undefined);
  // Six that are left, and the one that says so.
  expect(after).toMatchObject({
    kind: "whole",
    rows: 7,
    purged: { rows: 4, through: 4, until: timestampText((FROM_MS + 3 * DAY_MS) * 1000) },
  });
  // A hash that was noted before is still in the chain; so is the one of the last row that went.
  expect(verifyAudit(connection, head)).toMatchObject({ kind: "whole" });
  expect(verifyAudit(connection, after.kind === "whole" ? after.purged?.hash : "")).toMatchObject({ kind: "whole" });
  expect(purge(4)).toBe(0);
  // Step by step, as many at once as are allowed.
  expect(purge(8, 3)).toBe(3);
  expect(purge(8, 3)).toBe(1);
  expect(purge(8, 3)).toBe(0);
  expect(verifyAudit(connection, undefined)).toMatchObject({ kind: "whole", purged: { rows: 8, through: 8 } });
  // Everything, the records of earlier purges included.
  expect(purge(30)).toBeGreaterThan(0);
  expect(verifyAudit(connection, undefined)).toMatchObject({ kind: "whole", rows: 1 });
  expect(purge(30)).toBe(1);
  expect(count(connection)).toBe(2);
});

it.each([
  ["an anchor that was changed", "UPDATE gobi_audit_log SET details = json_set(details, '$.rows', 1) WHERE seq = 4"],
  ["an anchor with another hash", "UPDATE gobi_audit_log SET row_hash = 'abc' WHERE seq = 4"],
  ["an anchor that says nothing", "UPDATE gobi_audit_log SET details = 'null' WHERE seq = 4"],
  ["an anchor that is gone", "DELETE FROM gobi_audit_log WHERE seq = 4"],
  [
    "an anchor that was made by hand",
    "DELETE FROM gobi_audit_log WHERE seq < 6; UPDATE gobi_audit_log SET action = 'purged', prev_hash = NULL, details = json_object('rows', 6, 'through', 6, 'until', at, 'hash', row_hash) WHERE seq = 6",
  ],
  ["a record of a purge that was changed", "UPDATE gobi_audit_log SET details = '{}' WHERE action = 'purge_audit'"],
  ["a record of a purge that was cut off", "DELETE FROM gobi_audit_log WHERE action = 'purge_audit'"],
  ["a row behind the anchor that is gone", "DELETE FROM gobi_audit_log WHERE seq = 5"],
])("GR-123: finds %s", (_, sql) => {
  const connection = log(8);
  purgeAudit(connection, { olderThan: FROM_MS + 4 * DAY_MS, rowsMax: 100, at: FROM_MS + 20 * DAY_MS });
  for (const text of sql.split("; ")) connection.runText(text, []);
  expect(verifyAudit(connection, undefined)).toMatchObject({ kind: "broken" });
});

it("GR-123: retention purges it like runs and log lines, by a setting of its own", async () => {
  const connection = log(5);
  const nowMs = FROM_MS + 30 * DAY_MS;
  const store = {
    write: (name: Parameters<typeof writeNow>[1], input: never) => Promise.resolve(writeNow(connection, name, input)),
  };
  const purge = (auditMs: number): Promise<number> =>
    purgeOld(store as never, { nowMs: () => nowMs } as never, { ...RETENTION, auditMs });
  expect(await purge(RETENTION.auditMs)).toBe(0);
  expect(await purge(27 * DAY_MS)).toBe(3);
  expect(verifyAudit(connection, undefined)).toMatchObject({ kind: "whole", purged: { rows: 3 } });
});

it("GR-123: gobi audit verify says what was purged, and finds a changed row", async () => {
  const { owner, file } = town("CREATE USER ann; CREATE USER bob; CREATE USER eve");
  const { connection } = owner.session;
  const verify = (...more: string[]): ReturnType<typeof runGobi> =>
    runGobi({}, "audit", "verify", "--db", file, ...more);
  expect((await verify()).out).toMatch(/^The audit log is whole: 3 rows, last hash [\da-f]{64}\.\n$/);
  const later = TEST_NOW_MICROS / 1000 + DAY_MS;
  purgeAudit(connection, { olderThan: later, rowsMax: 2, at: later });
  const whole = await verify();
  expect(whole.out).toMatch(
    /^The audit log is whole: 2 rows, last hash [\da-f]{64}\.\n2 older rows were purged, the last from 2026-01-31T12:00:00\.000000Z with hash [\da-f]{64}\.\n$/,
  );
  const [purged] = /[\da-f]{64}\.\n$/.exec(whole.out) ?? [""];
  expect(await verify("--expect", purged.slice(0, 64))).toMatchObject({ code: 0 });
  expect(JSON.parse((await verify("--json")).out)).toMatchObject({ kind: "whole", rows: 2, purged: { rows: 2 } });
  connection.runText("UPDATE gobi_audit_log SET object_name = 'somebody' WHERE seq = 3", []);
  expect(await verify()).toMatchObject({
    code: 1,
    err: expect.stringContaining("row 3 of the audit log does not fit: it was changed after it was written"),
  });
});
