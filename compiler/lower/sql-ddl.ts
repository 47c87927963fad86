// CREATE, ALTER and DROP of tables, views, indexes and SQLite's own triggers, as parts. No parameters can be bound in most of them.
import { scalarByName } from "../../base/scalar.ts";
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type {
  AlterTable,
  ColumnConstraint,
  ColumnDefinition,
  ConflictPolicy,
  CreateIndex,
  CreateNativeTrigger,
  CreateTable,
  CreateView,
  CreateVirtualTable,
  DropObject,
  Expression,
  ForeignKey,
  SqlStatement,
  TableConstraint,
} from "../syntax/tree.ts";
import { identifier, joined, nameList, qualified, type SqlLowering } from "./sql-builder.ts";
import { indexedColumns } from "./sql-dml.ts";

/** CREATE TABLE, also from a query. */
export function sqlCreateTable(sql: SqlLowering, e: CreateTable): SqlPart[] {
  const head: SqlPart[] = [
    e.temporary ? "CREATE TEMP TABLE " : "CREATE TABLE ",
    ...(e.ifNotExists ? ["IF NOT EXISTS "] : []),
    ...qualified(e.name),
  ];
  if (e.as !== undefined) return [...head, " AS ", ...sql.rules.select(sql, e.as, { named: true })];
  const fixed: SqlLowering = { ...sql, fixed: true };
  const entries = [
    ...e.columns.map((column) => columnDefinition(fixed, column)),
    ...e.constraints.map((constraint) => tableConstraint(fixed, constraint)),
  ];
  return [
    ...head,
    " (",
    ...joined(entries, ", "),
    ")",
    ...(e.options.length === 0 ? [] : [` ${e.options.map((option) => option.toUpperCase()).join(", ")}`]),
  ];
}

function columnDefinition(sql: SqlLowering, column: ColumnDefinition): SqlPart[] {
  return [
    identifier(column.name),
    ...columnType(sql, column),
    ...column.constraints.flatMap((constraint) => [" ", ...columnConstraint(sql, constraint)]),
  ];
}

// A column of one of our enums is text with a check; other types go as written, with ours beside them where there is one.
function columnType(sql: SqlLowering, column: ColumnDefinition): SqlPart[] {
  const { type } = column;
  if (type === undefined && column.typeText === "") return [];
  const name = type?.kind === "namedType" ? type.name.parts.map((part) => part.text).join(".") : column.typeText;
  const values = enumValues(sql, name);
  if (values !== undefined) {
    const options = joined(
      values.map((value): SqlParts => [{ p: "text", value }]),
      ", ",
    );
    return [
      " ",
      { p: "columnType", type: "string", text: "TEXT", args: [] },
      " CHECK (",
      identifier(column.name),
      " IN (",
      ...options,
      "))",
    ];
  }
  return [
    " ",
    {
      p: "columnType",
      type: scalarByName(name),
      text: column.typeText,
      args: type?.kind === "namedType" ? type.args : [],
    },
  ];
}

function enumValues(sql: SqlLowering, name: string): readonly string[] | undefined {
  for (const [key, type] of sql.ctx.checked.enums) if (key.toLowerCase() === name.toLowerCase()) return type.values;
  return undefined;
}

function onConflict(policy: ConflictPolicy): string {
  return policy === undefined ? "" : ` ON CONFLICT ${policy.toUpperCase()}`;
}

function named(constraint: { readonly name: { readonly text: string } | undefined }, parts: SqlPart[]): SqlPart[] {
  return constraint.name === undefined ? parts : ["CONSTRAINT ", identifier(constraint.name.text), " ", ...parts];
}

function columnConstraint(sql: SqlLowering, constraint: ColumnConstraint): SqlPart[] {
  const parts = ((): SqlPart[] => {
    switch (constraint.kind) {
      case "primaryKey":
        return [
          `PRIMARY KEY${constraint.direction === undefined ? "" : ` ${constraint.direction.toUpperCase()}`}${onConflict(constraint.onConflict)}${constraint.autoincrement ? " AUTOINCREMENT" : ""}`,
        ];
      case "notNull":
        return [`NOT NULL${onConflict(constraint.onConflict)}`];
      case "nullable":
        return ["NULL"];
      case "unique":
        return [`UNIQUE${onConflict(constraint.onConflict)}`];
      case "check":
        return ["CHECK (", ...unwrapped(sql, constraint.condition), ")"];
      case "default":
        return ["DEFAULT ", ...defaultValue(sql, constraint.value)];
      case "collate":
        return ["COLLATE ", identifier(constraint.collation)];
      case "references":
        return references(constraint.foreignKey);
      case "generated":
        return [
          "GENERATED ALWAYS AS (",
          ...unwrapped(sql, constraint.value),
          constraint.stored ? ") STORED" : ") VIRTUAL",
        ];
    }
  })();
  return named(constraint, parts);
}

function unwrapped(sql: SqlLowering, e: Expression): SqlPart[] {
  return sql.rules.expression(sql, e.kind === "parenthesized" ? e.inner : e);
}

// SQLite takes a literal, a signed number, or an expression in parentheses.
function defaultValue(sql: SqlLowering, value: Expression): SqlPart[] {
  const parts = sql.rules.expression(sql, value);
  const plain =
    value.kind === "number" ||
    value.kind === "string" ||
    value.kind === "null" ||
    value.kind === "boolean" ||
    value.kind === "bytes" ||
    value.kind === "parenthesized" ||
    (value.kind === "temporal" && value.text === undefined) ||
    (value.kind === "unary" && value.operand.kind === "number") ||
    value.kind === "name";
  return plain ? parts : ["(", ...parts, ")"];
}

function references(key: ForeignKey): SqlPart[] {
  return [
    "REFERENCES ",
    ...qualified(key.table),
    ...(key.columns.length === 0 ? [] : [" ", ...nameList(key.columns)]),
    ...(key.onDelete === undefined ? [] : [` ON DELETE ${key.onDelete.toUpperCase()}`]),
    ...(key.onUpdate === undefined ? [] : [` ON UPDATE ${key.onUpdate.toUpperCase()}`]),
    ...(key.match === undefined ? [] : [" MATCH ", identifier(key.match)]),
    ...(key.deferrable === undefined ? [] : [key.deferrable ? " DEFERRABLE" : " NOT DEFERRABLE"]),
    ...(key.initially === undefined ? [] : [` INITIALLY ${key.initially.toUpperCase()}`]),
  ];
}

function tableConstraint(sql: SqlLowering, constraint: TableConstraint): SqlPart[] {
  const parts = ((): SqlPart[] => {
    switch (constraint.kind) {
      case "primaryKey":
      case "unique":
        return [
          constraint.kind === "unique" ? "UNIQUE (" : "PRIMARY KEY (",
          ...indexedColumns(sql, constraint.columns),
          constraint.autoincrement ? " AUTOINCREMENT)" : ")",
          onConflict(constraint.onConflict),
        ];
      case "check":
        return ["CHECK (", ...unwrapped(sql, constraint.condition), ")"];
      case "foreignKey":
        return ["FOREIGN KEY ", ...nameList(constraint.columns), " ", ...references(constraint.foreignKey)];
    }
  })();
  return named(constraint, parts);
}

/** CREATE INDEX. */
export function sqlCreateIndex(sql: SqlLowering, e: CreateIndex): SqlPart[] {
  const fixed: SqlLowering = { ...sql, fixed: true };
  return [
    e.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ",
    ...(e.ifNotExists ? ["IF NOT EXISTS "] : []),
    ...qualified(e.name),
    " ON ",
    identifier(e.table),
    " (",
    ...indexedColumns(fixed, e.columns),
    ")",
    ...(e.where === undefined ? [] : [" WHERE ", ...fixed.rules.expression(fixed, e.where)]),
  ];
}

/** CREATE VIEW without OR REPLACE, which is a drop before it. */
export function sqlCreateView(sql: SqlLowering, e: CreateView): SqlPart[] {
  const fixed: SqlLowering = { ...sql, fixed: true };
  return [
    e.temporary ? "CREATE TEMP VIEW " : "CREATE VIEW ",
    ...(e.ifNotExists ? ["IF NOT EXISTS "] : []),
    ...qualified(e.name),
    ...(e.columns.length === 0 ? [] : [" ", ...nameList(e.columns)]),
    " AS ",
    ...fixed.rules.select(fixed, e.query, { named: e.columns.length === 0 }),
  ];
}

/** CREATE VIRTUAL TABLE. */
export function sqlCreateVirtualTable(e: CreateVirtualTable): SqlPart[] {
  return [
    "CREATE VIRTUAL TABLE ",
    ...(e.ifNotExists ? ["IF NOT EXISTS "] : []),
    ...qualified(e.name),
    " USING ",
    identifier(e.module),
    ...(e.argumentsText === undefined ? [] : [`(${e.argumentsText})`]),
  ];
}

/** SQLite's own CREATE TRIGGER. */
export function sqlCreateTrigger(
  sql: SqlLowering,
  e: CreateNativeTrigger,
  body: (sql: SqlLowering, statement: SqlStatement) => SqlPart[],
): SqlPart[] {
  const fixed: SqlLowering = { ...sql, fixed: true };
  return [
    e.temporary ? "CREATE TEMP TRIGGER " : "CREATE TRIGGER ",
    ...(e.ifNotExists ? ["IF NOT EXISTS "] : []),
    ...qualified(e.name),
    e.timing === undefined ? " " : ` ${e.timing.toUpperCase()} `,
    e.event.toUpperCase(),
    ...(e.columns.length === 0
      ? []
      : [
          " OF ",
          ...joined(
            e.columns.map((column) => [identifier(column)]),
            ", ",
          ),
        ]),
    " ON ",
    ...qualified(e.table),
    ...(e.forEachRow ? [" FOR EACH ROW"] : []),
    ...(e.when === undefined ? [] : [" WHEN ", ...fixed.rules.expression(fixed, e.when)]),
    " BEGIN ",
    ...e.body.flatMap((statement) => [...body(fixed, statement), "; "]),
    "END",
  ];
}

/** ALTER TABLE. */
export function sqlAlter(sql: SqlLowering, e: AlterTable): SqlPart[] {
  const { action } = e;
  const head: SqlPart[] = ["ALTER TABLE ", ...qualified(e.name)];
  switch (action.kind) {
    case "renameTo":
      return [...head, " RENAME TO ", identifier(action.name)];
    case "renameColumn":
      return [...head, " RENAME COLUMN ", identifier(action.from), " TO ", identifier(action.to)];
    case "addColumn":
      return [...head, " ADD COLUMN ", ...columnDefinition({ ...sql, fixed: true }, action.column)];
    case "dropColumn":
      return [...head, " DROP COLUMN ", identifier(action.name)];
  }
}

/** DROP of a table, view or index. */
export function sqlDrop(e: DropObject): SqlPart[] {
  return [`DROP ${e.object.toUpperCase()} `, ...(e.ifExists ? ["IF EXISTS "] : []), ...qualified(e.name)];
}
