// Literals of code to Core: numbers, bytes, dates and times, and the bounds of an interval.
import { parseInterval } from "../../base/value/interval.ts";
import { parseDate, parseTime, parseTimestamp } from "../../base/value/temporal.ts";
import type { Expression, NumberLiteral, TemporalLiteral } from "../syntax/tree.ts";
import { constant, stringValue } from "./build.ts";
import { typeOf, type Lowering } from "./context.ts";
import { cast } from "./conversions.ts";
import type { CoreExpression } from "./core.ts";
import type { TemporalConstant } from "./core-parts.ts";
import { withoutNull } from "./types.ts";

/** 0001-01-01, the first day that all engines know. */
const EARLIEST_MICROS = -62_135_596_800_000_000n;

/** `@start` and `@end` of an incremental procedure. Intervals are not kept yet (LANGUAGE.md 15.28), so the interval is all of time up to the call. */
export function intervalBound(ctx: Lowering, e: Extract<Expression, { readonly kind: "parameter" }>): CoreExpression {
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

/** A number as a constant of the type that the checker gave it. */
export function lowerNumber(ctx: Lowering, e: NumberLiteral): CoreExpression {
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

/** The bytes of `x'00ff'`. */
export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16);
  return bytes;
}

/** `DATE '…'` and its like. */
export function lowerTemporal(e: TemporalLiteral): CoreExpression {
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
