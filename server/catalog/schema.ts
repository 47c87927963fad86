// The catalog's own tables in the user's database: made from base/system-tables.ts when the first object is stored, never by a check or a query.
// Migrations are a list of statements with a version; the applied ones are rows of gobi_schema_migrations.
import { trap } from "../../bytecode/trap.ts";
import { SYSTEM_TABLES, systemColumnType, type SystemTableName } from "../../base/system-tables.ts";
import { required } from "../../base/failure.ts";
import type { ScalarName } from "../../base/scalar.ts";
import { printTimestamp } from "../../base/value/temporal.ts";
import { Timestamp } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";

import { CATALOG_PREFIX } from "../sql/forms.ts";
import { insertRow, numberOf, readRows, writeRows } from "../sql/rows.ts";
import { textHash } from "./identifiers.ts";

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

/** Foreign keys between stored tables: deleting the parent deletes the child's rows. */
const PARENTS: Readonly<
  Partial<Record<SystemTableName, { readonly column: string; readonly parent: SystemTableName }>>
> = {
  routine_versions: { column: "routine_id", parent: "routines" },
  pipeline_steps: { column: "pipeline_id", parent: "pipelines" },
  run_attempts: { column: "run_id", parent: "runs" },
  run_steps: { column: "run_id", parent: "runs" },
  run_logs: { column: "run_id", parent: "runs" },
};

/** Indexes besides keys: every foreign key column leads one. */
const INDEXES: readonly { readonly table: SystemTableName; readonly columns: readonly string[] }[] = [
  { table: "routine_versions", columns: ["source_hash"] },
  { table: "dependencies", columns: ["referenced_kind", "referenced_name"] },
  { table: "triggers", columns: ["target", "ordinal"] },
  { table: "schedules", columns: ["enabled", "next_run_at"] },
  { table: "runs", columns: ["schedule_id", "scheduled_at"] },
  { table: "runs", columns: ["status", "priority", "scheduled_at"] },
  { table: "runs", columns: ["parent_run_id"] },
];

function tableDdl(name: SystemTableName): string {
  const row = SYSTEM_TABLES[name];
  const lines = Object.entries(row.columns).map(([column, declared]) => {
    const { type, nullable } = systemColumnType(declared);
    const sqlType = required(COLUMN_TYPES[type], `column type ${type} of ${name}.${column}`);
    const check = type === "json" ? ` CHECK (json_valid(${column}))` : "";
    return `${column} ${sqlType}${nullable ? "" : " NOT NULL"}${check}`;
  });
  lines.push(`PRIMARY KEY (${row.key.join(", ")})`);
  for (const unique of row.uniques) lines.push(`UNIQUE (${unique.join(", ")})`);
  const parent = PARENTS[name];
  if (parent !== undefined)
    lines.push(
      `FOREIGN KEY (${parent.column}) REFERENCES ${CATALOG_PREFIX}${parent.parent} (${parent.column}) ON DELETE CASCADE`,
    );
  return `CREATE TABLE ${storedTable(name)} (\n  ${lines.join(",\n  ")}\n)`;
}

function firstCatalog(): readonly string[] {
  const names = (Object.keys(SYSTEM_TABLES) as SystemTableName[]).filter(
    (name) => SYSTEM_TABLES[name].source === "stored",
  );
  const indexes = INDEXES.map(({ table, columns }) => {
    const index = `${CATALOG_PREFIX}${table}_${columns.join("_")}`;
    return `CREATE INDEX main.${index} ON ${CATALOG_PREFIX}${table} (${columns.join(", ")})`;
  });
  return [...names.map(tableDdl), ...indexes];
}

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly statements: () => readonly string[];
}

/** All migrations, oldest first. A row is never changed once it was released. */
const MIGRATIONS: readonly Migration[] = [{ version: 1, name: "first catalog", statements: firstCatalog }];

/** Version of the catalog that this program writes. */
export const CATALOG_VERSION = MIGRATIONS.length;

/** The moment as the catalog writes it. */
export function timestampText(nowMicros: number): string {
  return printTimestamp(new Timestamp(nowMicros), "fixed");
}

/** Version of the catalog in this database; 0 when nothing was ever stored. @throws EngineError. */
export function catalogVersion(connection: Connection): number {
  const found = readRows(
    connection,
    `SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = '${CATALOG_PREFIX}schema_migrations'`,
  );
  if (found.length === 0) return 0;
  return numberOf(readRows(connection, `SELECT max(version) FROM ${storedTable("schema_migrations")}`)[0]?.[0]);
}

/** Where the catalog is, and the session's clock. */
export interface CatalogPlace {
  readonly connection: Connection;
  nowMicros(): number;
  elapsedMs(): number;
}

/**
 * Makes the catalog's tables, or brings older ones up to date. Runs inside the caller's transaction.
 * @throws Trap CatalogVersion (a DatabaseError) when a newer program wrote the catalog; EngineError.
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
  for (const migration of MIGRATIONS.slice(version)) {
    const startedMs = place.elapsedMs();
    const statements = migration.statements();
    for (const statement of statements) writeRows(connection, statement);
    insertRow(connection, storedTable("schema_migrations"), {
      version: migration.version,
      name: migration.name,
      checksum: textHash(statements.join(";\n")),
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
