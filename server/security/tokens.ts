// Tokens: 256 random bits that are shown once; the database has only their SHA-256, which is enough for random secrets. Also the counter that moves with every change of
// users, roles, rights and tokens, so that sessions notice what others changed.
import { createHash, randomBytes } from "node:crypto";
import { Timestamp, type Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { jsonCell, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { hasUsers } from "./rights.ts";

/** How every token begins, so that people and filters of logs know one when they see it. */
const TOKEN_PREFIX = "gbz_";
const TOKEN_BYTES = 32;

/** Stands for scopes of a token that has none: it may do all that its user may. */
export const NO_LIMIT = "all";

/** A new token. */
export function newToken(): string {
  return TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString("base64url");
}

/** What is kept of a token. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** A stored token. */
export interface StoredToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly scopes: readonly string[] | undefined;
  readonly revoked: boolean;
  /** Milliseconds since 1970; undefined: it does not end. */
  readonly expiresAtMs: number | undefined;
}

const COLUMNS = "token_id, user_id, name, scopes, revoked_at, expires_at";

function tokenOf(row: readonly Value[]): StoredToken {
  const scopes = JSON.parse(jsonCell(row[3])) as readonly string[];
  return {
    id: textOf(row[0]),
    userId: textOf(row[1]),
    name: textOf(row[2]),
    scopes: scopes.includes(NO_LIMIT) ? undefined : scopes,
    revoked: row[4] !== null,
    expiresAtMs: row[5] instanceof Timestamp ? Number(row[5].micros) / 1000 : undefined,
  };
}

/** A token by id; the database must have users. @throws EngineError. */
export function readToken(connection: Connection, tokenId: string): StoredToken | undefined {
  const [row] = readRows(connection, `SELECT ${COLUMNS} FROM ${storedTable("api_tokens")} WHERE token_id = ?`, [
    tokenId,
  ]);
  return row === undefined ? undefined : tokenOf(row);
}

/** The token of a hash; the database must have users. @throws EngineError. */
export function tokenByHash(connection: Connection, hash: string): StoredToken | undefined {
  const [row] = readRows(connection, `SELECT ${COLUMNS} FROM ${storedTable("api_tokens")} WHERE token_hash = ?`, [
    hash,
  ]);
  return row === undefined ? undefined : tokenOf(row);
}

/** Tokens of a user that are not revoked, by name. @throws EngineError. */
export function tokensOf(connection: Connection, userId: string, name: string): readonly StoredToken[] {
  return readRows(
    connection,
    `SELECT ${COLUMNS} FROM ${storedTable("api_tokens")} WHERE user_id = ? AND name = ? COLLATE NOCASE AND revoked_at IS NULL`,
    [userId, name],
  ).map(tokenOf);
}

/** Counts changes of users, roles, rights and tokens; 0 when there never was one. @throws EngineError. */
export function securityEpoch(connection: Connection): number {
  if (!hasUsers(connection)) return 0;
  const sql = `SELECT CAST(value AS INTEGER) FROM ${storedTable("settings")} WHERE scope = 'system' AND scope_id = '' AND name = 'security.epoch'`;
  return numberOf(readRows(connection, sql)[0]?.[0]);
}

/** Tells all sessions that users, roles, rights or tokens have changed. Runs inside the caller's transaction. @throws EngineError. */
export function bumpSecurity(place: CatalogPlace): void {
  writeRows(
    place.connection,
    `INSERT INTO ${storedTable("settings")} (scope, scope_id, name, value, value_type, updated_at) VALUES ('system', '', 'security.epoch', '1', 'int', ?)
     ON CONFLICT (scope, scope_id, name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT), updated_at = excluded.updated_at`,
    [timestampText(place.nowMicros())],
  );
}
