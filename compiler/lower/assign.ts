// Storing into variables and into parts of them: `x = v`, `x += v`, `x.f[i] = v`, INTO targets, out arguments.
// Index expressions of a path are computed once, before the value.
import { InternalError } from "../../base/failure.ts";
import { intrinsicRow } from "../../bytecode/intrinsics/intrinsics.ts";
import type { Variable } from "../check/checked.ts";
import type { AssignStatement, Expression } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import { converted, hiddenLocal, placeRep, readLocal, readPlace, setLocal, setPlace } from "./build.ts";
import { indexedKind, slotOf } from "./paths.ts";
import { finalTypeOf, lower, typeOf, wholeOf, type Lowering } from "./context.ts";
import { stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement, PathStep } from "./core.ts";
import type { ArithmeticOperator, Place } from "./core-parts.ts";
import { arithmetic, concatenated } from "./operators.ts";
import { registerTypeOf, withoutNull } from "./types.ts";
import { bindingOf } from "./variables.ts";

/** Something that can be assigned: a place, and steps into what it holds. */
interface Target {
  readonly place: Place;
  readonly variable: Variable | undefined;
  readonly path: readonly PathStep[];
  /** Computes the indexes of the path. */
  readonly before: readonly CoreStatement[];
  readonly type: Type;
}

/** The type of values that a variable takes. */
export function acceptedType(variable: Variable): Type {
  return variable.accepts ?? variable.type;
}

function targetOf(ctx: Lowering, e: Expression): Target {
  switch (e.kind) {
    case "parenthesized":
      return targetOf(ctx, e.inner);
    case "name":
    case "parameter": {
      const resolution = ctx.checked.names.get(e);
      if (resolution?.kind !== "variable")
        throw new InternalError(`lower: assignment to something that is no variable at ${e.span.start}`);
      const binding = bindingOf(ctx, resolution.variable);
      const place: Place = binding.kind === "row" ? { kind: "local", local: wholeOf(binding.row) } : binding;
      return { place, variable: resolution.variable, path: [], before: [], type: acceptedType(resolution.variable) };
    }
    case "member": {
      const whole = ctx.checked.names.get(e);
      if (whole?.kind === "variable") return targetOf(ctx, { kind: "name", name: e.name, span: e.span });
      const outer = targetOf(ctx, e.object);
      const step: PathStep = { kind: "field", name: e.name.text, slot: slotOf(typeOf(ctx, e.object), e.name.text) };
      return { ...outer, path: [...outer.path, step], type: typeOf(ctx, e) };
    }
    case "index": {
      const outer = targetOf(ctx, e.object);
      const kind = indexedKind(typeOf(ctx, e.object));
      const of = kind === "list" || kind === "map" ? kind : "any";
      const value = lower(ctx, e.index);
      if (value.kind === "constant")
        return { ...outer, path: [...outer.path, { kind: "index", index: value, of }], type: elementType(ctx, e) };
      const local = hiddenLocal("index", value.rep);
      return {
        ...outer,
        before: [...outer.before, setLocal(e.span, local, value)],
        path: [...outer.path, { kind: "index", index: readLocal(e.span, local), of }],
        type: elementType(ctx, e),
      };
    }
    default:
      throw new InternalError(`lower: assignment to ${e.kind}`);
  }
}

// `m["k"]` reads as V?, but takes a V.
function elementType(ctx: Lowering, e: Extract<Expression, { readonly kind: "index" }>): Type {
  const object = typeOf(ctx, e.object);
  const seen = object.kind === "nullable" ? object.inner : object;
  if (seen.kind === "map") return seen.value;
  return seen.kind === "list" ? seen.element : typeOf(ctx, e);
}

function readTarget(target: Target, span: Expression["span"]): CoreExpression {
  return target.path.reduce<CoreExpression>(
    (object, step) =>
      step.kind === "field"
        ? {
            kind: "field",
            span,
            rep: "any",
            object,
            name: step.name,
            slot: object.rep === "struct" ? step.slot : undefined,
          }
        : { kind: "index", span, rep: "any", object, index: step.index, of: step.of },
    readPlace(span, target.place),
  );
}

function store(target: Target, span: Expression["span"], value: CoreExpression): CoreStatement[] {
  if (target.path.length === 0) return [updateInPlace(target.place, value) ?? setPlace(span, target.place, value)];
  return [{ kind: "setPath", span, place: target.place, path: target.path, value, append: false }];
}

/** Statements that append values to the list that an assignable expression holds, in place; undefined when it holds no list for sure. */
export function appendTo(ctx: Lowering, e: Expression, values: readonly Expression[]): CoreStatement[] | undefined {
  const type = withoutNull(typeOf(ctx, e));
  if (type.kind !== "list" || (e.kind !== "name" && e.kind !== "member" && e.kind !== "index")) return undefined;
  if (e.kind === "name" && ctx.checked.names.get(e)?.kind !== "variable") return undefined;
  const target = targetOf(ctx, e);
  if (target.path.length === 0 && placeRep(target.place) !== "list") return undefined;
  const { element } = type;
  return [
    ...target.before,
    ...values.map((item): CoreStatement => {
      const value = stored(lower(ctx, item), finalTypeOf(ctx, item), element);
      if (target.path.length === 0) return { kind: "push", span: item.span, place: target.place, value };
      return { kind: "setPath", span: item.span, place: target.place, path: target.path, value, append: true };
    }),
  ];
}

/** Statements that set an entry of the map that an assignable expression holds, in place; undefined when it holds no map for sure. */
export function putInto(ctx: Lowering, e: Expression, key: Expression, item: Expression): CoreStatement[] | undefined {
  const type = withoutNull(typeOf(ctx, e));
  if (type.kind !== "map" || (e.kind !== "name" && e.kind !== "member" && e.kind !== "index")) return undefined;
  if (e.kind === "name" && ctx.checked.names.get(e)?.kind !== "variable") return undefined;
  const target = targetOf(ctx, e);
  const index = lower(ctx, key);
  if (index.rep !== "string") return undefined;
  const local = hiddenLocal("key", "string");
  const value = stored(lower(ctx, item), finalTypeOf(ctx, item), type.value);
  const step: PathStep = { kind: "index", index: readLocal(e.span, local), of: "map" };
  return [
    ...target.before,
    setLocal(e.span, local, index),
    { kind: "setPath", span: e.span, place: target.place, path: [...target.path, step], value, append: false },
  ];
}

/** `x.f.pop()`: statements that do an intrinsic in place to the list that an assignable expression, its first argument, holds; undefined when it cannot be done so. */
export function updateOf(ctx: Lowering, e: Expression, value: CoreExpression): CoreStatement[] | undefined {
  const target = targetOf(ctx, e);
  if (target.path.length === 0) {
    const update = updateInPlace(target.place, value);
    return update === undefined ? undefined : [...target.before, update];
  }
  if (typeOf(ctx, e).kind !== "list") return undefined;
  const update = listUpdate(target.place, target.path, value);
  return update === undefined ? undefined : [...target.before, update];
}

// `xs = sort(xs)`: the value is computed from the variable that it is stored into.
function updateInPlace(place: Place, value: CoreExpression): CoreStatement | undefined {
  if (value.kind !== "intrinsic" || placeRep(place) !== "list") return undefined;
  const [list] = value.args;
  const isSame =
    place.kind === "local"
      ? list?.kind === "local" && list.local === place.local
      : list?.kind === "global" && list.global === place.global;
  return isSame ? listUpdate(place, [], value) : undefined;
}

// Nothing may be assigned while the other arguments are computed: the function's own order has the list first.
function listUpdate(place: Place, path: readonly PathStep[], value: CoreExpression): CoreStatement | undefined {
  if (value.kind !== "intrinsic" || intrinsicRow(value.name).inPlace !== true) return undefined;
  const [, ...args] = value.args;
  return args.some(hasStatements)
    ? undefined
    : { kind: "updateList", span: value.span, place, path, name: value.name, args };
}

function hasStatements(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  return ("kind" in node && node.kind === "block") || Object.values(node).some(hasStatements);
}

// `xs = xs || [v]`, `xs = push(xs, v)`: what is appended to the same variable, when that is all that happens.
function appended(ctx: Lowering, e: AssignStatement): readonly Expression[] | undefined {
  const variable = variableOf(ctx, e.target);
  if (variable === undefined) return undefined;
  if (e.operator === "||") return e.value.kind === "list" ? e.value.elements : undefined;
  if (e.operator !== undefined) return undefined;
  if (e.value.kind === "binary" && e.value.operator === "||" && variableOf(ctx, e.value.left) === variable)
    return e.value.right.kind === "list" ? e.value.right.elements : undefined;
  const resolution = ctx.checked.calls.get(e.value);
  if (resolution?.kind !== "intrinsic" || resolution.intrinsic !== "push") return undefined;
  const [list, item] = resolution.args;
  if (list?.kind !== "value" || item?.kind !== "value" || variableOf(ctx, list.value) !== variable) return undefined;
  return [item.value];
}

// `xs = xs || [xs]` keeps the list from before the statement.
function mentions(ctx: Lowering, node: unknown, variable: Variable | undefined): boolean {
  if (typeof node !== "object" || node === null) return false;
  const resolution = ctx.checked.names.get(node);
  if (resolution?.kind === "variable" && resolution.variable === variable) return true;
  return Object.values(node).some((part) => mentions(ctx, part, variable));
}

function variableOf(ctx: Lowering, e: Expression): Variable | undefined {
  const resolution = e.kind === "name" ? ctx.checked.names.get(e) : undefined;
  return resolution?.kind === "variable" ? resolution.variable : undefined;
}

/** Statements that store a computed value of type `from` into an assignable expression. */
export function storeInto(ctx: Lowering, target: Expression, value: CoreExpression, from: Type): CoreStatement[] {
  const place = targetOf(ctx, target);
  return [...place.before, ...store(place, target.span, stored(value, from, place.type))];
}

/** `x = e`, `x += e`. */
export function lowerAssign(ctx: Lowering, e: AssignStatement): CoreStatement[] {
  const items = appended(ctx, e);
  const appends =
    items === undefined || items.some((item) => mentions(ctx, item, variableOf(ctx, e.target)))
      ? undefined
      : appendTo(ctx, e.target, items);
  if (appends !== undefined) return appends;
  const target = targetOf(ctx, e.target);
  const value = lower(ctx, e.value);
  const from = finalTypeOf(ctx, e.value);
  if (e.operator === undefined) return [...target.before, ...store(target, e.span, stored(value, from, target.type))];
  const rep = registerTypeOf(target.type);
  const read = readTarget(target, e.target.span);
  const current =
    target.path.length === 0 && read.rep !== "any" ? read : converted(read, registerTypeOf(typeOf(ctx, e.target)));
  if (e.operator === "??") {
    const condition: CoreExpression = { kind: "isNull", span: e.span, rep: "bool", value: current, not: false };
    return [
      ...target.before,
      {
        kind: "if",
        span: e.span,
        condition,
        then: store(target, e.span, stored(value, from, target.type)),
        otherwise: [],
      },
    ];
  }
  const result =
    e.operator === "||"
      ? concatenated(e.span, current, value, rep)
      : arithmetic(e.span, e.operator satisfies ArithmeticOperator, current, value, rep);
  return [...target.before, ...store(target, e.span, stored(result, resultType(target.type, result), target.type))];
}

// What a compound operator gave, as far as storing it back cares.
function resultType(type: Type, result: CoreExpression): Type {
  if (result.rep === "int" || result.rep === "float" || result.rep === "decimal" || result.rep === "string")
    return { kind: "scalar", name: result.rep };
  return type;
}
