// Brings the content of a mounted database up to date in a process of its own (fill-process.ts): bootstrap, migrations, bootstrap again.
import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Configuration } from "../config/types.ts";
import type { MigrationState } from "../migrations/types.ts";
import { askChild } from "./ask-child.ts";
import type { Log, MountPlace } from "./types.ts";

/** What the process is asked. */
export interface ToFill {
  readonly database: string;
  /** Name of the mount: the bootstrap query's `:database`. */
  readonly name: string;
  /** The mounted folder: what `import` in migrations is relative to. */
  readonly directory: string;
  readonly busyTimeoutMs: number;
  /** Folder of the migrations, which may not exist. */
  readonly migrations: string;
  readonly auto: boolean;
  readonly bootstrap: string | undefined;
}

/** Where a mount's content stands. */
export interface Filled {
  readonly kind: "done";
  readonly migrations: MigrationState;
}

/** Does it. @throws GrizzlyError when a migration fails. */
export type Fill = (request: ToFill, log: Log) => Promise<Filled>;

/** In a process of its own. @throws GrizzlyError. */
export const fillApart: Fill = (request, log) => askChild<Filled>("fill", request, log);

/** What a mount asks for; undefined when there is nothing to do. */
export function fillRequest(place: MountPlace, configuration: Configuration): ToFill | undefined {
  const given = configuration.get("migrations.folder");
  const migrations = isAbsolute(given) ? given : join(place.folder, given);
  // The templates of a database with a host are not in it.
  const bootstrap =
    configuration.get("gateway.host_database") === undefined ? configuration.get("gateway.bootstrap") : undefined;
  if (bootstrap === undefined && !existsSync(migrations)) return undefined;
  return {
    database: place.database,
    name: place.name,
    directory: place.folder,
    busyTimeoutMs: configuration.get("database.busy_timeout"),
    migrations,
    auto: configuration.get("migrations.auto"),
    bootstrap,
  };
}
