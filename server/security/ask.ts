// Asking where statements begin: top-level statements by the checker's effects, declarations by what they store, and what becomes of what was stored: its owner and its row
// in the audit log. A session without authority passes through.
import type { GrantObject, Need } from "../../base/privileges.ts";
import { builtinNames, sqlFunctionNames } from "../../compiler/check/builtins.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { storedHeader } from "../../compiler/check/trigger-shape.ts";
import { NO_EFFECTS } from "../../compiler/effects/join.ts";
import { type Declaration, isDeclaration, type Item } from "../../compiler/syntax/tree.ts";
import { findObject } from "../catalog/objects.ts";
import { findRoutines } from "../catalog/routines.ts";
import { scheduleBody } from "../catalog/schedule-bindings.ts";
import { catalogVersion, ensureCatalog, type CatalogPlace } from "../catalog/schema.ts";
import { stepBodies } from "../catalog/step-bodies.ts";
import { moduleFinders } from "../programs/standard-library.ts";
import { listTypes } from "../catalog/types.ts";
import { askForSchedule } from "./ask-schedule.ts";
import { writeAudit } from "./audit.ts";
import { ownerOf, setOwner } from "./owners.ts";
import { hasUsers } from "./rights.ts";
import type { Authority } from "./types.ts";

/** What asking needs from the session. */
export interface AskingPlace extends CatalogPlace {
  authority(): Authority | undefined;
}

/** Asks for a top-level statement. @throws Trap PermissionDenied. */
export function askForItem(place: AskingPlace, checked: CheckedModule, item: Item): void {
  const authority = place.authority();
  if (authority === undefined) return;
  authority.refresh();
  // What is declared is asked for where it is stored, and again when it runs; a test is not stored, and is an item when it runs.
  if (isDeclaration(item.statement) && item.statement.kind !== "test") return;
  authority.demand(checked.effects.get(item) ?? NO_EFFECTS, item);
}

type StoredDeclaration = Exclude<Declaration, { kind: "test" | "import" }>;

/** What a declaration stores: its kind for grants, undefined for types, which are nobody's. */
function kindOf(declaration: StoredDeclaration): GrantObject | undefined {
  switch (declaration.kind) {
    case "routine":
      return declaration.routine;
    case "trigger":
    case "schedule":
    case "pipeline":
      return declaration.kind;
    default:
      return undefined;
  }
}

function isStored(place: CatalogPlace, kind: GrantObject, name: string): boolean {
  if (catalogVersion(place.connection) === 0) return false;
  if (kind === "procedure" || kind === "function") return findRoutines(place.connection, name).length > 0;
  return findObject(place.connection, kind as "trigger" | "schedule" | "pipeline", name) !== undefined;
}

const CREATE: Need = { privilege: "CREATE", objectKind: "database", objectName: "", columns: undefined };

/**
 * Stores a declaration for whom the session acts: who makes something owns it, and what runs with its owner's rights is replaced by its owner alone.
 * Runs inside the statement's transaction. @throws Trap PermissionDenied.
 */
export function storeFor<T>(
  place: AskingPlace,
  checked: CheckedModule,
  item: Item,
  declaration: Declaration,
  store: () => T,
): T {
  const authority = place.authority();
  if (declaration.kind === "test" || declaration.kind === "import") return store();
  if (authority === undefined && !hasUsers(place.connection)) return store();
  const kind = kindOf(declaration);
  const name = declaration.name.text;
  ensureCatalog(place);
  const existed = kind !== undefined && isStored(place, kind, name);
  if (authority !== undefined) askToStore(place, authority, checked, declaration, existed ? kind : undefined);
  if (authority !== undefined && declaration.kind === "pipeline")
    authority.demandNeeds(templateNeeds(place, declaration, item));
  const result = store();
  const userId = authority?.principal.userId ?? "";
  if (!existed && userId !== "") {
    if (kind !== undefined) setOwner(place, kind, name, userId);
    const body = declaration.kind === "schedule" ? scheduleBody(declaration, item.text) : undefined;
    if (body !== undefined) setOwner(place, "procedure", body.name, userId);
  }
  // Each version of a pipeline may bring steps with SQL of their own, whoever replaced it.
  if (declaration.kind === "pipeline") {
    const owner = ownerOf(place.connection, "pipeline", name);
    if (owner !== undefined)
      for (const body of stepBodies(place.connection, declaration, item.text))
        setOwner(place, "procedure", body.name, owner);
  }
  if (authority !== undefined && kind === "schedule") askForSchedule(place, authority, name);
  writeAudit(place, {
    action: `${existed ? "replace" : "create"}_${kind ?? "type"}`,
    outcome: "done",
    userId: userId === "" ? undefined : userId,
    sessionId: undefined,
    objectKind: kind ?? "type",
    objectName: name,
  });
  return result;
}

/** `existing`: the kind of what is there already. @throws Trap PermissionDenied. */
function askToStore(
  place: AskingPlace,
  authority: Authority,
  checked: CheckedModule,
  declaration: StoredDeclaration,
  existing: GrantObject | undefined,
): void {
  const name = declaration.name.text;
  if (existing === undefined) {
    authority.demandNeeds([CREATE]);
    // Types are nobody's: what others declared is not replaced.
    if (isType(declaration) && listTypes(place.connection).some((type) => sameName(type.name, name)))
      authority.demandSuperuser(`Replacing type ${name}`);
    if (declaration.kind === "routine" && isBuiltinName(name))
      authority.demandSuperuser(`A routine named ${name}, as one of the standard library,`);
  } else if (!isOwner(place, authority, existing, name)) {
    if (runsAsOwner(declaration))
      authority.refuse(`${name} runs with its owner's rights, so only its owner or an administrator may replace it.`);
    authority.demandNeeds([{ privilege: "ALTER", objectKind: existing, objectName: name, columns: undefined }]);
  }
  if (declaration.kind !== "trigger") return;
  const effects = checked.routines.get(declaration)?.effects ?? NO_EFFECTS;
  authority.demandNeeds([...targetNeeds(declaration), ...effects.needs]);
}

function isType(declaration: StoredDeclaration): boolean {
  return kindOf(declaration) === undefined;
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Whether others mean a function of ours by a name: their code would call the new one instead when it is compiled again. */
function isBuiltinName(name: string): boolean {
  return [builtinNames(), sqlFunctionNames(), moduleFinders(".")("").standardNames()].some((names) =>
    names.some((each) => sameName(each, name)),
  );
}

/** Who sees what is written to a table must be able to change the table. */
function targetNeeds(declaration: Extract<Declaration, { kind: "trigger" }>): readonly Need[] {
  const { table } = storedHeader(declaration);
  if (table === undefined) return [];
  const objectName = table.includes(".") ? table : `main.${table}`;
  return [{ privilege: "ALTER", objectKind: "table", objectName, columns: undefined }];
}

/** Query templates that are not for everybody. */
function templateNeeds(
  place: CatalogPlace,
  declaration: Extract<Declaration, { kind: "pipeline" }>,
  item: Item,
): readonly Need[] {
  return stepBodies(place.connection, declaration, item.text).flatMap(({ template }) =>
    template?.isPrivate === true
      ? [{ privilege: "USE", objectKind: "template", objectName: template.name, columns: undefined }]
      : [],
  );
}

function runsAsOwner(declaration: StoredDeclaration): boolean {
  return declaration.kind === "routine"
    ? declaration.security === "definer"
    : declaration.kind !== "struct" && declaration.kind !== "enum" && declaration.kind !== "error";
}

function isOwner(place: AskingPlace, authority: Authority, kind: GrantObject, name: string): boolean {
  const { userId, superuser, scopes } = authority.principal;
  if (superuser && scopes === undefined) return true;
  return hasUsers(place.connection) && ownerOf(place.connection, kind, name) === userId;
}
