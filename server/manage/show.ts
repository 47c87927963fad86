// SHOW <kind> <name> and DESCRIBE: the text and the facts of one object.
import { trap } from "../../bytecode/trap.ts";
import type { TableSchema } from "../../base/schema.ts";
import type { Value } from "../../base/value/value.ts";
import type { ObjectKind } from "../../compiler/syntax/tree.ts";

import { findObject, type StoredObjectKind } from "../catalog/objects.ts";
import type { StoredRoutine } from "../catalog/routines.ts";
import { seesOf } from "../security/visibility.ts";
import type { KnownTrigger } from "../triggers/registry.ts";
import { systemTableRows } from "./system-description.ts";
import { listTypes } from "../catalog/types.ts";
import { printParameters, versionsOf } from "./lists.ts";
import { showRun } from "./runs.ts";
import { showPipeline } from "./pipelines.ts";
import { showSchedule } from "./schedules.ts";
import { showTrigger } from "./triggers.ts";
import {
  noSuchObject,
  optionalNumber,
  shortName,
  tableFromRows,
  textField,
  type ManageVerb,
  type ManageWorld,
} from "./world.ts";

/** SHOW PROCEDURE p [VERSION n], SHOW TRIGGER t, SHOW TABLE t … */
export const show: ManageVerb = (world, form) => {
  const what = textField(form, "what") as ObjectKind;
  const name = textField(form, "name");
  if (!isShown(world, what, name)) return noSuchObject(what, name);
  switch (what) {
    case "procedure":
    case "function":
      return showRoutine(world, what, shortName(name), optionalNumber(form, "version"));
    case "trigger":
    case "schedule":
      return showObject(world, what, shortName(name));
    case "pipeline":
      return showPipeline(world, shortName(name), optionalNumber(form, "version"));
    case "type":
      return showType(world, shortName(name));
    case "run":
      return showRun(world, name);
    case "table":
    case "view":
      return tableFromRows(["name", "sql"], [[name, tableNamed(world, name)?.sql ?? noSuchObject(what, name)]]);
    case "index": {
      const index = world.connection
        .introspect()
        .otherNames.find(
          (other) => other.kind === "index" && other.name.toLowerCase() === shortName(name).toLowerCase(),
        );
      return tableFromRows(
        ["name", "table", "sql"],
        [index === undefined ? noSuchObject(what, name) : [index.name, index.table, index.sql ?? null]],
      );
    }
    default:
      throw trap(
        "NotImplemented",
        `SHOW ${what.toUpperCase()} with a name is not there; use LIST ${what.toUpperCase()}S.`,
      );
  }
};

/** What somebody may not use is not there for him. */
function isShown(world: ManageWorld, what: ObjectKind, name: string): boolean {
  if (world.authority?.limitedTo() === undefined) return true;
  const sees = seesOf(world.connection, world.authority);
  switch (what) {
    case "procedure":
    case "function":
    case "schedule":
    case "pipeline":
      return sees(what, shortName(name));
    case "trigger": {
      const stored = world.triggers.all().find((each) => sameName(each.stored.name, name));
      return sees("trigger", shortName(name)) || (stored !== undefined && sees("table", targetOf(stored)));
    }
    case "table":
    case "view":
      return sees("table", qualifiedName(world, name));
    case "index": {
      const { otherNames } = world.connection.introspect();
      const index = otherNames.find((other) => other.kind === "index" && sameName(other.name, name));
      return index !== undefined && sees("table", index.table);
    }
    default:
      return true;
  }
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === shortName(right).toLowerCase();
}

function targetOf({ definition }: KnownTrigger): string {
  return definition.schema === undefined ? definition.table : `${definition.schema}.${definition.table}`;
}

/** With the schema in which it is found. */
function qualifiedName(world: ManageWorld, name: string): string {
  const table = tableNamed(world, name);
  return table === undefined ? name : `${table.schema}.${table.name}`;
}

function showRoutine(
  world: ManageWorld,
  kind: "procedure" | "function",
  name: string,
  version: number | undefined,
): Value {
  const found = versionsOf(world, name, version).filter((routine) => routine.kind === kind);
  if (found.length === 0) return noSuchObject(kind, version === undefined ? name : `${name}@${version}`);
  return tableFromRows(
    ["name", "version", "current", "parameters", "returns", "raises", "mode", "status", "source"],
    found.map((routine) => [
      routine.receiver === "" ? routine.name : `${routine.receiver}.${routine.name}`,
      routine.version,
      routine.version === routine.currentVersion,
      printParameters(routine.parameters),
      routine.returnType,
      routine.raises.join(", "),
      routine.mode,
      routine.status,
      routine.source,
    ]),
  );
}

function showObject(world: ManageWorld, kind: StoredObjectKind, name: string): Value {
  if (kind === "schedule") return showSchedule(world, name);
  if (kind === "trigger") return showTrigger(world, name) ?? noSuchObject(kind, name);
  const object = world.hasCatalog() ? findObject(world.connection, kind, name) : undefined;
  return object === undefined
    ? noSuchObject(kind, name)
    : tableFromRows(["name", "enabled", "source"], [[name, object.enabled, object.source]]);
}

function showType(world: ManageWorld, name: string): Value {
  const type = world.hasCatalog()
    ? listTypes(world.connection).find((candidate) => candidate.name.toLowerCase() === name.toLowerCase())
    : undefined;
  return type === undefined
    ? noSuchObject("type", name)
    : tableFromRows(["name", "kind", "source"], [[type.name, type.kind, type.source]]);
}

function tableNamed(world: ManageWorld, name: string): TableSchema | undefined {
  const short = shortName(name).toLowerCase();
  const schema = name.includes(".") ? name.slice(0, name.lastIndexOf(".")).toLowerCase() : undefined;
  return world.connection
    .introspect()
    .tables.find(
      (table) => table.name.toLowerCase() === short && (schema === undefined || table.schema.toLowerCase() === schema),
    );
}

/** DESCRIBE x: columns of a table or view, parameters of a routine, else what SHOW gives. */
export const describe: ManageVerb = (world, form) => {
  const name = textField(form, "name");
  if (name.toLowerCase().startsWith("system.")) return systemTableRows(shortName(name)) ?? noSuchObject("table", name);
  const table = tableNamed(world, name);
  if (table !== undefined && isShown(world, table.kind === "view" ? "view" : "table", name))
    return describeTable(table);
  const [routine] = versionsOf(world, shortName(name), undefined);
  if (routine !== undefined && isShown(world, routine.kind, name)) return describeRoutine(routine);
  for (const kind of ["trigger", "schedule", "pipeline"] as const) {
    const isThere = world.hasCatalog() && findObject(world.connection, kind, shortName(name)) !== undefined;
    if (isThere && isShown(world, kind, name)) return showObject(world, kind, shortName(name));
  }
  if (
    world.hasCatalog() &&
    listTypes(world.connection).some((type) => type.name.toLowerCase() === shortName(name).toLowerCase())
  )
    return showType(world, shortName(name));
  return noSuchObject("table, routine or other object", name);
};

function describeTable(table: TableSchema): Value {
  const keyOf = (column: string): string => {
    const position = table.primaryKey.findIndex((key) => key.toLowerCase() === column.toLowerCase());
    if (position >= 0) return table.primaryKey.length === 1 ? "primary key" : `primary key, part ${position + 1}`;
    const foreign = table.foreignKeys.find((key) =>
      key.columns.some((name) => name.toLowerCase() === column.toLowerCase()),
    );
    return foreign === undefined ? "" : `references ${foreign.table}`;
  };
  return tableFromRows(
    ["column", "type", "declared", "null", "default", "key"],
    table.columns.map((column) => [
      column.name,
      column.type ?? "any",
      column.declaredType,
      column.nullable,
      column.defaultText ?? null,
      keyOf(column.name),
    ]),
  );
}

function describeRoutine(routine: StoredRoutine): Value {
  const rows: (readonly Value[])[] = routine.parameters.map((parameter) => [
    parameter.name,
    parameter.declared,
    parameter.inferred,
    parameter.mode,
  ]);
  return tableFromRows(
    ["name", "declared", "inferred", "mode"],
    [...rows, ["returns", null, routine.returnType, routine.mode]],
  );
}
