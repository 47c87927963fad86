// Finding what a name in table position means (LANGUAGE.md section 5): CTE, table or list variable, catalog table, attached table,
// then a string variable whose value names a table. Temporary tables of the body come before the catalog's.
import type { CatalogColumn, CatalogTable, CatalogView } from "../../catalog-view.ts";
import { addChanges, changeCatalog, changesOf } from "../../catalog/catalog.ts";
import { systemTableNames } from "../../catalog/system.ts";
import type { DdlOptions } from "../../catalog/ddl.ts";
import { catalogsAlongFile } from "../../catalog/file.ts";
import type { Item, Name, QualifiedName } from "../../syntax/tree.ts";
import { ANY, STRING, fieldsOf, foldName, prune, scalar, withoutNull } from "../../types/make.ts";
import type { StructType, Type } from "../../types/type.ts";
import type { TableResolution, Variable } from "../checked.ts";
import type { CheckContext, ModuleState } from "../context.ts";
import { nearest, replaceFix } from "../findings.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import { noteProbe, seenVariables } from "../probe.ts";
import { findVariable, readVariable } from "../scope.ts";
import {
  maybeNull,
  OPEN_SHAPE,
  valueOf,
  type CommonRows,
  type RowShape,
  type SqlScope,
  type Source,
  sourceOfRows,
} from "./scope.ts";
import { reasonAt, reportSql, type SqlCheck } from "./state.ts";
import { viewShape } from "./views.ts";
import { reportMissingRow } from "../trigger-rows.ts";

/** The catalog before each top-level item, once per module. */
const viewsAlong = new WeakMap<ModuleState, ReadonlyMap<Item, CatalogView>>();

/**
 * The catalog as the statement being checked finds it. A script sees what its earlier statements left; a routine what the whole file defines;
 * both with the tables that the body itself has made and dropped so far.
 */
export function catalogHere(ctx: CheckContext, queryColumns?: DdlOptions["queryColumns"]): CatalogView {
  const catalog = ctx.owner.kind === "script" ? scriptCatalog(ctx, queryColumns) : ctx.catalog;
  if (ctx.owner.localTables.size === 0) return catalog;
  const { base, changes, addedObjects } = changesOf(catalog);
  const local = new Map(
    [...ctx.owner.localTables].map(([key, table]) => [key, table === "dropped" ? undefined : table] as const),
  );
  return changeCatalog(base, addChanges(changes, local), addedObjects);
}

function scriptCatalog(ctx: CheckContext, queryColumns: DdlOptions["queryColumns"]): CatalogView {
  let along = viewsAlong.get(ctx.state);
  if (along === undefined) {
    along = catalogsAlongFile(
      ctx.state.environment.catalog,
      ctx.state.module,
      queryColumns === undefined ? {} : { queryColumns },
    );
    viewsAlong.set(ctx.state, along);
  }
  return along.get(ctx.item) ?? ctx.catalog;
}

/** What stands in table position, with its rows. */
export interface TableMeaning {
  readonly resolution: TableResolution;
  readonly shape: RowShape;
  readonly table: CatalogTable | undefined;
  /** Name for effects. */
  readonly effectName: string | undefined;
}

/** The common table of that name in this scope or around it. */
function findCommon(scope: SqlScope | undefined, name: string): CommonRows | undefined {
  const key = foldName(name);
  for (let current = scope; current !== undefined; current = current.parent) {
    const found = current.common.get(key);
    if (found === undefined) continue;
    found.used = true;
    return found;
  }
  return undefined;
}

/** What a name in table position means. Unknown names are reported (late binding) and have open rows. */
export function resolveTable(
  sq: SqlCheck,
  scope: SqlScope | undefined,
  node: object,
  name: QualifiedName,
): TableMeaning {
  const last = name.parts[name.parts.length - 1];
  const text = last?.text ?? "";
  if (name.parts.length === 1) {
    const common = findCommon(scope, text);
    if (common !== undefined)
      return {
        resolution: {
          kind: "cte",
          name: common.name,
          declaredAt: common.declaredAt,
          row: shapeRow(common.shape),
        },
        shape: common.shape,
        table: undefined,
        effectName: undefined,
      };
    const rows = variableRows(sq, node, text);
    if (rows !== undefined) return rows;
  }
  const table = sq.catalog.table(name.parts.length > 1 ? name.parts[0]?.text : undefined, text);
  if (table !== undefined) {
    if (name.parts.length === 1) noteNamesake(sq, name, table);
    return catalogMeaning(sq, table);
  }
  if (name.parts.length === 1) {
    const named = nameVariable(sq, node, text, name);
    if (named !== undefined) return named;
  }
  noteProbe(sq.ctx, text, () => ({
    kind: "table",
    common: commonNames(scope),
    variables: seenVariables(sq.ctx),
    schema: name.parts.length > 1 ? name.parts[0]?.text : undefined,
  }));
  return unknownTable(sq, name);
}

/** Says which table is meant by a bare name that an attached database has too. Temporary tables hide others on purpose. */
function noteNamesake(sq: SqlCheck, name: QualifiedName, table: CatalogTable): void {
  const other = sq.catalog
    .schemas()
    .filter((schema) => !["temp", "main", "system", table.schema.toLowerCase()].includes(schema.toLowerCase()))
    .find((schema) => sq.catalog.table(schema, table.name) !== undefined);
  if (other === undefined || table.schema === "temp") return;
  const meant = table.schema === "main" ? "this database" : table.schema;
  const data = { name: table.name, meant, other };
  const written = `${other}.${table.name}`;
  reportSql(sq, "AlsoInAttached", name.span, data, {
    help: `Write ${table.schema}.${table.name} or ${written}.`,
    fixes: [replaceFix(`Mean the one of ${other}`, name.span, written)],
  });
}

/** The common tables that are visible, nearest first. */
function commonNames(scope: SqlScope | undefined): readonly string[] {
  const names: string[] = [];
  for (let current = scope; current !== undefined; current = current.parent)
    names.push(...[...current.common.values()].map((common) => common.name));
  return names;
}

/** Rows of a catalog table or view. */
export function catalogMeaning(sq: SqlCheck, table: CatalogTable): TableMeaning {
  const shape = tableShape(sq, table);
  return {
    resolution: { kind: "catalog", table, row: shapeRow(shape, table.name) },
    shape,
    table,
    effectName: effectNameOf(table),
  };
}

/** `main.users`: how effects name a table. */
export function effectNameOf(table: CatalogTable): string {
  return `${table.schema.toLowerCase()}.${table.name}`;
}

/** Columns of a catalog table as they are read; those of a view come from its query. */
export function tableShape(sq: SqlCheck, table: CatalogTable): RowShape {
  if (table.kind === "view" && table.definition !== undefined) {
    const shape = viewShape(sq, table);
    if (shape !== undefined) return shape;
  }
  return {
    columns: table.columns.map((column) => ({
      name: column.name,
      value: { type: columnType(sq.ctx, column), nullable: column.nullable, reason: column.nullReason },
      affinity: column.affinity,
      table,
      origin: { kind: "catalog", table, column: column.name },
    })),
    open: table.openColumns === true,
  };
}

/** The language type of a catalog column, without null. */
export function columnType(ctx: CheckContext, column: CatalogColumn): Type {
  // A column cannot have the row of a table as its type: without this a table of its own type would have no end.
  if (column.typeName !== undefined && catalogHere(ctx).table(undefined, column.typeName) === undefined) {
    const named = ctx.rules.typeNamed(ctx, column.typeName);
    if (named !== undefined) return withoutNull(named);
  }
  if (column.type === undefined) return ANY;
  const plain = scalar(column.type);
  const [first, second] = column.typeArgs;
  if (first === undefined) return plain;
  if (column.type === "decimal") return { ...plain, precision: first, scale: second ?? 0 };
  return column.type === "string" ? { ...plain, length: first } : plain;
}

function shapeRow(shape: RowShape, name?: string): StructType {
  return {
    kind: "struct",
    name: shape.open ? undefined : name,
    fields: shape.columns.map((column) => ({
      name: column.name,
      type:
        column.value.nullable && prune(column.value.type).kind !== "any"
          ? { kind: "nullable", inner: column.value.type }
          : column.value.type,
      origin: column.origin,
    })),
    rest: undefined,
  };
}

/** A variable of type table<…> or list<…> as rows. */
function variableRows(sq: SqlCheck, node: object, name: string): TableMeaning | undefined {
  if (!sq.ours) return undefined;
  const variable = findVariable(sq.ctx, name);
  if (variable === undefined) return undefined;
  const type = withoutNull(variable.type);
  if (type.kind !== "table" && type.kind !== "list") return undefined;
  readVariable(sq.ctx, node, variable);
  return rowsOfValue(variable, type);
}

function rowsOfValue(variable: Variable, type: Type): TableMeaning {
  const rows = shapeOfRows(type);
  const kind = type.kind === "table" ? ("tableVariable" as const) : ("listVariable" as const);
  return {
    resolution: { kind, variable, row: rows.open ? undefined : shapeRow(rows) },
    shape: rows,
    table: undefined,
    effectName: undefined,
  };
}

/** The rows of a value of type table<…> or list<…>; scalars are one column `value`. */
export function shapeOfRows(type: Type): RowShape {
  const pruned = withoutNull(type);
  if (pruned.kind === "table") {
    const row = pruned.row === undefined ? undefined : prune(pruned.row);
    return row?.kind === "struct" ? shapeOfStruct(row) : OPEN_SHAPE;
  }
  if (pruned.kind !== "list") return OPEN_SHAPE;
  const element = withoutNull(pruned.element);
  if (element.kind === "struct") return shapeOfStruct(element);
  if (element.kind === "any")
    return {
      columns: [{ name: "value", value: maybeNull(ANY, undefined), affinity: "none", table: undefined }],
      open: true,
    };
  return {
    columns: [{ name: "value", value: valueOf(pruned.element), affinity: "none", table: undefined }],
    open: false,
  };
}

function shapeOfStruct(row: StructType): RowShape {
  return {
    columns: fieldsOf(row).map((field) => ({
      name: field.name,
      value: valueOf(field.type),
      affinity: "none",
      table: undefined,
      origin: field.origin,
    })),
    open: row.rest !== undefined,
  };
}

/** A string variable in table position: its value names the table at run time. An unknown one becomes a string here. */
function nameVariable(sq: SqlCheck, node: object, name: string, written: QualifiedName): TableMeaning | undefined {
  if (!sq.ours) return undefined;
  const variable = findVariable(sq.ctx, name);
  if (variable === undefined) return undefined;
  readVariable(sq.ctx, node, variable);
  if (unboundVariable(variable.type) !== undefined)
    unifyTypes(variable.type, STRING, reasonAt(sq, written.span, "it is used as a table name"));
  const type = withoutNull(variable.type);
  if (type.kind !== "any" && !(type.kind === "scalar" && type.name === "string")) return undefined;
  sq.facts.dynamic = true;
  sq.facts.unknownTables = true;
  return {
    resolution: { kind: "nameVariable", variable, row: undefined },
    shape: OPEN_SHAPE,
    table: undefined,
    effectName: `{${variable.name}}`,
  };
}

/** Reports a table that is not known, with the nearest name. */
export function reportUnknownTable(sq: SqlCheck, name: QualifiedName): void {
  const text = name.parts.map((part) => part.text).join(".");
  sq.facts.unknownTables = true;
  const isSystem = name.parts.length > 1 && name.parts[0]?.text.toLowerCase() === "system";
  const near = nearest(text, isSystem ? systemTableNames() : sq.catalog.tableNames());
  reportSql(
    sq,
    "UnknownTable",
    name.span,
    { name: text },
    {
      ...(sq.ctx.state.environment.strict ? { severity: "error" as const } : {}),
      ...(near === undefined
        ? {}
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Change to ${near}`, name.span, near)] }),
    },
  );
}

function unknownTable(sq: SqlCheck, name: QualifiedName): TableMeaning {
  const text = name.parts.map((part) => part.text).join(".");
  sq.facts.unknownTables = true;
  if (name.parts.length > 1 || !reportMissingRow(sq.ctx, text, name.span)) reportUnknownTable(sq, name);
  return {
    resolution: { kind: "unknown", name: text },
    shape: OPEN_SHAPE,
    table: undefined,
    effectName: name.parts.length > 1 ? text : `main.${text}`,
  };
}

/** A source over what a name means. */
export function sourceOfMeaning(meaning: TableMeaning, alias: Name | undefined, schema: string | undefined): Source {
  const { table } = meaning;
  const hasRowid = table !== undefined && table.kind !== "view" && table.kind !== "system" && !table.withoutRowid;
  return sourceOfRows(alias, meaning.shape, {
    table,
    schema:
      schema ??
      (alias !== undefined && table !== undefined && foldName(alias.text) === foldName(table.name)
        ? table.schema
        : undefined),
    effectName: meaning.effectName,
    hasRowid,
  });
}
