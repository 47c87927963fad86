// Expressions of code to Core: the dispatch by kind, literals, names, operators, choices. Calls, collections, match, try and SQL have files of their own.
import { InternalError } from "../../base/failure.ts";
import { parseInterval } from "../../base/value/interval.ts";
import { parseDate, parseTime, parseTimestamp } from "../../base/value/temporal.ts";
import { isNullable } from "../../bytecode/register-type.ts";
import type { Coercion } from "../check/checked.ts";
import type {
  BetweenExpression,
  BinaryExpression,
  CaseExpression,
  Expression,
  InExpression,
  IsExpression,
  LikeExpression,
  NameExpression,
  NumberLiteral,
  TemporalLiteral,
  UnaryExpression,
} from "../syntax/tree.ts";
import { showType } from "../types/show.ts";
import {
  block,
  boolValue,
  call,
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
import type { CoreExpression, TemporalConstant } from "./core.ts";
import { lowerAsync, lowerAwait } from "./jobs.ts";
import { lowerLambda } from "./lambdas.ts";
import { lowerMatch } from "./match.ts";
import {
  arithmetic,
  asCondition,
  between,
  compared,
  concatenated,
  connected,
  inverted,
  nullTest,
  once,
} from "./operators.ts";
import { lowerTry } from "./try.ts";
import { registerTypeOf, withoutNull } from "./types.ts";
import { lowerFound, readColumn, readVariable } from "./variables.ts";

/** 0001-01-01, the first day that all engines know. */
const EARLIEST_MICROS = -62_135_596_800_000_000n;

/** Longer lists after IN are searched as a list instead of being compared one by one. */
const CHAIN_MAX = 16;

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

// `@start` and `@end` of an incremental procedure. Intervals are not kept yet (LANGUAGE.md 15.28), so the interval is all of time up to the call.
function intervalBound(ctx: Lowering, e: Extract<Expression, { readonly kind: "parameter" }>): CoreExpression {
  const bound: CoreExpression =
    e.name.toLowerCase() === "start"
      ? constant(e.span, { kind: "temporal", constant: { kind: "timestamp", micros: EARLIEST_MICROS } })
      : { kind: "now", span: e.span, rep: "timestamp" };
  return withoutNull(typeOf(ctx, e)).kind === "any" ? bound : cast(bound, typeOf(ctx, e));
}

function temporalConstant(
  type: "date" | "time" | "timestamp" | "interval",
  text: string,
): TemporalConstant | undefined {
  switch (type) {
    case "date": {
      const date = parseDate(text);
      return date === undefined ? undefined : { kind: "date", days: date.days };
    }
    case "time": {
      const time = parseTime(text);
      return time === undefined ? undefined : { kind: "time", micros: time.micros };
    }
    case "timestamp": {
      const timestamp = parseTimestamp(text);
      return timestamp === undefined ? undefined : { kind: "timestamp", micros: timestamp.micros };
    }
    case "interval": {
      const interval = parseInterval(text);
      return interval === undefined
        ? undefined
        : { kind: "interval", months: interval.months, days: interval.days, micros: interval.micros };
    }
  }
}

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

function lowerNumber(ctx: Lowering, e: NumberLiteral): CoreExpression {
  const text = e.text.replaceAll("_", "");
  if (e.form === "int") {
    const value = BigInt(text);
    const type = withoutNull(typeOf(ctx, e));
    if (type.kind === "scalar" && type.name === "float")
      return constant(e.span, { kind: "float", value: Number(value) });
    if (type.kind === "scalar" && type.name === "decimal")
      return constant(e.span, { kind: "decimal", unscaled: value, scale: 0 });
    return constant(e.span, { kind: "int", value });
  }
  if (e.form === "float") return constant(e.span, { kind: "float", value: Number(text) });
  const digits = text.replace(/d$/i, "");
  const point = digits.indexOf(".");
  return constant(e.span, {
    kind: "decimal",
    unscaled: BigInt(digits.replace(".", "")),
    scale: point < 0 ? 0 : digits.length - point - 1,
  });
}

function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
  return bytes;
}

function lowerTemporal(e: TemporalLiteral): CoreExpression {
  const type = e.type === "timestamptz" ? "timestamp" : e.type;
  if (e.text !== undefined) {
    const literal = temporalConstant(type, e.text);
    if (literal !== undefined) return constant(e.span, { kind: "temporal", constant: literal });
    // A text that is no date: the cast fails when it runs, with the text in its message.
    return { kind: "cast", span: e.span, rep: type, value: stringValue(e.span, e.text), type: { name: type } };
  }
  const now: CoreExpression = { kind: "now", span: e.span, rep: "timestamp" };
  return type === "timestamp" || type === "interval"
    ? now
    : { kind: "cast", span: e.span, rep: type, value: now, type: { name: type } };
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

function lowerUnary(ctx: Lowering, e: UnaryExpression): CoreExpression {
  const operand = e.operand;
  if (
    e.operator === "-" &&
    operand.kind === "number" &&
    operand.form === "int" &&
    ctx.checked.coercions.get(operand) === undefined
  ) {
    return constant(e.span, { kind: "int", value: -BigInt(operand.text.replaceAll("_", "")) });
  }
  const value = lower(ctx, operand);
  switch (e.operator) {
    case "+":
      return value;
    case "not":
      return inverted(e.span, value);
    case "-":
      return {
        kind: "negate",
        span: e.span,
        rep:
          value.rep === "int" || value.rep === "float" || value.rep === "decimal"
            ? value.rep
            : registerTypeOf(typeOf(ctx, e)),
        value,
      };
    case "~":
      return { kind: "complement", span: e.span, rep: registerTypeOf(typeOf(ctx, e)), value };
  }
}

function lowerBinary(ctx: Lowering, e: BinaryExpression): CoreExpression {
  const rep = registerTypeOf(typeOf(ctx, e));
  const left = lower(ctx, e.left);
  const right = lower(ctx, e.right);
  switch (e.operator) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return arithmetic(e.span, e.operator, left, right, rep);
    case "=":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compared(e.span, e.operator, left, right);
    case "and":
    case "or":
      return connected(e.span, e.operator, left, right);
    case "||":
      return concatenated(e.span, left, right, rep);
    case "??":
      return isNullable(left.rep)
        ? { kind: "coalesce", span: e.span, rep, left, right: converted(right, rep) }
        : converted(left, rep);
    case "contains":
      return contained(e.span, right, left);
    case "->":
      return call(e.span, rep, "json_member", [left, right]);
    case "->>":
      return call(e.span, rep, "json_text", [left, right]);
    case "&":
    case "|":
    case "<<":
    case ">>":
      return call(e.span, rep, { "&": "bit_and", "|": "bit_or", "<<": "shift_left", ">>": "shift_right" }[e.operator], [
        left,
        right,
      ]);
  }
}

/** Whether a list, map, string or table holds a value. */
function contained(span: Expression["span"], value: CoreExpression, set: CoreExpression): CoreExpression {
  const list: CoreExpression =
    set.rep === "table" ? { kind: "tableColumn", span, rep: "list", table: set, column: 0 } : set;
  return call(span, "bool?", "contains", [list, value]);
}

// Halves, so that a long list does not nest deeply.
function anyOf(span: Expression["span"], conditions: readonly CoreExpression[]): CoreExpression {
  const [only] = conditions;
  if (only === undefined) return boolValue(span, false);
  if (conditions.length === 1) return only;
  const middle = conditions.length >> 1;
  return connected(span, "or", anyOf(span, conditions.slice(0, middle)), anyOf(span, conditions.slice(middle)));
}

function lowerIn(ctx: Lowering, e: InExpression): CoreExpression {
  const set = e.set.kind === "parenthesized" ? e.set.inner : e.set;
  const inside = ((): CoreExpression => {
    if (set.kind === "range") return between(e.span, lower(ctx, e.value), lower(ctx, set.from), lower(ctx, set.to));
    if (set.kind !== "row") return contained(e.span, lower(ctx, e.value), lower(ctx, set));
    const items = set.items.map((item) => lower(ctx, item));
    // A null among the items makes the answer null where nothing is equal, which only comparing one by one gives.
    const certain = items.every((item) => !isNullable(item.rep));
    if (items.length > CHAIN_MAX && certain)
      return contained(e.span, lower(ctx, e.value), { kind: "list", span: set.span, rep: "list", items });
    return once(lower(ctx, e.value), "value", (read) =>
      anyOf(
        e.span,
        items.map((item) => compared(item.span, "=", read, item)),
      ),
    );
  })();
  return e.not ? inverted(e.span, inside) : inside;
}

function lowerLike(ctx: Lowering, e: LikeExpression): CoreExpression {
  const names = { like: "like", ilike: "like", glob: "glob", regexp: "regex_match", match: "regex_match" } as const;
  const args = [
    lower(ctx, e.value),
    lower(ctx, e.pattern),
    ...(e.operator === "like" || e.operator === "ilike"
      ? [e.escape === undefined ? nullValue(e.span) : lower(ctx, e.escape)]
      : []),
  ];
  const found = call(e.span, "bool?", names[e.operator], args);
  return e.not ? inverted(e.span, found) : found;
}

function lowerIs(ctx: Lowering, e: IsExpression): CoreExpression {
  const value = lower(ctx, e.value);
  if (e.right.kind === "null") return nullTest(e.span, value, e.not);
  return { kind: "identical", span: e.span, rep: "bool", left: value, right: lower(ctx, e.right), not: e.not };
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
