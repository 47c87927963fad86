// Dynamic SQL: the text of `execute` must be a constant or built from constants, ident(x) and literal(x) (LANGUAGE.md 4).
// A variable counts as constant when everything that is ever assigned to it does. Judged at the end, when all assignments are known.
import type { Expression } from "../syntax/tree.ts";
import type { Variable } from "./checked.ts";
import type { ModuleState } from "./context.ts";
import { problemAt } from "./findings.ts";

/** Reports texts that may hold input from outside, at the part that brings it in. */
export function reportInjections(state: ModuleState): void {
  for (const { text, place } of state.executed) {
    const culprit = unsafePart(state, text, new Set());
    if (culprit === undefined) continue;
    const related = culprit.span === place.span ? [] : [{ span: culprit.span, label: "this part is not constant" }];
    problemAt(
      state,
      place,
      "PossibleSqlInjection",
      {},
      { related, help: "Pass values with 'using', and put names through ident(…)." },
    );
  }
}

const SAFE_CALLS: ReadonlySet<string> = new Set(["ident", "literal"]);
const SCALARS_WITHOUT_TEXT: ReadonlySet<string> = new Set([
  "int",
  "float",
  "decimal",
  "bool",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "uuid",
]);

/** The first part of a text expression that is not constant, or undefined. */
function unsafePart(state: ModuleState, node: Expression, visiting: Set<Variable>): Expression | undefined {
  const unsafe = (part: Expression): Expression | undefined => unsafePart(state, part, visiting);
  switch (node.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "temporal":
      return undefined;
    case "parenthesized":
      return unsafe(node.inner);
    case "template":
      return node.values.map(unsafe).find((part) => part !== undefined);
    case "binary":
      return node.operator === "||" || node.operator === "+" || node.operator === "??"
        ? (unsafe(node.left) ?? unsafe(node.right))
        : safeByType(state, node);
    case "if":
      return unsafe(node.then) ?? unsafe(node.otherwise);
    case "case":
      return [...node.branches.map((branch) => branch.then), ...(node.otherwise === undefined ? [] : [node.otherwise])]
        .map(unsafe)
        .find((part) => part !== undefined);
    case "match":
      return node.arms
        .map((arm) => (arm.body.kind === "block" ? node : unsafe(arm.body)))
        .find((part) => part !== undefined);
    case "call": {
      const resolution = state.calls.get(node);
      if (resolution?.kind === "intrinsic" && SAFE_CALLS.has(resolution.intrinsic)) return undefined;
      return safeByType(state, node);
    }
    case "name": {
      const resolution = state.names.get(node);
      if (resolution?.kind === "enumValue") return undefined;
      if (resolution?.kind !== "variable") return node;
      return unsafeVariable(state, resolution.variable, node, visiting);
    }
    default:
      return safeByType(state, node);
  }
}

/** Numbers, dates and enum values cannot carry SQL. */
function safeByType(state: ModuleState, node: Expression): Expression | undefined {
  const type = state.types.get(node);
  const inner = type?.kind === "nullable" ? type.inner : type;
  if (inner?.kind === "enum") return undefined;
  return inner?.kind === "scalar" && SCALARS_WITHOUT_TEXT.has(inner.name) ? undefined : node;
}

function unsafeVariable(
  state: ModuleState,
  variable: Variable,
  node: Expression,
  visiting: Set<Variable>,
): Expression | undefined {
  if (safeByType(state, node) === undefined) return undefined;
  if (variable.kind !== "let" && variable.kind !== "const") return node;
  if (visiting.has(variable)) return undefined;
  visiting.add(variable);
  const values = state.texts.get(variable) ?? [];
  const unsafe = values.some((value) => unsafePart(state, value, visiting) !== undefined);
  visiting.delete(variable);
  return unsafe ? node : undefined;
}
