// Whether a table is there, for asking: what is not there is refused or passed over by other rules.
import type { Need } from "../../base/privileges.ts";
import type { Connection } from "../../storage/engine.ts";
import type { CatalogState } from "../programs/catalog-state.ts";
import { readRows } from "../sql/rows.ts";

interface TablePlace {
  readonly connection: Connection;
  readonly catalog: CatalogState;
}

/** Whether a table that a variable names is one of the session's own. */
export function isTemporary(world: TablePlace, { objectKind, objectName }: Need): boolean {
  return objectKind === "table" && isTableThere(world, objectName.replace(/^main\./iu, "temp."));
}

/** Also tables that the checker does not see: the catalog's own, those inside virtual tables, statistics with samples of rows. */
export function isTableThere(world: TablePlace, objectName: string): boolean {
  const [schema = "", ...rest] = objectName.split(".");
  const name = rest.join(".");
  if (world.catalog.view().table(schema, name) !== undefined) return true;
  if (/^system\./iu.test(name)) return true;
  const schemas = readRows(world.connection, "SELECT name FROM pragma_database_list WHERE name = ? COLLATE NOCASE", [
    schema,
  ]);
  if (schemas.length === 0) return false;
  const sql = `SELECT 1 FROM "${schema.replaceAll('"', '""')}".sqlite_schema WHERE name = ? COLLATE NOCASE`;
  return readRows(world.connection, sql, [name]).length > 0;
}
