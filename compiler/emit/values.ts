// Expressions to instructions: the dispatch by kind, constants, variables, choices, conversions, errors.
import { baseOf, isNullable, type RegisterType } from "../../bytecode/register-type.ts";
import type { CoreExpression } from "../lower/core.ts";
import { emitAwait, emitCall, emitCallClosure, emitIntrinsic, emitLambda, emitStartAsync } from "./calls.ts";
import { at, exactly, literalOf, move, registerOf, withBlock, withTemp, withValue, type Emission } from "./context.ts";
import { jumpUnless } from "./conditions.ts";
import {
  emitField,
  emitIndex,
  emitLength,
  emitList,
  emitMap,
  emitSlice,
  emitStruct,
  emitTableCell,
  keep,
  shapeConstant,
} from "./containers.ts";
import { emitCompare, emitConnected, emitIdentical, emitNot, emitNullTest } from "./comparisons.ts";
import { emitArithmetic, emitConcat, emitNull, emitUnary, immediate } from "./operators.ts";
import { emitExecute, emitExecuteText, emitManage, emitOpenCursor, emitQuery } from "./sql.ts";

type Emitters = {
  readonly [K in CoreExpression["kind"]]: (
    ctx: Emission,
    e: Extract<CoreExpression, { readonly kind: K }>,
    dst: number,
  ) => void;
};

const EMITTERS: Emitters = {
  constant: emitConstant,
  local: (ctx, e, dst) => move(ctx, registerOf(ctx, e.local), dst),
  global: (ctx, e, dst) =>
    exactly(ctx, e.global.rep, dst, (register) => void ctx.builder.emit("LoadGlobal", register, e.global.slot)),
  arithmetic: emitArithmetic,
  negate: emitUnary,
  complement: emitUnary,
  compare: emitCompare,
  concat: emitConcat,
  not: emitNot,
  and: emitConnected,
  or: emitConnected,
  isNull: emitNullTest,
  identical: emitIdentical,
  coalesce: emitCoalesce,
  choose: emitChoose,
  convert: emitConvert,
  cast: (ctx, e, dst) =>
    withValue(ctx, e.value, undefined, (value) => {
      at(ctx, e.span);
      ctx.builder.emit("CastTo", dst, value, ctx.program.builder.constant({ kind: "type", type: e.type }));
    }),
  call: emitCall,
  callClosure: emitCallClosure,
  intrinsic: emitIntrinsic,
  startAsync: emitStartAsync,
  await: emitAwait,
  lambda: emitLambda,
  list: emitList,
  map: emitMap,
  struct: emitStruct,
  field: emitField,
  index: emitIndex,
  slice: emitSlice,
  error: (ctx, e, dst) =>
    exactly(ctx, "error", dst, (register) =>
      withBlock(ctx, ["string", "any"], (parts) => {
        ctx.program.rules.value(ctx, e.message, parts);
        keep(ctx, e.detail, parts + 1);
        at(ctx, e.span);
        ctx.builder.emit(
          "ErrorNew",
          register,
          ctx.program.builder.constant({ kind: "error", name: e.code, parents: e.parents }),
          parts,
        );
      }),
    ),
  errorIs: (ctx, e, dst) =>
    exactly(ctx, "bool", dst, (register) =>
      withValue(
        ctx,
        e.error,
        "error",
        (error) => void ctx.builder.emit("ErrorIs", register, error, ctx.program.builder.string(e.name)),
      ),
    ),
  query: emitQuery,
  execute: emitExecute,
  executeText: emitExecuteText,
  rowCount: (ctx, _e, dst) => exactly(ctx, "int", dst, (register) => void ctx.builder.emit("RowCount", register)),
  tableCell: emitTableCell,
  tableRow: (ctx, e, dst) =>
    exactly(ctx, "struct", dst, (register) =>
      withValue(ctx, e.table, "table", (table) =>
        withValue(ctx, e.row, "int", (row) => {
          at(ctx, e.span);
          ctx.builder.emit("TableRow", register, table, row);
        }),
      ),
    ),
  tableFromList: (ctx, e, dst) =>
    exactly(ctx, "table", dst, (register) =>
      withValue(
        ctx,
        e.list,
        "list",
        (list) => void ctx.builder.emit("TableFromList", register, list, shapeConstant(ctx, e.shape)),
      ),
    ),
  tableToList: (ctx, e, dst) =>
    exactly(ctx, "list", dst, (register) =>
      withValue(ctx, e.table, "table", (table) => void ctx.builder.emit("TableToList", register, table)),
    ),
  tableColumn: (ctx, e, dst) =>
    exactly(ctx, "list", dst, (register) =>
      withValue(ctx, e.table, "table", (table) => void ctx.builder.emit("TableColumn", register, table, e.column)),
    ),
  length: emitLength,
  interpolate: (ctx, e, dst) =>
    exactly(ctx, "string", dst, (register) =>
      withBlock(
        ctx,
        e.parts.map((part) => part.rep),
        (first) => {
          e.parts.forEach((part, position) => ctx.program.rules.value(ctx, part, first + position));
          at(ctx, e.span);
          ctx.builder.emit("Interpolate", register, first, e.parts.length);
        },
      ),
    ),
  typeIs: (ctx, e, dst) =>
    exactly(ctx, "bool", dst, (register) =>
      withValue(
        ctx,
        e.value,
        undefined,
        (value) =>
          void ctx.builder.emit(
            "TypeIs",
            register,
            value,
            ctx.program.builder.constant({ kind: "type", type: e.type }),
          ),
      ),
    ),
  now: (ctx, _e, dst) => exactly(ctx, "timestamp", dst, (register) => void ctx.builder.emit("Now", register)),
  random: (ctx, _e, dst) => exactly(ctx, "float", dst, (register) => void ctx.builder.emit("Random", register)),
  openCursor: emitOpenCursor,
  manage: emitManage,
  block: (ctx, e, dst) => {
    ctx.program.rules.statements(ctx, e.statements);
    emitValue(ctx, e.result, dst);
  },
};

/** Computes an expression into a register of any type. */
export function emitValue(ctx: Emission, e: CoreExpression, dst: number): void {
  const emitter = EMITTERS[e.kind] as (ctx: Emission, e: CoreExpression, dst: number) => void;
  emitter(ctx, e, dst);
}

function emitConstant(ctx: Emission, e: Extract<CoreExpression, { readonly kind: "constant" }>, dst: number): void {
  const { builder } = ctx;
  const { value } = e;
  if (value.kind === "null") return emitNull(ctx, dst);
  if (value.kind === "bool")
    return exactly(
      ctx,
      boolLike(builder.typeOf(dst)),
      dst,
      (register) => void builder.emit(value.value ? "LoadTrue" : "LoadFalse", register),
    );
  const small = immediate(e);
  const own = e.rep;
  const target = builder.typeOf(dst);
  const direct = target === own || target === "any" || (baseOf(target) === own && isNullable(target));
  const load = (register: number): void => {
    const literal = literalOf(e);
    if (small !== undefined) builder.emit("LoadInt", register, small);
    else if (literal !== undefined) builder.emit("LoadConst", register, ctx.program.builder.constant(literal));
  };
  if (direct) return load(dst);
  withTemp(ctx, own, (register) => {
    load(register);
    move(ctx, register, dst);
  });
}

function boolLike(type: RegisterType): RegisterType {
  return type === "bool" || type === "bool?" || type === "any" ? type : "bool";
}

// Kinds whose instruction writes a register of any type and checks by itself.
const WRITES_ANYTHING: ReadonlySet<CoreExpression["kind"]> = new Set([
  "constant",
  "local",
  "field",
  "index",
  "slice",
  "cast",
  "call",
  "callClosure",
  "intrinsic",
  "await",
  "tableCell",
  "choose",
  "coalesce",
  "block",
  "convert",
]);

function emitConvert(ctx: Emission, e: Extract<CoreExpression, { readonly kind: "convert" }>, dst: number): void {
  const from = e.value.rep;
  const to = ctx.builder.typeOf(dst);
  const numbers = ["int", "float", "decimal"];
  // A number that changes its kind is first computed as what it is. What then goes on to another register is the converted one.
  if (from !== e.rep && numbers.includes(from) && numbers.includes(baseOf(e.rep))) {
    if (to !== e.rep)
      return withTemp(ctx, e.rep, (register) => {
        emitConvert(ctx, e, register);
        move(ctx, register, dst);
      });
    return withValue(ctx, e.value, from, (value) => move(ctx, value, dst));
  }
  if (WRITES_ANYTHING.has(e.value.kind)) return emitValue(ctx, e.value, dst);
  withValue(ctx, e.value, from, (value) => move(ctx, value, dst));
}

function emitCoalesce(ctx: Emission, e: Extract<CoreExpression, { readonly kind: "coalesce" }>, dst: number): void {
  const { builder } = ctx;
  withTemp(ctx, isNullable(e.left.rep) ? e.left.rep : "any", (left) => {
    emitValue(ctx, e.left, left);
    const region = builder.open("if");
    builder.emit("JumpIfNull", left, region.middle);
    move(ctx, left, dst);
    builder.emit("Jump", region.end);
    builder.otherwise(region);
    emitValue(ctx, e.right, dst);
    builder.close(region);
  });
}

function emitChoose(ctx: Emission, e: Extract<CoreExpression, { readonly kind: "choose" }>, dst: number): void {
  const { builder } = ctx;
  const region = builder.open("if");
  jumpUnless(ctx, e.condition, region.middle);
  emitValue(ctx, e.then, dst);
  builder.emit("Jump", region.end);
  builder.otherwise(region);
  emitValue(ctx, e.otherwise, dst);
  builder.close(region);
}
