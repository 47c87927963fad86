// CREATE, ALTER and DROP of users and roles. Only administrators may, but everybody may change his own password.
import { trap } from "../../bytecode/trap.ts";
import type { Value } from "../../base/value/value.ts";
import { newId } from "../catalog/identifiers.ts";
import { ensureCatalog, storedTable, timestampText } from "../catalog/schema.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { atomically } from "../manage/changes.ts";
import { argumentOf, textField, type ManageVerb, type ManageWorld } from "../manage/world.ts";
import { insertRow, readRows, textOf, writeRows } from "../sql/rows.ts";
import { type Grantee, granteeNamed, needGrantee, needUser } from "./people.ts";
import { passwordHash } from "./passwords.ts";
import { auditIn, refuseLimited } from "./verbs.ts";
import { bumpSecurity } from "./tokens.ts";

const PASSWORD_CHARACTERS_MIN = 8;

/** The hash of a password that a statement gives. @throws Trap WrongArguments. */
function givenPassword(form: ManagementForm, args: readonly Value[]): string | null {
  const password = argumentOf(form, args, "password");
  if (password === undefined || password === null) return null;
  if (typeof password !== "string" || password.length < PASSWORD_CHARACTERS_MIN)
    throw trap("WrongArguments", `A password has at least ${PASSWORD_CHARACTERS_MIN} characters.`);
  return passwordHash(password);
}

/** Does the change of a statement in one go, with its row in the audit log. */
function change(world: ManageWorld, action: string, kind: string, name: string, work: () => void): null {
  atomically(world, () => {
    ensureCatalog(world.place);
    work();
    bumpSecurity(world.place);
    auditIn(world, { action, objectKind: kind, objectName: name });
  });
  return null;
}

function refuseTaken(found: Grantee | undefined): void {
  if (found !== undefined) throw trap("AlreadyExists", `There is a ${found.kind} named ${found.name} already.`);
}

/** CREATE USER [IF NOT EXISTS] u [PASSWORD e]. */
export const createUser: ManageVerb = (world, form, args) => {
  const name = textField(form, "name");
  world.authority?.demandSuperuser("CREATE USER");
  refuseLimited(world, "CREATE USER");
  const found = granteeNamed(world.connection, name);
  if (found?.kind === "user" && form["ifNotExists"] === true) return null;
  const hash = givenPassword(form, args);
  return change(world, "create_user", "user", name, () => {
    // The first user brings the tables, and with them the names of the built-in roles.
    refuseTaken(granteeNamed(world.connection, name));
    const at = timestampText(world.nowMicros());
    insertRow(world.connection, storedTable("users"), {
      user_id: newId(world.nowMicros() / 1000),
      name,
      kind: "human",
      password_hash: hash,
      disabled: false,
      created_at: at,
      updated_at: at,
    });
  });
};

/** ALTER USER u PASSWORD e | NO PASSWORD | RENAME TO v | ENABLE | DISABLE. */
export const alterUser: ManageVerb = (world, form, args) => {
  const user = needUser(world.connection, textField(form, "name"));
  const kind = textField(form, "change");
  const isOwnPassword = kind === "password" && world.authority?.principal.userId === user.id;
  if (!isOwnPassword) world.authority?.demandSuperuser("ALTER USER");
  refuseLimited(world, "ALTER USER");
  const [column, value, action] = changed(world, form, args, kind);
  return change(world, action, "user", user.name, () => {
    writeRows(world.connection, `UPDATE ${storedTable("users")} SET ${column} = ?, updated_at = ? WHERE user_id = ?`, [
      value,
      timestampText(world.nowMicros()),
      user.id,
    ]);
  });
};

function changed(
  world: ManageWorld,
  form: ManagementForm,
  args: readonly Value[],
  kind: string,
): readonly [column: string, value: Value, action: string] {
  if (kind === "password") return ["password_hash", givenPassword(form, args), "alter_user_password"];
  if (kind === "switch")
    return ["disabled", form["enabled"] !== true, form["enabled"] === true ? "enable_user" : "disable_user"];
  const to = textField(form, "to");
  refuseTaken(granteeNamed(world.connection, to));
  return ["name", to, "rename_user"];
}

/** CREATE ROLE [IF NOT EXISTS] r. */
export const createRole: ManageVerb = (world, form) => {
  const name = textField(form, "name");
  world.authority?.demandSuperuser("CREATE ROLE");
  refuseLimited(world, "CREATE ROLE");
  const found = granteeNamed(world.connection, name);
  if (found?.kind === "role" && form["ifNotExists"] === true) return null;
  return change(world, "create_role", "role", name, () => {
    refuseTaken(granteeNamed(world.connection, name));
    insertRow(world.connection, storedTable("roles"), {
      role_id: newId(world.nowMicros() / 1000),
      name,
      builtin: false,
      created_at: timestampText(world.nowMicros()),
    });
  });
};

/** DROP USER|ROLE [IF EXISTS] u, with all that was granted to it. */
export const dropGrantee: ManageVerb = (world, form) => {
  const what = textField(form, "what");
  const name = textField(form, "name");
  world.authority?.demandSuperuser(`DROP ${what.toUpperCase()}`);
  refuseLimited(world, `DROP ${what.toUpperCase()}`);
  const found = granteeNamed(world.connection, name);
  if (found?.kind !== what) {
    if (form["ifExists"] === true) return null;
    if (found === undefined) needGrantee(world.connection, name);
    throw trap("NoSuchObject", `${name} is a ${found?.kind ?? "user"}, not a ${what}.`);
  }
  if (found.builtin) throw trap("PermissionDenied", `The role ${found.name} is built in and stays.`);
  const owned = what === "user" ? ownedBy(world, found.id) : [];
  change(world, `drop_${what}`, what, found.name, () => forget(world, found));
  if (owned.length > 0)
    world.output.notice(
      `${owned.join(", ")} ${owned.length === 1 ? "was" : "were"} owned by ${found.name}: what runs with its owner's rights fails until it is stored again by another user.`,
    );
  return null;
};

function forget(world: ManageWorld, grantee: Grantee): void {
  const { connection } = world;
  const key = [grantee.kind, grantee.id];
  writeRows(connection, `DELETE FROM ${storedTable("grants")} WHERE grantee_kind = ? AND grantee_id = ?`, key);
  writeRows(connection, `DELETE FROM ${storedTable("role_members")} WHERE member_kind = ? AND member_id = ?`, key);
  const [table, column] = grantee.kind === "user" ? (["users", "user_id"] as const) : (["roles", "role_id"] as const);
  writeRows(connection, `DELETE FROM ${storedTable(table)} WHERE ${column} = ?`, [grantee.id]);
}

function ownedBy(world: ManageWorld, userId: string): readonly string[] {
  const of = (kind: string, table: string): string => `SELECT ${kind} || ' ' || name FROM ${table} WHERE owner_id = ?`;
  const sql = [
    of("kind", storedTable("routines")),
    of("'trigger'", storedTable("triggers")),
    of("'schedule'", storedTable("schedules")),
    of("'pipeline'", storedTable("pipelines")),
  ].join(" UNION ALL ");
  return readRows(world.connection, sql, [userId, userId, userId, userId]).map((row) => textOf(row[0]));
}
