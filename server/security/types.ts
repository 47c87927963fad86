// Who acts, and what a session asks before it does something: types only.
// A session without a principal (embedded use, one owner) is never asked anything. The rules are in server/security/authorize.ts, the tables in base/system-tables/.
import type { Effects } from "../../compiler/effects/effects.ts";

/** Who acts in a session: a user with the roles that are his, directly or through other roles. */
export interface Principal {
  readonly userId: string;
  readonly name: string;
  /** True for the owner of the mount and for members of the built-in role `admin`: nothing is refused. */
  readonly superuser: boolean;
  /** Limits of the token that was used, such as `read`, `call:monthly_report`, `service`; undefined: no further limit. */
  readonly scopes: readonly string[] | undefined;
}

/** Privileges that can be granted. */
export const PRIVILEGES = [
  "EXECUTE",
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "CREATE",
  "RUN",
  "USE",
  "SERVICE CONTROL",
] as const;
export type Privilege = (typeof PRIVILEGES)[number];

/** One thing that a statement needs. `columns` undefined: the whole object. */
export interface Need {
  readonly privilege: Privilege;
  readonly objectKind:
    | "procedure"
    | "function"
    | "table"
    | "schedule"
    | "pipeline"
    | "trigger"
    | "template"
    | "database"
    | "service";
  readonly objectName: string;
  readonly columns: readonly string[] | undefined;
}

/** What is missing, in the words of the error: what, on what, who could grant it. */
export interface Denied {
  readonly need: Need;
  readonly why: string;
}

/** What a session asks. Answers follow grants of other sessions within a second. */
export interface Authority {
  readonly principal: Principal;
  /** What of the needs is missing; empty: go on. */
  missing(needs: readonly Need[]): readonly Denied[];
  /** Needs of a statement or call with these effects; routines with `security definer` need only EXECUTE. */
  needsOf(effects: Effects): readonly Need[];
}
