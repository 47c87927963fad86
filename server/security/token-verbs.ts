// CREATE TOKEN and REVOKE TOKEN. The token is in the answer of the statement and nowhere else.
import { durationMs } from "../../base/quantity.ts";
import { Interval, Timestamp, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import type { ManagementForm } from "../../vm/host.ts";
import { newId } from "../catalog/identifiers.ts";
import { storedTable, timestampText } from "../catalog/schema.ts";
import { atomically } from "../manage/changes.ts";
import {
  argumentOf,
  optionalText,
  tableFromRows,
  textField,
  type ManageVerb,
  type ManageWorld,
} from "../manage/world.ts";
import { insertRow, writeRows } from "../sql/rows.ts";
import { type Grantee, needUser } from "./people.ts";
import { bumpSecurity, newToken, NO_LIMIT, tokenHash, tokensOf } from "./tokens.ts";
import { auditIn, refuseLimited } from "./verbs.ts";

/** The user that a token is for. @throws Trap. */
function userOf(world: ManageWorld, form: ManagementForm, statement: string): Grantee {
  const principal = world.authority?.principal;
  const name = optionalText(form, "user") ?? (principal?.userId === "" ? undefined : principal?.name);
  if (name === undefined)
    throw trap("WrongArguments", `${statement} needs FOR and a user: the owner of the database is none.`);
  const user = needUser(world.connection, name);
  if (user.id !== principal?.userId) world.authority?.demandSuperuser(`${statement} for another user`);
  refuseLimited(world, statement);
  return user;
}

/** Microseconds since 1970 at which a token ends; undefined: never. @throws Trap WrongArguments. */
function endOf(world: ManageWorld, form: ManagementForm, args: readonly Value[]): number | undefined {
  const end = optionalText(form, "end");
  if (end === undefined || end === "never") return undefined;
  const value = argumentOf(form, args, "expires");
  const now = world.nowMicros();
  const micros = end === "at" ? momentOf(value) : lengthOf(value, now);
  if (micros === undefined)
    throw trap(
      "WrongArguments",
      end === "at" ? "EXPIRES AT takes a timestamp." : "EXPIRES IN takes an interval, or a text such as '30 days'.",
    );
  if (micros <= now) throw trap("WrongArguments", "The token would have expired already.");
  return micros;
}

function momentOf(value: Value | undefined): number | undefined {
  return value instanceof Timestamp ? Number(value.micros) : undefined;
}

const MONTH_DAYS = 30;
const DAY_MICROS = 86_400_000_000;

function lengthOf(value: Value | undefined, now: number): number | undefined {
  if (typeof value === "string") {
    const ms = durationMs(value);
    return ms === undefined ? undefined : now + ms * 1000;
  }
  if (!(value instanceof Interval)) return undefined;
  return now + (value.months * MONTH_DAYS + value.days) * DAY_MICROS + value.micros;
}

/** CREATE TOKEN t [FOR u] [SCOPES (…)] [EXPIRES …]: a row with the token. */
export const createToken: ManageVerb = (world, form, args) => {
  const name = textField(form, "name");
  const user = userOf(world, form, "CREATE TOKEN");
  if (tokensOf(world.connection, user.id, name).length > 0)
    throw trap("AlreadyExists", `${user.name} has a token named ${name} already; revoke it first.`);
  const end = endOf(world, form, args);
  const scopes = (form["scopes"] as readonly string[] | undefined) ?? [NO_LIMIT];
  const token = newToken();
  atomically(world, () => {
    insertRow(world.connection, storedTable("api_tokens"), {
      token_id: newId(world.nowMicros() / 1000),
      user_id: user.id,
      name,
      token_hash: tokenHash(token),
      scopes: JSON.stringify(scopes),
      created_at: timestampText(world.nowMicros()),
      expires_at: end === undefined ? null : timestampText(end),
    });
    bumpSecurity(world.place);
    auditIn(world, {
      action: "create_token",
      objectKind: "token",
      objectName: name,
      details: { user: user.name, scopes },
    });
  });
  world.output.notice("The token is shown this once; keep it where programs find it and nobody else.");
  return tableFromRows(
    ["name", "user", "token", "scopes", "expires_at"],
    [[name, user.name, token, scopes.join(", "), end === undefined ? null : new Timestamp(end)]],
  );
};

/** DROP or REVOKE TOKEN [IF EXISTS] t [FOR u]: what uses it may do nothing more. */
export const dropToken: ManageVerb = (world, form) => {
  const name = textField(form, "name");
  const user = userOf(world, form, "REVOKE TOKEN");
  const found = tokensOf(world.connection, user.id, name);
  if (found.length === 0) {
    if (form["ifExists"] === true) return null;
    throw trap("NoSuchObject", `${user.name} has no token named ${name}.`);
  }
  atomically(world, () => {
    writeRows(
      world.connection,
      `UPDATE ${storedTable("api_tokens")} SET revoked_at = ? WHERE user_id = ? AND name = ? COLLATE NOCASE AND revoked_at IS NULL`,
      [timestampText(world.nowMicros()), user.id, name],
    );
    bumpSecurity(world.place);
    auditIn(world, { action: "revoke_token", objectKind: "token", objectName: name, details: { user: user.name } });
  });
  return null;
};
