// Makes the tree of a flat operator sequence by precedence: one climb for code, one for SQL, each with its own table.
// The grammar reads `operand (operator operand)*`; which operator binds tighter is decided here alone.
import { joinSpans, type Span } from "../../base/source.ts";
import type { BinaryOperator, Expression, LikeExpression, UnaryExpression } from "./tree/expressions.ts";
import type { Name } from "./tree/common.ts";
import type { TypeNode } from "./tree/type-nodes.ts";

/** One element behind the first operand. */
export type FlatTail =
  | { readonly kind: "binary"; readonly operator: string; readonly span: Span; readonly unit: FlatUnit }
  | { readonly kind: "is"; readonly not: boolean; readonly unit: FlatUnit }
  | { readonly kind: "in"; readonly not: boolean; readonly set: Expression | FlatUnit }
  | { readonly kind: "between"; readonly not: boolean; readonly low: Expression; readonly unit: FlatUnit }
  | {
      readonly kind: "like";
      readonly not: boolean;
      readonly operator: LikeExpression["operator"];
      readonly unit: FlatUnit;
    }
  | { readonly kind: "escape"; readonly unit: FlatUnit }
  | { readonly kind: "nullTest"; readonly not: boolean; readonly span: Span }
  | { readonly kind: "collate"; readonly collation: Name }
  | { readonly kind: "cast"; readonly type: TypeNode; readonly form: "colons" | "as" };

/** Prefix operators and their operand. */
export interface FlatUnit {
  readonly prefixes: readonly { readonly operator: UnaryExpression["operator"]; readonly span: Span }[];
  readonly operand: Expression;
}

/** A flat sequence. */
export interface Flat {
  readonly first: FlatUnit;
  readonly tails: readonly FlatTail[];
}

/** Binding powers; higher binds tighter. All operators are left-associative. */
interface Precedence {
  readonly binary: Readonly<Record<string, number>>;
  readonly comparison: number;
  readonly not: number;
  readonly unary: number;
  readonly collate: number;
  readonly cast: number;
}

/** LANGUAGE.md section 3. */
const CODE: Precedence = {
  binary: {
    "|>": 1,
    or: 2,
    and: 3,
    "&&": 3,
    "=": 5,
    "==": 5,
    "!=": 5,
    "<>": 5,
    "<": 5,
    "<=": 5,
    ">": 5,
    ">=": 5,
    contains: 5,
    "??": 6,
    "..": 7,
    "+": 8,
    "-": 8,
    "*": 9,
    "/": 9,
    "%": 9,
    "||": 10,
    "->": 11,
    "->>": 11,
  },
  comparison: 5,
  not: 4,
  unary: 12,
  collate: 13,
  cast: 13,
};

/** SQLite's, from its grammar; `::` binds like PostgreSQL's, tighter than unary operators. */
const SQL: Precedence = {
  binary: {
    "|>": 1,
    or: 2,
    and: 3,
    "&&": 3,
    "=": 5,
    "==": 5,
    "!=": 5,
    "<>": 5,
    contains: 5,
    "<": 6,
    "<=": 6,
    ">": 6,
    ">=": 6,
    "??": 7,
    "&": 8,
    "|": 8,
    "<<": 8,
    ">>": 8,
    "+": 9,
    "-": 9,
    "*": 10,
    "/": 10,
    "%": 10,
    "||": 11,
    "->": 11,
    "->>": 11,
  },
  comparison: 5,
  not: 4,
  unary: 13,
  collate: 12,
  cast: 14,
};

const SPELLING: Readonly<Record<string, BinaryOperator>> = { "==": "=", "<>": "!=", "&&": "and" };

interface Climb {
  readonly tails: readonly FlatTail[];
  readonly precedence: Precedence;
  at: number;
}

/** Builds the expression of a flat sequence. */
export function climb(flat: Flat, dialect: "code" | "sql"): Expression {
  const climbing: Climb = { tails: flat.tails, precedence: dialect === "code" ? CODE : SQL, at: 0 };
  return climbFrom(climbing, flat.first, 0);
}

// ESCAPE is taken where LIKE is built.
const NEVER = -1;

function power(tail: FlatTail, precedence: Precedence): number {
  switch (tail.kind) {
    case "binary":
      return precedence.binary[tail.operator] ?? 0;
    case "is":
    case "in":
    case "between":
    case "like":
    case "nullTest":
      return precedence.comparison;
    case "escape":
      return NEVER;
    case "collate":
      return precedence.collate;
    case "cast":
      return precedence.cast;
  }
}

/** An operand with its prefixes and all operators at least as strong as `minimum`. */
function climbFrom(c: Climb, unit: FlatUnit, minimum: number): Expression {
  let left = prefixed(c, unit, 0);
  for (;;) {
    const tail = c.tails[c.at];
    if (tail === undefined) return left;
    const strength = power(tail, c.precedence);
    if (strength < minimum) return left;
    c.at += 1;
    left = applyTail(c, left, tail, strength);
  }
}

/** Prefix operators bind what is stronger than they are: `-a :: T` casts first, `not a = b` compares first. */
function prefixed(c: Climb, unit: FlatUnit, index: number): Expression {
  const prefix = unit.prefixes[index];
  if (prefix === undefined) return unit.operand;
  const strength = prefix.operator === "not" ? c.precedence.not : c.precedence.unary;
  let operand = prefixed(c, unit, index + 1);
  for (;;) {
    const tail = c.tails[c.at];
    if (tail === undefined || power(tail, c.precedence) <= strength) break;
    c.at += 1;
    operand = applyTail(c, operand, tail, power(tail, c.precedence));
  }
  return { kind: "unary", operator: prefix.operator, operand, span: joinSpans(prefix.span, operand.span) };
}

function applyTail(c: Climb, left: Expression, tail: FlatTail, strength: number): Expression {
  switch (tail.kind) {
    case "binary": {
      const right = climbFrom(c, tail.unit, strength + 1);
      return binary(left, tail.operator, tail.span, right);
    }
    case "is": {
      const right = climbFrom(c, tail.unit, strength + 1);
      return { kind: "is", value: left, right, not: tail.not, span: joinSpans(left.span, right.span) };
    }
    case "in": {
      const set = "prefixes" in tail.set ? climbFrom(c, tail.set, strength + 1) : tail.set;
      return { kind: "in", value: left, set, not: tail.not, span: joinSpans(left.span, set.span) };
    }
    case "between":
      return between(c, left, tail, strength);
    case "like":
      return like(c, left, tail, strength);
    case "escape":
      return left;
    case "nullTest": {
      const right: Expression = { kind: "null", span: tail.span };
      return { kind: "is", value: left, right, not: tail.not, span: joinSpans(left.span, tail.span) };
    }
    case "collate":
      return {
        kind: "collate",
        value: left,
        collation: tail.collation,
        span: joinSpans(left.span, tail.collation.span),
      };
    case "cast":
      return {
        kind: "cast",
        value: left,
        type: tail.type,
        form: tail.form,
        span: joinSpans(left.span, tail.type.span),
      };
  }
}

function binary(left: Expression, written: string, operatorSpan: Span, right: Expression): Expression {
  const span = joinSpans(left.span, right.span);
  if (written === "|>") return { kind: "pipe", left, right, span };
  if (written === "..") return { kind: "range", from: left, to: right, span };
  const operator = SPELLING[written] ?? (written as BinaryOperator);
  return { kind: "binary", operator, operatorSpan, left, right, span };
}

function between(
  c: Climb,
  left: Expression,
  tail: Extract<FlatTail, { kind: "between" }>,
  strength: number,
): Expression {
  const high = climbFrom(c, tail.unit, strength + 1);
  return { kind: "between", value: left, low: tail.low, high, not: tail.not, span: joinSpans(left.span, high.span) };
}

function like(c: Climb, left: Expression, tail: Extract<FlatTail, { kind: "like" }>, strength: number): Expression {
  const pattern = climbFrom(c, tail.unit, strength + 1);
  const next = c.tails[c.at];
  if (next?.kind !== "escape") {
    return {
      kind: "like",
      operator: tail.operator,
      value: left,
      pattern,
      escape: undefined,
      not: tail.not,
      span: joinSpans(left.span, pattern.span),
    };
  }
  c.at += 1;
  const escape = climbFrom(c, next.unit, strength + 1);
  return {
    kind: "like",
    operator: tail.operator,
    value: left,
    pattern,
    escape,
    not: tail.not,
    span: joinSpans(left.span, escape.span),
  };
}
