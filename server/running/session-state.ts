// What a session holds besides its transaction.
import type { SessionCore } from "./core.ts";

/** True when the session holds variables, declarations, temporary tables or attached databases. */
export function holdsState(core: SessionCore): boolean {
  return core.variables.size > 0 || core.tests.size > 0 || core.catalog.holdsOwn();
}
