// The users and tokens of a database for whoever lets connections in. Reads at once; what it writes (last use, logins in the audit log) waits its turn without holding anybody up:
// the database may be locked by a lane, and the process that asks must not stand still.
import { timingSafeEqual } from "node:crypto";
import { redactSecrets } from "../../base/redact.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { type Connection, EngineError } from "../../storage/engine.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { readRows, textOf, writeRows } from "../sql/rows.ts";
import { type AuditEvent, writeAudit } from "./audit.ts";
import type { Authenticated, Credentials } from "./authenticate.ts";
import { granteeNamed } from "./people.ts";
import { isPassword } from "./passwords.ts";
import { hasUsers, readRights } from "./rights.ts";
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
  /** Notes a login or a refusal; written when the database can be. */
  note(credentials: Credentials, answer: Authenticated): void;
  close(): void;
}

/** What the store needs. */
export interface StoreOptions {
  readonly database: string;
  readonly nowMs: () => number;
  readonly later: (ms: number, then: () => void) => void;
  readonly log: (level: "warn" | "error", text: string) => void;
}

/** Refusals that are noted in one minute; of more only the number. */
const REFUSALS_MAX = 100;
const MINUTE_MS = 60_000;
/** Logins and refusals that wait to be written. */
const WAITING_MAX = 10_000;
const RETRY_MS = 200;

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
  const place: CatalogPlace = { connection, nowMicros: () => nowMs() * 1000, elapsedMs: () => performance.now() };
  const notes = makeNotes(options, place);
  const named = (user: string): { readonly id: string; readonly name: string } | undefined => {
    const found = granteeNamed(connection, user);
    return found?.kind === "user" ? found : undefined;
  };
  return {
    byToken: (token) => {
      if (!hasUsers(connection)) return undefined;
      const hash = tokenHash(token);
      const stored = tokenByHash(connection, hash);
      if (stored === undefined || !sameText(hash, hashOf(connection, stored))) return undefined;
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
    note: notes.note,
    close: () => {
      notes.close();
      connection.close();
    },
  };
}

function sameText(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
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

interface Notes {
  note(credentials: Credentials, answer: Authenticated): void;
  close(): void;
}

/** Logins and refusals on their way into the database. */
function makeNotes(options: StoreOptions, place: CatalogPlace): Notes {
  const waiting: (() => void)[] = [];
  let minute = 0;
  let refusals = 0;
  let timer = false;
  let closed = false;
  const write = (): void => {
    timer = false;
    if (closed || waiting.length === 0 || !hasUsers(place.connection)) return;
    try {
      place.connection.begin("immediate");
      for (const each of waiting) each();
      place.connection.commit();
      waiting.length = 0;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (place.connection.inTransaction) place.connection.rollback();
      if (error.kind === "busy") return soon(RETRY_MS);
      waiting.length = 0;
      options.log("error", redactSecrets(`Logins could not be written to the audit log: ${error.message}`));
    }
  };
  const soon = (ms: number): void => {
    if (timer || closed) return;
    timer = true;
    options.later(ms, write);
  };
  const isTooMuch = (): boolean => {
    const now = Math.floor(options.nowMs() / MINUTE_MS);
    if (now !== minute) {
      if (refusals > REFUSALS_MAX)
        options.log(
          "warn",
          `${refusals - REFUSALS_MAX} more connections were refused within a minute; the audit log has the first ${REFUSALS_MAX}.`,
        );
      minute = now;
      refusals = 0;
    }
    refusals += 1;
    return refusals > REFUSALS_MAX;
  };
  return {
    note: (credentials, answer) => {
      if (waiting.length >= WAITING_MAX || (answer.kind === "refused" && isTooMuch())) return;
      const event = loginEvent(credentials, answer);
      waiting.push(() => {
        writeAudit(place, event);
        if (answer.kind === "principal") noteUse(place, answer.principal);
      });
      soon(0);
    },
    close: () => {
      write();
      closed = true;
    },
  };
}

function loginEvent(credentials: Credentials, answer: Authenticated): AuditEvent {
  const { transport, peer, user } = credentials;
  const isIn = answer.kind === "principal";
  return {
    action: "login",
    outcome: isIn ? "done" : "denied",
    userId: isIn ? answer.principal.userId : undefined,
    sessionId: undefined,
    details: {
      transport,
      ...(peer === "" ? {} : { peer }),
      // A token or password may stand where a name belongs.
      ...(user === undefined ? {} : { user: redactSecrets(user.slice(0, NAME_CHARACTERS_MAX)) }),
      ...(isIn ? {} : { code: answer.code }),
    },
  };
}

const NAME_CHARACTERS_MAX = 100;

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
