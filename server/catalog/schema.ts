// The catalog's own tables in the user's database: made from base/system-tables.ts when the first object is stored, never by a check or a query.
// Migrations are a list of statements with a version; the applied ones are rows of gobi_schema_migrations.
import { trap } from "../../bytecode/trap.ts";
import { SYSTEM_TABLES, systemColumnType, type SystemTableName } from "../../base/system-tables.ts";
import { required } from "../../base/failure.ts";
import type { SystemTableRow } from "../../base/system-tables/row.ts";
import type { ScalarName } from "../../base/scalar.ts";
import { printTimestamp } from "../../base/value/temporal.ts";
import { Timestamp } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";

import { CATALOG_PREFIX } from "../sql/forms.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { textHash } from "./identifiers.ts";
import { BUILTIN_ROLES, foreignKeysOf, INDEXES, KIND_ROWS } from "./schema-keys.ts";

/** The stored table behind `system.<name>`. */
export function storedTable(name: SystemTableName): string {
  return `main.${CATALOG_PREFIX}${name}`;
}

/** Column types of the catalog's tables on SQLite, by the rule of ARCHITECTURE.md section 5. */
const COLUMN_TYPES: Readonly<Partial<Record<ScalarName, string>>> = {
  string: "TEXT",
  int: "INTEGER",
  bool: "BOOLEAN",
  timestamp: "TIMESTAMP",
  json: "JSON",
  bytes: "BLOB",
  float: "REAL",
};

function addedIn(row: SystemTableRow, column: string): number | undefined {
  return row.added?.[column];
}

function columnDdl(name: SystemTableName, row: SystemTableRow, column: string): string {
  const { type, nullable } = systemColumnType(required(row.columns[column], `type of ${name}.${column}`));
  const sqlType = required(COLUMN_TYPES[type], `column type ${type} of ${name}.${column}`);
  const fallback = row.defaults?.[column];
  const check = type === "json" ? ` CHECK (json_valid(${column}))` : "";
  return `${column} ${sqlType}${nullable ? "" : " NOT NULL"}${fallback === undefined ? "" : ` DEFAULT ${fallback}`}${check}`;
}

function tableDdl(name: SystemTableName): string {
  const row: SystemTableRow = SYSTEM_TABLES[name];
  const lines = Object.keys(row.columns)
    .filter((column) => addedIn(row, column) === undefined)
    .map((column) => columnDdl(name, row, column));
  lines.push(`PRIMARY KEY (${row.key.join(", ")})`);
  for (const unique of row.uniques) lines.push(`UNIQUE (${unique.join(", ")})`);
  for (const { columns, parent, parentColumns, onDelete } of foreignKeysOf(name))
    lines.push(
      `FOREIGN KEY (${columns.join(", ")}) REFERENCES ${CATALOG_PREFIX}${parent} (${parentColumns.join(", ")})${onDelete === undefined ? "" : ` ON DELETE ${onDelete}`}`,
    );
  return `CREATE TABLE ${storedTable(name)} (\n  ${lines.join(",\n  ")}\n)`;
}

/** Statements that bring a catalog of the version before up to this one. */
function catalogOf(version: number): readonly string[] {
  const stored = (Object.keys(SYSTEM_TABLES) as SystemTableName[]).filter(
    (name) => SYSTEM_TABLES[name].source === "stored",
  );
  const columns = stored.flatMap((name) => {
    const row: SystemTableRow = SYSTEM_TABLES[name];
    return Object.keys(row.columns)
      .filter((column) => addedIn(row, column) === version)
      .map((column) => `ALTER TABLE ${storedTable(name)} ADD COLUMN ${columnDdl(name, row, column)}`);
  });
  const isNew = (name: SystemTableName): boolean => ((SYSTEM_TABLES[name] as SystemTableRow).since ?? 1) === version;
  const indexes = INDEXES.filter(({ table }) => isNew(table)).map(({ table, columns: indexed }) => {
    const index = `${CATALOG_PREFIX}${table}_${indexed.join("_")}`;
    return `CREATE INDEX main.${index} ON ${CATALOG_PREFIX}${table} (${indexed.join(", ")})`;
  });
  return [...columns, ...stored.filter(isNew).map(tableDdl), ...indexes];
}

function kindRows(table: "constraint_types" | "action_types"): readonly string[] {
  return KIND_ROWS[table].map(([id, name, phase]) =>
    phase === undefined
      ? `INSERT INTO ${storedTable(table)} (id, name, deprecated) VALUES (${id}, '${name}', 0)`
      : `INSERT INTO ${storedTable(table)} (id, name, phase, deprecated) VALUES (${id}, '${name}', '${phase}', 0)`,
  );
}

/** The built-in roles, and that everybody may connect. */
function securityRows(): readonly string[] {
  const now = "strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'";
  const roles = Object.entries(BUILTIN_ROLES).map(
    ([name, id]) =>
      `INSERT INTO ${storedTable("roles")} (role_id, name, builtin, created_at) VALUES ('${id}', '${name}', 1, ${now})`,
  );
  const use = `INSERT INTO ${storedTable("grants")} (grant_id, grantee_kind, grantee_id, privilege, object_kind, object_name, with_grant, granted_at)
    VALUES ('grant-public-use', 'role', '${BUILTIN_ROLES.public}', 'USE', 'database', '', 0, ${now})`;
  return [...roles, use];
}

/** The texts that are there already: those of the current versions. */
function currentPipelines(): string {
  return `INSERT INTO ${storedTable("pipeline_versions")} (pipeline_id, version, source, created_at)
    SELECT pipeline_id, current_version, source, modified_at FROM ${storedTable("pipelines")}`;
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: () => readonly string[];
}

/** All migrations, oldest first. A row is never changed once it was released. */
const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "first catalog", statements: () => catalogOf(1) },
  {
    version: 2,
    name: "runs, constraints, actions, statistics",
    statements: () => [...catalogOf(2), ...kindRows("constraint_types"), ...kindRows("action_types")],
  },
  {
    version: 3,
    name: "users, grants, tokens, audit, query templates, kept answers",
    statements: () => [...catalogOf(3), ...securityRows()],
  },
  { version: 4, name: "migrations, use and caching of query templates", statements: () => catalogOf(4) },
  { version: 5, name: "feeds of events", statements: () => catalogOf(5) },
  { version: 6, name: "texts of versions of pipelines", statements: () => [...catalogOf(6), currentPipelines()] },
];

/** Version of the catalog that this program writes. */
export const CATALOG_VERSION = MIGRATIONS.length;

/** Version of the catalog since which dropped schedules stay as rows. */
export const DROPPING_VERSION = 2;

/** The moment as the catalog writes it. */
export function timestampText(nowMicros: number): string {
  return printTimestamp(new Timestamp(nowMicros), "fixed");
}

/** Version of the catalog in this database; 0 when nothing was ever stored. @throws EngineError. */
export function catalogVersion(connection: Connection): number {
  if (!hasCatalogTables(connection)) return 0;
  return numberOf(readRows(connection, `SELECT max(version) FROM ${storedTable("schema_migrations")}`)[0]?.[0]);
}

/** Whether something was ever stored in this database. @throws EngineError. */
export function hasCatalogTables(connection: Connection): boolean {
  const sql = `SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = '${CATALOG_PREFIX}schema_migrations'`;
  return readRows(connection, sql).length > 0;
}

/** Where the catalog is, and the session's clock. */
export interface CatalogPlace {
  readonly connection: Connection;
  nowMicros(): number;
  elapsedMs(): number;
}

/** Checksum of a migration's statements. */
function checksumOf(migration: Migration): string {
  return textHash(migration.statements().join(";\n"));
}

/** Connections whose applied migrations were compared with ours; others cannot change them without a newer version. */
const compared = new WeakSet<Connection>();

/** Refuses a catalog that was not made by these migrations: a version is missing, or was another one. @throws Trap CatalogVersion. */
function compareApplied(connection: Connection): void {
  if (compared.has(connection)) return;
  const rows = readRows(
    connection,
    `SELECT version, name, checksum FROM ${storedTable("schema_migrations")} ORDER BY version`,
  );
  for (const [index, row] of rows.entries()) {
    const migration = required(MIGRATIONS[index], `migration ${index + 1}`);
    if (numberOf(row[0]) !== migration.version)
      throw trap(
        "CatalogVersion",
        `The catalog of this database lacks version ${migration.version} (${migration.name}).`,
      );
    if (textOf(row[2]) !== checksumOf(migration))
      throw trap(
        "CatalogVersion",
        `Version ${migration.version} (${textOf(row[1])}) of this database's catalog was made by another program than this one, which makes other tables of it.`,
      );
  }
  compared.add(connection);
}

/**
 * Makes the catalog's tables, or brings older ones up to date. Runs inside the caller's transaction, which holds the database: of several processes
 * that come at once, one makes them and the others find them made.
 * @throws Trap CatalogVersion (a DatabaseError) when a newer or another program wrote the catalog; EngineError.
 */
export function ensureCatalog(place: CatalogPlace): void {
  const { connection } = place;
  const version = catalogVersion(connection);
  if (version > CATALOG_VERSION) {
    throw trap(
      "CatalogVersion",
      `The catalog of this database has version ${version}; this program knows versions up to ${CATALOG_VERSION}.`,
    );
  }
  if (version > 0) compareApplied(connection);
  for (const migration of MIGRATIONS.slice(version)) {
    const startedMs = place.elapsedMs();
    for (const statement of migration.statements()) writeRows(connection, statement);
    insertRow(connection, storedTable("schema_migrations"), {
      version: migration.version,
      name: migration.name,
      checksum: checksumOf(migration),
      applied_at: timestampText(place.nowMicros()),
      duration_ms: Math.round(place.elapsedMs() - startedMs),
      applied_by: null,
    });
  }
}

/** Epoch of the catalog: grows with every stored change. 0 when there is no catalog. @throws EngineError. */
export function catalogEpoch(connection: Connection): number {
  return numberOf(
    readRows(
      connection,
      `SELECT CAST(value AS INTEGER) FROM ${storedTable("settings")} WHERE scope = 'system' AND scope_id = '' AND name = 'catalog.epoch'`,
    )[0]?.[0],
  );
}

/** Moves the epoch on; every write to the catalog ends with it, in the same transaction. @throws EngineError. */
export function bumpEpoch(place: CatalogPlace): void {
  writeRows(
    place.connection,
    `INSERT INTO ${storedTable("settings")} (scope, scope_id, name, value, value_type, updated_at) VALUES ('system', '', 'catalog.epoch', '1', 'int', ?)
     ON CONFLICT (scope, scope_id, name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT), updated_at = excluded.updated_at`,
    [timestampText(place.nowMicros())],
  );
}
