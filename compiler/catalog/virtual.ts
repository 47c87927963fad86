// CREATE VIRTUAL TABLE: the columns of the modules that SQLite brings, as far as their arguments tell them.
// Hidden columns (rank, the table's own name in FTS) and unknown modules make the table open: unknown columns are silent.
import type { ScalarName } from "../../base/scalar.ts";
import type { CatalogColumn, CatalogTable } from "../catalog-view.ts";
import type { CreateVirtualTable } from "../syntax/tree.ts";

const FTS_MODULES: ReadonlySet<string> = new Set(["fts3", "fts4", "fts5"]);

/** The table that a CREATE VIRTUAL TABLE makes. */
export function virtualTableFromDdl(
  statement: CreateVirtualTable,
  place: { readonly schema: string; readonly name: string },
): CatalogTable {
  return {
    schema: place.schema,
    name: place.name,
    kind: "virtual",
    columns: columnsOf(statement.module.text.toLowerCase(), (statement.argumentsText ?? "").split(","), place.name),
    openColumns: true,
    primaryKey: [],
    uniqueKeys: [],
    partialUniques: [],
    foreignKeys: [],
    hasChecks: false,
    rowidColumn: undefined,
    withoutRowid: false,
  };
}

function columnsOf(module: string, parts: readonly string[], table: string): readonly CatalogColumn[] {
  const column = (name: string, type: ScalarName | undefined): CatalogColumn => ({
    name,
    type,
    typeArgs: [],
    nullable: true,
    nullReason: `${table}.${name} is a column of a virtual table`,
    hasDefault: true,
    generated: false,
    affinity: "blob",
  });
  const names = parts
    .map((part) => part.trim())
    .filter((part) => part !== "" && !part.includes("="))
    .map((part) => (part.split(/\s/)[0] ?? "").replace(/^["'`[]|["'`\]]$/g, "").replace(/^\+/, ""));
  if (FTS_MODULES.has(module)) return names.map((name) => column(name, undefined));
  if (module === "rtree" || module === "rtree_i32")
    return names.map((name, index) => column(name, index === 0 ? "int" : module === "rtree" ? "float" : "int"));
  return [];
}
