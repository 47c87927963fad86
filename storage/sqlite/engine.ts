// The door of the SQLite engine.
import type { Engine } from "../engine.ts";
import { SQLITE_CAPABILITIES } from "./capabilities.ts";
import { connectSqlite } from "./connection.ts";

/** SQLite through better-sqlite3, in this process. */
export const sqliteEngine: Engine = {
  capabilities: SQLITE_CAPABILITIES,
  connect: (options) => connectSqlite(options),
};
