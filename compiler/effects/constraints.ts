// Which constraint errors a write can raise, by LANGUAGE.md 15.22: UNIQUE and primary keys unless the conflict is handled, CHECK,
// NOT NULL only from a value that may be null, foreign keys on child writes and on parent changes without cascade.
import type { CatalogTable } from "../catalog-view.ts";

/** One constraint error that may be raised, with its cause for messages: "the unique key users.email". */
export interface ConstraintRaise {
  readonly error: "UniqueViolation" | "CheckViolation" | "NotNullViolation" | "ForeignKeyViolation";
  readonly cause: string;
}

/** What a write does to the columns of its table. Column names in any case. */
export interface WriteFacts {
  readonly verb: "insert" | "update" | "delete";
  /** Columns that get a value (INSERT) or are assigned (UPDATE). */
  readonly columns: readonly string[];
  /** Of these, the ones whose value may be null. */
  readonly nullableColumns: readonly string[];
  /** `ignore` and `replace` handle unique conflicts of every key; `ignore` also NOT NULL and CHECK. */
  readonly or: "abort" | "fail" | "ignore" | "replace" | "rollback" | undefined;
  /** Keys whose conflict is handled by ON CONFLICT, as column lists; "all" for a clause without a target. */
  readonly handledKeys: readonly (readonly string[])[] | "all";
}

/** A foreign key of another table that refers to the written one. */
export interface ReferringKey {
  readonly child: { readonly name: string };
  readonly key: CatalogTable["foreignKeys"][number];
}

/** The errors, each once per constraint. */
export function constraintRaises(
  table: CatalogTable,
  write: WriteFacts,
  referring: readonly ReferringKey[],
): readonly ConstraintRaise[] {
  const columns = new Set(write.columns.map(fold));
  const raises: ConstraintRaise[] = [];
  if (write.verb !== "delete") {
    raises.push(
      ...uniqueRaises(table, write, columns),
      ...checkRaises(table, write),
      ...notNullRaises(table, write),
      ...childRaises(table, columns),
    );
  }
  if (write.verb !== "insert") raises.push(...parentRaises(table, write, columns, referring));
  return raises;
}

function uniqueRaises(
  table: CatalogTable,
  write: WriteFacts,
  columns: ReadonlySet<string>,
): readonly ConstraintRaise[] {
  if (write.or === "ignore" || write.or === "replace" || write.handledKeys === "all") return [];
  const handled = write.handledKeys;
  const keys = [
    ...(table.primaryKey.length > 0 ? [table.primaryKey] : []),
    ...table.uniqueKeys.map((key) => key.columns),
    ...table.partialUniques.map((key) => key.columns),
  ];
  const distinct = keys.filter((key, index) => keys.findIndex((other) => same(other, key)) === index);
  return distinct
    .filter((key) => !handled.some((other) => same(other, key)) && canConflict(table, key, write, columns))
    .map((key) => ({
      error: "UniqueViolation" as const,
      cause: `the unique key ${key.map((column) => `${table.name}.${column}`).join(", ")}`,
    }));
}

/** A key can conflict when it is written. An INSERT leaves it alone when a column of it gets null: the rowid that SQLite picks, or a missing nullable column. */
function canConflict(
  table: CatalogTable,
  key: readonly string[],
  write: WriteFacts,
  columns: ReadonlySet<string>,
): boolean {
  if (write.verb === "update") return key.some((column) => columns.has(fold(column)));
  return key.every((name) => {
    if (columns.has(fold(name))) return true;
    if (table.rowidColumn !== undefined && fold(table.rowidColumn) === fold(name)) return false;
    const column = table.columns.find((candidate) => fold(candidate.name) === fold(name));
    return column === undefined || column.hasDefault || column.generated || !column.nullable;
  });
}

function checkRaises(table: CatalogTable, write: WriteFacts): readonly ConstraintRaise[] {
  return table.hasChecks && write.or !== "ignore"
    ? [{ error: "CheckViolation", cause: `a CHECK of ${table.name}` }]
    : [];
}

function notNullRaises(table: CatalogTable, write: WriteFacts): readonly ConstraintRaise[] {
  if (write.or === "ignore") return [];
  const nullable = new Set(write.nullableColumns.map(fold));
  return table.columns
    .filter(
      (column) =>
        nullable.has(fold(column.name)) &&
        !column.nullable &&
        !(write.verb === "insert" && isRowid(table, column.name)) &&
        !(write.or === "replace" && column.hasDefault),
    )
    .map((column) => ({ error: "NotNullViolation" as const, cause: `${table.name}.${column.name} is NOT NULL` }));
}

function isRowid(table: CatalogTable, column: string): boolean {
  return table.rowidColumn !== undefined && fold(table.rowidColumn) === fold(column);
}

function childRaises(table: CatalogTable, columns: ReadonlySet<string>): readonly ConstraintRaise[] {
  return table.foreignKeys
    .filter((key) => key.columns.some((column) => columns.has(fold(column))))
    .map((key) => ({
      error: "ForeignKeyViolation" as const,
      cause: `the foreign key ${key.columns.map((column) => `${table.name}.${column}`).join(", ")}`,
    }));
}

/** Changing a parent row raises unless the children follow. */
function parentRaises(
  table: CatalogTable,
  write: WriteFacts,
  columns: ReadonlySet<string>,
  referring: readonly ReferringKey[],
): readonly ConstraintRaise[] {
  return referring
    .filter(({ key }) => {
      const action = (write.verb === "delete" ? key.onDelete : key.onUpdate).toLowerCase();
      if (action !== "no action" && action !== "restrict") return false;
      const referenced = key.referenced.length > 0 ? key.referenced : table.primaryKey;
      return write.verb === "delete" || referenced.some((column) => columns.has(fold(column)));
    })
    .map(({ child, key }) => ({
      error: "ForeignKeyViolation" as const,
      cause: `rows of ${child.name} (${key.columns.join(", ")}) may refer to it`,
    }));
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((column) => right.some((other) => fold(other) === fold(column)));
}

function fold(name: string): string {
  return name.toLowerCase();
}
