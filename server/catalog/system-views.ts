// Makes `system.*` readable: temporary views of the session's connection over the catalog's tables and the engine's own schema tables.
// Temporary, so that reading writes nothing into the user's database; where nothing was ever stored the views are empty.
// A statement that names `system.x` is rewritten to the view `temp."system.x"`.
import type { SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import { SYSTEM_TABLES, type SystemTableName } from "../../base/system-tables.ts";
import { DAEMON_TABLES, type DaemonTable, isDaemonTable } from "../../base/system-tables/daemon.ts";
import type { SystemTableRow } from "../../base/system-tables/row.ts";
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { factsOf, systemTableAt } from "../sql/forms.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { AUTOMATION_VIEW_QUERIES } from "./automation-views.ts";
import { catalogVersion, storedTable } from "./schema.ts";

/** Name of the temporary view behind `system.<name>`. */
export function viewName(name: string): string {
  return `system.${name.toLowerCase()}`;
}

/** True for the views of this file, which nobody should see in lists of tables. */
export function isSystemView(name: string): boolean {
  return name.startsWith("system.");
}

function emptySelect(name: SystemTableName): string {
  return `SELECT ${Object.keys(SYSTEM_TABLES[name].columns)
    .map((column) => `NULL AS ${column}`)
    .join(", ")} WHERE 0`;
}

const ROUTINE_COLUMNS = `v.model_config AS model_config, v.parameters AS parameters, v.source AS body, v.execution_mode AS execution_mode,
  r.created_at AS created_at, r.modified_at AS modified_at, v.return_type AS return_type, v.raises AS raises, v.version AS version, v.status AS status`;
const CURRENT_VERSIONS =
  "main.gobi_routines r JOIN main.gobi_routine_versions v ON v.routine_id = r.routine_id AND v.version = r.current_version WHERE r.dropped_at IS NULL";

const HIDDEN =
  "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'gobi\\_%' ESCAPE '\\' AND name NOT LIKE 'system.%'";

/** Queries of the views that are no plain copy of a stored table. `stored` false: needs no catalog. */
const VIEW_QUERIES: Readonly<Partial<Record<SystemTableName, { readonly sql: string; readonly stored: boolean }>>> = {
  procedures: {
    stored: true,
    sql: `SELECT r.name AS name, ${ROUTINE_COLUMNS} FROM ${CURRENT_VERSIONS} AND r.kind = 'procedure'`,
  },
  functions: {
    stored: true,
    sql: `SELECT r.name AS name, r.receiver_type AS receiver_type, ${ROUTINE_COLUMNS} FROM ${CURRENT_VERSIONS} AND r.kind = 'function'`,
  },
  // Hashes of secrets are nobody's business.
  users: {
    stored: true,
    sql: "SELECT user_id, name, kind, CASE WHEN password_hash IS NOT NULL THEN '***' END AS password_hash, disabled, created_at, updated_at, last_login_at FROM main.gobi_users",
  },
  api_tokens: {
    stored: true,
    sql: "SELECT token_id, user_id, name, '***' AS token_hash, scopes, created_at, expires_at, last_used_at, revoked_at FROM main.gobi_api_tokens",
  },
  kept_answers: {
    stored: true,
    sql: "SELECT principal, key, request_hash, x'' AS answer, kept_at FROM main.gobi_kept_answers",
  },
  tables: {
    stored: false,
    sql: `SELECT l.schema AS schema_name, l.name AS name, l.type AS kind, l.ncol AS column_count,
      CASE l.schema WHEN 'main' THEN (SELECT s.sql FROM main.sqlite_schema s WHERE s.name = l.name AND s.type IN ('table', 'view')) END AS sql
      FROM pragma_table_list l WHERE l.type <> 'shadow' AND l.${HIDDEN.replaceAll(" AND name", " AND l.name")}`,
  },
  columns: {
    stored: false,
    sql: `SELECT l.schema AS schema_name, l.name AS table_name, c.name AS name, c.cid AS ordinal, gobi_type_name(c.type) AS type, c.type AS declared_type, c."notnull" = 0 AS nullable,
      c.dflt_value AS default_text, CASE WHEN c.pk > 0 THEN c.pk END AS primary_key_position, c.hidden IN (2, 3) AS generated
      FROM pragma_table_list l, pragma_table_xinfo(l.name, l.schema) c WHERE l.type <> 'shadow' AND c.hidden <> 1 AND l.${HIDDEN.replaceAll(" AND name", " AND l.name")}`,
  },
};

/** What the daemon knows comes as JSON from a function of the session, which has asked for it before the statement. */
function daemonQuery(name: DaemonTable): string {
  const columns = Object.entries(DAEMON_TABLES[name].columns).map(([column, type]) => {
    const value = `json_extract(value, '$.${column}')`;
    // Milliseconds since 1970, as texts of timestamps are kept.
    const stored = type.startsWith("timestamp")
      ? `strftime('%Y-%m-%dT%H:%M:%f000Z', ${value} / 1000.0, 'unixepoch')`
      : value;
    return `${stored} AS "${column}"`;
  });
  return `SELECT ${columns.join(", ")} FROM json_each(gobi_daemon_rows('${name}'))`;
}

/** Catalog version from which on the views over automation have their tables. */
const AUTOMATION_SINCE = 2;

/** `version` of the catalog in the database: an older one lacks tables and columns, which are then empty. */
function viewQuery(name: SystemTableName, version: number): string {
  if (isDaemonTable(name)) return daemonQuery(name);
  const hasCatalog = version > 0;
  const own = VIEW_QUERIES[name];
  const automation = Object.hasOwn(AUTOMATION_VIEW_QUERIES, name)
    ? AUTOMATION_VIEW_QUERIES[name as keyof typeof AUTOMATION_VIEW_QUERIES]
    : undefined;
  if (automation !== undefined) return version >= AUTOMATION_SINCE ? automation : emptySelect(name);
  const row: SystemTableRow = SYSTEM_TABLES[name];
  if (own !== undefined) return own.stored && (!hasCatalog || version < (row.since ?? 1)) ? emptySelect(name) : own.sql;
  if (version < (row.since ?? 1)) return emptySelect(name);
  const columns = Object.keys(row.columns).map((column) => columnQuery(name, column, version));
  // What was dropped softly is there for its history only.
  const dropped = Object.hasOwn(row.columns, "dropped_at") && (row.added?.["dropped_at"] ?? 1) <= version;
  return `SELECT ${columns.join(", ")} FROM ${storedTable(name)}${dropped ? " WHERE dropped_at IS NULL" : ""}`;
}

/** What of `schedules` is worked out when it is asked for, and stands in no row. */
const SCHEDULE_COLUMNS: Readonly<Record<string, string>> = {
  next_run_at: `CASE WHEN enabled AND NOT EXISTS (SELECT 1 FROM main.gobi_settings p WHERE p.name = 'scheduler.paused')
    THEN gobi_next_run(cron, interval_ms, timezone, dst_gap, dst_fold, start_at, end_at) END`,
  last_run_id: `(SELECT r.run_id FROM main.gobi_runs r WHERE r.schedule_id = gobi_schedules.schedule_id AND r.started_at IS NOT NULL
    ORDER BY r.scheduled_at DESC LIMIT 1)`,
};

function columnQuery(name: SystemTableName, column: string, version: number): string {
  const row: SystemTableRow = SYSTEM_TABLES[name];
  if ((row.added?.[column] ?? 0) > version) return `${row.defaults?.[column] ?? "NULL"} AS ${column}`;
  const worked = name === "schedules" && version >= AUTOMATION_SINCE ? SCHEDULE_COLUMNS[column] : undefined;
  return worked === undefined ? column : `${worked} AS ${column}`;
}

/** Which rows of a system table are shown: a condition on the table `v`; undefined: all. */
export interface RowFilter {
  viewCondition(table: string): string | undefined;
}

function filtered(query: string, condition: string | undefined): string {
  return condition === undefined ? query : `SELECT v.* FROM (${query}) v WHERE ${condition}`;
}

/**
 * Makes the temporary views for these system tables, or makes them anew when the catalog came or went since, or others read them.
 * @throws EngineError; Trap NoSuchTable for a name that no system table has.
 */
export function ensureSystemViews(
  connection: Connection,
  names: readonly string[],
  filter: RowFilter | undefined,
): void {
  const version = catalogVersion(connection);
  for (const name of names) {
    if (!Object.hasOwn(SYSTEM_TABLES, name)) throw trap("NoSuchTable", `There is no system table named ${name}.`);
    const statement = `CREATE VIEW temp."${viewName(name)}" AS ${filtered(viewQuery(name as SystemTableName, version), filter?.viewCondition(name))}`;
    const present = readRows(connection, "SELECT sql FROM temp.sqlite_schema WHERE type = 'view' AND name = ?", [
      viewName(name),
    ])[0]?.[0];
    // SQLite keeps the text with `temp.` left out, so the queries after AS are compared.
    const body = (text: string): string => text.slice(text.indexOf(" AS ") + 4);
    if (present !== undefined && body(textOf(present)) === body(statement)) continue;
    if (present !== undefined) writeRows(connection, `DROP VIEW temp."${viewName(name)}"`);
    writeRows(connection, statement);
  }
}

const rewritten = new WeakMap<SqlForm, SqlForm>();

/** The form with `system.x` replaced by the view's name; the same object for the same form. */
export function rewriteSystemNames(form: SqlForm): SqlForm {
  if (factsOf(form).systemTables.length === 0) return form;
  let result = rewritten.get(form);
  if (result === undefined) {
    result = { ...form, parts: rewriteParts(form.parts) };
    rewritten.set(form, result);
  }
  return result;
}

function rewriteParts(parts: SqlParts): SqlParts {
  const result: SqlPart[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (part === undefined) continue;
    const table = systemTableAt(parts, index);
    if (table === undefined) result.push(rewritePart(part));
    else {
      result.push({ p: "name", name: "temp" }, ".", { p: "name", name: viewName(table) });
      index += 2;
    }
  }
  return result;
}

function rewritePart(part: SqlPart): SqlPart {
  if (typeof part === "string") return part;
  switch (part.p) {
    case "routine":
      return { ...part, args: part.args.map(rewriteParts) };
    case "call":
      return {
        ...part,
        args: part.args.map(rewriteParts),
        ...(part.suffix === undefined ? {} : { suffix: rewriteParts(part.suffix) }),
      };
    case "operator":
      return { ...part, left: rewriteParts(part.left), right: rewriteParts(part.right) };
    case "cast":
      return { ...part, value: rewriteParts(part.value) };
    case "limit":
      return {
        ...part,
        limit: part.limit === undefined ? undefined : rewriteParts(part.limit),
        offset: part.offset === undefined ? undefined : rewriteParts(part.offset),
      };
    case "piece":
      return { ...part, parts: rewriteParts(part.parts) };
    case "upsert":
      return { ...part, table: rewriteParts(part.table), source: rewriteParts(part.source) };
    default:
      return part;
  }
}
