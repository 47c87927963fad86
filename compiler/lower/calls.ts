// Calls: routines of this program, stored ones by name, intrinsics, closures, errors as values; pipes and method calls arrive here already resolved.
import { InternalError } from "../../base/failure.ts";
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import type { CallArgument, CallResolution, RoutineInfo } from "../check/checked.ts";
import type { Expression, PipeExpression } from "../syntax/tree.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { appendTo, putInto, storeInto, updateOf } from "./assign.ts";
import {
  block,
  boolValue,
  constant,
  converted,
  hiddenLocal,
  nullValue,
  readLocal,
  setLocal,
  stringValue,
} from "./build.ts";
import { finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { stored } from "./conversions.ts";
import type { Callee, CoreExpression, CoreStatement } from "./core.ts";
import { lowerErrorValue } from "./errors.ts";
import { functionValue } from "./lambdas.ts";
import { actual, registerTypeOf, withoutNull } from "./types.ts";
import { worldCall } from "./world.ts";

/** A call, or a name or member that is called without parentheses. */
export function lowerCall(ctx: Lowering, e: Expression): CoreExpression {
  const resolution = ctx.checked.calls.get(e);
  if (resolution === undefined) {
    if (withoutNull(typeOf(ctx, e)).kind === "function") return functionValue(ctx, e);
    throw new InternalError(`lower: a call at ${e.span.start} is not resolved`);
  }
  return carryOut(ctx, e, resolution);
}

/** `left |> right`. */
export function lowerPipe(ctx: Lowering, e: PipeExpression): CoreExpression {
  const resolution = ctx.checked.calls.get(e) ?? ctx.checked.calls.get(e.right);
  if (resolution === undefined) throw new InternalError(`lower: a pipe at ${e.span.start} is not resolved`);
  return carryOut(ctx, e, resolution);
}

function carryOut(ctx: Lowering, e: Expression, resolution: CallResolution): CoreExpression {
  const type = typeOf(ctx, e);
  const rep = registerTypeOf(type);
  switch (resolution.kind) {
    case "routine":
      return routineCall(ctx, e, resolution);
    case "intrinsic":
      return intrinsicCall(ctx, e, resolution.intrinsic, resolution.args);
    case "closure": {
      if (e.kind !== "call" && e.kind !== "pipe") throw new InternalError("lower: a closure is called by a call");
      const callee = e.kind === "call" ? e.callee : e.right.kind === "call" ? e.right.callee : e.right;
      return {
        kind: "callClosure",
        span: e.span,
        rep,
        closure: converted(lower(ctx, callee), "closure"),
        args: resolution.args.map((argument) => plainArgument(ctx, e, argument)),
      };
    }
    case "error":
      return lowerErrorValue(ctx, e, resolution);
    case "late": {
      const args = resolution.args.map((argument) => plainArgument(ctx, e, argument));
      return {
        kind: "call",
        span: e.span,
        rep,
        callee: { kind: "import", name: resolution.name, receiver: undefined, version: undefined },
        args,
      };
    }
    case "sqlFunction":
      throw new InternalError(`lower: ${resolution.canonical} outside of SQL`);
  }
}

function plainArgument(ctx: Lowering, e: Expression, argument: CallArgument): CoreExpression {
  switch (argument.kind) {
    case "value":
      return lower(ctx, argument.value);
    case "default":
      return nullValue(e.span);
    case "variadic":
      return { kind: "list", span: e.span, rep: "list", items: argument.values.map((value) => lower(ctx, value)) };
  }
}

/** What a call of the routine goes to. */
export function calleeOf(ctx: Lowering, routine: RoutineInfo, version: number | undefined): Callee {
  if (routine.origin === "catalog" || version !== undefined) {
    const receiver = routine.receiver === undefined ? undefined : showType(routine.receiver.type);
    return { kind: "import", name: routine.name, receiver, version };
  }
  return { kind: "own", routine: ctx.program.rules.routine(ctx, routine) };
}

/** Arguments of a routine in parameter order, as its parameters take them. */
export function routineArguments(
  ctx: Lowering,
  e: Expression,
  routine: RoutineInfo,
  args: readonly CallArgument[],
  callee: Callee,
): CoreExpression[] {
  return args.map((argument, at) => {
    const parameter = routine.parameters[at - receiverCount(routine, args)];
    const expected: Type =
      parameter === undefined
        ? (routine.receiver?.type ?? { kind: "any" })
        : parameter.variadic
          ? listOf(parameter.type)
          : parameter.type;
    const value = ((): CoreExpression => {
      if (argument.kind === "value") {
        if (parameter?.mode === "out") return nullValue(argument.value.span);
        return stored(lower(ctx, argument.value), finalTypeOf(ctx, argument.value), expected);
      }
      const plain = plainArgument(ctx, e, argument);
      return argument.kind === "variadic" ? stored(plain, { kind: "list", element: { kind: "any" } }, expected) : plain;
    })();
    if (callee.kind === "import") return value;
    const own = callee.routine.parameters[at];
    return own === undefined ? value : converted(value, own.local.rep);
  });
}

function listOf(type: Type): Type {
  return actual(type).kind === "list" ? type : { kind: "list", element: type };
}

// A method's receiver is its first argument.
function receiverCount(routine: RoutineInfo, args: readonly CallArgument[]): number {
  return args.length > routine.parameters.length ? args.length - routine.parameters.length : 0;
}

function routineCall(
  ctx: Lowering,
  e: Expression,
  resolution: Extract<CallResolution, { readonly kind: "routine" }>,
): CoreExpression {
  const { routine } = resolution;
  const callee = calleeOf(ctx, routine, resolution.version);
  const args = routineArguments(ctx, e, routine, resolution.args, callee);
  const rep = registerTypeOf(typeOf(ctx, e));
  if (resolution.asynchronous)
    return { kind: "startAsync", span: e.span, rep: "handle", callee, args, detached: false };
  const outs = routine.parameters.filter((parameter) => parameter.mode !== "in");
  if (outs.length === 0) {
    const result = callee.kind === "own" ? callee.routine.resultRep : registerTypeOf(routine.result);
    const direct = result === "void" ? "any" : result;
    return converted({ kind: "call", span: e.span, rep: callee.kind === "import" ? "any" : direct, callee, args }, rep);
  }
  return callWithOuts(ctx, e, resolution, { kind: "call", span: e.span, rep: "struct", callee, args });
}

// The callee gives a struct of its result and its out parameters, which are then assigned.
function callWithOuts(
  ctx: Lowering,
  e: Expression,
  resolution: Extract<CallResolution, { readonly kind: "routine" }>,
  call: CoreExpression,
): CoreExpression {
  const { routine } = resolution;
  const { span } = e;
  const hasResult = !["void", "never"].includes(actual(routine.result).kind);
  const local = hiddenLocal("outs", "struct");
  const statements: CoreStatement[] = [setLocal(span, local, call)];
  let slot = hasResult ? 1 : 0;
  const offset = receiverCount(routine, resolution.args);
  routine.parameters.forEach((parameter, at) => {
    if (parameter.mode === "in") return;
    const argument = resolution.args[at + offset];
    const value: CoreExpression = {
      kind: "field",
      span,
      rep: registerTypeOf(parameter.type),
      object: readLocal(span, local),
      name: parameter.name,
      slot,
    };
    if (argument?.kind === "value" && argument.assignBack)
      statements.push(...storeInto(ctx, argument.value, value, parameter.type));
    slot += 1;
  });
  const rep = registerTypeOf(typeOf(ctx, e));
  const result: CoreExpression = hasResult
    ? { kind: "field", span, rep, object: readLocal(span, local), name: "result", slot: 0 }
    : nullValue(span);
  return block(span, statements, result);
}

function intrinsicCall(ctx: Lowering, e: Expression, key: string, args: readonly CallArgument[]): CoreExpression {
  const world = worldCall(ctx, e, key, args);
  if (world !== undefined) return world;
  const row = intrinsicRow(key);
  const rep = registerTypeOf(typeOf(ctx, e));
  const own = instructionFor(ctx, e, key, args);
  if (own !== undefined) return own;
  const values = row.parsed.parameters.map((parameter, at): CoreExpression => {
    const argument = args[at];
    if (argument === undefined || argument.kind === "default") return defaultValue(e, parameter.default?.value ?? null);
    const value = plainArgument(ctx, e, argument);
    return parameter.variadic && argument.kind === "value"
      ? { kind: "list", span: e.span, rep: "list", items: [value] }
      : value;
  });
  const result: CoreExpression = {
    kind: "intrinsic",
    span: e.span,
    rep: row.result === "void" ? "any" : rep,
    name: key,
    args: values,
  };
  const back = args.find((argument) => argument.kind === "value" && argument.assignBack);
  if (back?.kind !== "value") return result;
  const update = updateOf(ctx, back.value, result);
  if (update !== undefined) return block(e.span, update, lower(ctx, back.value));
  const local = hiddenLocal("updated", registerTypeOf(finalTypeOf(ctx, back.value)));
  return block(
    e.span,
    [
      setLocal(e.span, local, { ...result, rep: local.rep }),
      ...storeInto(ctx, back.value, readLocal(e.span, local), finalTypeOf(ctx, back.value)),
    ],
    converted(readLocal(e.span, local), rep),
  );
}

/** Lengths that have an instruction of their own, by intrinsic, with the register that it reads. */
const LENGTHS: Readonly<Record<string, "list" | "map" | "table">> = {
  len_list: "list",
  len_map: "map",
  len_table: "table",
};

// Intrinsics that are better done by an instruction.
function instructionFor(
  ctx: Lowering,
  e: Expression,
  key: string,
  args: readonly CallArgument[],
): CoreExpression | undefined {
  if (key === "push") return pushCall(ctx, e, args);
  if (key === "put") return putCall(ctx, e, args);
  const of = LENGTHS[key];
  const [only] = args;
  if (of === undefined || only?.kind !== "value" || registerTypeOf(finalTypeOf(ctx, only.value)) !== of)
    return undefined;
  return { kind: "length", span: e.span, rep: "int", value: converted(lower(ctx, only.value), of) };
}

// `m.put(k, v)` of something assignable sets the entry in place.
function putCall(ctx: Lowering, e: Expression, args: readonly CallArgument[]): CoreExpression | undefined {
  const [map, key, item] = args;
  if (map?.kind !== "value" || !map.assignBack || key?.kind !== "value" || item?.kind !== "value") return undefined;
  const puts = putInto(ctx, map.value, key.value, item.value);
  return puts === undefined ? undefined : block(e.span, puts, lower(ctx, map.value));
}

// `xs.push(v)` of something assignable appends in place instead of making a new list.
function pushCall(ctx: Lowering, e: Expression, args: readonly CallArgument[]): CoreExpression | undefined {
  const [list, item] = args;
  if (list?.kind !== "value" || !list.assignBack || item?.kind !== "value") return undefined;
  const appends = appendTo(ctx, list.value, [item.value]);
  return appends === undefined ? undefined : block(e.span, appends, lower(ctx, list.value));
}

function defaultValue(e: Expression, value: null | boolean | number | string): CoreExpression {
  if (value === null) return nullValue(e.span);
  if (typeof value === "boolean") return boolValue(e.span, value);
  if (typeof value === "string") return stringValue(e.span, value);
  return Number.isInteger(value)
    ? constant(e.span, { kind: "int", value: BigInt(value) })
    : constant(e.span, { kind: "float", value });
}
