// The rights of one user as rows say: his own, those of his roles and of the roles that these have, and those of everybody. Read once and kept by authorize.ts.
import { fitsColumns, type GrantObject, type Need, type Privilege } from "../../base/privileges.ts";
import type { Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { BUILTIN_ROLES } from "../catalog/schema-keys.ts";
import { catalogVersion, storedTable } from "../catalog/schema.ts";
import { jsonCell, readRows, textOf } from "../sql/rows.ts";

/** Version of the catalog that brought users. */
const SINCE = 3;

/** A right: on the whole object, or on some columns of a table. */
export interface Right {
  readonly columns: ReadonlySet<string> | undefined;
  readonly withGrant: boolean;
}

/** What a user may do. */
export interface Rights {
  readonly userId: string;
  readonly name: string;
  /** False: there is no such user any more, or he is disabled. */
  readonly active: boolean;
  readonly superuser: boolean;
  /** Ids of his roles, those of roles included. */
  readonly roles: ReadonlySet<string>;
  /** Ids of roles that he may give to others. */
  readonly adminOf: ReadonlySet<string>;
  /** Several rights may be for the same object. */
  of(privilege: Privilege | "OWNER", kind: GrantObject, name: string): readonly Right[];
}

/** The owner of the mount with a token that limits him. */
export const OWNER_RIGHTS: Rights = {
  userId: "",
  name: "owner",
  active: true,
  superuser: true,
  roles: new Set(),
  adminOf: new Set(),
  of: () => [],
};

/** True when the database has the tables of users. @throws EngineError. */
export function hasUsers(connection: Connection): boolean {
  return catalogVersion(connection) >= SINCE;
}

/** How names of objects are compared and stored: folded, tables with their schema. */
export function objectKey(kind: GrantObject, name: string): string {
  const folded = name.toLowerCase();
  if (kind === "table") return folded.includes(".") ? folded : `main.${folded}`;
  return folded.replace(/@\d+$/, "");
}

/** Rows of grants know one kind for what can be called. */
export function storedKind(kind: GrantObject): GrantObject {
  return kind === "function" ? "procedure" : kind;
}

function keyOf(privilege: string, kind: GrantObject, name: string): string {
  return `${privilege} ${storedKind(kind)} ${objectKey(kind, name)}`;
}

/** Ids of the roles of members, those of roles included. @throws EngineError. */
function rolesOf(
  connection: Connection,
  userId: string,
): { readonly roles: ReadonlySet<string>; readonly adminOf: ReadonlySet<string> } {
  const roles = new Set<string>([BUILTIN_ROLES.public]);
  const adminOf = new Set<string>();
  const open: (readonly [kind: string, id: string])[] = [
    ["user", userId],
    ["role", BUILTIN_ROLES.public],
  ];
  for (let member = open.pop(); member !== undefined; member = open.pop()) {
    const rows = readRows(
      connection,
      `SELECT role_id, CAST(admin_option AS INTEGER) FROM ${storedTable("role_members")} WHERE member_kind = ? AND member_id = ?`,
      member,
    );
    for (const [role, admin] of rows) {
      const id = textOf(role);
      if (isTrue(admin)) adminOf.add(id);
      if (roles.has(id)) continue;
      roles.add(id);
      open.push(["role", id]);
    }
  }
  return { roles, adminOf };
}

/** A stored yes or no. */
export function isTrue(value: Value | undefined): boolean {
  return value === true || value === 1 || value === 1n;
}

/** Reads what a user may do. @throws EngineError. */
export function readRights(connection: Connection, userId: string): Rights {
  const [user] = readRows(
    connection,
    `SELECT name, CAST(disabled AS INTEGER) FROM ${storedTable("users")} WHERE user_id = ?`,
    [userId],
  );
  const { roles, adminOf } = rolesOf(connection, userId);
  const byKey = new Map<string, Right[]>();
  const grantees = ["user", userId, ...[...roles].flatMap((role) => ["role", role])];
  const pairs = Array.from({ length: grantees.length / 2 }, () => "(?, ?)").join(", ");
  const rows = readRows(
    connection,
    `SELECT privilege, object_kind, object_name, column_names, CAST(with_grant AS INTEGER) FROM ${storedTable("grants")} WHERE (grantee_kind, grantee_id) IN (VALUES ${pairs})`,
    grantees,
  );
  for (const [privilege, kind, name, columns, withGrant] of rows) {
    const key = `${textOf(privilege)} ${textOf(kind)} ${textOf(name)}`;
    const right = { columns: columnsOf(columns), withGrant: isTrue(withGrant) };
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [right]);
    else known.push(right);
  }
  return {
    userId,
    name: user === undefined ? "a deleted user" : textOf(user[0]),
    active: user !== undefined && !isTrue(user[1]),
    superuser: roles.has(BUILTIN_ROLES.admin),
    roles,
    adminOf,
    of: (privilege, kind, name) => byKey.get(keyOf(privilege, kind, name)) ?? [],
  };
}

/** Names of columns as stored, folded; undefined for the whole table. */
export function columnsOf(value: Value | undefined): ReadonlySet<string> | undefined {
  if (value === null || value === undefined) return undefined;
  return new Set((JSON.parse(jsonCell(value)) as string[]).map((column) => column.toLowerCase()));
}

/** What of a need the user's rights do not cover: nothing (undefined), the whole, or some columns. Owners are not known here. */
export function uncovered(rights: Rights, need: Need): Need | undefined {
  const found = rights.of(need.privilege, need.objectKind, need.objectName);
  if (found.some(({ columns }) => columns === undefined)) return undefined;
  if (!fitsColumns(need.privilege) || need.columns === undefined) return need;
  const covered = new Set(found.flatMap(({ columns }) => [...(columns ?? [])]));
  // Counting rows needs any one column.
  if (need.columns.length === 0) return covered.size > 0 ? undefined : need;
  const missing = need.columns.filter((column) => !covered.has(column.toLowerCase()));
  return missing.length === 0 ? undefined : { ...need, columns: covered.size === 0 ? undefined : missing };
}
