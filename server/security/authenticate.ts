// Who a connection acts as. Over the Unix socket with its key, which nobody but the owner of the mount can read: the owner, or the user that he names. Else: whose token or
// password it is. Wrong ones are answered late, and many of them not looked at. The database is opened with the first token or name that comes.
import { redactSecrets } from "../../base/redact.ts";
import { Attempts } from "./attempts.ts";
import type { AuditEvent } from "./audit.ts";
import type { CredentialStore, Found, StoreOptions } from "./credential-store.ts";
import { makeLateAudit } from "./late-audit.ts";
import { isSameKey } from "./same-key.ts";
import { OWNER, type Principal } from "./types.ts";

/** What a connection shows of itself. */
export interface Credentials {
  readonly transport: "unix" | "tcp";
  /** Address of the other end; empty for the Unix socket. */
  readonly peer: string;
  readonly token?: string;
  readonly user?: string;
  readonly password?: string;
  /** Key of the Unix socket. */
  readonly socketKey?: string;
}

/** Who a connection acts as, or why it may not. */
export type Authenticated =
  | { readonly kind: "principal"; readonly principal: Principal }
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly retryAfterMs?: number };

/** Checks credentials. Never waits synchronously; wrong ones are answered late. */
export interface Authenticator {
  authenticate(credentials: Credentials): Promise<Authenticated>;
  /** Notes in the audit log what was done through the process that asks; written within a second. */
  note(event: AuditEvent): void;
  /** Writes what was noted. */
  close(): Promise<void>;
}

/** What checking needs. */
export interface AuthenticatorOptions {
  /** Absolute path of the database. */
  readonly database: string;
  /** Key of the Unix socket. */
  readonly socketKey: string;
  /** As the store of credentials has it. */
  readonly around?: StoreOptions["around"];
  readonly log: (level: "warn" | "error", text: string) => void;
  /** Milliseconds since 1970, and of a clock that never steps back. Default: the machine's. */
  readonly nowMs?: () => number;
  readonly elapsedMs?: () => number;
  /** Calls back after so many milliseconds. Default: the machine's timer. */
  readonly later?: (ms: number, then: () => void) => void;
}

/** Password checks at once, which cost memory and a thread each, and those that may wait. */
const CHECKS_MAX = 2;
const WAITING_MAX = 64;
/** Characters of credentials that are looked at. */
const CREDENTIAL_CHARACTERS_MAX = 1024;

function refusal(code: string, message: string, retryAfterMs?: number): Authenticated {
  return { kind: "refused", code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

const WRONG = refusal("AuthenticationFailed", "The token, or the user and password, is not known here.");
const TOKEN_NEEDED = refusal("TokenNeeded", "A connection over TCP needs a token, or a user and a password.");
const KEY_NEEDED = refusal(
  "TokenNeeded",
  "A connection without the key of the socket needs a token, or a user and a password; the key is in the file beside the socket, for the owner of the mount alone.",
);
const WRONG_KEY = refusal("AuthenticationFailed", "The key is not that of this socket; each launch makes a new one.");

/** Checks credentials against the users and tokens of a database. */
export function openAuthenticator(options: AuthenticatorOptions): Authenticator {
  const attempts = new Attempts(options.elapsedMs ?? (() => performance.now()));
  const later = options.later ?? ((ms, then) => void setTimeout(then, ms));
  let store: Promise<CredentialStore> | undefined;
  const nowMs = options.nowMs ?? Date.now;
  const opened = (): Promise<CredentialStore> =>
    (store ??= import("./credential-store.ts").then(({ openCredentialStore }) =>
      openCredentialStore({ database: options.database, nowMs, around: options.around }),
    ));
  const late = makeLateAudit({ write: async (rows) => (await opened()).write(rows), nowMs, later, log: options.log });
  const slots = makeSlots(CHECKS_MAX, WAITING_MAX);
  const check = async (credentials: Credentials, keys: readonly string[]): Promise<Authenticated> => {
    const isOwner = wayOf(credentials, options.socketKey) === "owner";
    const found = await look(await opened(), { ...credentials, isOwner }, slots, () => attempts.closedMs(keys) > 0);
    if (found === "closed") return tooMany(attempts.closedMs(keys));
    return found === undefined ? WRONG : answerOf(found);
  };
  const decide = async (credentials: Credentials, way: Way): Promise<Authenticated> => {
    const { token, user, password } = credentials;
    if (way === "wrong key") return WRONG_KEY;
    if (way === "owner" && token === undefined && user === undefined) return { kind: "principal", principal: OWNER };
    if (token === undefined && (user === undefined || (way === "stranger" && password === undefined)))
      return credentials.transport === "unix" ? KEY_NEEDED : TOKEN_NEEDED;
    const keys = attemptKeys(credentials, way);
    const closedMs = attempts.closedMs(keys);
    // A token cannot be guessed and is looked up quickly: a good one opens a door that others of the same address, or of the same gateway, have closed.
    if (closedMs > 0 && token === undefined) return tooMany(closedMs);
    const answer = await check(credentials, keys);
    if (closedMs > 0 && answer.kind === "refused") return tooMany(closedMs);
    // What others of the same address have got wrong stays counted: who has an account of his own may not guess at another's for ever.
    if (answer.kind === "principal") attempts.succeeded(keys.slice(1));
    else if (answer.code === "AuthenticationFailed")
      await new Promise<void>((resolve) => later(attempts.failed(keys), resolve));
    return answer;
  };
  return {
    authenticate: async (credentials) => {
      const { token, user, password } = credentials;
      if ([token, user, password].some((text) => (text?.length ?? 0) > CREDENTIAL_CHARACTERS_MAX)) return WRONG;
      const answer = await decide(credentials, wayOf(credentials, options.socketKey));
      const cameIn = answer.kind === "principal" ? answer.principal : undefined;
      // His token's last use is to be seen at once; the owner comes in often, and has none.
      late.note(loginEvent(credentials, answer), cameIn?.userId === "" ? NOTE_WITHIN_MS : 0, cameIn);
      return answer;
    },
    note: (event) => late.note(event, NOTE_WITHIN_MS),
    close: async () => {
      await late.close();
      const open = await store;
      open?.close();
    },
  };
}

/** How long rows of the audit log may wait for others that are written with them. */
const NOTE_WITHIN_MS = 1000;
const NAME_CHARACTERS_MAX = 100;

function loginEvent(credentials: Credentials, answer: Authenticated): AuditEvent {
  const { transport, peer, user } = credentials;
  const isIn = answer.kind === "principal";
  const userId = isIn && answer.principal.userId !== "" ? answer.principal.userId : undefined;
  return {
    action: "login",
    outcome: isIn ? "done" : "denied",
    userId,
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

/** How a connection came in: as the owner of the mount with his socket's key, as somebody who guesses at it, or as anybody. */
type Way = "owner" | "wrong key" | "stranger";

function wayOf({ transport, socketKey }: Credentials, expected: string): Way {
  if (transport !== "unix" || socketKey === undefined) return "stranger";
  return isSameKey(socketKey, expected) ? "owner" : "wrong key";
}

/** Under which wrong attempts are counted: the address first. Those of others never close the door for the owner. */
function attemptKeys({ peer, user }: Credentials, way: Way): readonly string[] {
  if (way === "owner") return ["owner"];
  return [`peer ${peer}`, ...(user === undefined ? [] : [`user ${user.toLowerCase()}`])];
}

function tooMany(closedMs: number): Authenticated {
  const seconds = Math.ceil(closedMs / 1000);
  return refusal(
    "TooManyAttempts",
    `There were too many wrong attempts; try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    closedMs,
  );
}

/** The user and token that credentials show; undefined: they are wrong; "closed": others were wrong too often while these waited for their turn. */
async function look(
  store: CredentialStore,
  credentials: Credentials & { readonly isOwner: boolean },
  slots: Slots,
  isClosed: () => boolean,
): Promise<Found | "closed" | undefined> {
  const { isOwner, token, user, password } = credentials;
  if (token !== undefined) {
    const found = store.byToken(token);
    // Who names somebody else than the token's user has mixed something up.
    return user === undefined || found?.principal.name.toLowerCase() === user.toLowerCase() ? found : undefined;
  }
  if (user === undefined) return undefined;
  if (isOwner && password === undefined) return store.byName(user);
  if (!(await slots.enter())) return undefined;
  try {
    if (isClosed()) return "closed";
    return await store.byPassword(user, password ?? "");
  } finally {
    slots.leave();
  }
}

function answerOf(found: Found): Authenticated {
  const { principal, refused } = found;
  if (refused !== undefined) return refusal(refused.code, refused.message);
  return { kind: "principal", principal };
}

interface Slots {
  /** False: too many wait already. */
  enter(): Promise<boolean>;
  leave(): void;
}

function makeSlots(most: number, waitingMost: number): Slots {
  let inside = 0;
  const waiting: ((entered: boolean) => void)[] = [];
  return {
    enter: () => {
      if (inside < most) {
        inside += 1;
        return Promise.resolve(true);
      }
      if (waiting.length >= waitingMost) return Promise.resolve(false);
      return new Promise((resolve) => waiting.push(resolve));
    },
    leave: () => {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next(true);
    },
  };
}
