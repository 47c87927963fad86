// A number that moves with every commit of anybody to a database file, but for the signs of life of those who run schedules.
// Loaded only by a gateway that keeps answers: it needs the engine.
import { CommitWatch } from "../../storage/sqlite/commit-watch.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

/** Tables that are written every few seconds whether anybody works or not, and by the gateway itself. Queries whose answers are kept do not read them. */
const QUIET = ["gobi_leases", "gobi_instances", "gobi_query_template_usage"] as const;

/** Opens the file for it. @throws EngineError. */
export function watchVersion(file: string): {
  readonly version: () => number;
  close(): void;
} {
  const connection = sqliteEngine.connect({ target: file, create: false });
  const watch = new CommitWatch(connection, file, QUIET);
  return { version: () => watch.version(), close: () => connection.close() };
}
