// What a session holds besides its transaction, and the number by which clients see that the catalog has changed. Both are looked up again only when the
// session's knowledge of the database has moved.
import { catalogEpoch, catalogVersion } from "../catalog/schema.ts";
import { numberOf, readRows } from "../sql/rows.ts";
import type { SessionCore } from "./core.ts";

/** Tables and views that a program made; the session's own helpers begin with these. */
const OWN_TEMPORARY = ["system.", "gobi_", "sqlite_"];

interface Seen {
  generation: number;
  temporary: boolean;
  epoch: number;
}

const seen = new WeakMap<SessionCore, Seen>();

function look(core: SessionCore): Seen {
  const { generation } = core.catalog;
  const known = seen.get(core);
  if (known?.generation === generation) return known;
  const { connection } = core.runtime;
  const names = readRows(
    connection,
    "SELECT name FROM temp.sqlite_schema WHERE type IN ('table', 'view') UNION ALL SELECT 'attached' FROM pragma_database_list WHERE name NOT IN ('main', 'temp')",
  ).map(([name]) => String(name));
  const schema = numberOf(readRows(connection, "SELECT schema_version FROM pragma_schema_version")[0]?.[0]);
  const catalog = catalogVersion(connection) === 0 ? 0 : catalogEpoch(connection);
  const found: Seen = {
    generation,
    temporary: names.some((name) => !OWN_TEMPORARY.some((prefix) => name.startsWith(prefix))),
    // Both numbers only rise, and are the database's: all sessions see the same sum.
    epoch: (schema + catalog) >>> 0,
  };
  seen.set(core, found);
  return found;
}

/** True when the session holds variables, declarations, temporary tables or attached databases. */
export function holdsState(core: SessionCore): boolean {
  return core.variables.size > 0 || core.tests.size > 0 || look(core).temporary;
}

/** Moves with every change of schema or catalog that any session has committed and this one has noticed. */
export function epochOf(core: SessionCore): number {
  return look(core).epoch;
}
