// Who owns an object: who made it. Routines, triggers, schedules and pipelines have a column for it; of tables and views it is a row of grants.
// Undefined: the owner of the mount.
import type { GrantObject } from "../../base/privileges.ts";
import type { Connection } from "../../storage/engine.ts";
import { newId } from "../catalog/identifiers.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { insertRow, readRows, textOf, writeRows } from "../sql/rows.ts";
import { objectKey } from "./rights.ts";
import { bumpSecurity } from "./tokens.ts";

const TABLES = {
  procedure: storedTable("routines"),
  function: storedTable("routines"),
  trigger: storedTable("triggers"),
  schedule: storedTable("schedules"),
  pipeline: storedTable("pipelines"),
} as const satisfies Partial<Record<GrantObject, string>>;

function tableOf(kind: GrantObject): string | undefined {
  return Object.hasOwn(TABLES, kind) ? TABLES[kind as keyof typeof TABLES] : undefined;
}

/** The user who owns an object. The catalog must have users. @throws EngineError. */
export function ownerOf(connection: Connection, kind: GrantObject, name: string): string | undefined {
  const table = tableOf(kind);
  const [row] =
    table === undefined
      ? readRows(
          connection,
          `SELECT grantee_id FROM ${storedTable("grants")} WHERE privilege = 'OWNER' AND object_kind = ? AND object_name = ?`,
          [kind, objectKey(kind, name)],
        )
      : readRows(connection, `SELECT owner_id FROM ${table} WHERE name = ? COLLATE NOCASE`, [objectKey(kind, name)]);
  const owner = textOf(row?.[0]);
  return owner === "" ? undefined : owner;
}

/** Makes a user the owner of what was just made. Runs inside the caller's transaction. @throws EngineError. */
export function setOwner(place: CatalogPlace, kind: GrantObject, name: string, userId: string): void {
  const table = tableOf(kind);
  if (table !== undefined) {
    writeRows(place.connection, `UPDATE ${table} SET owner_id = ? WHERE name = ? COLLATE NOCASE`, [userId, name]);
    return;
  }
  forgetObject(place, kind, name);
  insertRow(place.connection, storedTable("grants"), {
    grant_id: newId(place.nowMicros() / 1000),
    grantee_kind: "user",
    grantee_id: userId,
    privilege: "OWNER",
    object_kind: kind,
    object_name: objectKey(kind, name),
    with_grant: true,
    granted_at: timestampText(place.nowMicros()),
  });
}

/** Forgets all rights on an object that is gone, so that one of the same name begins without any. @throws EngineError. */
export function forgetObject(place: CatalogPlace, kind: GrantObject, name: string): void {
  bumpSecurity(place);
  writeRows(place.connection, `DELETE FROM ${storedTable("grants")} WHERE object_kind = ? AND object_name = ?`, [
    kind === "function" ? "procedure" : kind,
    objectKey(kind, name),
  ]);
}

/** Rights follow a table that is renamed. Runs inside the caller's transaction. @throws EngineError. */
export function renameTableRights(place: CatalogPlace, from: string, to: string): void {
  bumpSecurity(place);
  writeRows(
    place.connection,
    `UPDATE ${storedTable("grants")} SET object_name = ? WHERE object_kind = 'table' AND object_name = ?`,
    [objectKey("table", to), objectKey("table", from)],
  );
}

/** The user for whom a run works: who owns its schedule, else its pipeline; a call has the rights of who asked for it. @throws EngineError. */
export function ownerOfRun(connection: Connection, runId: string): string | undefined {
  const [row] = readRows(
    connection,
    `SELECT CASE WHEN r.schedule_id IS NOT NULL THEN (SELECT owner_id FROM ${storedTable("schedules")} WHERE schedule_id = r.schedule_id)
       WHEN json_extract(r.target, '$.kind') = 'pipeline' THEN (SELECT owner_id FROM ${storedTable("pipelines")} WHERE name = json_extract(r.target, '$.name') COLLATE NOCASE)
       ELSE r.user_id END FROM ${storedTable("runs")} r WHERE r.run_id = ?`,
    [runId],
  );
  const owner = textOf(row?.[0]);
  return owner === "" ? undefined : owner;
}
