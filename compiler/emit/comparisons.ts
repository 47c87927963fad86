// Comparisons and logic as values: typed instructions where both operands have the type, null-propagating ones otherwise.
// Where they only decide a jump, conditions.ts does without the value.
import type { OpcodeName } from "../../bytecode/opcodes.ts";
import { isNullable, type RegisterType } from "../../bytecode/register-type.ts";
import type { CoreExpression } from "../lower/core.ts";
import type { CompareOperator } from "../lower/core-parts.ts";
import { at, exactly, inBlock, move, withTemp, withValue, type Emission } from "./context.ts";
import { withPair } from "./operators.ts";

type Of<K extends CoreExpression["kind"]> = Extract<CoreExpression, { readonly kind: K }>;

interface Comparison {
  readonly name: OpcodeName;
  readonly swap: boolean;
}

function comparison(operator: CompareOperator, type: "Int" | "Float" | "String" | "Any"): Comparison {
  const name = (base: string): OpcodeName => `${base}${type}` as OpcodeName;
  switch (operator) {
    case "=":
      return { name: name("Eq"), swap: false };
    case "!=":
      return { name: name("Ne"), swap: false };
    case "<":
      return { name: name("Lt"), swap: false };
    case "<=":
      return { name: name("Le"), swap: false };
    case ">":
      return { name: name("Lt"), swap: true };
    case ">=":
      return { name: name("Le"), swap: true };
  }
}

/** A comparison as a value. */
export function emitCompare(ctx: Emission, e: Of<"compare">, dst: number): void {
  const { builder } = ctx;
  const typed = typedComparison(e);
  if (typed === "decimal") {
    return exactly(ctx, "bool", dst, (register) =>
      withPair(ctx, e.left, e.right, ["decimal", "decimal"], (a, b) =>
        withTemp(ctx, "int", (order) =>
          withTemp(ctx, "int", (zero) => {
            builder.emit("CompareDecimal", order, a, b);
            builder.emit("LoadInt", zero, 0);
            const { name, swap } = comparison(e.operator, "Int");
            builder.emit(name, register, swap ? zero : order, swap ? order : zero);
          }),
        ),
      ),
    );
  }
  const nullable = isNullable(e.left.rep) || isNullable(e.right.rep);
  const type: RegisterType = typed === undefined && nullable ? "bool?" : "bool";
  exactly(ctx, type, dst, (register) =>
    withPair(ctx, e.left, e.right, typed === undefined ? [undefined, undefined] : [typed, typed], (a, b) => {
      at(ctx, e.span);
      const { name, swap } = comparison(
        e.operator,
        typed === "int" ? "Int" : typed === "float" ? "Float" : typed === "string" ? "String" : "Any",
      );
      builder.emit(name, register, swap ? b : a, swap ? a : b);
    }),
  );
}

/** The type whose own comparison applies to both sides. */
export function typedComparison(e: Of<"compare">): "int" | "float" | "string" | "decimal" | undefined {
  const { rep } = e.left;
  if (rep !== e.right.rep) return undefined;
  return rep === "int" || rep === "float" || rep === "string" || rep === "decimal" ? rep : undefined;
}

/** `is`, `is not`. */
export function emitIdentical(ctx: Emission, e: Of<"identical">, dst: number): void {
  exactly(ctx, "bool", dst, (register) =>
    withPair(ctx, e.left, e.right, [undefined, undefined], (a, b) => {
      ctx.builder.emit("SameAny", register, a, b);
      if (e.not) ctx.builder.emit("Not", register, register);
    }),
  );
}

/** `is null`, `is not null`. */
export function emitNullTest(ctx: Emission, e: Of<"isNull">, dst: number): void {
  exactly(ctx, "bool", dst, (register) =>
    withValue(ctx, e.value, undefined, (a) => {
      ctx.builder.emit("IsNull", register, a);
      if (e.not) ctx.builder.emit("Not", register, register);
    }),
  );
}

/** `not`, two- or three-valued. */
export function emitNot(ctx: Emission, e: Of<"not">, dst: number): void {
  const type: RegisterType = e.value.rep === "bool" ? "bool" : "bool?";
  exactly(ctx, type, dst, (register) =>
    withValue(ctx, e.value, type, (a) => void ctx.builder.emit(type === "bool" ? "Not" : "NotNullable", register, a)),
  );
}

/** `and`, `or` as values: the right side is computed only when it can matter. */
export function emitConnected(ctx: Emission, e: Of<"and" | "or">, dst: number): void {
  const { builder } = ctx;
  const isAnd = e.kind === "and";
  if (e.left.rep === "bool") {
    // false and x is false, true or x is true; otherwise the result is the right side.
    const type: RegisterType = e.right.rep === "bool" ? "bool" : "bool?";
    return exactly(ctx, type, dst, (register) =>
      withTemp(ctx, type, (result) => {
        ctx.program.rules.value(ctx, e.left, result);
        inBlock(ctx, undefined, (region) => {
          builder.emit(isAnd ? "JumpUnlessTrue" : "JumpIfTrue", result, region.end);
          ctx.program.rules.value(ctx, e.right, result);
        });
        move(ctx, result, register);
      }),
    );
  }
  exactly(ctx, "bool?", dst, (register) =>
    withTemp(ctx, "bool?", (left) =>
      withTemp(ctx, "bool?", (result) => {
        ctx.program.rules.value(ctx, e.left, left);
        builder.emit("Move", result, left);
        inBlock(ctx, undefined, (region) => {
          if (isAnd)
            withTemp(ctx, "bool?", (not) => {
              builder.emit("NotNullable", not, left);
              builder.emit("JumpIfTrue", not, region.end);
            });
          else builder.emit("JumpIfTrue", left, region.end);
          withValue(
            ctx,
            e.right,
            "bool?",
            (right) => void builder.emit(isAnd ? "AndNullable" : "OrNullable", result, left, right),
          );
        });
        move(ctx, result, register);
      }),
    ),
  );
}
