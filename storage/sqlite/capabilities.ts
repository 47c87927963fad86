// What this engine can do, by the names that fixtures and the checker use.
import type { EngineCapabilities } from "../engine.ts";

/** What SQLite can do. */
export const SQLITE_CAPABILITIES: EngineCapabilities = {
  name: "sqlite",
  independentTransactions: false,
  transactionalDdl: true,
  returning: true,
  fullJoin: true,
  lateral: false,
};
