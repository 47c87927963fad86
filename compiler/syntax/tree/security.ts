// Statements about users, roles, tokens and rights.
import type { GrantObject } from "../../../base/privileges.ts";
import type { Name, NodeBase, QualifiedName } from "./common.ts";
import type { Expression } from "./expressions.ts";

/** What ALTER USER changes. */
export type UserChange =
  | { readonly kind: "password"; readonly password: Expression | undefined }
  | { readonly kind: "rename"; readonly to: Name }
  | { readonly kind: "switch"; readonly enabled: boolean };

/** Until when a token is good. */
export type TokenEnd =
  | { readonly kind: "never" }
  | { readonly kind: "in"; readonly duration: Expression }
  | { readonly kind: "at"; readonly time: Expression };

/** One right of GRANT or REVOKE as written: a privilege, `all`, or the name of a role. */
export interface RightNode {
  readonly name: Name;
  readonly columns: readonly Name[];
}

/** What a right is for: objects by name (of a kind that the privilege may tell), all of a kind, or the database or service itself. */
export type GrantTarget =
  | { readonly kind: "named"; readonly what: GrantObject | undefined; readonly names: readonly QualifiedName[] }
  | { readonly kind: "all"; readonly what: GrantObject; readonly word: Name }
  | { readonly kind: "whole"; readonly what: "database" | "service" };

/** A statement about who may do what. */
export type SecurityStatement =
  /** `CREATE USER [IF NOT EXISTS] u [PASSWORD e]`. */
  | (NodeBase & {
      readonly kind: "createUser";
      readonly name: Name;
      readonly ifNotExists: boolean;
      readonly password: Expression | undefined;
    })
  /** `ALTER USER u PASSWORD e | NO PASSWORD | RENAME TO v | ENABLE | DISABLE`. */
  | (NodeBase & { readonly kind: "alterUser"; readonly name: Name; readonly change: UserChange })
  | (NodeBase & { readonly kind: "createRole"; readonly name: Name; readonly ifNotExists: boolean })
  /** `DROP USER|ROLE [IF EXISTS] u`. */
  | (NodeBase & {
      readonly kind: "dropGrantee";
      readonly what: "user" | "role";
      readonly name: Name;
      readonly ifExists: boolean;
    })
  /** `CREATE TOKEN t [FOR u] [SCOPES ('read')] [EXPIRES IN|AT|NEVER …]`. */
  | (NodeBase & {
      readonly kind: "createToken";
      readonly name: Name;
      readonly user: Name | undefined;
      readonly scopes: readonly Expression[] | undefined;
      readonly end: TokenEnd | undefined;
    })
  /** `DROP|REVOKE TOKEN [IF EXISTS] t [FOR u]`. */
  | (NodeBase & {
      readonly kind: "dropToken";
      readonly name: Name;
      readonly user: Name | undefined;
      readonly ifExists: boolean;
    })
  /** `SHOW GRANTS [FOR u] [ON TABLE t]`. */
  | (NodeBase & {
      readonly kind: "showGrants";
      readonly grantee: Name | undefined;
      readonly target: GrantTarget | undefined;
    })
  /** `GRANT rights [ON …] TO …`, `REVOKE [GRANT|ADMIN OPTION FOR] rights [ON …] FROM …`; `option`: the right to hand on, given or taken. */
  | (NodeBase & {
      readonly kind: "grant";
      readonly revoke: boolean;
      readonly option: boolean;
      readonly rights: readonly RightNode[];
      readonly target: GrantTarget | undefined;
      readonly grantees: readonly Name[];
    });
