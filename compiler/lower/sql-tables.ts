// Names and values in table position: catalog tables, CTEs, tables and lists of the program, tables named by a string, table-valued functions.
import { InternalError } from "../../base/failure.ts";
import type { SqlPart } from "../../base/sql-form.ts";
import type { TableResolution } from "../check/checked.ts";
import type {
  Name,
  QualifiedName,
  TableCall,
  TableExpression,
  TableReference,
  TableValue,
  TargetTable,
} from "../syntax/tree.ts";
import { lowerCall } from "./calls.ts";
import { complain, finalTypeOf, lower } from "./context.ts";
import { fieldsOf } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import { argument, identifier, qualified, type ParameterPlace, type SqlLowering } from "./sql-builder.ts";
import { lowerSqlCall } from "./sql-calls.ts";
import { rowColumns, scalarRowColumns } from "./sql-rows.ts";
import { registerTypeOf, withoutNull } from "./types.ts";
import { converted, readPlace, readLocal } from "./build.ts";
import { bindingOf } from "./variables.ts";
import type { CoreExpression } from "./core.ts";
import { wholeOf } from "./context.ts";
import type { Variable } from "../check/checked.ts";

function aliased(parts: SqlPart[], alias: Name | string | undefined): SqlPart[] {
  return alias === undefined ? parts : [...parts, " AS ", identifier(alias)];
}

/** One table of a FROM clause that is neither a join nor in parentheses. */
export function sqlTable(sql: SqlLowering, table: TableExpression): SqlPart[] {
  switch (table.kind) {
    case "table":
      return reference(sql, table);
    case "tableCall":
      return tableCall(sql, table);
    case "subquery":
      return aliased(
        [table.lateral ? "LATERAL (" : "(", ...sql.rules.select(sql, table.query, { named: true }), ")"],
        table.alias,
      );
    case "tableValue":
      return tableValue(sql, table);
    case "join":
    case "parenthesizedTable":
    case "hole":
      throw new InternalError(`lower: ${table.kind} is not one table`);
  }
}

function variableValue(sql: SqlLowering, variable: Variable, span: TableReference["span"]): CoreExpression {
  const binding = bindingOf(sql.ctx, variable);
  return binding.kind === "row" ? readLocal(span, wholeOf(binding.row)) : readPlace(span, binding);
}

function reference(sql: SqlLowering, table: TableReference): SqlPart[] {
  const resolution = sql.ctx.checked.tables.get(table);
  switch (resolution?.kind) {
    case "tableVariable":
    case "listVariable":
      return aliased([rowsOf(sql, resolution, table.span)], table.alias ?? resolution.variable.name);
    case "nameVariable":
      return aliased([tableNameOf(sql, resolution, table.span)], table.alias ?? resolution.variable.name);
    default: {
      const hint =
        table.indexedBy === undefined
          ? []
          : table.indexedBy === false
            ? [" NOT INDEXED"]
            : [" INDEXED BY ", identifier(table.indexedBy)];
      return [...aliased(fixedName(sql, table.name, resolution), table.alias), ...hint];
    }
  }
}

type VariableTable = Extract<TableResolution, { readonly kind: "tableVariable" | "listVariable" | "nameVariable" }>;

function rowsOf(sql: SqlLowering, resolution: VariableTable, span: TableReference["span"]): SqlPart {
  const { variable, row } = resolution;
  const type = withoutNull(variable.type);
  const isScalarList = type.kind === "list" && withoutNull(type.element).kind !== "struct";
  const columns = row !== undefined && !isScalarList ? rowColumns(row) : scalarRowColumns(type);
  return {
    p: "rows",
    index: argument(sql, converted(variableValue(sql, variable, span), registerTypeOf(type)), variable),
    columns,
  };
}

function tableNameOf(sql: SqlLowering, resolution: VariableTable, span: TableReference["span"]): SqlPart {
  return {
    p: "tableName",
    index: argument(sql, converted(variableValue(sql, resolution.variable, span), "string"), resolution.variable),
  };
}

function tableCall(sql: SqlLowering, table: TableCall): SqlPart[] {
  const resolution = sql.ctx.checked.tables.get(table);
  if (resolution?.kind !== "routine") return aliased(lowerSqlCall(sql, table.call), table.alias);
  if (usesColumns(sql, table)) {
    complain(
      sql.ctx,
      "TableFunctionPerRow",
      table.span,
      { name: resolution.routine.name },
      { help: "Loop over the outer rows with for and call the function there." },
    );
    return ["(SELECT NULL)"];
  }
  const value = lowerCall(sql.ctx, table.call);
  const part: SqlPart = {
    p: "rows",
    index: argument(sql, converted(value, "table")),
    columns: rowColumns(resolution.row),
  };
  return aliased([part], table.alias ?? resolution.routine.name);
}

// Whether an argument of a table-valued function of ours depends on a column of the query.
function usesColumns(sql: SqlLowering, table: TableCall): boolean {
  const columns = (value: unknown): boolean => {
    if (typeof value !== "object" || value === null) return false;
    if (sql.ctx.checked.names.get(value)?.kind === "column") return true;
    return Array.isArray(value) ? value.some(columns) : Object.values(value).some(columns);
  };
  return table.call.arguments.some((given) => columns(given.value));
}

function tableValue(sql: SqlLowering, table: TableValue): SqlPart[] {
  const resolution = sql.ctx.checked.tables.get(table);
  const value = lower(sql.ctx, table.value);
  const type = withoutNull(finalTypeOf(sql.ctx, table.value));
  const name = table.value.kind === "name" ? table.value.name.text : undefined;
  const form =
    resolution?.kind === "value"
      ? resolution.form
      : type.kind === "scalar"
        ? "name"
        : type.kind === "list"
          ? "list"
          : "table";
  if (form === "name" || resolution?.kind === "nameVariable")
    return aliased([{ p: "tableName", index: argument(sql, converted(value, "string")) }], table.alias ?? name);
  const row = resolution !== undefined && "row" in resolution ? resolution.row : undefined;
  const isScalarList = type.kind === "list" && withoutNull(type.element).kind !== "struct";
  const columns = row !== undefined && !isScalarList ? rowColumns(row) : scalarRowColumns(type);
  return aliased([{ p: "rows", index: argument(sql, value), columns }], table.alias ?? name);
}

/** The table that DML writes. */
export function sqlTarget(sql: SqlLowering, target: TargetTable): SqlPart[] {
  const hint =
    target.indexedBy === undefined
      ? []
      : target.indexedBy === false
        ? [" NOT INDEXED"]
        : [" INDEXED BY ", identifier(target.indexedBy)];
  return [...aliased(targetName(sql, target), target.alias), ...hint];
}

/** Its name alone. */
export function targetName(sql: SqlLowering, target: TargetTable): SqlPart[] {
  const resolution = sql.ctx.checked.tables.get(target);
  if (resolution?.kind === "nameVariable") return [tableNameOf(sql, resolution, target.span)];
  if (target.value !== undefined)
    return [{ p: "tableName", index: argument(sql, converted(lower(sql.ctx, target.value), "string")) }];
  if (target.name === undefined) throw new InternalError("lower: a target table has a name or a value");
  return fixedName(sql, target.name, resolution);
}

/**
 * A table's name as written. With its owner's rights a routine names its tables in full: its caller may have temporary tables of the same names,
 * which the engine would take instead.
 */
function fixedName(sql: SqlLowering, name: QualifiedName, resolution: TableResolution | undefined): SqlPart[] {
  const { routine } = sql.ctx;
  if (routine?.declaration.security !== "definer" || name.parts.length > 1) return qualified(name);
  if (resolution?.kind !== "catalog" && resolution?.kind !== "unknown") return qualified(name);
  const schema = resolution.kind === "catalog" ? resolution.table.schema : "main";
  // A temporary table of the caller stood for it when this was compiled; one that the routine makes is its own.
  const isForeign = schema === "temp" && !routine.effects.defines.includes(`temp.${name.parts[0]?.text ?? ""}`);
  return [identifier(isForeign ? "main" : schema), ".", ...qualified(name)];
}

/** Names of the target's columns that an INSERT without a column list fills, with their affinity; undefined when they are not known. */
export function targetColumns(
  sql: SqlLowering,
  target: TargetTable,
): readonly { readonly name: string; readonly place: ParameterPlace; readonly type: Type | undefined }[] | undefined {
  const resolution = sql.ctx.checked.tables.get(target);
  if (resolution?.kind !== "catalog") return undefined;
  const types = new Map(fieldsOf(resolution.row).map((field) => [field.name.toLowerCase(), field.type]));
  return resolution.table.columns
    .filter((column) => !column.generated)
    .map((column) => ({
      name: column.name,
      place: column.affinity === "integer" ? "integerColumn" : "value",
      type: types.get(column.name.toLowerCase()),
    }));
}

/** The primary key, or the first unique key, of the target. */
export function targetKeys(sql: SqlLowering, target: TargetTable): readonly string[] {
  const resolution = sql.ctx.checked.tables.get(target);
  if (resolution?.kind !== "catalog") return [];
  const { table } = resolution;
  return table.primaryKey.length > 0 ? table.primaryKey : (table.uniqueKeys[0]?.columns ?? []);
}
