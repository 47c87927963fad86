// Checks statements about users, roles, tokens and rights: privileges exist and fit what they are granted on, scopes exist.
// Who is named is known only where the statement runs.
import {
  fitsColumns,
  fitsObject,
  GRANT_OBJECTS,
  isTokenScope,
  PRIVILEGES,
  type Privilege,
  privilegeNamed,
  TOKEN_SCOPES,
} from "../../base/privileges.ts";
import type { GrantTarget, ManagementStatement, RightNode, SecurityStatement } from "../syntax/tree.ts";
import { nullable, STRING } from "../types/make.ts";
import type { CheckContext } from "./context.ts";
import { expectType } from "./expect.ts";
import { nearest, problem, replaceFix } from "./findings.ts";

const KINDS: ReadonlySet<string> = new Set<SecurityStatement["kind"]>([
  "createUser",
  "alterUser",
  "createRole",
  "dropGrantee",
  "createToken",
  "dropToken",
  "showGrants",
  "grant",
]);

/** Whether a management statement is one of these. */
export function isSecurityStatement(statement: ManagementStatement): statement is SecurityStatement {
  return KINDS.has(statement.kind);
}

/** Checks one. */
export function checkSecurity(ctx: CheckContext, statement: SecurityStatement): void {
  switch (statement.kind) {
    case "createUser":
      if (statement.password !== undefined) checkText(ctx, statement.password);
      return;
    case "alterUser":
      if (statement.change.kind === "password" && statement.change.password !== undefined)
        checkText(ctx, statement.change.password);
      return;
    case "createToken":
      for (const scope of statement.scopes ?? []) checkScope(ctx, scope);
      if (statement.end?.kind === "in") ctx.rules.infer(ctx, statement.end.duration);
      if (statement.end?.kind === "at") ctx.rules.infer(ctx, statement.end.time);
      return;
    case "showGrants":
      if (statement.target !== undefined) checkTarget(ctx, statement.target);
      return;
    case "grant":
      if (statement.target !== undefined && !checkTarget(ctx, statement.target)) return;
      for (const right of statement.rights) checkRight(ctx, right, statement.target);
      return;
    default:
  }
}

type Expression = NonNullable<Extract<SecurityStatement, { kind: "createUser" }>["password"]>;

function checkText(ctx: CheckContext, expression: Expression): void {
  expectType(ctx, expression, ctx.rules.infer(ctx, expression, STRING), nullable(STRING));
}

function checkScope(ctx: CheckContext, scope: Expression): void {
  checkText(ctx, scope);
  if (scope.kind === "string" && isTokenScope(scope.value)) return;
  const written = scope.kind === "string" ? scope.value : "that is computed";
  problem(
    ctx,
    "UnknownScope",
    scope.span,
    { scope: written },
    {
      help: `Scopes are ${Object.keys(TOKEN_SCOPES).join(", ")}; call:report narrows one to a name.`,
    },
  );
}

/** False when nothing can be granted on such things at all. */
function checkTarget(ctx: CheckContext, target: GrantTarget): boolean {
  if (target.kind !== "all" || (GRANT_OBJECTS as readonly string[]).includes(target.what)) return true;
  problem(ctx, "PrivilegeMisfit", target.word.span, { privilege: "A privilege", what: target.word.text });
  return false;
}

function checkRight(ctx: CheckContext, right: RightNode, target: GrantTarget | undefined): void {
  const word = right.name.text;
  const { span } = right.name;
  const privilege = word.toUpperCase() === "ALL" ? "ALL" : privilegeNamed(word);
  // Without ON it is a role.
  if (target === undefined) {
    if (privilege !== undefined && privilege !== "SERVICE CONTROL" && right.name.quote === "none")
      problem(ctx, "PrivilegeWithoutObject", span, { privilege: word.toUpperCase() });
    return;
  }
  if (privilege === undefined) {
    const near = nearest(word.toUpperCase(), Object.keys(PRIVILEGES));
    const help = near === undefined ? `Privileges are ${Object.keys(PRIVILEGES).join(", ")}.` : `Did you mean ${near}?`;
    const fixes = near === undefined ? [] : [replaceFix(`Use ${near}`, span, near)];
    problem(ctx, "UnknownPrivilege", span, { name: word }, { help, fixes });
    return;
  }
  checkFit(ctx, right, privilege, target);
}

function checkFit(ctx: CheckContext, right: RightNode, privilege: Privilege | "ALL", target: GrantTarget): void {
  const { span } = right.name;
  const [column] = right.columns;
  if (column !== undefined && (privilege === "ALL" || !fitsColumns(privilege)))
    problem(ctx, "PrivilegeMisfit", column.span, { privilege, what: "single columns" });
  if (target.what === undefined || privilege === "ALL" || fitsObject(privilege, target.what)) return;
  const kinds: readonly string[] = PRIVILEGES[privilege].on;
  const what = target.kind === "whole" ? `the ${target.what}` : `a ${target.what}`;
  problem(ctx, "PrivilegeMisfit", span, { privilege, what }, { help: `It is for a ${kinds.join(" or ")}.` });
}
