// Declaring and assigning variables.
// A variable declared without a value starts as null: its storage is T?, it accepts T, and reading it early is reported (flow.assigned).
import type {
  AssignStatement,
  BinaryExpression,
  Expression,
  LetStatement,
  LetTarget,
  TypeNode,
} from "../syntax/tree.ts";
import { assignType } from "../types/assign.ts";
import {
  ANY,
  fieldNamed,
  fieldsOf,
  foldName,
  freshVariable,
  mayBeNull,
  nullable,
  prune,
  structOf,
  withoutNull,
} from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { nullTargets } from "./assigned-names.ts";
import { assigned, checkTarget } from "./assign-target.ts";
import type { Variable } from "./checked.ts";
import type { CheckContext } from "./context.ts";
import { because, expectType, reportMismatch } from "./expect.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import { narrow, variableKey } from "./flow.ts";
import { binaryType, describe, inferOperand } from "./infer-operators.ts";
import { singleValue } from "./infer-query.ts";
import { innermost } from "./scalar-value.ts";
import { declareVariable, variableType } from "./scope.ts";

/** `let`, `const`, `DECLARE`. */
export function checkLet(ctx: CheckContext, statement: LetStatement): void {
  if (statement.target.kind === "fields") return checkFields(ctx, statement, statement.target);
  const { name } = statement.target;
  const kind = statement.form === "const" ? "const" : "let";
  const written = statement.type === undefined ? undefined : writtenType(ctx, statement.type);
  if (statement.value === undefined) {
    const accepts = written ?? freshVariable(ctx.state.supply, ctx.level);
    const optional =
      prune(accepts).kind === "nullable" || prune(accepts).kind === "any" || prune(accepts).kind === "cursor";
    if (!optional && mayReceiveNull(ctx, name.text)) declareVariable(ctx, name, kind, nullableOf(accepts));
    else if (optional) declareVariable(ctx, name, kind, accepts);
    else declareVariable(ctx, name, kind, nullableOf(accepts), { accepts });
    return;
  }
  const { value } = statement;
  if (written !== undefined) {
    const found = ctx.rules.infer(ctx, value, written);
    expectType(ctx, value, found, written, because(ctx, value.span, `${describe(ctx, value)} is assigned to it`));
    const variable = declareVariable(ctx, name, kind, written);
    rememberText(ctx, variable, value);
    narrowTo(ctx, variable, written, found);
    return;
  }
  const type = valueType(ctx, value);
  const variable = declareVariable(ctx, name, kind, type, {
    reason: because(ctx, value.span, `it starts as ${describe(ctx, value)}`),
  });
  rememberText(ctx, variable, value);
  const reason = nullReasonOf(ctx, value, type);
  if (reason !== undefined) variable.nullReason = reason;
}

/** Why a single value of unknown type may be null. */
function nullReasonOf(ctx: CheckContext, value: Expression, type: Type): string | undefined {
  const query = innermost(value);
  if (query.kind !== "query" || !["any", "variable"].includes(withoutNull(type).kind)) return undefined;
  return ctx.state.sql.get(query.query)?.columns?.[0]?.nullReason;
}

/** Whether the body, or the script, assigns null to the variable or fills it by INTO, which gives null when there is no row. */
function mayReceiveNull(ctx: CheckContext, name: string): boolean {
  const script = ctx.owner.kind === "script";
  const whole = script ? ctx.state.module : ctx.item;
  let names = NULL_TARGETS.get(whole);
  if (names === undefined) {
    names = nullTargets(script ? ctx.state.module.items.map((item) => item.statement) : ctx.item.statement);
    NULL_TARGETS.set(whole, names);
  }
  return names.has(foldName(name));
}
const NULL_TARGETS = new WeakMap<object, ReadonlySet<string>>();

/** `T?` around a type that may still be unknown. */
function nullableOf(type: Type): Type {
  return prune(type).kind === "variable" ? { kind: "nullable", inner: type } : nullable(type);
}

/** The type of an initial value: a query of one row and column is its value; null alone says only that. */
function valueType(ctx: CheckContext, value: Expression): Type {
  const found = ctx.rules.infer(ctx, value);
  const type = singleValue(ctx, value, found) ?? found;
  switch (prune(type).kind) {
    case "void":
      problem(ctx, "NoValue", value.span, { expected: "a value" });
      return ANY;
    case "null":
      return { kind: "nullable", inner: freshVariable(ctx.state.supply, ctx.level) };
    default:
      return type;
  }
}

function writtenType(ctx: CheckContext, node: TypeNode): Type {
  const type = ctx.rules.typeFromNode(ctx, node);
  if (prune(type).kind !== "void") return type;
  problem(ctx, "TypeMismatch", node.span, { expected: "a type of values", found: "void" });
  return ANY;
}

/** A value without null in a variable of type T? is known not to be null. */
function narrowTo(ctx: CheckContext, variable: Variable, declared: Type, found: Type): void {
  const type = prune(declared);
  if (type.kind === "nullable" && !mayBeNull(found))
    ctx.flow = narrow(ctx.flow, variableKey(variable), prune(type.inner));
}

/** Remembers what a text variable may hold, for the check of dynamic SQL (injection.ts). */
function rememberText(ctx: CheckContext, variable: Variable, value: Expression): void {
  ctx.state.texts.set(variable, [...(ctx.state.texts.get(variable) ?? []), value]);
}

/** `let {a, b} = SELECT a, b FROM …`: the fields of a row or struct. */
function checkFields(ctx: CheckContext, statement: LetStatement, target: Extract<LetTarget, { kind: "fields" }>): void {
  const { value } = statement;
  const found = value === undefined ? ANY : ctx.rules.infer(ctx, value, structOf([]));
  const row = withoutNull(found);
  const optional = mayBeNull(found) && row.kind !== "any";
  if (
    value !== undefined &&
    row.kind !== "struct" &&
    row.kind !== "any" &&
    row.kind !== "variable" &&
    row.kind !== "error"
  )
    problem(ctx, "TypeMismatch", value.span, { expected: "a row or struct", found: showType(found) });
  for (const { field, name } of target.fields) {
    const known = row.kind === "struct" ? fieldNamed(row, field.text) : undefined;
    if (known === undefined && row.kind === "struct") {
      const near = nearest(
        field.text,
        fieldsOf(row).map((each) => each.name),
      );
      problem(
        ctx,
        "UnknownField",
        field.span,
        { field: field.text, type: showType(row) },
        near === undefined
          ? {}
          : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, field.span, near)] },
      );
    }
    const type = known?.type ?? ANY;
    declareVariable(ctx, name, statement.form === "const" ? "const" : "let", optional ? nullable(type) : type);
  }
}

/** `x = e`, `SET x = e`, `x += e`. */
export function checkAssign(ctx: CheckContext, statement: AssignStatement): void {
  const { target: node, value, operator } = statement;
  const target = checkTarget(ctx, node);
  if (operator !== undefined) return checkCompound(ctx, statement, target);
  const found = ctx.rules.infer(ctx, value, target.type);
  expectType(ctx, value, found, target.type, because(ctx, value.span, `${describe(ctx, value)} is assigned to it`));
  if (target.variable !== undefined && target.whole) rememberText(ctx, target.variable, value);
  assigned(ctx, target, found, node);
}

function checkCompound(ctx: CheckContext, statement: AssignStatement, target: ReturnType<typeof checkTarget>): void {
  const { target: node, value, operator } = statement;
  if (operator === undefined) return;
  const current = target.variable !== undefined && target.whole ? variableType(ctx, target.variable) : target.type;
  const binary: BinaryExpression = {
    kind: "binary",
    operator,
    operatorSpan: statement.span,
    left: node,
    right: value,
    span: statement.span,
  };
  const right = inferOperand(ctx, value, operator === "??" ? withoutNull(target.type) : undefined);
  const result = operator === "??" ? right : binaryType(ctx, binary, current, right);
  ctx.state.coercions.delete(node);
  const mismatch = assignType(result, target.type);
  if (mismatch !== undefined) reportMismatch(ctx, value.span, mismatch, result, target.type);
  if (target.variable !== undefined && target.whole) rememberText(ctx, target.variable, value);
  assigned(ctx, target, operator === "??" ? withoutNull(target.type) : result, node);
}
