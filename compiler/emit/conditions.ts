// Conditions as jumps: comparison and branch in one instruction where the types allow, and/or/not without values in between. Null counts as false.
import type { OpcodeName } from "../../bytecode/opcodes.ts";
import type { CoreExpression } from "../lower/core.ts";
import type { CompareOperator } from "../lower/core-parts.ts";
import { at, inBlock, withTemp, withValue, type Emission } from "./context.ts";
import { typedComparison } from "./comparisons.ts";
import { immediate, withPair } from "./operators.ts";

type Target = Parameters<Emission["program"]["rules"]["jumpUnless"]>[2];

/** Jumps to `target` unless the condition is true. */
export function jumpUnless(ctx: Emission, e: CoreExpression, target: Target): void {
  jumpWhen(ctx, e, false, target);
}

/** Jumps when the condition is true, or when it is not. */
function jumpWhen(ctx: Emission, e: CoreExpression, truth: boolean, target: Target): void {
  switch (e.kind) {
    case "constant":
      if ((e.value.kind === "bool" && e.value.value) === truth) ctx.builder.emit("Jump", target);
      return;
    case "and":
    case "or":
      // One side is enough to be true of OR, and to be false of AND.
      if ((e.kind === "or") === truth) {
        jumpWhen(ctx, e.left, truth, target);
        return jumpWhen(ctx, e.right, truth, target);
      }
      return inBlock(ctx, undefined, (region) => {
        jumpWhen(ctx, e.left, !truth, region.end);
        jumpWhen(ctx, e.right, truth, target);
      });
    case "not":
      // `not null` is null, which counts as false: only a two-valued operand may be turned around.
      if (e.value.rep === "bool") return jumpWhen(ctx, e.value, !truth, target);
      break;
    case "compare":
      if (e.rep === "bool" && jumpCompare(ctx, e, e.operator, truth, target)) return;
      break;
    case "isNull":
      return withValue(
        ctx,
        e.value,
        undefined,
        (a) => void ctx.builder.emit(e.not === truth ? "JumpIfNotNull" : "JumpIfNull", a, target),
      );
    default:
  }
  plain(ctx, e, truth ? "JumpIfTrue" : "JumpUnlessTrue", target);
}

function plain(ctx: Emission, e: CoreExpression, name: "JumpIfTrue" | "JumpUnlessTrue", target: Target): void {
  if (e.rep === "bool" || e.rep === "bool?")
    return withValue(ctx, e, e.rep, (a) => void ctx.builder.emit(name, a, target));
  withTemp(ctx, "bool?", (a) => {
    ctx.program.rules.value(ctx, e, a);
    ctx.builder.emit(name, a, target);
  });
}

const OPPOSITE: Readonly<Record<CompareOperator, CompareOperator>> = {
  "=": "!=",
  "!=": "=",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
};
const MIRRORED: Readonly<Record<CompareOperator, CompareOperator>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};
const BY_IMMEDIATE: Readonly<Record<CompareOperator, OpcodeName>> = {
  "=": "JumpIfEqIntImm",
  "!=": "JumpIfNeIntImm",
  "<": "JumpIfLtIntImm",
  "<=": "JumpIfLeIntImm",
  ">": "JumpIfGtIntImm",
  ">=": "JumpIfGeIntImm",
};

type Compare = Extract<CoreExpression, { readonly kind: "compare" }>;

// Jumps when the comparison is `wanted`. False when its operands have no typed comparison.
function jumpCompare(ctx: Emission, e: Compare, operator: CompareOperator, wanted: boolean, target: Target): boolean {
  switch (typedComparison(e)) {
    case "int":
      jumpInt(ctx, e, wanted ? operator : OPPOSITE[operator], target);
      return true;
    case "string":
      jumpOrdered(ctx, e, "String", wanted ? operator : OPPOSITE[operator], target);
      return true;
    case "float":
      jumpFloat(ctx, e, operator, wanted, target);
      return true;
    case "decimal":
      withPair(ctx, e.left, e.right, ["decimal", "decimal"], (a, b) =>
        withTemp(ctx, "int", (order) => {
          ctx.builder.emit("CompareDecimal", order, a, b);
          ctx.builder.emit(BY_IMMEDIATE[wanted ? operator : OPPOSITE[operator]], order, 0, target);
        }),
      );
      return true;
    case undefined:
      return false;
  }
}

function jumpInt(ctx: Emission, e: Compare, operator: CompareOperator, target: Target): void {
  const right = immediate(e.right);
  const left = immediate(e.left);
  at(ctx, e.span);
  if (right !== undefined)
    return withValue(ctx, e.left, "int", (a) => void ctx.builder.emit(BY_IMMEDIATE[operator], a, right, target));
  if (left !== undefined)
    return withValue(
      ctx,
      e.right,
      "int",
      (b) => void ctx.builder.emit(BY_IMMEDIATE[MIRRORED[operator]], b, left, target),
    );
  jumpOrdered(ctx, e, "Int", operator, target);
}

// For types with a total order: > and >= are < and <= with the sides exchanged.
function jumpOrdered(
  ctx: Emission,
  e: Compare,
  type: "Int" | "String",
  operator: CompareOperator,
  target: Target,
): void {
  const rep = type === "Int" ? "int" : "string";
  withPair(ctx, e.left, e.right, [rep, rep], (a, b) => {
    const swap = operator === ">" || operator === ">=";
    const name: OpcodeName =
      operator === "="
        ? `JumpIfEq${type}`
        : operator === "!="
          ? `JumpIfNe${type}`
          : operator === "<" || operator === ">"
            ? `JumpIfLt${type}`
            : `JumpIfLe${type}`;
    ctx.builder.emit(name, swap ? b : a, swap ? a : b, target);
  });
}

// NaN makes every order false, so the opposite of < is not >=.
function jumpFloat(ctx: Emission, e: Compare, operator: CompareOperator, wanted: boolean, target: Target): void {
  withPair(ctx, e.left, e.right, ["float", "float"], (a, b) => {
    const swap = operator === ">" || operator === ">=";
    const [x, y] = swap ? [b, a] : [a, b];
    const { builder } = ctx;
    switch (operator) {
      case "=":
        builder.emit(wanted ? "JumpIfEqFloat" : "JumpIfNeFloat", x, y, target);
        return;
      case "!=":
        builder.emit(wanted ? "JumpIfNeFloat" : "JumpIfEqFloat", x, y, target);
        return;
      case "<":
      case ">":
        builder.emit(wanted ? "JumpIfLtFloat" : "JumpUnlessLtFloat", x, y, target);
        return;
      case "<=":
      case ">=":
        builder.emit(wanted ? "JumpIfLeFloat" : "JumpUnlessLeFloat", x, y, target);
    }
  });
}
