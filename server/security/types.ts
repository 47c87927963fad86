// Who acts, and what a session asks before it does something.
// A session without a principal (embedded use, one owner) is never asked anything. The rules are in server/security/authorize.ts, the tables in base/system-tables/.
import type { Need } from "../../base/privileges.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import type { RoutineReference } from "../../vm/host.ts";
import type { Rights } from "./rights.ts";

/** Who acts in a session: a user with the roles that are his, directly or through other roles. */
export interface Principal {
  /** Empty: the owner of the mount, who is no row of `system.users`. */
  readonly userId: string;
  readonly name: string;
  /** True for the owner of the mount and for members of the built-in role `admin`: nothing is refused. */
  readonly superuser: boolean;
  /** Limits of the token that was used, such as `read`, `call:monthly_report`, `service`; undefined: no further limit. */
  readonly scopes: readonly string[] | undefined;
  /** The token that was used: when it is revoked or expires, the session may do nothing more. */
  readonly tokenId?: string;
}

/** The owner of the mount. */
export const OWNER: Principal = { userId: "", name: "owner", superuser: true, scopes: undefined };

/** What a session asks. Answers follow grants, revoked tokens and disabled users of other sessions at the next statement. */
export interface Authority {
  readonly principal: Principal;
  /** Looks whether users, tokens or grants have changed since. @throws Trap PermissionDenied when the principal may do nothing any more. */
  refresh(): void;
  /** Number that moves when an answer may have changed: for caches of what was allowed. */
  stamp(): number;
  /**
   * Asks for all that a statement with these effects needs, routines that it calls and triggers that it fires included. What was allowed for `statement`
   * is not asked again until something changes. @throws Trap PermissionDenied.
   */
  demand(effects: Pick<Effects, "needs" | "fires">, statement?: object): void;
  /** Asks for a call by name. @throws Trap PermissionDenied. */
  demandCall(reference: RoutineReference): void;
  /** Asks for single needs, of whoever's code is running, and of the owners of triggers that fire. @throws Trap PermissionDenied. */
  demandNeeds(needs: readonly Need[], fires?: readonly string[]): void;
  /** Whether one of these rights is there, on single columns too; nothing is refused. What is not there nobody has a right to. */
  holdsAny(needs: readonly Need[]): boolean;
  /** False: nobody but the owner of the mount ever was, so nothing need be asked. */
  mustAsk(): boolean;
  /** The rights to which whoever's code is running is limited; undefined: he may do everything. */
  limitedTo(): Rights | undefined;
  /** Condition under which a row of a system table is shown to whoever's code is running; undefined: all are. */
  viewCondition(table: string): string | undefined;
  /** Whether the session's user may not know of a table, whoever's code is running; undefined: one that nobody names, which he may unless the code is another's. */
  hides(table: string | undefined): boolean;
  /** How many of the innermost routines that run the session's user may not hear of: those inside of another's definer or trigger. */
  hiddenFrames(): number;
  /** The user whose code is running, who owns what it makes; empty: the owner of the mount. */
  actingUser(): string;
  /** Asks for what only administrators may do; `what` as in "ATTACH". @throws Trap PermissionDenied. */
  demandSuperuser(what: string): void;
  /** Refuses something by other rules, and notes it. @throws Trap PermissionDenied. */
  refuse(message: string): never;
}
