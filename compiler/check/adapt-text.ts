// Texts that stand for other values: `'happy'` where a Mood is expected, `'2026-01-31'` where a date is (LANGUAGE.md 15.7).
import type { Expression } from "../syntax/tree.ts";
import { STRING, withoutNull } from "../types/make.ts";
import type { EnumType, Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { nearest, problem } from "./findings.ts";

const ADAPTABLE: ReadonlySet<string> = new Set(["date", "time", "timestamp", "timestamptz", "interval", "uuid"]);

/** Whether the expression is a text literal and the type one of those that it can stand for. */
export function textAdapts(expression: Expression, expected: Type): boolean {
  const literal = expression.kind === "parenthesized" ? expression.inner : expression;
  const wanted = withoutNull(expected);
  return (
    literal.kind === "string" && (wanted.kind === "enum" || (wanted.kind === "scalar" && ADAPTABLE.has(wanted.name)))
  );
}

/** Reports a text literal that is not among an enum's values. */
export function reportEnumText(ctx: CheckContext, expression: Expression, type: EnumType): void {
  const literal = expression.kind === "parenthesized" ? expression.inner : expression;
  if (literal.kind !== "string" || type.values.includes(literal.value)) return;
  const near = nearest(literal.value, type.values);
  const help =
    near === undefined
      ? `Its values are ${type.values.map((value) => `'${value}'`).join(", ")}.`
      : `Did you mean '${near}'?`;
  problem(ctx, "UnknownEnumValue", literal.span, { value: `'${literal.value}'`, type: type.name }, { help });
}

/**
 * Whether a text literal stands for a value of the expected type (`'happy'` for a Mood, `'2026-01-31'` for a date).
 * Reports an enum value that does not exist; records the conversion otherwise.
 */
export function adaptText(ctx: CheckContext, expression: Expression, expected: Type): boolean {
  const literal = expression.kind === "parenthesized" ? expression.inner : expression;
  if (literal.kind !== "string") return false;
  const wanted = withoutNull(expected);
  if (wanted.kind === "enum") {
    reportEnumText(ctx, literal, wanted);
  } else if (wanted.kind !== "scalar" || !ADAPTABLE.has(wanted.name)) {
    return false;
  }
  ctx.state.coercions.set(expression, [
    ...(ctx.state.coercions.get(expression) ?? []),
    { kind: "check", from: STRING, to: wanted },
  ]);
  return true;
}
