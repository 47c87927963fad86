// Asking for what is known only while a program runs: tables that variables name and texts of `execute`; and what DDL means for rights: who makes a table owns it, rights follow
// a table that is renamed and go with one that is dropped.
import type { Need, Privilege } from "../../base/privileges.ts";
import type { SqlForm, SqlParts } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { ensureCatalog, type CatalogPlace } from "../catalog/schema.ts";
import type { HostWorld } from "../host/world.ts";
import type { DynamicProgram } from "../programs/dynamic-statements.ts";
import { type DdlFacts, ddlFacts } from "../sql/ddl-forms.ts";
import { factsOf } from "../sql/forms.ts";
import { readRows } from "../sql/rows.ts";
import { writeAudit } from "./audit.ts";
import { forgetObject, renameTableRights, setOwner } from "./owners.ts";
import { hasUsers } from "./rights.ts";
import type { Authority } from "./types.ts";

const EVENT_PRIVILEGES = {
  insert: ["INSERT"],
  update: ["UPDATE", "SELECT"],
  delete: ["DELETE", "SELECT"],
} as const satisfies Record<string, readonly Privilege[]>;

/** The parameter that names the table which a statement writes. */
function targetParameter(form: SqlForm): number | undefined {
  for (const part of form.parts) {
    if (typeof part === "string") continue;
    const parts: SqlParts =
      part.p === "piece" && part.piece === "target" ? part.parts : part.p === "upsert" ? part.table : [];
    for (const each of parts) if (typeof each === "object" && each.p === "tableName") return each.index;
  }
  return undefined;
}

/** Asks for the tables that parameters name. @throws Trap PermissionDenied. */
export function askForNamedTables(
  world: HostWorld,
  form: SqlForm,
  indexes: readonly number[],
  parameters: readonly Value[],
): void {
  const authority = world.authority();
  if (authority?.mustAsk() !== true) return;
  const target = targetParameter(form);
  const needs = indexes.flatMap((index): readonly Need[] => {
    const name = parameters[index];
    if (typeof name !== "string") return [];
    const objectName = name.includes(".") ? name : `main.${name}`;
    const privileges = index === target ? targetPrivileges(form) : (["SELECT"] as const);
    return privileges.map((privilege) => ({ privilege, objectKind: "table", objectName, columns: undefined }));
  });
  authority.demandNeeds(needs);
}

function targetPrivileges(form: SqlForm): readonly Privilege[] {
  const { dml } = form;
  if (dml === undefined) return ["INSERT", "UPDATE", "DELETE", "SELECT"];
  return [
    ...EVENT_PRIVILEGES[dml.event],
    ...(dml.upsert ? (["UPDATE", "SELECT"] as const) : []),
    ...(dml.or === "replace" ? (["DELETE"] as const) : []),
  ];
}

/**
 * Asks for a text of `execute`; what our compiler does not understand is for administrators. Gives the program of a text that was asked for,
 * and of DDL which rights must follow. @throws Trap PermissionDenied.
 */
export function askForText(world: HostWorld, sql: string, isDdl: boolean): DynamicProgram | undefined {
  const authority = world.authority();
  const mustAsk = authority?.mustAsk() === true;
  if (!mustAsk && !(isDdl && hasUsers(world.connection))) return undefined;
  const program = world.statement(sql);
  if ("routine" in program) {
    authority?.demandNeeds(program.effects.needs, program.effects.fires);
    return program;
  }
  authority?.demandSuperuser("A text of execute that is not understood");
  return undefined;
}

/** Runs DDL and lets rights follow; where there are users, also for a session without authority. */
export function withRights<T>(world: HostWorld, form: SqlForm, run: () => T): T {
  const authority = world.authority();
  if (authority === undefined && !hasUsers(world.connection)) return run();
  const ddl = ddlFacts(form);
  if (ddl === undefined) return run();
  // It would be read with other rights than those that it was made for.
  if (ddl.object !== "table" && factsOf(form).systemTables.length > 0 && authority?.mustAsk() === true)
    authority.demandSuperuser(`A ${ddl.object} over system tables`);
  if (isTemporary(world, ddl)) {
    refuseShadow(world, ddl);
    return run();
  }
  // What a module does with other tables is nothing that the checker sees.
  if (ddl.virtual) authority?.demandSuperuser("CREATE VIRTUAL TABLE");
  const existed = ddl.action === "create" && isThere(world, ddl);
  const result = run();
  if (!existed) follow(world, ddl, authority);
  return result;
}

/** What DDL means for rights, and its row in the audit log. */
function follow(world: HostWorld, ddl: DdlFacts, authority: Authority | undefined): void {
  const place: CatalogPlace = {
    connection: world.connection,
    nowMicros: () => world.callNowMicros(),
    elapsedMs: () => world.elapsedMs(),
  };
  ensureCatalog(place);
  const name = `${ddl.schema ?? "main"}.${ddl.name}`;
  if (ddl.object === "table" || ddl.object === "view") followTable(place, ddl, name, authority?.actingUser() ?? "");
  const userId = authority?.principal.userId ?? "";
  writeAudit(place, {
    action: `${ddl.action}_${ddl.object}`,
    outcome: "done",
    userId: userId === "" ? undefined : userId,
    sessionId: undefined,
    objectKind: ddl.object,
    objectName: name.toLowerCase(),
  });
}

/** Whether it is about a temporary object, which an unqualified name means first. */
function isTemporary(world: HostWorld, ddl: DdlFacts): boolean {
  if (ddl.temporary || ddl.action === "create" || ddl.schema !== undefined) return ddl.temporary;
  return isThere(world, { schema: "temp", name: ddl.name });
}

/**
 * A temporary table stands for the database's own of the same name, also in triggers and in routines with their owner's rights that others wrote:
 * who may not do everything makes none. @throws Trap PermissionDenied.
 */
function refuseShadow(world: HostWorld, ddl: DdlFacts): void {
  if (ddl.object !== "table" && ddl.object !== "view") return;
  const name = ddl.action === "create" ? ddl.name : ddl.renamedTo;
  const authority = world.authority();
  if (name === undefined || authority?.mustAsk() !== true) return;
  if (isThere(world, { schema: "main", name }))
    authority.demandSuperuser(`A temporary table with the name of table ${name}, for which it would stand,`);
}

function followTable(place: CatalogPlace, ddl: DdlFacts, name: string, owner: string): void {
  if (ddl.action === "create" && owner !== "") setOwner(place, "table", name, owner);
  if (ddl.action === "drop") forgetObject(place, "table", name);
  if (ddl.renamedTo !== undefined) renameTableRights(place, name, `${ddl.schema ?? "main"}.${ddl.renamedTo}`);
}

function isThere(world: HostWorld, ddl: Pick<DdlFacts, "schema" | "name">): boolean {
  const schema = (ddl.schema ?? "main").replaceAll('"', '""');
  const sql = `SELECT 1 FROM "${schema}".sqlite_schema WHERE name = ? COLLATE NOCASE`;
  return readRows(world.connection, sql, [ddl.name]).length > 0;
}
