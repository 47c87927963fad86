// Rights as somebody sees them who runs no statement: a connection of its own looks whether users, tokens or grants have changed, at the cost of one read of the file's head.
// Used by lanes for sessions that wait, stream or hear of events.
import { type Need, scopeCovers } from "../../base/privileges.ts";
import type { Connection } from "../../storage/engine.ts";
import { ownerOf } from "./owners.ts";
import { uncovered } from "./rights.ts";
import { endedAt, readStanding, type Standing } from "./standing.ts";
import { securityEpoch } from "./tokens.ts";
import type { Principal } from "./types.ts";

/** Looks at the rights of principals. All throw EngineError. */
export class Onlooker {
  readonly #connection: Connection;
  readonly #nowMs: () => number;
  #seen = -1;
  #epoch = -1;
  readonly #standings = new Map<string, Standing>();

  /** `nowMs`: milliseconds since 1970. The connection is in no transaction. */
  constructor(connection: Connection, nowMs: () => number) {
    this.#connection = connection;
    this.#nowMs = nowMs;
  }

  /** Why a principal may do nothing any more; undefined: he may. */
  ended(principal: Principal): string | undefined {
    return principal.userId === "" ? undefined : endedAt(this.#standing(principal), this.#nowMs());
  }

  /** Whether he has a right now; on a table the right to any column is enough. What is not there he has no right to. */
  may(principal: Principal, need: Need): boolean {
    const { scopes, userId } = principal;
    if (scopes !== undefined && !scopes.some((scope) => scopeCovers(scope, need))) return false;
    if (userId === "") return true;
    const standing = this.#standing(principal);
    const { own } = standing;
    if (own === undefined || endedAt(standing, this.#nowMs()) !== undefined) return false;
    if (own.superuser || uncovered(own, need) === undefined) return true;
    return ownerOf(this.#connection, need.objectKind, need.objectName) === userId;
  }

  #standing(principal: Principal): Standing {
    this.#refresh();
    const key = `${principal.userId} ${principal.tokenId ?? ""}`;
    let known = this.#standings.get(key);
    if (known === undefined) this.#standings.set(key, (known = readStanding(this.#connection, principal)));
    return known;
  }

  #refresh(): void {
    const seen = this.#connection.dataVersion();
    if (seen === this.#seen) return;
    this.#seen = seen;
    const epoch = securityEpoch(this.#connection);
    if (epoch !== this.#epoch) this.#standings.clear();
    this.#epoch = epoch;
  }
}
