// What a session holds, so that nobody else can go on with it.
import type { SessionCore } from "./core.ts";

/** True when the session holds variables, declarations, settings, temporary tables or attached databases, or will when the text that runs has ended: its answer may end before it does. */
export function holdsState(core: SessionCore): boolean {
  return core.variables.size > 0 || core.declaring || core.adjusted || core.tests.size > 0 || core.catalog.holdsOwn();
}

/** True while nothing of whoever used the session is left in it, so that somebody else may go on with it. */
export function isPristine(core: SessionCore): boolean {
  const { connection, transactions } = core.runtime;
  return (
    !core.closed &&
    !core.registered &&
    core.askedRuns.length === 0 &&
    core.imported.size === 0 &&
    // Written to the database with what is done next, or at the session's end.
    !core.triggers.pending &&
    !core.denials.waits &&
    !transactions.explicit &&
    !connection.inTransaction &&
    !connection.hasWritten &&
    !connection.spilled.any &&
    !holdsState(core)
  );
}
