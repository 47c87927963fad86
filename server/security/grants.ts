// GRANT and REVOKE of privileges. An administrator, the object's owner and who got it WITH GRANT OPTION may; what was handed on goes with the right to hand it on.
import { type Privilege, privilegeNamed } from "../../base/privileges.ts";
import { trap } from "../../bytecode/trap.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { newId } from "../catalog/identifiers.ts";
import { ensureCatalog, storedTable, timestampText } from "../catalog/schema.ts";
import { atomically } from "../manage/changes.ts";
import type { ManageVerb, ManageWorld } from "../manage/world.ts";
import { insertRow, readRows, textOf, writeRows } from "../sql/rows.ts";
import { type GrantedObject, objectsOf, privilegesFor } from "./grant-objects.ts";
import { ownerOf } from "./owners.ts";
import { type Grantee, needGrantee } from "./people.ts";
import { columnsOf, isTrue, readRights } from "./rights.ts";
import { grantRoles } from "./role-grants.ts";
import { bumpSecurity } from "./tokens.ts";
import { auditIn, refuseLimited } from "./verbs.ts";

/** One right of a statement, as the form has it. */
export interface GivenRight {
  readonly name: string;
  readonly columns: readonly string[];
}

/** GRANT rights [ON …] TO … [WITH GRANT OPTION]; REVOKE [GRANT OPTION FOR] rights [ON …] FROM …. */
export const grant: ManageVerb = (world, form) => {
  const revoke = form["revoke"] === true;
  refuseLimited(world, revoke ? "REVOKE" : "GRANT");
  const rights = form["rights"] as readonly GivenRight[];
  atomically(world, () => {
    ensureCatalog(world.place);
    const grantees = (form["grantees"] as readonly string[]).map((name) => needGrantee(world.connection, name));
    const roles = form["target"] === undefined ? rights.filter(({ name }) => privilegeNamed(name) === undefined) : [];
    if (roles.length > 0) grantRoles(world, form, roles, grantees);
    for (const right of rights) {
      if (roles.includes(right)) continue;
      for (const each of grantsOf(world, form, right))
        for (const grantee of grantees) giveOrTake(world, form, each, grantee);
    }
    bumpSecurity(world.place);
  });
  return null;
};

/** One privilege on one object. */
interface OneRight {
  readonly privilege: Privilege;
  readonly object: GrantedObject;
  /** Undefined: the whole object. */
  readonly columns: readonly string[] | undefined;
}

function grantsOf(world: ManageWorld, form: ManagementForm, right: GivenRight): readonly OneRight[] {
  // SERVICE CONTROL stands without ON.
  const objects =
    form["target"] === undefined
      ? [{ kind: "service" as const, name: "" }]
      : objectsOf(world, form, privilegeNamed(right.name));
  const columns = right.columns.length === 0 ? undefined : right.columns.map((column) => column.toLowerCase());
  return objects.flatMap((object) =>
    privilegesFor(right.name, object.kind).map((privilege) => ({ privilege, object, columns })),
  );
}

function giveOrTake(world: ManageWorld, form: ManagementForm, right: OneRight, grantee: Grantee): void {
  demandMayGrant(world, right);
  const option = form["option"] === true;
  if (form["revoke"] === true) take(world, right, grantee, option);
  else give(world, right, grantee, option);
  auditIn(world, {
    action: form["revoke"] === true ? "revoke" : "grant",
    objectKind: right.object.kind,
    objectName: right.object.name,
    details: {
      privilege: right.privilege,
      [grantee.kind]: grantee.name,
      ...(option ? { option } : {}),
      ...(right.columns === undefined ? {} : { columns: right.columns }),
    },
  });
}

/** @throws Trap PermissionDenied. */
function demandMayGrant(world: ManageWorld, { privilege, object }: OneRight): void {
  const { authority } = world;
  if (authority === undefined || authority.principal.userId === "") return;
  const { principal } = authority;
  const rights = readRights(world.connection, principal.userId);
  if (rights.superuser || ownerOf(world.connection, object.kind, object.name) === principal.userId) return;
  if (rights.of(privilege, object.kind, object.name).some(({ withGrant }) => withGrant)) return;
  const what = object.name === "" ? `the ${object.kind}` : `${object.kind} ${object.name.replace(/^main\./, "")}`;
  authority.refuse(
    `${principal.name} may not grant ${privilege} on ${what}: that is for its owner, for administrators, and for who got it WITH GRANT OPTION.`,
  );
}

interface GrantRow {
  readonly id: string;
  readonly columns: ReadonlySet<string> | undefined;
  readonly withGrant: boolean;
}

const WHERE = "privilege = ? AND object_kind = ? AND object_name = ?";

function keyOf({ privilege, object }: OneRight): readonly string[] {
  return [privilege, object.kind, object.name];
}

function rowOf(world: ManageWorld, right: OneRight, grantee: Grantee): GrantRow | undefined {
  const [row] = readRows(
    world.connection,
    `SELECT grant_id, column_names, CAST(with_grant AS INTEGER) FROM ${storedTable("grants")} WHERE ${WHERE} AND grantee_kind = ? AND grantee_id = ?`,
    [...keyOf(right), grantee.kind, grantee.id],
  );
  return row === undefined ? undefined : { id: textOf(row[0]), columns: columnsOf(row[1]), withGrant: isTrue(row[2]) };
}

function setRow(world: ManageWorld, id: string, columns: readonly string[] | undefined, withGrant: boolean): void {
  writeRows(
    world.connection,
    `UPDATE ${storedTable("grants")} SET column_names = ?, with_grant = ? WHERE grant_id = ?`,
    [columns === undefined ? null : JSON.stringify(columns), withGrant, id],
  );
}

function give(world: ManageWorld, right: OneRight, grantee: Grantee, option: boolean): void {
  const known = rowOf(world, right, grantee);
  if (known !== undefined) {
    const columns =
      known.columns === undefined || right.columns === undefined
        ? undefined
        : [...new Set([...known.columns, ...right.columns])].sort();
    setRow(world, known.id, columns, known.withGrant || option);
    return;
  }
  const principal = world.authority?.principal;
  insertRow(world.connection, storedTable("grants"), {
    grant_id: newId(world.nowMicros() / 1000),
    grantee_kind: grantee.kind,
    grantee_id: grantee.id,
    privilege: right.privilege,
    object_kind: right.object.kind,
    object_name: right.object.name,
    column_names: right.columns === undefined ? null : JSON.stringify(right.columns),
    with_grant: option,
    granted_by: principal === undefined || principal.userId === "" ? null : principal.userId,
    granted_at: timestampText(world.nowMicros()),
  });
}

/** Takes a right, or only the option to hand it on, and then what was handed on. */
function take(world: ManageWorld, right: OneRight, grantee: Grantee, optionOnly: boolean): void {
  const known = rowOf(world, right, grantee);
  if (known === undefined) {
    world.output.notice(
      `${grantee.name} had no ${right.privilege} on ${right.object.name.replace(/^main\./, "")} of its own.`,
    );
    return;
  }
  if (right.columns !== undefined && known.columns === undefined)
    throw trap(
      "WrongArguments",
      `${grantee.name} has ${right.privilege} on the whole of ${right.object.name.replace(/^main\./, "")}; revoke that and grant the columns that shall stay.`,
    );
  const rest =
    known.columns === undefined || right.columns === undefined
      ? []
      : [...known.columns].filter((column) => !right.columns?.includes(column));
  if (optionOnly) setRow(world, known.id, known.columns === undefined ? undefined : [...known.columns], false);
  else if (rest.length > 0) setRow(world, known.id, rest, known.withGrant);
  else writeRows(world.connection, `DELETE FROM ${storedTable("grants")} WHERE grant_id = ?`, [known.id]);
  if (known.withGrant && (optionOnly || rest.length === 0) && grantee.kind === "user")
    takeHandedOn(world, right, grantee.id);
}

/** What a user handed on goes, and what those handed on. */
function takeHandedOn(world: ManageWorld, right: OneRight, userId: string): void {
  const rows = readRows(
    world.connection,
    `SELECT grant_id, grantee_kind, grantee_id FROM ${storedTable("grants")} WHERE ${WHERE} AND granted_by = ?`,
    [...keyOf(right), userId],
  );
  for (const [id, kind, grantee] of rows) {
    writeRows(world.connection, `DELETE FROM ${storedTable("grants")} WHERE grant_id = ?`, [id ?? null]);
    if (textOf(kind) === "user") takeHandedOn(world, right, textOf(grantee));
  }
  if (rows.length > 0)
    world.output.notice(
      rows.length === 1
        ? "A right that was handed on went with it."
        : `${rows.length} rights that were handed on went with it.`,
    );
}
