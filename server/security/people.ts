// Users and roles by name. They share one space of names, so that GRANT … TO x means one of them.
import { trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { hasUsers, isTrue, readRights } from "./rights.ts";
import type { Principal } from "./types.ts";

/** A user or a role. */
export interface Grantee {
  readonly kind: "user" | "role";
  readonly id: string;
  readonly name: string;
  readonly builtin: boolean;
}

/** Finds a user or role. @throws EngineError. */
export function granteeNamed(connection: Connection, name: string): Grantee | undefined {
  if (!hasUsers(connection)) return undefined;
  const [row] = readRows(
    connection,
    `SELECT 'user', user_id, name, 0 FROM ${storedTable("users")} WHERE name = ? COLLATE NOCASE
     UNION ALL SELECT 'role', role_id, name, CAST(builtin AS INTEGER) FROM ${storedTable("roles")} WHERE name = ? COLLATE NOCASE`,
    [name, name],
  );
  if (row === undefined) return undefined;
  return {
    kind: textOf(row[0]) === "user" ? "user" : "role",
    id: textOf(row[1]),
    name: textOf(row[2]),
    builtin: isTrue(row[3]),
  };
}

/** A user or role that must be there. @throws Trap NoSuchObject. */
export function needGrantee(connection: Connection, name: string): Grantee {
  return granteeNamed(connection, name) ?? noSuch("user or role", name);
}

/** A user that must be there. @throws Trap NoSuchObject. */
export function needUser(connection: Connection, name: string): Grantee {
  const found = granteeNamed(connection, name);
  return found?.kind === "user" ? found : noSuch("user", name);
}

/** A role that must be there. @throws Trap NoSuchObject. */
export function needRole(connection: Connection, name: string): Grantee {
  const found = granteeNamed(connection, name);
  return found?.kind === "role" ? found : noSuch("role", name);
}

function noSuch(what: string, name: string): never {
  throw trap("NoSuchObject", `There is no ${what} named ${name}.`);
}

/** The name of a user or role by its id, for lists. @throws EngineError. */
export function namesById(connection: Connection): ReadonlyMap<string, string> {
  const rows = readRows(
    connection,
    `SELECT user_id, name FROM ${storedTable("users")} UNION ALL SELECT role_id, name FROM ${storedTable("roles")}`,
  );
  return new Map(rows.map((row) => [textOf(row[0]), textOf(row[1])]));
}

/** A user as principal of a session. @throws Trap NoSuchObject. */
export function principalOf(connection: Connection, name: string): Principal {
  const user = needUser(connection, name);
  return { userId: user.id, name: user.name, superuser: readRights(connection, user.id).superuser, scopes: undefined };
}
