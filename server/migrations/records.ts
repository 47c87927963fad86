// What the database knows of its migrations: rows of gobi_migrations, written when a file is read (LOAD) and when it is applied (APPLY).
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { type CatalogPlace, catalogVersion, ensureCatalog, storedTable, timestampText } from "../catalog/schema.ts";
import { numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import type { Connection } from "../../storage/engine.ts";
import type { ListedMigration, MigrationFile, MigrationState } from "./types.ts";

const TABLE = storedTable("migrations");
/** Catalog version from which on the table is there. */
const SINCE = 4;

/** A migration as it is recorded. */
export interface RecordedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly up: string;
  readonly down: string | undefined;
  readonly inTransaction: boolean;
  readonly appliedAt: string | undefined;
}

/** All recorded ones by version. @throws EngineError. */
export function recorded(connection: Connection): readonly RecordedMigration[] {
  if (catalogVersion(connection) < SINCE) return [];
  const sql = `SELECT version, name, checksum, up_text, down_text, in_transaction, CAST(applied_at AS TEXT) FROM ${TABLE} ORDER BY version`;
  return readRows(connection, sql).map((row) => ({
    version: numberOf(row[0]),
    name: textOf(row[1]),
    checksum: textOf(row[2]),
    up: textOf(row[3]),
    down: row[4] === null || row[4] === undefined ? undefined : textOf(row[4]),
    inTransaction: row[5] === true || numberOf(row[5]) === 1,
    appliedAt: row[6] === null || row[6] === undefined ? undefined : textOf(row[6]),
  }));
}

/** Where the database stands. @throws EngineError. */
export function stateOf(connection: Connection, files: readonly MigrationFile[]): MigrationState {
  const rows = recorded(connection);
  return {
    avail: files.at(-1)?.version ?? 0,
    load: rows.at(-1)?.version ?? 0,
    apply: rows.findLast(({ appliedAt }) => appliedAt !== undefined)?.version ?? 0,
  };
}

/**
 * Refuses files that do not go with what was applied: one that was changed since, one that came in behind, a database that is further than the folder.
 * @throws GrizzlyError MigrationConflict; EngineError.
 */
export function compareWithApplied(connection: Connection, files: readonly MigrationFile[]): void {
  const applied = recorded(connection).filter(({ appliedAt }) => appliedAt !== undefined);
  const last = applied.at(-1);
  if (last === undefined) return;
  const avail = files.at(-1)?.version ?? 0;
  if (last.version > avail)
    throw conflict(
      `The database has migration ${last.version} (${last.name}); the folder ends at ${avail}.`,
      "Take the newer files, or restore the backup that belongs to the older ones.",
    );
  for (const { version, name, file, checksum } of files) {
    const known = applied.find((row) => row.version === version);
    if (known !== undefined && known.checksum !== checksum)
      throw conflict(
        `${file} was changed after it was applied at ${known.appliedAt ?? ""}.`,
        "Bring back the file as it was, and write a new migration for what is to change.",
      );
    if (known === undefined && version < last.version)
      throw conflict(
        `Migration ${version} (${name}) came in behind ${last.version} (${last.name}), which is applied.`,
        `Give it a number above ${last.version}.`,
      );
  }
}

function conflict(message: string, help: string): GrizzlyError {
  return new GrizzlyError("MigrationConflict", message, { help });
}

/** Records the files that are not applied, as they are now. Runs inside the caller's transaction. @throws EngineError. */
export function record(place: CatalogPlace, files: readonly MigrationFile[]): void {
  ensureCatalog(place);
  for (const { version, name, checksum, up, down, inTransaction } of files)
    writeRows(
      place.connection,
      `INSERT INTO ${TABLE} (version, name, checksum, up_text, down_text, in_transaction, loaded_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum, up_text = excluded.up_text,
         down_text = excluded.down_text, in_transaction = excluded.in_transaction, loaded_at = excluded.loaded_at WHERE applied_at IS NULL`,
      [version, name, checksum, up, down ?? null, inTransaction, timestampText(place.nowMicros())],
    );
}

/** Forgets what was recorded, is not applied, and has no file any more. @throws EngineError. */
export function forgetWithoutFile(connection: Connection, files: readonly MigrationFile[]): void {
  const versions = new Set(files.map(({ version }) => version));
  for (const { version, appliedAt } of recorded(connection))
    if (appliedAt === undefined && !versions.has(version))
      writeRows(connection, `DELETE FROM ${TABLE} WHERE version = ? AND applied_at IS NULL`, [version]);
}

/** Notes that one is applied. @throws EngineError. */
export function noteApplied(place: CatalogPlace, version: number, durationMs: number): void {
  writeRows(place.connection, `UPDATE ${TABLE} SET applied_at = ?, duration_ms = ? WHERE version = ?`, [
    timestampText(place.nowMicros()),
    Math.round(durationMs),
    version,
  ]);
}

/** Notes that one was taken back. @throws EngineError. */
export function noteTakenBack(place: CatalogPlace, version: number): void {
  writeRows(place.connection, `UPDATE ${TABLE} SET applied_at = NULL, duration_ms = NULL WHERE version = ?`, [version]);
}

/** All migrations, of the folder and of the database. @throws EngineError. */
export function listMigrations(connection: Connection, files: readonly MigrationFile[]): readonly ListedMigration[] {
  const rows = new Map(recorded(connection).map((row) => [row.version, row]));
  const versions = [...new Set([...rows.keys(), ...files.map(({ version }) => version)])].toSorted((a, b) => a - b);
  return versions.map((version) => {
    const row = rows.get(version);
    const file = files.find((each) => each.version === version);
    return {
      version,
      name: row?.name ?? file?.name ?? "",
      state: row === undefined ? "available" : row.appliedAt === undefined ? "loaded" : "applied",
      appliedAt: row?.appliedAt,
      hasDown: (row === undefined ? file?.down : row.down) !== undefined,
    };
  });
}
