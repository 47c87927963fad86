// SHOW GRANTS [FOR u] [ON TABLE t], and the lists of users, roles and tokens.
import type { Value } from "../../base/value/value.ts";
import { storedTable } from "../catalog/schema.ts";
import { optionalText, tableFromRows, type ManageVerb, type ManageWorld } from "../manage/world.ts";
import { jsonCell, readRows, textOf } from "../sql/rows.ts";
import { objectsOf } from "./grant-objects.ts";
import { type Grantee, namesById, needGrantee } from "./people.ts";
import { hasUsers, isTrue, readRights } from "./rights.ts";

const COLUMNS = ["grantee", "privilege", "kind", "object", "columns", "grantable", "granted_by"] as const;

/** Whose rights are shown: ids of users and roles; undefined: everybody's. @throws Trap PermissionDenied. */
function shownGrantees(world: ManageWorld, asked: Grantee | undefined): ReadonlySet<string> | undefined {
  const { connection, authority } = world;
  const userId = authority?.principal.userId ?? "";
  const own = userId === "" ? undefined : readRights(connection, userId);
  if (authority !== undefined && own !== undefined && !own.superuser) {
    const mine = new Set([userId, ...own.roles]);
    if (asked !== undefined && !mine.has(asked.id))
      return authority.refuse(`${own.name} may see the own rights and those of own roles, not those of ${asked.name}.`);
    if (asked === undefined) return mine;
  }
  if (asked === undefined) return undefined;
  return asked.kind === "role" ? new Set([asked.id]) : new Set([asked.id, ...readRights(connection, asked.id).roles]);
}

/** SHOW GRANTS: rights and roles, with who gave them; of a user those of his roles too. */
export const showGrants: ManageVerb = (world, form) => {
  const { connection } = world;
  if (!hasUsers(connection)) return tableFromRows([...COLUMNS], []);
  const name = optionalText(form, "grantee");
  const shown = shownGrantees(world, name === undefined ? undefined : needGrantee(connection, name));
  const objects = form["target"] === undefined ? undefined : objectsOf(world, form, undefined);
  const names = namesById(connection);
  const who = (id: Value | undefined): Value =>
    id === null || id === undefined ? null : (names.get(textOf(id)) ?? null);
  const rights = readRows(
    connection,
    `SELECT grantee_id, privilege, object_kind, object_name, column_names, CAST(with_grant AS INTEGER), granted_by FROM ${storedTable("grants")}
     ORDER BY object_kind, object_name, privilege`,
  )
    .filter(([grantee]) => shown === undefined || shown.has(textOf(grantee)))
    .filter(
      ([, , kind, object]) =>
        objects === undefined || objects.some((each) => each.kind === textOf(kind) && each.name === textOf(object)),
    )
    .map(([grantee, privilege, kind, object, columns, grantable, by]): readonly Value[] => [
      who(grantee),
      privilege ?? null,
      kind ?? null,
      textOf(object).replace(/^main\./, ""),
      columns === null || columns === undefined ? null : (JSON.parse(jsonCell(columns)) as string[]).join(", "),
      isTrue(grantable),
      who(by),
    ]);
  return tableFromRows([...COLUMNS], objects === undefined ? [...memberRows(world, shown, who), ...rights] : rights);
};

function memberRows(
  world: ManageWorld,
  shown: ReadonlySet<string> | undefined,
  who: (id: Value | undefined) => Value,
): readonly (readonly Value[])[] {
  const sql = `SELECT member_id, role_id, CAST(admin_option AS INTEGER), granted_by FROM ${storedTable("role_members")} ORDER BY role_id`;
  return readRows(world.connection, sql)
    .filter(([member]) => shown === undefined || shown.has(textOf(member)))
    .map(([member, role, admin, by]) => [who(member), "MEMBER", "role", who(role), null, isTrue(admin), who(by)]);
}

interface Listed {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

function listed(world: ManageWorld, what: string, names: readonly string[], sql: string): Listed {
  world.authority?.demandSuperuser(`LIST ${what}`);
  return { names, rows: hasUsers(world.connection) ? readRows(world.connection, sql) : [] };
}

/** LIST USERS. */
export function listUsers(world: ManageWorld): Listed {
  return listed(
    world,
    "USERS",
    ["name", "disabled", "password", "created_at", "last_login_at"],
    `SELECT name, disabled, CASE WHEN password_hash IS NULL THEN 'none' ELSE 'set' END, created_at, last_login_at FROM ${storedTable("users")} ORDER BY name`,
  );
}

/** LIST ROLES: everybody may. */
export function listRoles(world: ManageWorld): Listed {
  const sql = `SELECT r.name, r.builtin, (SELECT count(*) FROM ${storedTable("role_members")} m WHERE m.role_id = r.role_id) FROM ${storedTable("roles")} r ORDER BY r.name`;
  return {
    names: ["name", "builtin", "members"],
    rows: hasUsers(world.connection) ? readRows(world.connection, sql) : [],
  };
}

/** LIST TOKENS: one's own, to administrators all. */
export function listTokens(world: ManageWorld): Listed {
  const { connection, authority } = world;
  const userId = authority?.principal.userId ?? "";
  const all = userId === "" || (hasUsers(connection) && readRights(connection, userId).superuser);
  const sql = `SELECT t.name, u.name, t.scopes, t.created_at, t.expires_at, t.last_used_at, t.revoked_at FROM ${storedTable("api_tokens")} t JOIN ${storedTable("users")} u ON u.user_id = t.user_id
    ${all ? "" : "WHERE t.user_id = ?"} ORDER BY u.name, t.name, t.created_at`;
  return {
    names: ["name", "user", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"],
    rows: hasUsers(connection) ? readRows(connection, sql, all ? [] : [userId]) : [],
  };
}
