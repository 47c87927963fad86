// Statements of compiled programs: queries, DML through the triggers that it fires, DDL with what it does to stored triggers.
import type { SqlForm } from "../../base/sql-form.ts";
import { SYSTEM_TABLES } from "../../base/system-tables.ts";
import type { Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import type { RowSource, WriteResult } from "../../storage/engine.ts";
import type { Host, HostRows } from "../../vm/host.ts";
import { ensureSystemViews, rewriteSystemNames } from "../catalog/system-views.ts";
import { CATALOG_PREFIX, catalogWriteTrap, factsOf } from "../sql/forms.ts";
import { askForNamedTables, withRights } from "../security/ask-host.ts";
import { withColumnsOfValues } from "../sql/open-rows.ts";
import type { Firing } from "../triggers/fire.ts";
import { namesOf, tableOf } from "./tables.ts";
import { failed, guarded, type HostWorld } from "./world.ts";

function checkTableNames(form: SqlForm, indexes: readonly number[], parameters: readonly Value[]): void {
  for (const index of indexes) {
    const name = parameters[index];
    if (typeof name !== "string") throw trap("NoSuchTable", "The name of a table is null.");
    const last = name.toLowerCase().split(".").at(-1) ?? "";
    if (last.startsWith(CATALOG_PREFIX))
      throw form.verb === "query"
        ? trap(
            "PermissionDenied",
            `${name} is a table of the catalog; read system.${last.slice(CATALOG_PREFIX.length)}.`,
          )
        : catalogWriteTrap(last);
  }
}

/** Everything that must hold before a statement goes to the engine; gives the statement to run. */
function prepared(world: HostWorld, form: SqlForm, parameters: readonly Value[]): SqlForm {
  if (world.functions.running())
    throw trap("NotImplemented", "A function that SQL calls cannot run SQL itself on sqlite.");
  const facts = factsOf(form);
  if (facts.plain) return form;
  const complete =
    facts.openRowsParameters.length === 0 ? form : withColumnsOfValues(form, facts.openRowsParameters, parameters);
  if (facts.functions.length > 0) world.functions.prepare(form);
  if (facts.tableNameParameters.length > 0) {
    checkTableNames(form, facts.tableNameParameters, parameters);
    askForNamedTables(world, form, facts.tableNameParameters, parameters);
  }
  if (form.verb !== "query") {
    const written = facts.catalogNames[0] ?? (form.verb === "other" ? undefined : facts.systemTables[0]);
    if (written !== undefined && (facts.catalogNames.length > 0 || firstTarget(form) === "system"))
      throw catalogWriteTrap(written);
  }
  if (facts.systemTables.length === 0) return complete;
  ensureSystemViews(world.connection, facts.systemTables, world.authority());
  return rewriteSystemNames(complete);
}

/** The first name in a statement that writes: the schema or table it writes. */
function firstTarget(form: SqlForm): string | undefined {
  for (const part of form.parts) {
    if (typeof part === "string") continue;
    if (part.p === "name") return part.name.toLowerCase();
    if (part.p === "piece" && part.piece !== "target") continue;
    if (part.p !== "upsert" && part.p !== "piece") return undefined;
    const first = part.p === "piece" ? part.parts[0] : part.table[0];
    return typeof first === "object" && first.p === "name" ? first.name.toLowerCase() : undefined;
  }
  return undefined;
}

/** Runs a query. @throws Trap. */
export function query(world: HostWorld, form: SqlForm, parameters: readonly Value[]): HostRows {
  try {
    const statement = prepared(world, form, parameters);
    const rowsMax = world.rowsMax();
    const source = world.connection.query(statement, parameters, rowsMax === undefined ? undefined : { rowsMax });
    return {
      names: namesOf(source.columns),
      next: () => guarded(world, () => source.next()),
      close: () => source.close(),
    };
  } catch (error) {
    return failed(world, error);
  }
}

/** Rows of a query as they come; see Connection.stream. @throws Trap. */
export function stream(world: HostWorld, form: SqlForm, parameters: readonly Value[]): RowSource {
  return guarded(world, () => {
    const statement = prepared(world, form, parameters);
    const rowsMax = world.rowsMax();
    const source = world.connection.stream(statement, parameters, rowsMax === undefined ? undefined : { rowsMax });
    return {
      columns: source.columns,
      next: () => guarded(world, () => source.next()),
      close: () => source.close(),
    };
  });
}

/** The system table that `CREATE TABLE system.x` names: it is there already (listings 02 and 13). */
function builtinTable(form: SqlForm): string | undefined {
  const [name] = factsOf(form).systemTables;
  const [first] = form.parts;
  const creates = typeof first === "string" && /^\s*create\s+table\b/i.test(first) && firstTarget(form) === "system";
  return creates && name !== undefined && Object.hasOwn(SYSTEM_TABLES, name) ? name : undefined;
}

/** Runs DML or DDL, and fires triggers. @throws Trap. */
export function execute(
  world: HostWorld,
  firing: Firing,
  form: SqlForm,
  parameters: readonly Value[],
): ReturnType<Host["execute"]> {
  const calm = firing.executeCalm(form, parameters);
  if (calm !== undefined) return calm;
  if (!firing.active()) {
    firing.rememberCalm(form);
    return executePlain(world, form, parameters);
  }
  if (form.dml !== undefined) {
    const triggers = world.triggers();
    if (!triggers.mustBeApart(form)) return firing.execute(form, parameters, { remember: true });
    return world.connection.inTransaction
      ? triggers.apart(() => firing.execute(form, parameters))
      : firing.execute(form, parameters);
  }
  // A table with capture triggers could not be altered.
  if (form.verb === "ddl") firing.release();
  return executePlain(world, form, parameters);
}

/** Runs DML or DDL as it is. Functions inside would cost every statement an object for what they see: they stand below. @throws Trap. */
export function executePlain(
  world: HostWorld,
  form: SqlForm,
  parameters: readonly Value[],
): ReturnType<Host["execute"]> {
  if (factsOf(form).isDdl) return executeDdl(world, form, parameters);
  try {
    const statement = prepared(world, form, parameters);
    const result = world.connection.run(statement, parameters);
    if (world.transactions.recording()) record(world, statement, parameters);
    return executed(result);
  } catch (error) {
    return failed(world, error);
  }
}

function executed({ changes, rows, columns }: WriteResult): ReturnType<Host["execute"]> {
  return { changes, rows: rows === undefined || columns === undefined ? undefined : tableOf(columns, rows) };
}

function record(world: HostWorld, statement: SqlForm, parameters: readonly Value[]): void {
  // The VM reuses the argument array.
  const copy = [...parameters];
  world.transactions.record(() => {
    world.connection.run(statement, copy);
    // What its triggers did is done again by records of their own.
    world.connection.takeCaptured();
  });
}

function executeDdl(world: HostWorld, form: SqlForm, parameters: readonly Value[]): ReturnType<Host["execute"]> {
  const builtin = builtinTable(form);
  if (builtin !== undefined) {
    world.output.notice(`system.${builtin} is a built-in table; nothing was changed.`);
    return { changes: 0, rows: undefined };
  }
  try {
    const statement = prepared(world, form, parameters);
    const follow = world.triggers().watchSchema();
    const result = withRights(world, form, () => world.connection.run(statement, parameters));
    world.schemaChanged();
    follow?.();
    if (world.transactions.recording()) record(world, statement, parameters);
    return executed(result);
  } catch (error) {
    return failed(world, error);
  }
}
