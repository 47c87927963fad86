// Calls of every kind: own routines, imports, intrinsics, closures, jobs; and the making of closures.
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import { NO_REGISTER, type ImportForm } from "../../bytecode/program.ts";
import { isAssignable, type RegisterType } from "../../bytecode/register-type.ts";
import type { Callee, CoreExpression } from "../lower/core.ts";
import { at, exactly, noteCallee, routineIndex, withBlock, withValue, type Emission } from "./context.ts";
import { keep } from "./containers.ts";
import { emitNull } from "./operators.ts";

type Of<K extends CoreExpression["kind"]> = Extract<CoreExpression, { readonly kind: K }>;

/** Emits a call; without a destination the result is dropped. */
export function emitCall(ctx: Emission, e: Of<"call">, dst: number): void {
  const { builder } = ctx;
  const { callee } = e;
  if (callee.kind === "import") {
    const types = e.args.map((argument) => argument.rep);
    return withBlock(ctx, types, (first) => {
      e.args.forEach((argument, position) => keep(ctx, argument, first + position));
      at(ctx, e.span);
      builder.emit(
        "CallImport",
        dst,
        ctx.program.builder.constant({ kind: "import", reference: reference(callee, types) }),
        first,
      );
    });
  }
  const index = routineIndex(ctx.program, callee.routine);
  noteCallee(ctx, index);
  const isVoid = callee.routine.resultRep === "void";
  withBlock(
    ctx,
    callee.routine.parameters.map((parameter) => parameter.local.rep),
    (first) => {
      e.args.forEach((argument, position) => keep(ctx, argument, first + position));
      at(ctx, e.span);
      builder.emit("Call", isVoid ? NO_REGISTER : dst, index, first);
    },
  );
  if (isVoid && dst !== NO_REGISTER) emitNull(ctx, dst);
}

function reference(callee: Extract<Callee, { readonly kind: "import" }>, types: readonly RegisterType[]): ImportForm {
  return { name: callee.name, receiver: callee.receiver, version: callee.version, argumentTypes: types };
}

export function emitCallClosure(ctx: Emission, e: Of<"callClosure">, dst: number): void {
  withBlock(ctx, ["closure", ...e.args.map((argument) => argument.rep)], (first) => {
    ctx.program.rules.value(ctx, e.closure, first);
    e.args.forEach((argument, position) => keep(ctx, argument, first + 1 + position));
    at(ctx, e.span);
    ctx.builder.emit("CallClosure", dst, first, e.args.length);
  });
}

/** Arguments of an intrinsic are not kept by it, so they are not marked as shared. */
export function emitIntrinsic(ctx: Emission, e: Of<"intrinsic">, dst: number): void {
  const row = intrinsicRow(e.name);
  ctx.builder.addEffects(row.effects);
  withIntrinsicArguments(ctx, row, e.args, 0, (first) => {
    at(ctx, e.span);
    ctx.builder.emit("Intrinsic", row.result === "void" ? NO_REGISTER : dst, row.id, first);
  });
  if (row.result === "void" && dst !== NO_REGISTER) emitNull(ctx, dst);
}

/** Puts arguments for the parameters from `from` on into registers for as long as `use` runs. */
export function withIntrinsicArguments(
  ctx: Emission,
  row: IntrinsicRow,
  args: readonly CoreExpression[],
  from: number,
  use: (first: number) => void,
): void {
  const types = row.parameters
    .slice(from)
    .map((wanted, position) => argumentType(args[position]?.rep ?? "any", wanted));
  withBlock(ctx, types, (first) => {
    types.forEach((_type, position) => {
      const argument = args[position];
      if (argument === undefined) emitNull(ctx, first + position);
      else ctx.program.rules.value(ctx, argument, first + position);
    });
    use(first);
  });
}

// An argument that fits goes as it is; another one is converted to what the parameter takes.
function argumentType(given: RegisterType, wanted: RegisterType): RegisterType {
  return isAssignable(given, wanted) ? given : wanted;
}

/** The job constant and its arguments. */
export function emitStartAsync(ctx: Emission, e: Of<"startAsync">, dst: number): void {
  const { callee } = e;
  const own = callee.kind === "own" ? routineIndex(ctx.program, callee.routine) : undefined;
  const types =
    callee.kind === "own"
      ? callee.routine.parameters.map((parameter) => parameter.local.rep)
      : e.args.map((argument) => argument.rep);
  withBlock(ctx, types, (first) => {
    e.args.forEach((argument, position) => keep(ctx, argument, first + position));
    at(ctx, e.span);
    const job = {
      callee:
        own === undefined && callee.kind === "import"
          ? { kind: "import" as const, reference: reference(callee, types) }
          : { kind: "routine" as const, routine: own ?? 0 },
      argumentCount: types.length,
      detached: e.detached,
    };
    const constant = ctx.program.builder.constant({ kind: "job", job });
    if (dst === NO_REGISTER) ctx.builder.emit("StartAsync", dst, constant, first);
    else exactly(ctx, "handle", dst, (register) => void ctx.builder.emit("StartAsync", register, constant, first));
  });
}

export function emitAwait(ctx: Emission, e: Of<"await">, dst: number): void {
  withValue(ctx, e.handle, "handle", (handle) => {
    at(ctx, e.span);
    ctx.builder.emit("Await", dst, handle);
  });
}

export function emitLambda(ctx: Emission, e: Of<"lambda">, dst: number): void {
  const index = routineIndex(ctx.program, e.routine);
  noteCallee(ctx, index);
  exactly(ctx, "closure", dst, (register) =>
    withBlock(
      ctx,
      e.routine.captures.map((local) => local.rep),
      (first) => {
        e.captures.forEach((capture, position) => keep(ctx, capture, first + position));
        ctx.builder.emit("MakeClosure", register, index, first);
      },
    ),
  );
}
