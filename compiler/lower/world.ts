// Calls that are not plain functions: row counts, logging, jobs, tests, and the null-choosing ones whose arguments must not all be computed.
import type { CallArgument } from "../check/checked.ts";
import type { Expression } from "../syntax/tree.ts";
import { block, converted, nullValue, stringValue } from "./build.ts";
import { finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import { asCondition, compared, once } from "./operators.ts";
import { registerTypeOf } from "./types.ts";
import { lowerRowCount, lowerFound } from "./variables.ts";

type WorldCall = (ctx: Lowering, e: Expression, values: readonly Expression[]) => CoreExpression;

const WORLD_CALLS: Readonly<Record<string, WorldCall>> = {
  row_count: (ctx, e) => lowerRowCount(ctx, e),
  found: (ctx, e) => lowerFound(ctx, e),
  coalesce: (ctx, e, values) => coalesced(ctx, e, values),
  ifnull: (ctx, e, values) => coalesced(ctx, e, values),
  iif: (ctx, e, [condition, then, otherwise]) => {
    const rep = registerTypeOf(typeOf(ctx, e));
    const value = (branch: Expression | undefined): CoreExpression =>
      branch === undefined
        ? converted(nullValue(e.span), rep)
        : stored(lower(ctx, branch), finalTypeOf(ctx, branch), typeOf(ctx, e));
    return {
      kind: "choose",
      span: e.span,
      rep,
      condition: condition === undefined ? nullValue(e.span) : asCondition(lower(ctx, condition)),
      then: value(then),
      otherwise: value(otherwise),
    };
  },
  nullif: (ctx, e, [value, other]) => {
    if (value === undefined || other === undefined) return nullValue(e.span);
    const rep = registerTypeOf(typeOf(ctx, e));
    return once(lower(ctx, value), "value", (read) => ({
      kind: "choose",
      span: e.span,
      rep,
      condition: compared(e.span, "=", read, lower(ctx, other)),
      then: converted(nullValue(e.span), rep),
      otherwise: converted(read, rep),
    }));
  },
  log_debug: logging("debug"),
  log_info: logging("info"),
  log_warn: logging("warn"),
  log_error: logging("error"),
  clock_set: (ctx, e, [time]) => ({
    kind: "manage",
    span: e.span,
    rep: "any",
    form: { verb: "clockSet", value: 0 },
    args: [time === undefined ? nullValue(e.span) : lower(ctx, time)],
  }),
  expect: (ctx, e, [condition, message]) => {
    const said = message === undefined ? stringValue(e.span, "The expectation does not hold.") : lower(ctx, message);
    return asserted(ctx, e, condition, said);
  },
};

function logging(level: "debug" | "info" | "warn" | "error"): WorldCall {
  return (ctx, e, [value]) => {
    const logged: CoreStatement = {
      kind: "log",
      span: e.span,
      level,
      value: value === undefined ? nullValue(e.span) : lower(ctx, value),
    };
    return block(e.span, [logged], nullValue(e.span));
  };
}

// Left to right, each computed only when those before it are null.
function coalesced(ctx: Lowering, e: Expression, values: readonly Expression[]): CoreExpression {
  const rep = registerTypeOf(typeOf(ctx, e));
  const parts = values.map((value) =>
    stored(lower(ctx, value), finalTypeOf(ctx, value), { kind: "nullable", inner: typeOf(ctx, e) }),
  );
  return converted(
    parts.reduceRight<CoreExpression>(
      (right, left) => ({ kind: "coalesce", span: e.span, rep: "any", left, right: converted(right, "any") }),
      nullValue(e.span),
    ),
    rep,
  );
}

function asserted(
  ctx: Lowering,
  e: Expression,
  condition: Expression | undefined,
  message: CoreExpression,
): CoreExpression {
  if (condition === undefined) return nullValue(e.span);
  const failure: CoreStatement = {
    kind: "raise",
    span: e.span,
    again: false,
    error: {
      kind: "error",
      span: e.span,
      rep: "error",
      code: "AssertionFailed",
      parents: [],
      message: converted(textOf(message), "string"),
      detail: nullValue(e.span),
    },
  };
  return block(
    e.span,
    [{ kind: "if", span: e.span, condition: asCondition(lower(ctx, condition)), then: [], otherwise: [failure] }],
    nullValue(e.span),
  );
}

/** A value as text, null as `null`. */
export function textOf(value: CoreExpression): CoreExpression {
  return value.rep === "string" ? value : { kind: "interpolate", span: value.span, rep: "string", parts: [value] };
}

/** The Core of a call that has a form of its own, or undefined for an ordinary intrinsic. */
export function worldCall(
  ctx: Lowering,
  e: Expression,
  key: string,
  args: readonly CallArgument[],
): CoreExpression | undefined {
  const made = Object.hasOwn(WORLD_CALLS, key) ? WORLD_CALLS[key] : undefined;
  if (made === undefined) return undefined;
  const values = args.flatMap((argument) =>
    argument.kind === "value" ? [argument.value] : argument.kind === "variadic" ? [...argument.values] : [],
  );
  return made(ctx, e, values);
}
