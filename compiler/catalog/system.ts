// The `system.*` tables as catalog tables, from the shared table in base/system-tables.ts.
// Built on first use: most programs never name one.
import { SYSTEM_TABLES, systemColumnType, type SystemTableName } from "../../base/system-tables.ts";
import type { CatalogTable } from "../catalog-view.ts";

const built = new Map<string, CatalogTable | undefined>();

/** The table `system.<name>`, or undefined. `name` in any case. */
export function systemTable(name: string): CatalogTable | undefined {
  const key = name.toLowerCase();
  if (!built.has(key)) built.set(key, Object.hasOwn(SYSTEM_TABLES, key) ? build(key as SystemTableName) : undefined);
  return built.get(key);
}

/** All system tables as `system.<name>`, for suggestions. */
export function systemTableNames(): readonly string[] {
  return Object.keys(SYSTEM_TABLES).map((name) => `system.${name}`);
}

function build(name: SystemTableName): CatalogTable {
  const row = SYSTEM_TABLES[name];
  const uniques: readonly (readonly string[])[] = row.uniques;
  return {
    schema: "system",
    name,
    kind: "system",
    columns: Object.entries(row.columns).map(([column, written]) => {
      const { type, nullable } = systemColumnType(written);
      return {
        name: column,
        type,
        typeArgs: [],
        nullable,
        nullReason: `declared so in system.${name}`,
        hasDefault: false,
        generated: false,
        affinity: type === "int" || type === "bool" ? "integer" : "text",
      };
    }),
    primaryKey: row.key,
    uniqueKeys: [
      { name: `${name} key`, columns: row.key },
      ...uniques.map((columns) => ({ name: columns.join(", "), columns })),
    ],
    partialUniques: [],
    foreignKeys: [],
    hasChecks: false,
    rowidColumn: undefined,
    withoutRowid: false,
  };
}
