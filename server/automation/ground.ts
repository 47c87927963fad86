// What an automation stands on: the connection of its store, and who does the work of its runs.
// A file gets a connection of its own and worker processes; a session in memory is used itself, for nobody else could see its database.
import { dirname, resolve } from "node:path";
import type { Connection } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { makeInProcessWorker } from "../runs/in-process-worker.ts";
import { makeProcessWorker } from "../runs/process-worker.ts";
import type { RunClock, Worker } from "../runs/types.ts";
import type { Session } from "../session-types.ts";

/** Processes that stay ready for the next run. */
const IDLE_WORKERS = 2;

/** The connection of the store, and who does the work. */
export interface Ground {
  readonly connection: Connection;
  /** True: the connection is a session's. */
  readonly shared: boolean;
  readonly database: string;
  readonly worker: Worker;
}

/** The ground of a file (`directory`: of its imports, by default the file's own) or of a session. @throws EngineError. */
export function groundOf(
  place: { readonly file: string } | { readonly session: Session },
  directory: string | undefined,
  clock: RunClock,
): Ground {
  if ("session" in place)
    return {
      connection: place.session.connection,
      shared: true,
      database: place.session.database,
      worker: makeInProcessWorker(place.session, clock),
    };
  const database = resolve(place.file);
  return {
    connection: sqliteEngine.connect({ target: database, create: false, busyTimeoutMs: 0 }),
    shared: false,
    database,
    worker: makeProcessWorker({ database, directory: directory ?? dirname(database), idleMax: IDLE_WORKERS }),
  };
}
