// What the emitter carries along: the program being built, and per routine its registers, open scopes and labels.
import type { Span } from "../../base/source.ts";
import type { OpenRegion, OpenTry, ProgramBuilder, RoutineBuilder } from "../../bytecode/builder.ts";
import type { OpcodeName } from "../../bytecode/opcodes.ts";
import type { Constant } from "../../bytecode/program.ts";
import { baseOf, isAssignable, isRaw, type RegisterType } from "../../bytecode/register-type.ts";
import type { CoreExpression, CoreRoutine, CoreStatement } from "../lower/core.ts";
import type { Label, Local } from "../lower/core-parts.ts";

/** The areas of the emitter as they call each other: through here, so that no file imports in a circle. */
export interface Rules {
  /** Computes a value into a register, whatever its type. */
  value(ctx: Emission, e: CoreExpression, dst: number): void;
  statements(ctx: Emission, statements: readonly CoreStatement[]): void;
  /** Jumps to `target` unless the condition is true. */
  jumpUnless(ctx: Emission, condition: CoreExpression, target: OpenRegion["end"]): void;
}

/** Emission of one program. */
export interface ProgramEmission {
  readonly rules: Rules;
  readonly builder: ProgramBuilder;
  readonly indexes: Map<CoreRoutine, number>;
  /** Routines whose index is reserved and whose code is still to come. */
  readonly queue: CoreRoutine[];
  /** Which routines a routine calls or closes over, for their effects. */
  readonly callees: Map<number, Set<number>>;
}

/** Something that a jump out of it must close first, innermost last. */
export type Scope =
  | { readonly kind: "label"; readonly label: Label; readonly region: OpenRegion }
  | { readonly kind: "rows"; readonly cursor: number }
  | { readonly kind: "try"; readonly open: OpenTry }
  /** Code after the region looks at `pending`: 0 falls through, 1 returns, 2 raises, 3 and more leave for `exits[pending - 3]`. */
  | {
      readonly kind: "pending";
      readonly region: OpenTry;
      readonly pending: number;
      readonly result: number;
      readonly exits: (Label | "return")[];
    };

/** Emission of one routine. */
export interface Emission {
  readonly program: ProgramEmission;
  readonly builder: RoutineBuilder;
  readonly routine: CoreRoutine;
  readonly index: number;
  readonly registers: Map<Local, number>;
  readonly scopes: Scope[];
  /** Free blocks of consecutive registers, by their types. */
  readonly blocks: Map<string, number[]>;
  /** Registers that hold constants from the start of the routine on, by constant index. */
  readonly constants: Map<number, number>;
}

/** Index of a routine; its code is queued the first time. */
export function routineIndex(program: ProgramEmission, routine: CoreRoutine): number {
  const known = program.indexes.get(routine);
  if (known !== undefined) return known;
  const index = program.builder.reserve();
  program.indexes.set(routine, index);
  program.queue.push(routine);
  return index;
}

/** Notes that the routine being emitted calls or closes over another one. */
export function noteCallee(ctx: Emission, callee: number): void {
  const known = ctx.program.callees.get(ctx.index);
  if (known === undefined) ctx.program.callees.set(ctx.index, new Set([callee]));
  else known.add(callee);
}

/** The register of a variable; made at its first use. */
export function registerOf(ctx: Emission, local: Local): number {
  const known = ctx.registers.get(local);
  if (known !== undefined) return known;
  const register = ctx.builder.register(local.rep);
  ctx.registers.set(local, register);
  if (!local.hidden) ctx.builder.local(local.name, register);
  return register;
}

/** Runs `use` with a register of a type that is free again afterwards. */
export function withTemp<T>(ctx: Emission, type: RegisterType, use: (register: number) => T): T {
  const register = ctx.builder.register(type);
  const result = use(register);
  ctx.builder.release(register);
  return result;
}

/** Runs `use` with consecutive registers that are free again afterwards. */
export function withBlock<T>(ctx: Emission, types: readonly RegisterType[], use: (first: number) => T): T {
  if (types.length === 0) return use(0);
  const key = types.join(" ");
  const free = ctx.blocks.get(key) ?? [];
  ctx.blocks.set(key, free);
  const first = free.pop() ?? ctx.builder.registers(types);
  const result = use(first);
  free.push(first);
  return result;
}

/** Emits an instruction that delivers exactly `type`, into `dst` when it fits and through a temporary when it does not. */
export function exactly(ctx: Emission, type: RegisterType, dst: number, emit: (register: number) => void): void {
  if (ctx.builder.typeOf(dst) === type) return emit(dst);
  withTemp(ctx, type, (register) => {
    emit(register);
    move(ctx, register, dst);
  });
}

/** Copies between registers of any types: boxes, widens numbers, and checks where the value may not fit. */
export function move(ctx: Emission, src: number, dst: number): void {
  const { builder } = ctx;
  const from = builder.typeOf(src);
  const to = builder.typeOf(dst);
  if (src === dst) return;
  if (isAssignable(from, to)) {
    builder.emit("Move", dst, src);
    return;
  }
  const widening = `${from} ${baseOf(to)}`;
  const widen: OpcodeName | undefined =
    widening === "int float"
      ? "IntToFloat"
      : widening === "int decimal"
        ? "IntToDecimal"
        : widening === "decimal float"
          ? "DecimalToFloat"
          : undefined;
  if (widen !== undefined) return exactly(ctx, baseOf(to), dst, (register) => void builder.emit(widen, register, src));
  if (baseOf(from) === baseOf(to) || from === "any" || to === "any") {
    builder.emit("Narrow", dst, src);
    return;
  }
  // Types that have nothing in common: the machine finds out at run time that the value does not fit.
  withTemp(ctx, "any", (any) => {
    builder.emit("Move", any, src);
    builder.emit("Narrow", dst, any);
  });
}

/** Runs `use` with a register of type `type` that holds the value; a variable of that type is read where it is. */
export function withValue<T>(
  ctx: Emission,
  e: CoreExpression,
  type: RegisterType | undefined,
  use: (register: number) => T,
): T {
  const wanted = type ?? e.rep;
  const own = e.kind === "local" ? registerOf(ctx, e.local) : e.kind === "constant" ? hoisted(ctx, e) : undefined;
  if (own !== undefined && readable(ctx.builder.typeOf(own), wanted)) return use(own);
  return withTemp(ctx, wanted, (register) => {
    ctx.program.rules.value(ctx, e, register);
    return use(register);
  });
}

// Whether a register of type `from` can be read where `wanted` is asked for.
function readable(from: RegisterType, wanted: RegisterType): boolean {
  return from === wanted || (isRaw(from) === isRaw(wanted) && isAssignable(from, wanted));
}

function hoisted(ctx: Emission, e: Extract<CoreExpression, { readonly kind: "constant" }>): number | undefined {
  const constant = literalOf(e);
  return constant === undefined ? undefined : ctx.constants.get(ctx.program.builder.constant(constant));
}

/** The literal constant of a constant expression; undefined for null and bools, which have instructions of their own. */
export function literalOf(e: Extract<CoreExpression, { readonly kind: "constant" }>): Constant | undefined {
  const { value } = e;
  switch (value.kind) {
    case "null":
    case "bool":
      return undefined;
    case "int":
      return {
        kind: "int",
        value:
          value.value >= BigInt(Number.MIN_SAFE_INTEGER) && value.value <= BigInt(Number.MAX_SAFE_INTEGER)
            ? Number(value.value)
            : value.value,
      };
    case "temporal":
      return value.constant;
    default:
      return value;
  }
}

/** Says which source the next instructions come from. */
export function at(ctx: Emission, span: Span): void {
  ctx.builder.at(span);
}

/** Runs `body` inside a block region that `label` leaves. */
export function inBlock(ctx: Emission, label: Label | undefined, body: (region: OpenRegion) => void): void {
  const region = ctx.builder.open("block");
  if (label !== undefined) ctx.scopes.push({ kind: "label", label, region });
  body(region);
  if (label !== undefined) ctx.scopes.pop();
  ctx.builder.close(region);
}
