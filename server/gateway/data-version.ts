// What tells whether tables of a database file were written: the commits of its log, and what lanes have noted of theirs.
// Loaded only by a gateway that keeps answers: it needs the engine.
import { CommitWatch } from "../../storage/sqlite/commit-watch.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { type CommitReading, readCommits } from "../lanes/commit-journal.ts";
import { makeTableVersions, type TableVersions } from "./table-versions.ts";

/** Tables that are written every few seconds whether anybody works or not. Queries whose answers are kept do not read them. */
const QUIET = ["gobi_leases", "gobi_instances"] as const;

/** Opens the file, and the journal of its lanes when there is one. @throws EngineError. */
export function watchTables(file: string, journalPath: string): TableVersions & { close(): void } {
  const connection = sqliteEngine.connect({ target: file, create: false });
  const watch = new CommitWatch(connection, file, QUIET);
  const journal = openJournal(journalPath);
  const versions = makeTableVersions({
    take: () => watch.take(),
    find: (number) => journal?.find(number),
    monotonicMs: () => performance.now(),
  });
  return {
    version: (tables) => versions.version(tables),
    close: () => {
      journal?.close();
      connection.close();
    },
  };
}

/** Without it every commit may have written anything. */
function openJournal(path: string): CommitReading | undefined {
  try {
    return readCommits(path);
  } catch {
    return undefined;
  }
}
