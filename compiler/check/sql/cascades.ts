// What foreign keys do to other tables when a parent row is deleted or its key changes: cascades, set null, set default, and the errors that may come of it.
import type { Span } from "../../../base/source.ts";
import type { CatalogTable } from "../../catalog-view.ts";
import { constraintRaises } from "../../effects/constraints.ts";
import { childKeysOf } from "./foreign-keys.ts";
import { noteAccess, type SqlCheck } from "./state.ts";
import { effectNameOf } from "./table-lookup.ts";

/** A change of a parent: its rows go, or some of its columns get other values. */
interface ParentChange {
  readonly table: CatalogTable;
  readonly verb: "update" | "delete";
  readonly columns: readonly string[];
}

/** Notes the writes and errors that follow from a change through foreign keys, to the last grandchild. */
export function noteCascades(sq: SqlCheck, change: ParentChange, span: Span): void {
  const seen = new Set<string>();
  const open: ParentChange[] = [change];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const parent: ParentChange = current;
    const key = `${parent.verb} ${effectNameOf(parent.table)} ${parent.columns.join(" ").toLowerCase()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (parent !== change) noteRaises(sq, parent, span);
    for (const child of childKeysOf(sq.catalog, parent.table))
      open.push(...followers(sq, parent, child.child, child.key, span));
  }
}

function noteRaises(sq: SqlCheck, change: ParentChange, span: Span): void {
  const write = { ...change, nullableColumns: [], or: undefined, handledKeys: [] };
  for (const raise of constraintRaises(change.table, write, childKeysOf(sq.catalog, change.table))) {
    // The key that cascades refers to a row that is there.
    if (raise.error !== "ForeignKeyViolation" || change.verb === "delete") sq.facts.raises.push({ ...raise, span });
  }
}

/** The change of a child table that one foreign key makes. */
function followers(
  sq: SqlCheck,
  parent: ParentChange,
  child: CatalogTable,
  key: CatalogTable["foreignKeys"][number],
  span: Span,
): readonly ParentChange[] {
  const action = (parent.verb === "delete" ? key.onDelete : key.onUpdate).toLowerCase();
  const assigned = new Set(parent.columns.map((column) => column.toLowerCase()));
  const referenced = key.referenced.length > 0 ? key.referenced : parent.table.primaryKey;
  if (parent.verb === "update" && !referenced.some((column) => assigned.has(column.toLowerCase()))) return [];
  switch (action) {
    case "cascade":
      noteAccess(sq.facts.behind.writes, effectNameOf(child), parent.verb === "delete" ? "*" : key.columns);
      return [{ table: child, verb: parent.verb, columns: parent.verb === "delete" ? [] : key.columns }];
    case "set null":
    case "set default": {
      noteAccess(sq.facts.behind.writes, effectNameOf(child), key.columns);
      const required = child.columns.find(
        (column) => !column.nullable && key.columns.some((name) => name.toLowerCase() === column.name.toLowerCase()),
      );
      if (action === "set null" && required !== undefined)
        sq.facts.raises.push({ error: "NotNullViolation", span, cause: `${child.name}.${required.name} is NOT NULL` });
      return [{ table: child, verb: "update", columns: key.columns }];
    }
    default:
      return [];
  }
}
