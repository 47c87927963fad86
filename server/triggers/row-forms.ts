// Statements over single rows of a table: finding them, inserting, updating and deleting one. Forms are kept, so that the engine finds its prepared statements again.
// A row is named by its rowid, or by its primary key in WITHOUT ROWID tables.
import type { SqlColumn, SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { ColumnSchema, TableSchema } from "../../base/schema.ts";
import type { FiringTable } from "./firing-table.ts";

/** Names under which SQLite knows the rowid. */
const ROWID_NAMES = ["rowid", "_rowid_", "oid"];

/** Joins lists of parts. */
export function joined(lists: readonly SqlParts[], separator: string): SqlPart[] {
  return lists.flatMap((parts, at) => (at === 0 ? [...parts] : [separator, ...parts]));
}

/** An identifier. */
export function name(text: string): SqlPart {
  return { p: "name", name: text };
}

/** `schema.table`. */
export function qualifiedTable(table: TableSchema): SqlParts {
  return [name(table.schema), ".", name(table.name)];
}

/** What names a row: columns, or the rowid under a name that no column has. */
export function identityOf({ table }: FiringTable): readonly string[] {
  if (table.withoutRowid) return table.primaryKey;
  const taken = new Set(table.columns.map((column) => column.name.toLowerCase()));
  return [ROWID_NAMES.find((candidate) => !taken.has(candidate)) ?? table.rowidColumn ?? "rowid"];
}

function columnNamed(table: TableSchema, wanted: string): ColumnSchema | undefined {
  return table.columns.find((column) => column.name.toLowerCase() === wanted.toLowerCase());
}

/** Result columns of the identity. */
export function identityColumns(table: FiringTable): readonly SqlColumn[] {
  return identityOf(table).map((wanted, at) => ({
    name: `gobi_id_${at}`,
    type: table.table.withoutRowid ? (columnNamed(table.table, wanted)?.type ?? "any") : "int",
    nullable: false,
  }));
}

/** A value for a column as parameter `index`. */
export function columnValue(column: ColumnSchema | undefined, index: number): SqlPart {
  const wide = column?.type === "decimal" && column.affinity === "text";
  const parameter: SqlPart = {
    p: "parameter",
    index,
    type: column === undefined ? "int" : (column.type ?? "any"),
    place: column === undefined || column.affinity === "integer" ? "integerColumn" : "value",
    ...(wide ? { wide: true } : {}),
  };
  const [precision, scale] = column?.typeArgs ?? [];
  return wide && precision !== undefined
    ? { p: "cast", value: [parameter], type: "decimal", precision, scale: scale ?? 0 }
    : parameter;
}

/** `id = ?` with parameters from `first` on. */
export function identityCondition(table: FiringTable, reference: SqlParts, first: number): SqlPart[] {
  const columns = table.table.withoutRowid ? table.table : undefined;
  return joined(
    identityOf(table).map(
      (wanted, at): SqlParts => [
        ...reference,
        ".",
        name(wanted),
        " = ",
        columnValue(columns === undefined ? undefined : columnNamed(columns, wanted), first + at),
      ],
    ),
    " AND ",
  );
}

/** Rows of a table by a condition: the identity, then all columns. `before`: ` WITH … `. */
export function rowsWhere(
  table: FiringTable,
  condition: SqlParts,
  parameterCount: number,
  before: SqlParts = [],
): SqlForm {
  return formOf(
    [
      ...before,
      "SELECT ",
      ...joined(
        [...identityOf(table), ...table.shape.fields].map((column) => [name(column)]),
        ", ",
      ),
      " FROM ",
      ...qualifiedTable(table.table),
      " WHERE ",
      ...condition,
    ],
    "query",
    parameterCount,
    [...identityColumns(table), ...table.columns],
  );
}

/** Numbers of the columns that a statement may store into. */
export function storable(table: FiringTable): readonly number[] {
  return table.table.columns.flatMap((column, at) => (column.generated ? [] : [at]));
}

/** A form of ours. */
export function formOf(
  parts: SqlParts,
  verb: SqlForm["verb"],
  parameterCount: number,
  columns: readonly SqlColumn[] | undefined,
): SqlForm {
  return { parts, verb, parameterCount, returnsRows: columns !== undefined, columns };
}

/** How single rows of one statement are written. */
export interface RowWriterOptions {
  readonly table: FiringTable;
  /** Table, alias, hint as in the statement. */
  readonly target: SqlParts;
  /** How the row's columns are called in conditions: the alias, or the table. */
  readonly reference: SqlParts;
  /** Parameters of the statement, which stand before those of the row. */
  readonly offset: number;
  readonly or: string | undefined;
  /** ` ON CONFLICT …` of an INSERT. */
  readonly conflicts: SqlParts;
  readonly returning: SqlParts;
  readonly columns: readonly SqlColumn[] | undefined;
}

/** Forms that write one row of a statement; made when first needed. */
export class RowForms {
  readonly #options: RowWriterOptions;
  readonly #inserts = new Map<string, SqlForm>();
  readonly #updates = new Map<string, SqlForm>();
  #delete: SqlForm | undefined;

  constructor(options: RowWriterOptions) {
    this.#options = options;
  }

  /** Parameters: those of the statement, then the values of the storable columns of each row. `conflicts` instead of the statement's own. */
  insert(options: { readonly rows?: number; readonly conflicts?: SqlParts } = {}): SqlForm {
    const { table, target, offset, or, returning } = this.#options;
    const { rows = 1, conflicts = this.#options.conflicts } = options;
    const key = `${rows} ${options.conflicts === undefined ? "own" : "other"}`;
    const known = this.#inserts.get(key);
    if (known !== undefined) return known;
    const { columns } = table.table;
    const slots = storable(table);
    const valuesAt = (first: number): SqlParts => [
      "(",
      ...joined(
        slots.map((slot, at) => [columnValue(columns[slot], first + at)]),
        ", ",
      ),
      ")",
    ];
    const form = this.#finish(
      [
        or === undefined ? "INSERT INTO " : `INSERT OR ${or.toUpperCase()} INTO `,
        ...target,
        " (",
        ...joined(
          slots.map((slot) => [name(columns[slot]?.name ?? "")]),
          ", ",
        ),
        ") VALUES ",
        ...joined(
          Array.from({ length: rows }, (_, row) => valuesAt(offset + row * slots.length)),
          ", ",
        ),
        ...conflicts,
        ...returning,
      ],
      "insert",
      offset + rows * slots.length,
    );
    this.#inserts.set(key, form);
    return form;
  }

  /** Parameters: those of the statement, then the values of `slots`, then the identity. */
  update(slots: readonly number[]): SqlForm {
    const key = slots.join();
    const known = this.#updates.get(key);
    if (known !== undefined) return known;
    const { table, target, reference, offset, or, returning } = this.#options;
    const { columns } = table.table;
    const form = this.#finish(
      [
        or === undefined ? "UPDATE " : `UPDATE OR ${or.toUpperCase()} `,
        ...target,
        " SET ",
        ...joined(
          slots.map((slot, at) => [name(columns[slot]?.name ?? ""), " = ", columnValue(columns[slot], offset + at)]),
          ", ",
        ),
        " WHERE ",
        ...identityCondition(table, reference, offset + slots.length),
        ...returning,
      ],
      "update",
      offset + slots.length + identityOf(table).length,
    );
    this.#updates.set(key, form);
    return form;
  }

  /** Parameters: those of the statement, then the identity. */
  delete(): SqlForm {
    const { table, target, reference, offset, returning } = this.#options;
    this.#delete ??= this.#finish(
      ["DELETE FROM ", ...target, " WHERE ", ...identityCondition(table, reference, offset), ...returning],
      "delete",
      offset + identityOf(table).length,
    );
    return this.#delete;
  }

  #finish(parts: SqlParts, verb: SqlForm["verb"], parameterCount: number): SqlForm {
    const { returning, columns } = this.#options;
    return { parts, verb, parameterCount, returnsRows: returning.length > 0, columns };
  }
}

const plainForms = new WeakMap<FiringTable, RowForms>();

/** Forms for rows that no statement names: those of cascades. */
export function rowForms(table: FiringTable): RowForms {
  let forms = plainForms.get(table);
  if (forms === undefined) {
    const target = qualifiedTable(table.table);
    forms = new RowForms({
      table,
      target,
      reference: [name(table.table.name)],
      offset: 0,
      or: undefined,
      conflicts: [],
      returning: [],
      columns: undefined,
    });
    plainForms.set(table, forms);
  }
  return forms;
}
