// Statements about users, roles, tokens and rights as data for the session. Secrets travel as arguments, never in the form.
import type { Expression, GrantTarget, QualifiedName, SecurityStatement } from "../syntax/tree.ts";
import type { ManageForm } from "./core-parts.ts";

/** Makes an expression an argument: gives the field with its number, or nothing when there is no expression. */
export type Given = (key: string, value: Expression | undefined) => Record<string, number>;

const dotted = (name: QualifiedName): string => name.parts.map((part) => part.text).join(".");

/** The form that server/security carries out. */
export function securityForm(e: SecurityStatement, given: Given): ManageForm {
  switch (e.kind) {
    case "createUser":
      return { verb: "createUser", name: e.name.text, ifNotExists: e.ifNotExists, ...given("password", e.password) };
    case "alterUser":
      return { verb: "alterUser", name: e.name.text, change: e.change.kind, ...changeOf(e.change, given) };
    case "createRole":
      return { verb: "createRole", name: e.name.text, ifNotExists: e.ifNotExists };
    case "dropGrantee":
      return { verb: "dropGrantee", what: e.what, name: e.name.text, ifExists: e.ifExists };
    case "createToken":
      return {
        verb: "createToken",
        name: e.name.text,
        ...(e.user === undefined ? {} : { user: e.user.text }),
        ...(e.scopes === undefined
          ? {}
          : { scopes: e.scopes.flatMap((scope) => (scope.kind === "string" ? [scope.value] : [])) }),
        ...endOf(e.end, given),
      };
    case "dropToken":
      return {
        verb: "dropToken",
        name: e.name.text,
        ifExists: e.ifExists,
        ...(e.user === undefined ? {} : { user: e.user.text }),
      };
    case "showGrants":
      return {
        verb: "showGrants",
        ...(e.grantee === undefined ? {} : { grantee: e.grantee.text }),
        ...targetOf(e.target),
      };
    case "grant":
      return {
        verb: "grant",
        revoke: e.revoke,
        option: e.option,
        rights: e.rights.map(({ name, columns }) => ({ name: name.text, columns: columns.map(({ text }) => text) })),
        grantees: e.grantees.map(({ text }) => text),
        ...targetOf(e.target),
      };
  }
}

type Change = Extract<SecurityStatement, { kind: "alterUser" }>["change"];

function changeOf(change: Change, given: Given): Record<string, unknown> {
  switch (change.kind) {
    case "password":
      return given("password", change.password);
    case "rename":
      return { to: change.to.text };
    case "switch":
      return { enabled: change.enabled };
  }
}

function endOf(end: Extract<SecurityStatement, { kind: "createToken" }>["end"], given: Given): Record<string, unknown> {
  if (end === undefined) return {};
  switch (end.kind) {
    case "never":
      return { end: "never" };
    case "in":
      return { end: "in", ...given("expires", end.duration) };
    case "at":
      return { end: "at", ...given("expires", end.time) };
  }
}

function targetOf(target: GrantTarget | undefined): Record<string, unknown> {
  if (target === undefined) return {};
  const { kind, what } = target;
  const names = kind === "named" ? { names: target.names.map(dotted) } : {};
  return { target: kind, ...(what === undefined ? {} : { what }), ...names };
}
