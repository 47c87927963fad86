// The users and tokens of a database for whoever lets connections in. Reads and writes (last use, logins in the audit log) at once or not at all:
// the database may be locked by a lane, and the process that asks must not stand still (late-audit.ts tries again).
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { type Connection, EngineError } from "../../storage/engine.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { writeAudit } from "./audit.ts";
import type { LateOutcome, LateRow } from "./late-audit.ts";
import { granteeNamed } from "./people.ts";
import { isPassword } from "./passwords.ts";
import { hasUsers, readRights } from "./rights.ts";
import { isSameKey } from "./same-key.ts";
import { type StoredToken, tokenByHash, tokenHash } from "./tokens.ts";
import type { Principal } from "./types.ts";

/** Somebody who is known, and why he may not come in all the same. */
export interface Found {
  readonly principal: Principal;
  readonly refused: { readonly code: string; readonly message: string } | undefined;
}

/** Users and tokens. All find nothing when there never was a user. */
export interface CredentialStore {
  byToken(token: string): Found | undefined;
  byName(user: string): Found | undefined;
  byPassword(user: string, password: string): Promise<Found | undefined>;
  /** Writes rows of the audit log, never waiting. @throws EngineError when they cannot be written. */
  write(rows: readonly LateRow[]): LateOutcome;
  close(): void;
}

/** What the store needs. */
export interface StoreOptions {
  readonly database: string;
  readonly nowMs: () => number;
  /** Gives what goes around each transaction of this connection, for who notes commits. */
  readonly around?: ((connection: Connection) => <T>(work: () => T) => T) | undefined;
}

/** Opens the store. @throws EngineError. */
export function openCredentialStore(options: StoreOptions): CredentialStore {
  const { nowMs } = options;
  const connection = sqliteEngine.connect({
    target: options.database,
    readOnly: false,
    create: false,
    busyTimeoutMs: 0,
    nowMicros: () => nowMs() * 1000,
  });
  const around = options.around?.(connection) ?? (<T>(work: () => T): T => work());
  const place: CatalogPlace = { connection, nowMicros: () => nowMs() * 1000, elapsedMs: () => performance.now() };
  const named = (user: string): { readonly id: string; readonly name: string } | undefined => {
    const found = granteeNamed(connection, user);
    return found?.kind === "user" ? found : undefined;
  };
  return {
    byToken: (token) => {
      if (!hasUsers(connection)) return undefined;
      const hash = tokenHash(token);
      const stored = tokenByHash(connection, hash);
      if (stored === undefined || !isSameKey(hash, hashOf(connection, stored))) return undefined;
      return found(connection, stored.userId, stored, nowMs());
    },
    byName: (user) => {
      const known = named(user);
      return known === undefined ? undefined : found(connection, known.id, undefined, nowMs());
    },
    byPassword: async (user, password) => {
      const known = named(user);
      const hash = known === undefined ? undefined : passwordHashOf(connection, known.id);
      const isRight = await isPassword(password, hash);
      return isRight && known !== undefined ? found(connection, known.id, undefined, nowMs()) : undefined;
    },
    write: (rows) => around(() => writeLate(place, rows)),
    close: () => connection.close(),
  };
}

function hashOf(connection: Connection, token: StoredToken): string {
  return textOf(
    readRows(connection, `SELECT token_hash FROM ${storedTable("api_tokens")} WHERE token_id = ?`, [token.id])[0]?.[0],
  );
}

function passwordHashOf(connection: Connection, userId: string): string | undefined {
  const [row] = readRows(connection, `SELECT password_hash FROM ${storedTable("users")} WHERE user_id = ?`, [userId]);
  return row === undefined || row[0] === null ? undefined : textOf(row[0]);
}

function found(connection: Connection, userId: string, token: StoredToken | undefined, nowMs: number): Found {
  const rights = readRights(connection, userId);
  const principal: Principal = {
    userId,
    name: rights.name,
    superuser: rights.superuser,
    scopes: token?.scopes,
    ...(token === undefined ? {} : { tokenId: token.id }),
  };
  const refuse = (code: string, message: string): Found => ({ principal, refused: { code, message } });
  if (token?.revoked === true) return refuse("TokenRevoked", `The token ${token.name} was revoked.`);
  if (token?.expiresAtMs !== undefined && token.expiresAtMs <= nowMs)
    return refuse(
      "TokenExpired",
      `The token ${token.name} expired at ${new Date(token.expiresAtMs).toISOString().replace(/\.\d+Z$/u, "Z")}; make a new one with CREATE TOKEN.`,
    );
  if (!rights.active) return refuse("UserDisabled", `The user ${rights.name} is disabled.`);
  if (!rights.superuser && rights.of("USE", "database", "").length === 0)
    return refuse(
      "PermissionDenied",
      `${rights.name} may not connect to this database: GRANT USE ON DATABASE TO ${rights.name} allows it.`,
    );
  return { principal, refused: undefined };
}

/** Writes rows of the audit log in one transaction. @throws EngineError. */
function writeLate(place: CatalogPlace, rows: readonly LateRow[]): LateOutcome {
  const { connection } = place;
  if (!hasUsers(connection)) return "none";
  try {
    connection.begin("immediate");
    for (const { event, atMs, cameIn } of rows) {
      const then: CatalogPlace = { ...place, nowMicros: () => atMs * 1000 };
      writeAudit(then, event);
      if (cameIn !== undefined && cameIn.userId !== "") noteUse(then, cameIn);
    }
    connection.commit();
    return "written";
  } catch (error) {
    if (connection.inTransaction) connection.rollback();
    if (error instanceof EngineError && error.kind === "busy") return "busy";
    throw error;
  }
}

function noteUse(place: CatalogPlace, principal: Principal): void {
  const at = timestampText(place.nowMicros());
  writeRows(place.connection, `UPDATE ${storedTable("users")} SET last_login_at = ? WHERE user_id = ?`, [
    at,
    principal.userId,
  ]);
  if (principal.tokenId !== undefined)
    writeRows(place.connection, `UPDATE ${storedTable("api_tokens")} SET last_used_at = ? WHERE token_id = ?`, [
      at,
      principal.tokenId,
    ]);
}
