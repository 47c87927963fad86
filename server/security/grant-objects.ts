// From what GRANT, REVOKE and SHOW GRANTS name to objects that are there: kinds that the privilege tells, all of a kind, the database and the service.
import { fitsObject, type GrantObject, PRIVILEGES, type Privilege, privilegeNamed } from "../../base/privileges.ts";
import { SYSTEM_TABLES } from "../../base/system-tables.ts";
import { trap } from "../../bytecode/trap.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { findObject, objectNames, type StoredObjectKind } from "../catalog/objects.ts";
import { findRoutines, listRoutines } from "../catalog/routines.ts";
import { isSystemView } from "../catalog/system-views.ts";
import { noSuchObject, optionalText, type ManageWorld } from "../manage/world.ts";
import { CATALOG_PREFIX } from "../sql/forms.ts";
import { objectKey, storedKind } from "./rights.ts";
import { seesOf } from "./visibility.ts";

/** An object on which something is granted, as rows have it. */
export interface GrantedObject {
  readonly kind: GrantObject;
  readonly name: string;
}

const NAMED_KINDS: readonly GrantObject[] = ["table", "procedure", "trigger", "schedule", "pipeline"];
const STORED: ReadonlySet<string> = new Set<StoredObjectKind>(["trigger", "schedule", "pipeline"]);

/** Whether an object of that kind and name is there. */
function isThere(world: ManageWorld, kind: GrantObject, name: string): boolean {
  if (kind === "table") return hasTable(world, name);
  if (!world.hasCatalog()) return false;
  if (kind === "procedure" || kind === "function") return findRoutines(world.connection, name).length > 0;
  if (STORED.has(kind)) return findObject(world.connection, kind as StoredObjectKind, name) !== undefined;
  return true;
}

function tableNames(world: ManageWorld): readonly string[] {
  return world.connection
    .introspect()
    .tables.filter(({ schema, name }) => schema !== "temp" && !name.startsWith(CATALOG_PREFIX) && !isSystemView(name))
    .map(({ schema, name }) => objectKey("table", `${schema}.${name}`));
}

function hasTable(world: ManageWorld, name: string): boolean {
  const key = objectKey("table", name);
  if (key.startsWith("system.")) return Object.hasOwn(SYSTEM_TABLES, key.slice("system.".length));
  return tableNames(world).includes(key);
}

/** Whether lists tell which objects of a kind there are; the others are known by name alone. */
function isLists(kind: GrantObject): boolean {
  return NAMED_KINDS.includes(kind) || kind === "function";
}

function allOf(world: ManageWorld, kind: GrantObject): readonly string[] {
  if (kind === "table") return tableNames(world);
  if (!world.hasCatalog()) return [];
  if (kind === "procedure" || kind === "function")
    return listRoutines(world.connection, kind).map((routine) => routine.name);
  return STORED.has(kind) ? objectNames(world.connection, kind as StoredObjectKind) : [];
}

/** The objects that a statement names. `privilege` tells the kind where the statement does not. @throws Trap NoSuchObject and its kin. */
export function objectsOf(
  world: ManageWorld,
  form: ManagementForm,
  privilege: Privilege | undefined,
): readonly GrantedObject[] {
  const what = optionalText(form, "what") as GrantObject | undefined;
  const target = optionalText(form, "target");
  if (target === "whole" && what !== undefined) return [{ kind: what, name: "" }];
  if (target === "all" && what !== undefined) {
    const shown = seesOf(world.connection, world.authority);
    return allOf(world, what)
      .filter((name) => shown(what, name))
      .map((name) => ({ kind: storedKind(what), name: objectKey(what, name) }));
  }
  const names = (form["names"] as readonly string[] | undefined) ?? [];
  const sees = seesOf(world.connection, world.authority);
  return names.map((name) => {
    const kinds =
      what === undefined
        ? NAMED_KINDS.filter((kind) => privilege === undefined || fitsObject(privilege, kind))
        : [what];
    const kind = kinds.find((each) => isThere(world, each, name) && (!isLists(each) || sees(each, name)));
    if (kind === undefined) return noSuchObject(kinds.length === 1 ? (kinds[0] ?? "object") : "object", name);
    return { kind: storedKind(kind), name: objectKey(kind, name) };
  });
}

/** The privileges of a right as written: one, or with ALL those that fit the kind. @throws Trap WrongArguments. */
export function privilegesFor(word: string, kind: GrantObject): readonly Privilege[] {
  if (word.toUpperCase() === "ALL")
    return (Object.keys(PRIVILEGES) as Privilege[]).filter((privilege) => fitsObject(privilege, kind));
  const privilege = privilegeNamed(word);
  if (privilege === undefined) throw trap("NoSuchObject", `There is no privilege named ${word}.`);
  if (!fitsObject(privilege, kind)) throw trap("WrongArguments", `${privilege} cannot be granted on a ${kind}.`);
  return [privilege];
}
