// The catalog for tools, as plain data that becomes JSON: routines with signatures and effects, tables with columns and keys, declared types.
// Answers DESCRIBE of the wire; generated clients and the gateway's interface description are made from it.
import type { TableSchema } from "../../base/schema.ts";
import { isDeterministic, mayWrite } from "../../compiler/effects/join.ts";
import { effectsFromJson } from "../../compiler/effects/print.ts";
import { parse } from "../../compiler/syntax/parse.ts";
import type { FieldNode } from "../../compiler/syntax/tree.ts";
import type {
  DescribedRoutine,
  DescribedSchema,
  DescribedTable,
  DescribedType,
} from "../../protocol/client/described.ts";
import type { Connection } from "../../storage/engine.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";
import { storedStatement } from "./catalog-state.ts";
import { findRoutines, listRoutines, type StoredRoutine } from "../catalog/routines.ts";
import { isScheduleBody } from "../catalog/schedule-bindings.ts";
import { isStepBody } from "../catalog/step-names.ts";
import { catalogVersion } from "../catalog/schema.ts";
import { isSystemView } from "../catalog/system-views.ts";
import { listTypes, type StoredType } from "../catalog/types.ts";

/** Which objects are described. */
type Sees = (kind: "table" | "procedure" | "function", name: string) => boolean;
const ALL: Sees = () => true;

/** Stored procedures and functions, or those of one name. @throws EngineError. */
export function describeRoutines(connection: Connection, name?: string, sees: Sees = ALL): readonly DescribedRoutine[] {
  if (catalogVersion(connection) === 0) return [];
  const stored = name === undefined ? listRoutines(connection) : findRoutines(connection, name);
  return stored
    .filter((routine) => !isScheduleBody(routine.name) && !isStepBody(routine.name) && sees(routine.kind, routine.name))
    .map(describeRoutine);
}

function describeRoutine(routine: StoredRoutine): DescribedRoutine {
  const effects = effectsFromJson(routine.effectsJson);
  const statement = storedStatement(routine.name, routine.source);
  const { kind, name, receiver, version, raises, mode } = routine;
  return {
    kind,
    name,
    receiver,
    version,
    parameters: routine.parameters.map((parameter) => ({
      name: parameter.name,
      type: parameter.inferred,
      mode: parameter.mode,
      optional: parameter.hasDefault,
    })),
    returns: routine.returnType,
    raises,
    mode,
    // What is not known may do anything.
    readOnly: effects !== undefined && !mayWrite(effects) && !effects.jobs,
    deterministic: effects !== undefined && isDeterministic(effects),
    reads: (effects?.reads ?? []).map((access) => access.table),
    writes: (effects?.writes ?? []).map((access) => access.table),
    doc: statement?.kind === "routine" ? statement.doc : undefined,
  };
}

/** Tables, views and declared types of the database itself, or those of one name. @throws EngineError. */
export function describeSchema(connection: Connection, name?: string, sees: Sees = ALL): DescribedSchema {
  const isMeant = (candidate: string): boolean => name === undefined || candidate.toLowerCase() === name.toLowerCase();
  const tables = connection
    .introspect()
    .tables.filter((table) => table.schema === "main" && isMeant(table.name))
    .filter((table) => !table.name.toLowerCase().startsWith(CATALOG_PREFIX) && !isSystemView(table.name))
    .filter((table) => sees("table", table.name));
  const types = catalogVersion(connection) === 0 ? [] : listTypes(connection).filter((type) => isMeant(type.name));
  return { tables: tables.map(describeTable), types: types.flatMap(describeType) };
}

function describeTable(table: TableSchema): DescribedTable {
  return {
    kind: table.kind,
    name: table.name,
    columns: table.columns.map(({ name, type, nullable, defaultText, generated }) => ({
      name,
      type: type ?? "any",
      nullable: nullable && name !== table.rowidColumn,
      hasDefault: defaultText !== undefined || generated || name === table.rowidColumn,
    })),
    primaryKey: table.primaryKey,
    uniqueKeys: table.uniques.filter((unique) => unique.where === undefined).map((unique) => unique.columns),
    foreignKeys: table.foreignKeys.map(({ columns, table: parent, referenced }) => ({
      columns,
      table: parent,
      referenced,
    })),
  };
}

function describeType({ kind, name, source }: StoredType): readonly DescribedType[] {
  const [item] = parse({ name, text: source }).value.items;
  const statement = item?.statement;
  if (item === undefined || statement === undefined) return [];
  if (statement.kind === "enum")
    return [{ kind, name, fields: [], values: statement.values.map((value) => value.text) }];
  if (statement.kind !== "struct" && statement.kind !== "error") return [];
  return [{ kind, name, fields: statement.fields.map((field) => describeField(field, item.text)), values: [] }];
}

/** Spans count from the item's start. */
function describeField(field: FieldNode, text: string): { readonly name: string; readonly type: string } {
  const type = field.type === undefined ? "any" : text.slice(field.type.span.start, field.type.span.end);
  return { name: field.name.text, type };
}
