// Statements about users, roles, tokens and rights. Names of users, privileges and objects are not looked up here.
import { InternalError } from "../../base/failure.ts";
import type { GrantObject } from "../../base/privileges.ts";
import {
  all,
  has,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  spanOf,
  type View,
  words,
} from "./build-node.ts";
import type { Name } from "./tree/common.ts";
import type { Expression } from "./tree/expressions.ts";
import type { GrantTarget, RightNode, SecurityStatement, TokenEnd, UserChange } from "./tree/security.ts";

/** An `AccessControl` node. */
export function buildSecurity(view: View): SecurityStatement {
  const inner = only(view);
  const span = spanOf(inner);
  switch (rule(inner)) {
    case "CreateUser":
      return {
        kind: "createUser",
        name: nameIn(inner),
        ifNotExists: has(inner, "IfNotExists"),
        password: passwordIn(inner),
        span,
      };
    case "AlterUser":
      return { kind: "alterUser", name: nameIn(inner), change: buildChange(only(one(inner, "UserChange"))), span };
    case "CreateRole":
      return { kind: "createRole", name: nameIn(inner), ifNotExists: has(inner, "IfNotExists"), span };
    case "DropGrantee":
      return {
        kind: "dropGrantee",
        what: words(one(inner, "granteeWord")) === "role" ? "role" : "user",
        name: nameIn(inner),
        ifExists: has(inner, "IfExists"),
        span,
      };
    case "CreateToken":
      return buildToken(inner);
    case "DropToken":
      return {
        kind: "dropToken",
        name: nameIn(inner),
        user: maybeNameIn(inner, "TokenFor"),
        ifExists: has(inner, "IfExists"),
        span,
      };
    case "ShowGrants":
      return {
        kind: "showGrants",
        grantee: maybeNameIn(inner, "ShowGrantsFor"),
        target: targetIn(inner, "ShowGrantsOn"),
        span,
      };
    case "Grant":
    case "Revoke":
      return buildGrant(inner);
    default:
      throw new InternalError(`build: security ${rule(inner)}`);
  }
}

const nameIn = (view: View): Name => nameOf(one(view, "name"));

function maybeNameIn(view: View, clause: string): Name | undefined {
  const found = maybe(view, clause);
  return found === undefined ? undefined : nameIn(found);
}

function expressionIn(view: View): Expression {
  return view.ctx.build.expression(one(view, "Expr"));
}

function passwordIn(view: View): Expression | undefined {
  const found = maybe(view, "Password");
  return found === undefined ? undefined : expressionIn(found);
}

function buildChange(view: View): UserChange {
  switch (rule(view)) {
    case "Password":
      return { kind: "password", password: expressionIn(view) };
    case "NoPassword":
      return { kind: "password", password: undefined };
    case "UserRename":
      return { kind: "rename", to: nameIn(view) };
    default:
      return { kind: "switch", enabled: words(view) === "enable" };
  }
}

function buildToken(view: View): SecurityStatement {
  const clauses = all(view, "TokenClause").map(only);
  const clause = (name: string): View | undefined => clauses.find((each) => rule(each) === name);
  const user = clause("TokenFor");
  const scopes = clause("TokenScopes");
  const expiry = clause("TokenExpiry");
  return {
    kind: "createToken",
    name: nameIn(view),
    user: user === undefined ? undefined : nameIn(user),
    scopes:
      scopes === undefined
        ? undefined
        : listOf(scopes, "CodeString", "CommaScope").map((text) => view.ctx.build.expression(text)),
    end: expiry === undefined ? undefined : buildEnd(only(one(expiry, "TokenEnd"))),
    span: spanOf(view),
  };
}

function buildEnd(view: View): TokenEnd {
  if (rule(view) === "TokenEndIn") return { kind: "in", duration: expressionIn(view) };
  if (rule(view) === "TokenEndAt") return { kind: "at", time: expressionIn(view) };
  return { kind: "never" };
}

function buildGrant(view: View): SecurityStatement {
  return {
    kind: "grant",
    revoke: rule(view) === "Revoke",
    option: has(view, "GrantOption") || has(view, "RevokeOption"),
    rights: listOf(one(view, "Rights"), "Right", "CommaRight").map(buildRight),
    target: targetIn(view, "GrantOn"),
    grantees: listOf(one(view, "Grantees"), "name", "CommaGrantee").map(nameOf),
    span: spanOf(view),
  };
}

function buildRight(view: View): RightNode {
  const named = one(view, "RightName");
  const name = maybe(named, "anyName");
  return {
    name:
      name === undefined
        ? { text: has(named, "AllRights") ? "ALL" : "SERVICE CONTROL", span: spanOf(named), quote: "none" }
        : nameOf(name),
    columns: listOf(maybe(view, "RightColumns"), "name", "CommaRightColumn").map(nameOf),
  };
}

function targetIn(view: View, clause: string): GrantTarget | undefined {
  const found = maybe(view, clause);
  return found === undefined ? undefined : buildTarget(only(one(found, "GrantTarget")));
}

function buildTarget(view: View): GrantTarget {
  switch (rule(view)) {
    case "GrantAll": {
      const word = one(view, "pluralWord");
      return {
        kind: "all",
        what: objectOf(words(word).replace(/s$/, "")),
        word: { text: words(word), span: spanOf(word), quote: "none" },
      };
    }
    case "GrantWhole":
      return { kind: "whole", what: words(one(view, "grantWholeWord")) === "service" ? "service" : "database" };
    default: {
      const word = maybe(view, "grantWord");
      return {
        kind: "named",
        what: word === undefined ? undefined : objectOf(words(word)),
        names: listOf(view, "QualifiedName", "CommaGranted").map(qualifiedNameOf),
      };
    }
  }
}

/** Views are granted as tables are. A word that nothing can be granted on is refused by the checker. */
function objectOf(word: string): GrantObject {
  return (word === "view" ? "table" : word) as GrantObject;
}
