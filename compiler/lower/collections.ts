// Lists, maps, structs: literals, member access, indexes, slices, ranges.
import { InternalError } from "../../base/failure.ts";
import type { Span } from "../../base/source.ts";
import type {
  Expression,
  IndexExpression,
  ListLiteral,
  MemberExpression,
  ObjectField,
  ObjectLiteral,
  RangeExpression,
  SliceExpression,
} from "../syntax/tree.ts";
import { fieldsOf } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";
import { block, call, converted, hiddenLocal, nullValue, readLocal, setLocal, stringValue } from "./build.ts";
import { lowerCall } from "./calls.ts";
import { cellOf, finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { shapeOf, stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import { isClosed, registerTypeOf, withoutNull } from "./types.ts";
import { fieldOf, indexedKind } from "./paths.ts";
import { bindingOf, readColumn, readVariable } from "./variables.ts";

/** `[1, 2]`. */
export function lowerList(ctx: Lowering, e: ListLiteral): CoreExpression {
  const type = withoutNull(typeOf(ctx, e));
  const element: Type = type.kind === "list" ? type.element : { kind: "any" };
  return {
    kind: "list",
    span: e.span,
    rep: "list",
    items: e.elements.map((item) => stored(lower(ctx, item), finalTypeOf(ctx, item), element)),
  };
}

/** `{name: "Ann"}`: a struct in its type's field order, or a map where one is expected. Values are computed in the order written. */
export function lowerObject(ctx: Lowering, e: ObjectLiteral): CoreExpression {
  const type = withoutNull(typeOf(ctx, e));
  if (type.kind === "map") {
    return {
      kind: "map",
      span: e.span,
      rep: "map",
      entries: e.fields.map((field) => ({
        key: stringValue(field.span, field.name.text),
        value: stored(lower(ctx, field.value), finalTypeOf(ctx, field.value), type.value),
      })),
    };
  }
  const struct: StructType =
    type.kind === "struct" && isClosed(type)
      ? type
      : {
          kind: "struct",
          name: undefined,
          fields: e.fields.map((field) => ({ name: field.name.text, type: finalTypeOf(ctx, field.value) })),
          rest: undefined,
        };
  return structOf(ctx, e.span, struct, e.fields);
}

function structOf(ctx: Lowering, span: Span, struct: StructType, written: readonly ObjectField[]): CoreExpression {
  const slots = fieldsOf(struct);
  const slotOf = (field: ObjectField): number =>
    slots.findIndex((slot) => slot.name.toLowerCase() === field.name.text.toLowerCase());
  const inOrder = written.every((field, at) => slotOf(field) === at);
  const valueOf = (field: ObjectField, type: Type): CoreExpression =>
    stored(lower(ctx, field.value), finalTypeOf(ctx, field.value), type);
  const before: CoreStatement[] = [];
  const items: CoreExpression[] = slots.map((slot) => converted(nullValue(span), registerTypeOf(slot.type)));
  for (const field of written) {
    const slot = slotOf(field);
    const target = slots[slot];
    if (target === undefined) throw new InternalError(`lower: no field ${field.name.text}`);
    const value = valueOf(field, target.type);
    if (inOrder || value.kind === "constant") items[slot] = value;
    else {
      const local = hiddenLocal(field.name.text, value.rep);
      before.push(setLocal(field.span, local, value));
      items[slot] = readLocal(field.span, local);
    }
  }
  return block(span, before, { kind: "struct", span, rep: "struct", shape: shapeOf(struct), items });
}

/** `a.b`: an enum value, a field, a column of a loop row. */
export function lowerMember(ctx: Lowering, e: MemberExpression): CoreExpression {
  const resolution = ctx.checked.names.get(e);
  switch (resolution?.kind) {
    case "enumValue":
      return stringValue(e.span, resolution.value);
    case "variable":
      return readVariable(ctx, e, resolution.variable);
    case "column":
      return readColumn(ctx, e, e.name.text);
    case "routine":
    case "intrinsic":
      return lowerCall(ctx, e);
    default:
  }
  const cell = rowCell(ctx, e);
  const rep = registerTypeOf(typeOf(ctx, e));
  if (cell !== undefined) return converted(cell, rep);
  if (isJson(finalTypeOf(ctx, e.object)))
    return call(e.span, rep, "json_member", [lower(ctx, e.object), stringValue(e.name.span, e.name.text)]);
  return fieldOf(lower(ctx, e.object), finalTypeOf(ctx, e.object), e.name.text, e.span, typeOf(ctx, e));
}

// What stands in a document stays a document: a text of it keeps its quotes, and a missing part is null.
function isJson(type: Type): boolean {
  const whole = withoutNull(type);
  return whole.kind === "scalar" && whole.name === "json";
}

// `row.column` of a loop row: only that cell is loaded.
function rowCell(ctx: Lowering, e: MemberExpression): CoreExpression | undefined {
  if (e.object.kind !== "name" || ctx.checked.coercions.get(e.object) !== undefined) return undefined;
  const resolution = ctx.checked.names.get(e.object);
  if (resolution?.kind !== "variable") return undefined;
  const binding = bindingOf(ctx, resolution.variable);
  if (binding.kind !== "row") return undefined;
  const column = binding.row.columns.findIndex(
    (candidate) => candidate.name.toLowerCase() === e.name.text.toLowerCase(),
  );
  return column < 0 ? undefined : readLocal(e.span, cellOf(binding.row, column));
}

/** `x[i]`. */
export function lowerIndex(ctx: Lowering, e: IndexExpression): CoreExpression {
  if (isJson(finalTypeOf(ctx, e.object))) {
    const rep = registerTypeOf(typeOf(ctx, e));
    return call(e.span, rep, "json_member", [lower(ctx, e.object), lower(ctx, e.index)]);
  }
  return {
    kind: "index",
    span: e.span,
    rep: registerTypeOf(typeOf(ctx, e)),
    object: lower(ctx, e.object),
    index: lower(ctx, e.index),
    of: indexedKind(finalTypeOf(ctx, e.object)),
  };
}

/** `x[a:b]`; of a table: of the list of its rows. */
export function lowerSlice(ctx: Lowering, e: SliceExpression): CoreExpression {
  const object = lower(ctx, e.object);
  const bound = (end: Expression | undefined): CoreExpression | undefined =>
    end === undefined ? undefined : lower(ctx, end);
  return {
    kind: "slice",
    span: e.span,
    rep: registerTypeOf(typeOf(ctx, e)),
    object: object.rep === "table" ? { kind: "tableToList", span: e.span, rep: "list", table: object } : object,
    from: bound(e.from),
    to: bound(e.to),
  };
}

/** `a..b` as a value: the list of its ints. */
export function lowerRange(ctx: Lowering, e: RangeExpression): CoreExpression {
  return call(e.span, "list", "range", [lower(ctx, e.from), lower(ctx, e.to)]);
}
