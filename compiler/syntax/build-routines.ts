// Functions and procedures: header clauses in any order, then the body.
// A clause that stands twice is reported; the first one counts.
import { report } from "../../base/problem.ts";
import { buildConfig } from "./build-config.ts";
import { has, kids, listOf, maybe, nameOf, one, only, rule, spanOf, textOf, type View, words } from "./build-node.ts";
import type { DeclarationBase, DeclarationVerb, ParameterNode, RoutineDeclaration } from "./tree/declarations.ts";

/** `create`, `replace`, `upsert`, or `bare` when no verb is written. */
export function verbOf(view: View): DeclarationVerb {
  const verb = maybe(view, "RoutineVerb");
  if (verb === undefined) return "bare";
  const inner = only(verb);
  if (rule(inner) === "UpsertVerb") return "upsert";
  return has(inner, "OrReplace") ? "replace" : "create";
}

/** What a clause is called when it stands twice. */
const CLAUSE_NAMES: Readonly<Record<string, string>> = {
  Receiver: "receiver",
  Parameters: "parameter list",
  Metadata: "metadata",
  AsMetadata: "metadata",
  RaisesClause: "raises",
  ReturnsClause: "returns",
  RoutineMode: "as async/sync",
  Security: "security",
};

function clausesOf(view: View): ReadonlyMap<string, View> {
  const clauses = new Map<string, View>();
  for (const kid of kids(view)) {
    if (rule(kid) !== "RoutineClause") continue;
    const inner = only(kid);
    const name = rule(inner) === "AsMetadata" ? "Metadata" : rule(inner);
    const label = CLAUSE_NAMES[name];
    const first = clauses.get(name);
    if (first === undefined || label === undefined) clauses.set(name, inner);
    else
      report(
        view.ctx.problems,
        "DuplicateClause",
        spanOf(inner),
        { clause: label },
        { related: [{ span: spanOf(first), label: "the first one" }] },
      );
  }
  return clauses;
}

/** A `RoutineDeclaration` node. */
export function buildRoutine(view: View, base: Omit<DeclarationBase, "name">): RoutineDeclaration {
  const named = only(one(view, "RoutineName"));
  const clauses = clausesOf(view);
  const receiver = maybe(named, "Receiver") ?? clauses.get("Receiver");
  const parameters = clauses.get("Parameters");
  const metadata = clauses.get("Metadata");
  const raises = clauses.get("RaisesClause");
  const returns = clauses.get("ReturnsClause");
  const mode = clauses.get("RoutineMode");
  const security = clauses.get("Security");
  return {
    ...base,
    kind: "routine",
    routine: words(one(view, "RoutineWord")) as "function" | "procedure",
    verb: verbOf(view),
    ifNotExists: has(view, "IfNotExists"),
    name: nameOf(one(named, "name")),
    receiver: receiver === undefined ? undefined : buildReceiver(receiver),
    parameters: parameters === undefined ? undefined : buildParameters(parameters),
    metadata: metadata === undefined ? undefined : buildMetadata(metadata),
    raises: raises === undefined ? undefined : listOf(raises, "name", "CommaRaise").map(nameOf),
    returns: returns === undefined ? undefined : view.ctx.build.type(one(returns, "Type")),
    mode: mode === undefined ? undefined : modeOf(mode),
    security: security === undefined ? undefined : (words(one(security, "SecurityWord")) as "definer" | "invoker"),
    body: buildBody(maybe(view, "RoutineBody")),
  };
}

function modeOf(view: View): RoutineDeclaration["mode"] {
  const written = words(view).replace(/^as /, "").replaceAll(" ", "");
  return written.includes("|") ? "async|sync" : (written as "async" | "sync");
}

function buildMetadata(view: View): RoutineDeclaration["metadata"] {
  const braces = maybe(view, "ConfigBraces");
  return buildConfig(braces ?? view);
}

function buildBody(view: View | undefined): RoutineDeclaration["body"] {
  if (view === undefined) return undefined;
  const inner = only(view);
  return rule(inner) === "ArrowBody" ? view.ctx.build.value(one(inner, "Value")) : view.ctx.build.block(inner);
}

function buildReceiver(view: View): RoutineDeclaration["receiver"] {
  const inner = only(one(view, "ReceiverInner"));
  if (rule(inner) === "NamedReceiver") {
    return { binding: nameOf(one(inner, "name")), type: view.ctx.build.type(one(inner, "Type")), span: spanOf(view) };
  }
  return { binding: undefined, type: view.ctx.build.type(inner), span: spanOf(view) };
}

function buildParameters(view: View): readonly ParameterNode[] {
  const entries = listOf(maybe(view, "ParameterList"), "ParameterEntry", "CommaParameter").map(only);
  return entries
    .filter((entry) => rule(entry) === "Parameter")
    .map((parameter) => {
      const mode = maybe(parameter, "ParameterMode");
      const type = maybe(parameter, "ParameterType");
      const value = maybe(parameter, "ParameterDefault");
      return {
        name: nameOf(one(parameter, "name")),
        mode:
          mode === undefined ? "in" : (textOf(one(mode, "parameterModeWord")).toLowerCase() as "in" | "out" | "inout"),
        type: type === undefined ? undefined : view.ctx.build.type(one(type, "Type")),
        default: value === undefined ? undefined : view.ctx.build.expression(one(value, "Expr")),
        variadic: has(parameter, "variadicMark"),
        span: spanOf(parameter),
      };
    });
}
