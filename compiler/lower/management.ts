// Management statements as data for the session: names joined with dots, expressions replaced by argument numbers.
import type { CallResolution } from "../check/checked.ts";
import type { Expression, ManagementStatement, QualifiedName } from "../syntax/tree.ts";
import { converted } from "./build.ts";
import { lower, type Lowering } from "./context.ts";
import type { CoreExpression } from "./core.ts";
import type { ManageForm } from "./core-parts.ts";
import { type Given, securityForm } from "./security.ts";

function dotted(name: QualifiedName): string {
  return name.parts.map((part) => part.text).join(".");
}

/** Kinds whose names may hold dots of their own, in backticks. */
const OWN_DOTS: ReadonlySet<string> = new Set(["trigger", "schedule", "pipeline"]);

/** A name that holds a dot, or begins with a backtick, stands in backticks, so that it is not taken for several. */
function objectName(what: string, name: QualifiedName): string {
  const last = name.parts.at(-1)?.text ?? "";
  return OWN_DOTS.has(what) && /^`|\./u.test(last) ? `\`${last}\`` : dotted(name);
}

/** The value that the session answers with. */
export function lowerManagement(ctx: Lowering, e: ManagementStatement): CoreExpression {
  const args: CoreExpression[] = [];
  const given: Given = (key, value) => {
    if (value === undefined) return {};
    args.push(lower(ctx, value));
    return { [key]: args.length - 1 };
  };
  const named = (key: string, name: QualifiedName | undefined, what = ""): Record<string, string> =>
    name === undefined ? {} : { [key]: objectName(what, name) };
  const form = ((): ManageForm => {
    switch (e.kind) {
      case "createUser":
      case "alterUser":
      case "createRole":
      case "dropGrantee":
      case "createToken":
      case "dropToken":
      case "showGrants":
      case "grant":
        return securityForm(e, given);
      case "list":
        return { verb: "list", what: e.what };
      case "show":
        return {
          verb: "show",
          what: e.what,
          name: objectName(e.what, e.name),
          ...(e.version === undefined ? {} : { version: e.version }),
        };
      case "describe":
        return { verb: "describe", name: dotted(e.name) };
      case "dropObject":
        return {
          verb: "dropObject",
          what: e.what,
          name: objectName(e.what, e.name),
          ifExists: e.ifExists,
          cascade: e.cascade,
        };
      case "enable":
        return {
          verb: "enable",
          enabled: e.enabled,
          what: e.what,
          forSession: e.forSession,
          ...named("name", e.name, e.what),
          ...named("on", e.on),
        };
      case "pause":
        return { verb: "pause", paused: e.paused };
      case "rollbackRoutine":
        return { verb: "rollbackRoutine", what: e.what, name: objectName(e.what, e.name), version: e.version };
      case "run":
        return {
          verb: "run",
          what: e.what,
          name: objectName(e.what, e.name),
          ...given("with", e.with),
          ...given("at", e.at),
          ...(e.from === undefined ? {} : { from: e.from.text }),
        };
      case "runAgain":
        return { verb: "runAgain", ...given("run", e.run), ...given("at", e.at) };
      case "cancelRun":
        return { verb: "cancelRun", ...given("run", e.run) };
      case "history":
        return { verb: "history", ...named("name", e.name, "schedule"), ...given("limit", e.limit) };
      case "attach":
        return {
          verb: "attach",
          ...(e.service === undefined ? {} : { service: e.service.text }),
          ...given("file", e.file),
          ...(e.alias === undefined ? {} : { alias: e.alias.text }),
        };
      case "detach":
        return { verb: "detach", name: e.name.text };
      case "backup":
        return { verb: "backup", ...given("to", e.to) };
      case "restore":
        return { verb: "restore", ...given("from", e.from) };
      case "profile":
        return { verb: "profile", ...profiled(ctx, e.call, args) };
      case "lock":
        return { verb: "lock", name: dotted(e.name), mode: e.mode };
      case "builtinTable":
        return { verb: "builtinTable", name: dotted(e.name) };
    }
  })();
  return { kind: "manage", span: e.span, rep: "any", form, args };
}

function profiled(ctx: Lowering, call: Expression, args: CoreExpression[]): Record<string, unknown> {
  const resolution: CallResolution | undefined = ctx.checked.calls.get(call);
  const given = resolution !== undefined && "args" in resolution ? resolution.args : [];
  const numbers = given.map((argument) => {
    // Values of a variadic parameter are one list.
    if (argument.kind === "default") return null;
    args.push(
      argument.kind === "value"
        ? lower(ctx, argument.value)
        : {
            kind: "list",
            span: call.span,
            rep: "list",
            items: argument.values.map((value) => converted(lower(ctx, value), "any")),
          },
    );
    return args.length - 1;
  });
  const name =
    resolution?.kind === "routine"
      ? resolution.routine.name
      : call.kind === "call" && call.callee.kind === "name"
        ? call.callee.name.text
        : "";
  const version = resolution?.kind === "routine" ? resolution.version : undefined;
  const receiver = resolution?.kind === "routine" ? resolution.routine.receiver : undefined;
  return {
    routine: name,
    ...(receiver === undefined ? {} : { receiver }),
    ...(version === undefined ? {} : { version }),
    arguments: numbers,
  };
}
