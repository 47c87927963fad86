// The database of a mount at the launch of its daemon, and later when it cannot be opened then: prepared and filled in processes of their own.
// A daemon whose database cannot be opened runs all the same and says so; it tries again with each heartbeat.
import { existsSync } from "node:fs";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Configuration } from "../config/types.ts";
import type { MigrationState } from "../migrations/types.ts";
import type { PreparedDatabase } from "./database.ts";
import { type Fill, fillRequest } from "./fill-apart.ts";
import type { ToDatabase } from "./prepare-apart.ts";
import type { Log, MountPlace } from "./types.ts";

/** What opening a database needs. */
export interface DatabasePorts {
  /** Opens, makes or migrates the database. @throws GrizzlyError. */
  readonly prepareDatabase: (request: ToDatabase) => Promise<PreparedDatabase>;
  /** Applies migrations and tries the bootstrap query. @throws GrizzlyError. */
  readonly fillDatabase: Fill;
}

/** Opens, makes or migrates the database. @throws GrizzlyError. */
export function prepare(
  { prepareDatabase }: DatabasePorts,
  place: MountPlace,
  configuration: Configuration,
): Promise<PreparedDatabase> {
  return prepareDatabase({
    path: place.database,
    exists: existsSync(place.database),
    busyTimeoutMs: configuration.get("database.busy_timeout"),
  });
}

/** The same; gives what stands in the way instead of throwing it. */
export async function tryToPrepare(
  ports: DatabasePorts,
  place: MountPlace,
  configuration: Configuration,
): Promise<PreparedDatabase | GrizzlyError> {
  try {
    return await prepare(ports, place, configuration);
  } catch (error) {
    if (error instanceof GrizzlyError) return error;
    throw error;
  }
}

/** Applies migrations, if there are any; gives where they stand then. @throws GrizzlyError. */
export async function fill(
  { fillDatabase }: DatabasePorts,
  place: MountPlace,
  configuration: Configuration,
  log: Log,
): Promise<MigrationState | undefined> {
  const request = fillRequest(place, configuration);
  return request === undefined ? undefined : (await fillDatabase(request, log)).migrations;
}

/** What is to be told of a database that was prepared: what a crash left, and the line of the log. */
export function preparedWords(
  { created, catalogVersion, runsLeft }: PreparedDatabase,
  place: MountPlace,
): { readonly mended: readonly string[]; readonly line: string } {
  return {
    mended: runsLeft > 0 ? [`${runsLeft} runs were at work when the last daemon ended; they become orphaned.`] : [],
    line: `database ${place.database} ${created ? "made" : "opened"}, catalog version ${catalogVersion}`,
  };
}
