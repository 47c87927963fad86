// Arithmetic and concatenation: typed instructions where both operands have the type, the null-propagating ones otherwise.
import type { OpcodeName } from "../../bytecode/opcodes.ts";
import { isNullable, type RegisterType } from "../../bytecode/register-type.ts";
import type { CoreExpression } from "../lower/core.ts";
import type { ArithmeticOperator } from "../lower/core-parts.ts";
import { at, exactly, move, withTemp, withValue, type Emission } from "./context.ts";

type Of<K extends CoreExpression["kind"]> = Extract<CoreExpression, { readonly kind: K }>;

const IMMEDIATE_MAX = 2 ** 31 - 1;

/** The value of a constant int that fits an instruction, or undefined. */
export function immediate(e: CoreExpression): number | undefined {
  if (e.kind !== "constant" || e.value.kind !== "int" || e.rep !== "int") return undefined;
  const { value } = e.value;
  return value >= BigInt(-IMMEDIATE_MAX) && value <= BigInt(IMMEDIATE_MAX) ? Number(value) : undefined;
}

const INT_OPS: Readonly<Record<ArithmeticOperator, OpcodeName>> = {
  "+": "AddInt",
  "-": "SubInt",
  "*": "MulInt",
  "/": "DivInt",
  "%": "ModInt",
};
const FLOAT_OPS: Readonly<Record<ArithmeticOperator, OpcodeName>> = {
  "+": "AddFloat",
  "-": "SubFloat",
  "*": "MulFloat",
  "/": "DivFloat",
  "%": "ModFloat",
};
const DECIMAL_OPS: Readonly<Partial<Record<ArithmeticOperator, OpcodeName>>> = {
  "+": "AddDecimal",
  "-": "SubDecimal",
  "*": "MulDecimal",
  "/": "DivDecimal",
};
const ANY_OPS: Readonly<Record<ArithmeticOperator, OpcodeName>> = {
  "+": "AddAny",
  "-": "SubAny",
  "*": "MulAny",
  "/": "DivAny",
  "%": "ModAny",
};

/** Evaluates two operands from left to right. A variable on the left is copied first when the right side may change it. */
export function withPair<T>(
  ctx: Emission,
  left: CoreExpression,
  right: CoreExpression,
  types: readonly [RegisterType | undefined, RegisterType | undefined],
  use: (left: number, right: number) => T,
): T {
  if (left.kind === "local" && assigns(right)) {
    return withTemp(ctx, types[0] ?? left.rep, (copy) => {
      ctx.program.rules.value(ctx, left, copy);
      return withValue(ctx, right, types[1], (b) => use(copy, b));
    });
  }
  return withValue(ctx, left, types[0], (a) => withValue(ctx, right, types[1], (b) => use(a, b)));
}

/** Whether computing the expression may assign variables of the program (out arguments, methods that update). */
export function assigns(e: CoreExpression): boolean {
  const seen = ASSIGNS.get(e);
  if (seen !== undefined) return seen;
  const result = findsAssignment(e);
  ASSIGNS.set(e, result);
  return result;
}
const ASSIGNS = new WeakMap<object, boolean>();

function findsAssignment(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some(findsAssignment);
  if ("kind" in node) {
    if (node.kind === "lambda" || node.kind === "constant" || node.kind === "local") return false;
    if (node.kind === "set" || node.kind === "setPath" || node.kind === "push" || node.kind === "updateList")
      return true;
    if (node.kind === "call" || node.kind === "startAsync") return "args" in node && findsAssignment(node.args);
  }
  return Object.values(node).some(findsAssignment);
}

/** From this many operators on, a chain `a + b + c …` is computed in a loop here instead of by recursion. */
const CHAIN_MIN = 8;

// A long chain of one kind and type leans to the left: its first operand, then operator by operator into one register.
function emitChain<E extends Of<"arithmetic" | "concat">>(
  ctx: Emission,
  e: E,
  dst: number,
  link: (link: E, left: number, right: number) => void,
): boolean {
  const links: E[] = [];
  let first: CoreExpression = e;
  while (first.kind === e.kind && first.rep === e.rep) {
    links.unshift(first as E);
    first = (first as E).left;
  }
  if (links.length < CHAIN_MIN) return false;
  withTemp(ctx, e.rep, (sum) => {
    ctx.program.rules.value(ctx, first, sum);
    for (const one of links) {
      withValue(ctx, one.right, undefined, (right) => {
        at(ctx, one.span);
        link(one, sum, right);
      });
    }
    move(ctx, sum, dst);
  });
  return true;
}

const TYPED_OPS: Readonly<Partial<Record<RegisterType, Readonly<Partial<Record<ArithmeticOperator, OpcodeName>>>>>> = {
  int: INT_OPS,
  float: FLOAT_OPS,
  decimal: DECIMAL_OPS,
};

// The instruction for registers as they are: the typed one where both have the type.
function arithmeticOf(ctx: Emission, e: Of<"arithmetic">, left: number, right: number): OpcodeName {
  const type = ctx.builder.typeOf(left);
  const typed = type === ctx.builder.typeOf(right) ? TYPED_OPS[type]?.[e.operator] : undefined;
  return typed ?? ANY_OPS[e.operator];
}

/** `left operator right`. */
export function emitArithmetic(ctx: Emission, e: Of<"arithmetic">, dst: number): void {
  const { builder } = ctx;
  if (
    emitChain(
      ctx,
      e,
      dst,
      (one, left, right) => void builder.emit(arithmeticOf(ctx, one, left, right), left, left, right),
    )
  )
    return;
  const both = (rep: RegisterType): boolean => e.left.rep === rep && e.right.rep === rep;
  if (both("int")) return exactly(ctx, "int", dst, (register) => emitInt(ctx, e, register));
  if (both("float")) {
    return exactly(ctx, "float", dst, (register) =>
      withPair(ctx, e.left, e.right, ["float", "float"], (a, b) => {
        at(ctx, e.span);
        builder.emit(FLOAT_OPS[e.operator], register, a, b);
      }),
    );
  }
  const decimal = both("decimal") ? DECIMAL_OPS[e.operator] : undefined;
  if (decimal !== undefined) {
    return exactly(ctx, "decimal", dst, (register) =>
      withPair(ctx, e.left, e.right, ["decimal", "decimal"], (a, b) => {
        at(ctx, e.span);
        builder.emit(decimal, register, a, b);
      }),
    );
  }
  return withPair(ctx, e.left, e.right, [undefined, undefined], (a, b) => {
    at(ctx, e.span);
    builder.emit(ANY_OPS[e.operator], dst, a, b);
  });
}

function emitInt(ctx: Emission, e: Of<"arithmetic">, dst: number): void {
  const { builder } = ctx;
  const right = immediate(e.right);
  const left = immediate(e.left);
  const withImmediate = (name: OpcodeName, operand: CoreExpression, value: number): void =>
    withValue(ctx, operand, "int", (a) => {
      at(ctx, e.span);
      builder.emit(name, dst, a, value);
    });
  switch (e.operator) {
    case "+":
      if (right !== undefined) return withImmediate("AddIntImm", e.left, right);
      if (left !== undefined) return withImmediate("AddIntImm", e.right, left);
      break;
    case "-":
      if (right !== undefined) return withImmediate("AddIntImm", e.left, -right);
      break;
    case "*":
      if (right !== undefined) return withImmediate("MulIntImm", e.left, right);
      if (left !== undefined) return withImmediate("MulIntImm", e.right, left);
      break;
    case "/":
      if (right !== undefined && right !== 0) return withImmediate("DivIntImm", e.left, right);
      break;
    case "%":
      if (right !== undefined && right !== 0) return withImmediate("ModIntImm", e.left, right);
      break;
  }
  withPair(ctx, e.left, e.right, ["int", "int"], (a, b) => {
    at(ctx, e.span);
    builder.emit(INT_OPS[e.operator], dst, a, b);
  });
}

/** `-x` and `~x`; null stays null. */
export function emitUnary(ctx: Emission, e: Of<"negate" | "complement">, dst: number): void {
  const { builder } = ctx;
  const { value } = e;
  if (e.kind === "complement") {
    if (value.rep === "int")
      return exactly(ctx, "int", dst, (register) =>
        withValue(ctx, value, "int", (a) => void builder.emit("BitNotInt", register, a)),
      );
    return withValue(ctx, value, undefined, (a) =>
      unlessNull(ctx, a, dst, () =>
        withTemp(ctx, "int", (int) => {
          move(ctx, a, int);
          exactly(ctx, "int", dst, (register) => void builder.emit("BitNotInt", register, int));
        }),
      ),
    );
  }
  const name: OpcodeName | undefined = value.rep === "int" ? "NegInt" : value.rep === "float" ? "NegFloat" : undefined;
  if (name !== undefined) {
    return exactly(ctx, value.rep, dst, (register) =>
      withValue(ctx, value, value.rep, (a) => {
        at(ctx, e.span);
        builder.emit(name, register, a);
      }),
    );
  }
  return withValue(ctx, value, undefined, (a) => {
    at(ctx, e.span);
    builder.emit("NegAny", dst, a);
  });
}

/** Runs `compute` unless the register is null; then dst is null (which a register that cannot be null refuses). */
export function unlessNull(ctx: Emission, register: number, dst: number, compute: () => void): void {
  const { builder } = ctx;
  if (!isNullable(builder.typeOf(register))) return compute();
  const region = builder.open("if");
  builder.emit("JumpIfNull", register, region.middle);
  compute();
  builder.emit("Jump", region.end);
  builder.otherwise(region);
  emitNull(ctx, dst);
  builder.close(region);
}

/** dst = null. */
export function emitNull(ctx: Emission, dst: number): void {
  const { builder } = ctx;
  if (isNullable(builder.typeOf(dst))) return void builder.emit("LoadNull", dst);
  withTemp(ctx, "any", (none) => {
    builder.emit("LoadNull", none);
    builder.emit("Narrow", dst, none);
  });
}

/** `left || right`, `+` of strings. */
export function emitConcat(ctx: Emission, e: Of<"concat">, dst: number): void {
  const isText = (register: number): boolean => ctx.builder.typeOf(register) === "string";
  if (
    emitChain(
      ctx,
      e,
      dst,
      (_one, left, right) =>
        void ctx.builder.emit(isText(left) && isText(right) ? "Concat" : "ConcatAny", left, left, right),
    )
  )
    return;
  if (e.left.rep === "string" && e.right.rep === "string") {
    return exactly(ctx, "string", dst, (register) =>
      withPair(ctx, e.left, e.right, ["string", "string"], (a, b) => {
        at(ctx, e.span);
        ctx.builder.emit("Concat", register, a, b);
      }),
    );
  }
  return withPair(ctx, e.left, e.right, [undefined, undefined], (a, b) => {
    at(ctx, e.span);
    ctx.builder.emit("ConcatAny", dst, a, b);
  });
}
