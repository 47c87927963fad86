// Whether somebody may do anything at all: his user is there and not disabled, his token neither revoked nor expired. Read once, until users or tokens change.
import type { Connection } from "../../storage/engine.ts";
import { hasUsers, readRights, type Rights } from "./rights.ts";
import { readToken } from "./tokens.ts";
import type { Principal } from "./types.ts";

/** What is known of a principal. */
export interface Standing {
  /** False: nobody but the owner of the mount ever was. */
  readonly users: boolean;
  /** His rights; undefined for the owner of the mount, and where there are no users. */
  readonly own: Rights | undefined;
  /** Milliseconds since 1970 at which the token ends. */
  readonly tokenEndsMs: number | undefined;
  /** Why he may do nothing any more. */
  readonly ended: string | undefined;
}

/** Reads it. @throws EngineError. */
export function readStanding(connection: Connection, { userId, name, tokenId }: Principal): Standing {
  const users = hasUsers(connection);
  const known = { users, own: undefined, tokenEndsMs: undefined, ended: undefined };
  if (userId === "") return known;
  if (!users) return { ...known, ended: `There is no user ${name} in this database.` };
  const own = readRights(connection, userId);
  if (!own.active) return { ...known, own, ended: `The user ${name} is disabled or was dropped.` };
  if (tokenId === undefined) return { ...known, own };
  const token = readToken(connection, tokenId);
  if (token === undefined || token.revoked) return { ...known, own, ended: "The token of this session was revoked." };
  return { ...known, own, tokenEndsMs: token.expiresAtMs };
}

/** Why he may do nothing any more at a time in milliseconds since 1970; undefined: he may. */
export function endedAt({ ended, tokenEndsMs }: Standing, nowMs: number): string | undefined {
  if (ended !== undefined) return ended;
  return tokenEndsMs !== undefined && nowMs >= tokenEndsMs ? "The token of this session has expired." : undefined;
}
