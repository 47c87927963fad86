// Privileges that a statement needs besides SELECT on what it reads: of its target and of DDL.
// Tables are named as effects name them; what is temporary needs nothing (state.ts leaves it out).
import { engineFunctionName, type Privilege } from "../../../base/privileges.ts";
import type { CatalogTable } from "../../catalog-view.ts";
import type { Name, QualifiedName } from "../../syntax/tree.ts";
import { foldName } from "../../types/make.ts";
import type { Source } from "./scope.ts";
import type { SqlCheck } from "./state.ts";
import { effectNameOf } from "./table-lookup.ts";
import type { WriteTarget } from "./targets.ts";

/** Notes what a write of the target needs; `columns` undefined: the whole table. */
export function noteTargetNeed(
  sq: SqlCheck,
  target: WriteTarget,
  privilege: Privilege,
  columns: readonly string[] | undefined,
): void {
  const { effectName } = target.meaning;
  if (effectName !== undefined)
    sq.facts.needs.push({ privilege, objectKind: "table", objectName: effectName, columns });
}

/** The columns that an INSERT names, undefined when it gives all. */
export function namedColumns(columns: readonly Name[]): readonly string[] | undefined {
  return columns.length === 0 ? undefined : columns.map((column) => column.text);
}

/** Notes that something is made in the database. */
export function noteCreates(sq: SqlCheck, name: QualifiedName, temporary: boolean): void {
  const schema = name.parts.length > 1 ? foldName(name.parts[0]?.text ?? "") : "main";
  if (temporary || schema === "temp" || schema === "system") return;
  sq.facts.needs.push({ privilege: "CREATE", objectKind: "database", objectName: "", columns: undefined });
}

/** Notes that a table, or an index or trigger of it, is changed. `schema` undefined: where it is found. */
export function noteAlters(sq: SqlCheck, schema: string | undefined, name: string): void {
  const table = sq.catalog.table(schema, name);
  const objectName = table === undefined ? `${foldName(schema ?? "main")}.${name}` : effectNameOf(table);
  sq.facts.needs.push({ privilege: "ALTER", objectKind: "table", objectName, columns: undefined });
}

/** Notes that a table or view is changed. */
export function noteAltersTable(sq: SqlCheck, name: QualifiedName): void {
  const last = name.parts[name.parts.length - 1]?.text ?? "";
  noteAlters(sq, name.parts.length > 1 ? name.parts[0]?.text : undefined, last);
}

/** Notes that a foreign key refers to a table: its rows tell what the parent holds, and keep rows of the parent from being deleted. */
export function noteReferences(sq: SqlCheck, parent: CatalogTable, columns: readonly Name[]): void {
  const named = columns.length === 0 ? parent.primaryKey : columns.map((column) => column.text);
  sq.facts.needs.push({
    privilege: "REFERENCES",
    objectKind: "table",
    objectName: effectNameOf(parent),
    columns: named.length === 0 ? undefined : named,
  });
}

/** Notes that a loop has whole rows of a table, of which it may read any column. */
export function noteWholeRows(sq: SqlCheck, { effectName, columns, open }: Source): void {
  if (effectName === undefined) return;
  const named = columns.filter((column) => !column.hidden && !column.implicit).map((column) => column.name);
  sq.facts.needs.push({
    privilege: "SELECT",
    objectKind: "table",
    objectName: effectName,
    columns: open ? undefined : named,
  });
}

/** Notes a call of a function that only the engine may know: what it shows may be the schema, or the file itself. */
export function noteEngineFunction(sq: SqlCheck, name: string): void {
  sq.facts.needs.push({
    privilege: "SELECT",
    objectKind: "table",
    objectName: engineFunctionName(name),
    columns: undefined,
  });
}

/** Notes that an index goes: its table is changed. */
export function noteDropsIndex(sq: SqlCheck, name: QualifiedName): void {
  const key = foldName(name.parts[name.parts.length - 1]?.text ?? "");
  for (const table of sq.catalog.tableNames()) {
    const indexes = sq.catalog.table(undefined, table)?.indexes?.() ?? [];
    if (indexes.some((index) => foldName(index.name) === key)) return noteAlters(sq, undefined, table);
  }
}
