// What lists show: only the objects that somebody may use in some way, so that the others' names, texts and columns stay hidden.
// For the views behind `system.*` it is a condition in SQL, for LIST, SHOW and DESCRIBE a question by name.
import type { GrantObject } from "../../base/privileges.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { ownerOf } from "./owners.ts";
import { objectKey, type Rights, storedKind } from "./rights.ts";
import { isOpenTable } from "./system-tables.ts";
import type { Authority } from "./types.ts";

/** Whether an object may be shown. Tables may be named with their schema. */
export type Sees = (kind: GrantObject, name: string) => boolean;

/** Shows everything. */
const ALL: Sees = () => true;

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The condition under which a row of a system table is shown; `v` is the table. Undefined: all rows are. */
export function viewCondition({ userId, roles }: Rights, table: string): string | undefined {
  const ids = [userId, ...roles].map(quoted).join(", ");
  const granted = (kind: GrantObject, name: string): string =>
    `EXISTS (SELECT 1 FROM ${storedTable("grants")} g WHERE g.object_kind = '${kind}' AND g.object_name = lower(${name}) AND g.grantee_id IN (${ids}))`;
  const usable = (kind: GrantObject, stored: string, name: string): string =>
    `(${granted(kind, name)} OR EXISTS (SELECT 1 FROM ${stored} o WHERE o.name = ${name} COLLATE NOCASE AND o.owner_id = ${quoted(userId)}))`;
  const tableShown = (schema: string, name: string): string =>
    `(${schema} = 'temp' OR ${granted("table", `${schema} || '.' || ${name}`)})`;
  switch (table) {
    case "procedures":
    case "functions":
    case "routines":
      return usable("procedure", storedTable("routines"), "v.name");
    case "tables":
      return tableShown("v.schema_name", "v.name");
    case "columns":
      return tableShown("v.schema_name", "v.table_name");
    case "triggers":
      return `(${usable("trigger", storedTable("triggers"), "v.name")} OR ${granted("table", "CASE WHEN instr(v.target, '.') > 0 THEN v.target ELSE 'main.' || v.target END")})`;
    case "schedules":
    case "jobs":
      return usable("schedule", storedTable("schedules"), "v.name");
    case "pipelines":
      return usable("pipeline", storedTable("pipelines"), "v.name");
    case "pipeline_steps":
    case "pipeline_versions":
      return usable(
        "pipeline",
        storedTable("pipelines"),
        `(SELECT p.name FROM ${storedTable("pipelines")} p WHERE p.pipeline_id = v.pipeline_id)`,
      );
    default:
      return undefined;
  }
}

/** What a user may see by his rights. @throws EngineError. */
export function seesBy(connection: Connection, { userId, roles }: Rights): Sees {
  const ids = [userId, ...roles];
  const rows = readRows(
    connection,
    `SELECT DISTINCT object_kind, object_name FROM ${storedTable("grants")} WHERE grantee_id IN (${ids.map(() => "?").join(", ")})`,
    ids,
  );
  const granted = new Set(rows.map(([kind, name]) => `${textOf(kind)} ${textOf(name)}`));
  return (kind, name) => {
    const key = objectKey(kind, name);
    if (kind === "table" && key.startsWith("temp.")) return true;
    if (isOpenTable({ privilege: "SELECT", objectKind: kind, objectName: key, columns: undefined })) return true;
    return granted.has(`${storedKind(kind)} ${key}`) || ownerOf(connection, kind, name) === userId;
  };
}

/** What a session may see now. @throws EngineError. */
export function seesOf(connection: Connection, authority: Authority | undefined): Sees {
  const rights = authority?.limitedTo();
  return rights === undefined ? ALL : seesBy(connection, rights);
}
