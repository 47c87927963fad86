// The schema of a database as text: tables, indexes, views and native triggers as the engine keeps them, and what is stored of the language. Equal texts, equal schemas.
import { catalogVersion, storedTable } from "../catalog/schema.ts";
import { readRows, textOf } from "../sql/rows.ts";
import type { Connection } from "../../storage/engine.ts";

const ENGINE = `SELECT type || ' ' || name, coalesce(sql, '') FROM main.sqlite_schema
  WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'gobi\\_%' ESCAPE '\\' AND tbl_name NOT LIKE 'gobi\\_%' ESCAPE '\\' ORDER BY type, name`;

/** What is stored of the language, by kind: name and text. */
const STORED: readonly string[] = [
  `SELECT r.kind || ' ' || r.receiver_type || ' ' || r.name, v.source FROM ${storedTable("routines")} r
    JOIN ${storedTable("routine_versions")} v ON v.routine_id = r.routine_id AND v.version = r.current_version WHERE r.dropped_at IS NULL`,
  `SELECT 'type ' || name, source FROM ${storedTable("types")}`,
  `SELECT 'trigger ' || name, source FROM ${storedTable("triggers")}`,
  `SELECT 'pipeline ' || name, source FROM ${storedTable("pipelines")}`,
  `SELECT 'schedule ' || name, source FROM ${storedTable("schedules")} WHERE dropped_at IS NULL`,
];

/** The schema, one object after the other. @throws EngineError. */
export function schemaDump(connection: Connection): readonly string[] {
  const stored =
    catalogVersion(connection) === 0 ? [] : STORED.flatMap((sql) => readRows(connection, `${sql} ORDER BY 1`));
  return [...readRows(connection, ENGINE), ...stored].map((row) => `${textOf(row[0])}: ${normal(textOf(row[1]))}`);
}

/** SQLite keeps the text as it was written and edits it for ALTER TABLE: space says nothing. */
function normal(sql: string): string {
  return sql.replaceAll(/\s+/gu, " ").replaceAll(/\s*([(),])\s*/gu, "$1");
}
