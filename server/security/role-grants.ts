// GRANT and REVOKE of roles to users and other roles, with the option to give them to others. Roles may not contain each other in a circle.
import { trap } from "../../bytecode/trap.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { BUILTIN_ROLES } from "../catalog/schema-keys.ts";
import { storedTable, timestampText } from "../catalog/schema.ts";
import type { ManageWorld } from "../manage/world.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { type Grantee, needRole } from "./people.ts";
import { readRights } from "./rights.ts";
import { auditIn } from "./verbs.ts";

/** Gives roles or takes them. Runs inside the statement's transaction. @throws Trap. */
export function grantRoles(
  world: ManageWorld,
  form: ManagementForm,
  names: readonly { readonly name: string }[],
  grantees: readonly Grantee[],
): void {
  const revoke = form["revoke"] === true;
  const option = form["option"] === true;
  for (const { name } of names) {
    const role = needRole(world.connection, name);
    if (role.id === BUILTIN_ROLES.public)
      throw trap("WrongArguments", "Everybody has the role public; it cannot be given or taken.");
    demandMayGive(world, role);
    for (const grantee of grantees) {
      if (revoke) takeRole(world, role, grantee, option);
      else giveRole(world, role, grantee, option);
      auditIn(world, {
        action: revoke ? "revoke_role" : "grant_role",
        objectKind: "role",
        objectName: role.name,
        details: { [grantee.kind]: grantee.name, ...(option ? { option } : {}) },
      });
    }
  }
}

/** @throws Trap PermissionDenied. */
function demandMayGive(world: ManageWorld, role: Grantee): void {
  const { authority } = world;
  if (authority === undefined || authority.principal.userId === "") return;
  const { principal } = authority;
  const rights = readRights(world.connection, principal.userId);
  if (rights.superuser || (rights.adminOf.has(role.id) && role.id !== BUILTIN_ROLES.admin)) return;
  authority.refuse(
    `${principal.name} may not give the role ${role.name}: that is for administrators and for who got it WITH ADMIN OPTION.`,
  );
}

function giveRole(world: ManageWorld, role: Grantee, grantee: Grantee, option: boolean): void {
  if (grantee.kind === "role" && (grantee.id === role.id || isWithin(world, role.id, grantee.id)))
    throw trap(
      "WrongArguments",
      `The role ${role.name} has the role ${grantee.name} already, so this would be a circle.`,
    );
  const by = world.authority?.principal.userId ?? "";
  writeRows(
    world.connection,
    `INSERT INTO ${storedTable("role_members")} (role_id, member_kind, member_id, admin_option, granted_by, granted_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (role_id, member_kind, member_id) DO UPDATE SET admin_option = max(admin_option, excluded.admin_option)`,
    [role.id, grantee.kind, grantee.id, option, by === "" ? null : by, timestampText(world.nowMicros())],
  );
}

/** Whether a role has another one, directly or through others. */
function isWithin(world: ManageWorld, roleId: string, other: string): boolean {
  const open = [roleId];
  const seen = new Set<string>();
  for (let role = open.pop(); role !== undefined; role = open.pop()) {
    if (role === other) return true;
    if (seen.has(role)) continue;
    seen.add(role);
    const rows = readRows(
      world.connection,
      `SELECT role_id FROM ${storedTable("role_members")} WHERE member_kind = 'role' AND member_id = ?`,
      [role],
    );
    open.push(...rows.map((row) => textOf(row[0])));
  }
  return false;
}

function takeRole(world: ManageWorld, role: Grantee, grantee: Grantee, optionOnly: boolean): void {
  const table = storedTable("role_members");
  const where = "role_id = ? AND member_kind = ? AND member_id = ?";
  const sql = optionOnly
    ? `UPDATE ${table} SET admin_option = 0 WHERE ${where}`
    : `DELETE FROM ${table} WHERE ${where}`;
  if (writeRows(world.connection, sql, [role.id, grantee.kind, grantee.id]) === 0)
    world.output.notice(`${grantee.name} did not have the role ${role.name} of its own.`);
}
