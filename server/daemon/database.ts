// The database of a mount before anybody works on it: made when it is missing, its catalog brought up to date, and what a crash left told.
import { atOnce } from "../sql/at-once.ts";
import { chmodSync } from "node:fs";
import { listSettings } from "../catalog/settings.ts";
import { CATALOG_VERSION, catalogVersion, ensureCatalog, storedTable } from "../catalog/schema.ts";
import { numberOf, readRows } from "../sql/rows.ts";
import { type Connection, EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { Trap } from "../../bytecode/trap.ts";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";

/** What was found in the database. */
export interface PreparedDatabase {
  readonly created: boolean;
  readonly catalogVersion: number;
  /** Settings that stand in it, by name. */
  readonly stored: Readonly<Record<string, string>>;
  /** Runs that were at work and have no process any more. */
  readonly runsLeft: number;
}

/** Opens, makes or migrates it. @throws GrizzlyError that says what stands in the way. */
export function prepareDatabase(path: string, exists: boolean, busyTimeoutMs: number): PreparedDatabase {
  try {
    const connection = sqliteEngine.connect({ target: path, create: true, busyTimeoutMs });
    try {
      // Who may read the file needs no grant: it is its owner's alone. What SQLite puts beside it gets the same mode.
      if (!exists) chmodSync(path, 0o600);
      migrate(connection);
      return {
        created: !exists,
        catalogVersion: catalogVersion(connection),
        stored: storedSettings(connection),
        runsLeft: runsLeft(connection),
      };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof EngineError) throw new GrizzlyError("DatabaseUnusable", error.message, { help: error.help });
    if (error instanceof Trap) throw new GrizzlyError(error.value.code, error.value.message);
    throw error;
  }
}

function migrate(connection: Connection): void {
  const place = { connection, nowMicros: () => Date.now() * 1000, elapsedMs: () => performance.now() };
  // Nothing is written then, but what was applied is compared with what this program knows.
  if (catalogVersion(connection) === CATALOG_VERSION) return ensureCatalog(place);
  atOnce(connection, () => {
    ensureCatalog(place);
  });
}

/** Settings that stand in a database file. @throws EngineError. */
export function readStoredSettings(path: string): Readonly<Record<string, string>> {
  const connection = sqliteEngine.connect({ target: path, create: false, readOnly: true });
  try {
    return storedSettings(connection);
  } finally {
    connection.close();
  }
}

function storedSettings(connection: Connection): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listSettings(connection).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
  );
}

function runsLeft(connection: Connection): number {
  const rows = readRows(connection, `SELECT count(*) FROM ${storedTable("runs")} WHERE status = 'running'`);
  return numberOf(rows[0]?.[0]);
}
