// DESCRIBE system.x from the table of system tables.
import { SYSTEM_TABLES, systemColumnType, type SystemTableName } from "../../base/system-tables.ts";
import type { TableValue } from "../../base/value/value.ts";
import { tableFromRows } from "./world.ts";

/** Columns of a system table, or undefined when there is none of that name. */
export function systemTableRows(name: string): TableValue | undefined {
  const key = name.toLowerCase();
  if (!Object.hasOwn(SYSTEM_TABLES, key)) return undefined;
  const row = SYSTEM_TABLES[key as SystemTableName];
  const keys: readonly string[] = row.key;
  return tableFromRows(
    ["column", "type", "null", "key"],
    Object.entries(row.columns).map(([column, declared]) => {
      const { type, nullable } = systemColumnType(declared);
      return [column, type, nullable, keys.includes(column) ? "primary key" : ""];
    }),
  );
}
