// Expressions of code to Core: the dispatch by kind, names, queries as values, choices.
// Literals, operators, calls, collections, match, try and SQL have files of their own.
import { InternalError } from "../../base/failure.ts";
import type { Coercion } from "../check/checked.ts";
import type { BetweenExpression, CaseExpression, Expression, NameExpression } from "../syntax/tree.ts";
import { showType } from "../types/show.ts";
import {
  block,
  boolValue,
  constant,
  converted,
  hiddenLocal,
  nullValue,
  readLocal,
  setLocal,
  stringValue,
} from "./build.ts";
import { lowerCall, lowerPipe } from "./calls.ts";
import { lowerIndex, lowerList, lowerMember, lowerObject, lowerRange, lowerSlice } from "./collections.ts";
import { lowerComprehension } from "./comprehensions.ts";
import { finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { executedText, lowerFetchNext } from "./cursors.ts";
import { cast, coerced, raising, stored } from "./conversions.ts";
import type { CoreExpression } from "./core.ts";
import { lowerAsync, lowerAwait } from "./jobs.ts";
import { lowerLambda } from "./lambdas.ts";
import { lowerMatch } from "./match.ts";
import { asCondition, between, compared, inverted } from "./operators.ts";
import { lowerTry } from "./try.ts";
import { registerTypeOf, withoutNull } from "./types.ts";
import { lowerFound, readColumn, readVariable } from "./variables.ts";
import { bytesOfHex, intervalBound, lowerNumber, lowerTemporal } from "./literals.ts";
import { lowerBinary, lowerIn, lowerIs, lowerLike, lowerUnary } from "./operator-expressions.ts";

type Lowerers = {
  readonly [K in Expression["kind"]]: (
    ctx: Lowering,
    expression: Extract<Expression, { readonly kind: K }>,
  ) => CoreExpression;
};

const LOWERERS: Lowerers = {
  number: (ctx, e) => lowerNumber(ctx, e),
  string: (_ctx, e) => stringValue(e.span, e.value),
  template: (ctx, e) => ({
    kind: "interpolate",
    span: e.span,
    rep: "string",
    parts: e.strings.flatMap((text, at) => [
      ...(text === "" ? [] : [stringValue(e.span, text)]),
      ...(e.values[at] === undefined ? [] : [lower(ctx, e.values[at])]),
    ]),
  }),
  bytes: (_ctx, e) => constant(e.span, { kind: "bytes", value: bytesOfHex(e.hex) }),
  boolean: (_ctx, e) => boolValue(e.span, e.value),
  null: (_ctx, e) => nullValue(e.span),
  temporal: (_ctx, e) => lowerTemporal(e),
  list: lowerList,
  object: lowerObject,
  range: lowerRange,
  name: lowerName,
  member: lowerMember,
  index: lowerIndex,
  slice: lowerSlice,
  call: (ctx, e) => lowerCall(ctx, e),
  parameter: (ctx, e) => {
    const resolution = ctx.checked.names.get(e);
    if (resolution?.kind === "variable") return readVariable(ctx, e, resolution.variable);
    if (e.form === "at") return intervalBound(ctx, e);
    throw new InternalError(`lower: parameter ${e.name} has no variable`);
  },
  unary: lowerUnary,
  binary: lowerBinary,
  between: (ctx, e: BetweenExpression) => {
    const inside = between(e.span, lower(ctx, e.value), lower(ctx, e.low), lower(ctx, e.high));
    return e.not ? inverted(e.span, inside) : inside;
  },
  in: lowerIn,
  like: lowerLike,
  is: lowerIs,
  collate: (ctx, e) => lower(ctx, e.value),
  cast: (ctx, e) => cast(lower(ctx, e.value), typeOf(ctx, e)),
  case: lowerCase,
  if: (ctx, e) => choose(ctx, e, e.condition, lowerBranch(ctx, e, e.then), () => lowerBranch(ctx, e, e.otherwise)),
  match: (ctx, e) => lowerMatch(ctx, e),
  lambda: (ctx, e) => lowerLambda(ctx, e),
  try: (ctx, e) => lowerTry(ctx, e),
  pipe: (ctx, e) => lowerPipe(ctx, e),
  query: (ctx, e) => {
    const type = typeOf(ctx, e);
    const kind = withoutNull(type).kind;
    const want =
      kind === "table"
        ? "table"
        : kind === "struct"
          ? "row"
          : e.query.kind === "select" && kind !== "any"
            ? "scalar"
            : "table";
    return ctx.program.rules.query(ctx, e.query, want, registerTypeOf(type));
  },
  exists: (ctx, e) => ctx.program.rules.query(ctx, e.query, "exists", "bool"),
  row: (ctx, e) => ({ kind: "list", span: e.span, rep: "list", items: e.items.map((item) => lower(ctx, item)) }),
  fetchNext: (ctx, e) => lowerFetchNext(ctx, e),
  executeText: (ctx, e) => converted(executedText(ctx, e), registerTypeOf(typeOf(ctx, e))),
  comprehension: (ctx, e) => lowerComprehension(ctx, e),
  typeOf: (ctx, e) => stringValue(e.span, showType(finalTypeOf(ctx, e.value))),
  async: (ctx, e) => lowerAsync(ctx, e),
  await: (ctx, e) => lowerAwait(ctx, e),
  cursor: (ctx, e) => ({
    kind: "openCursor",
    span: e.query.span,
    rep: "cursor",
    ...ctx.program.rules.queryForm(ctx, e.query),
  }),
  raiseFunction: (_ctx, e) => raising(e.span, "NotImplemented", "RAISE(…) works only in SQLite's own triggers."),
  parenthesized: (ctx, e) => lower(ctx, e.inner),
  hole: (_ctx, e) => raising(e.span, "NotImplemented", "This part of the program is not written yet."),
  skipped: (_ctx, e) => raising(e.span, "NotImplemented", "This part of the program has a syntax error."),
};

/** Lowers an expression and carries out its coercions. */
export function lowerExpression(ctx: Lowering, expression: Expression): CoreExpression {
  const coercions = ctx.checked.coercions.get(expression) ?? [];
  const direct = scalarQuery(ctx, expression, coercions);
  if (direct !== undefined) return coercions.slice(1).reduce(coerced, direct);
  const lowerer = LOWERERS[expression.kind] as (ctx: Lowering, expression: Expression) => CoreExpression;
  return coercions.reduce(coerced, lowerer(ctx, expression));
}

// A query whose one cell or row is wanted gives it directly, without a table in between.
function scalarQuery(
  ctx: Lowering,
  expression: Expression,
  coercions: readonly Coercion[],
): CoreExpression | undefined {
  const first = coercions[0];
  if (first === undefined || (first.kind !== "scalar" && first.kind !== "row")) return undefined;
  let inner = expression;
  while (inner.kind === "parenthesized") inner = inner.inner;
  if (inner.kind !== "query" || inner.query.kind !== "select") return undefined;
  return ctx.program.rules.query(ctx, inner.query, first.kind, registerTypeOf(first.to));
}

function lowerName(ctx: Lowering, e: NameExpression): CoreExpression {
  const resolution = ctx.checked.names.get(e);
  switch (resolution?.kind) {
    case "variable":
      return readVariable(ctx, e, resolution.variable);
    case "column":
      return readColumn(ctx, e, e.name.text);
    case "enumValue":
      return stringValue(e.span, resolution.value);
    case "intrinsic":
      return resolution.intrinsic.toLowerCase() === "found" ? lowerFound(ctx, e) : lowerCall(ctx, e);
    case "routine":
      return lowerCall(ctx, e);
    case "engine":
      return e.name.text.toLowerCase() === "found" ? lowerFound(ctx, e) : stringValue(e.span, resolution.text);
    case "errorType":
      return stringValue(e.span, e.name.text);
    default:
      // `CALL p` without parentheses.
      if (ctx.checked.calls.has(e)) return lowerCall(ctx, e);
      if (e.name.text.toLowerCase() === "found") return lowerFound(ctx, e);
      throw new InternalError(`lower: name ${e.name.text} is not resolved`);
  }
}

function lowerBranch(ctx: Lowering, whole: Expression, branch: Expression): CoreExpression {
  return stored(lower(ctx, branch), finalTypeOf(ctx, branch), typeOf(ctx, whole));
}

function choose(
  ctx: Lowering,
  e: Expression,
  condition: Expression,
  then: CoreExpression,
  otherwise: () => CoreExpression,
): CoreExpression {
  return {
    kind: "choose",
    span: e.span,
    rep: registerTypeOf(typeOf(ctx, e)),
    condition: asCondition(lower(ctx, condition)),
    then,
    otherwise: otherwise(),
  };
}

function lowerCase(ctx: Lowering, e: CaseExpression): CoreExpression {
  const rep = registerTypeOf(typeOf(ctx, e));
  const last = e.otherwise === undefined ? converted(nullValue(e.span), rep) : lowerBranch(ctx, e, e.otherwise);
  const chain = (test: (when: Expression) => CoreExpression): CoreExpression =>
    e.branches.reduceRight<CoreExpression>(
      (otherwise, branch) => ({
        kind: "choose",
        span: e.span,
        rep,
        condition: asCondition(test(branch.when)),
        then: lowerBranch(ctx, e, branch.then),
        otherwise,
      }),
      last,
    );
  if (e.subject === undefined) return chain((condition) => lower(ctx, condition));
  const subject = lower(ctx, e.subject);
  const local = hiddenLocal("subject", subject.rep);
  return block(
    e.span,
    [setLocal(e.span, local, subject)],
    chain((value) => compared(value.span, "=", readLocal(e.span, local), lower(ctx, value))),
  );
}
