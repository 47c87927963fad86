// What a session holds besides its transaction.
import type { SessionCore } from "./core.ts";

/** True when the session holds variables, declarations, settings, temporary tables or attached databases, or will when the text that runs has ended: its answer may end before it does. */
export function holdsState(core: SessionCore): boolean {
  return core.variables.size > 0 || core.declaring || core.adjusted || core.tests.size > 0 || core.catalog.holdsOwn();
}
