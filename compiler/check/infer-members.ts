// Members, items and slices: enum values, fields of structs, errors and rows, parts of JSON, items of lists, maps, strings and tables.
// The names they begin with are in infer-names.ts.
import type { IndexExpression, MemberExpression, SliceExpression } from "../syntax/tree.ts";
import {
  ANY,
  INT,
  JSON_TYPE,
  STRING,
  fieldNamed,
  fieldsOf,
  foldName,
  freshRow,
  freshVariable,
  listOf,
  mayBeNull,
  nullable,
  prune,
  withoutNull,
} from "../types/make.ts";
import { bindVariable } from "../types/bind.ts";
import { showType } from "../types/show.ts";
import type { EnumType, StructType, Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { addCoercions, because, expectType } from "./expect.ts";
import { ERROR_FIELDS } from "./error-types.ts";
import { type FindingExtras, nearest, problem, replaceFix } from "./findings.ts";
import { noteProbe } from "./probe.ts";
import { narrowedType } from "./flow.ts";
import { narrowKey } from "./scope.ts";
import { enumNamed } from "./infer-names.ts";

/** `object.name`: an enum value, a field, a field of a caught error, the only row of a query. */
export function inferMember(ctx: CheckContext, node: MemberExpression): Type {
  if (node.object.kind === "name") {
    const type = enumNamed(ctx, node.object.name);
    if (type !== undefined) return enumValue(ctx, node, type);
  }
  const object = ctx.rules.infer(ctx, node.object);
  const key = narrowKey(ctx, node);
  const narrowed = key === undefined ? undefined : narrowedType(ctx.flow, key);
  const type = fieldType(ctx, node, object);
  return narrowed ?? type;
}

function enumValue(ctx: CheckContext, node: MemberExpression, type: EnumType): Type {
  const value =
    type.values.find((each) => each === node.name.text) ??
    type.values.find((each) => foldName(each) === foldName(node.name.text));
  if (value === undefined) {
    noteProbe(ctx, node.name.text, () => ({ kind: "enumValue", type }));
    const near = nearest(node.name.text, type.values);
    problem(
      ctx,
      "UnknownEnumValue",
      node.name.span,
      { value: node.name.text, type: type.name },
      near === undefined
        ? { help: `Its values are ${type.values.join(", ")}.` }
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, node.name.span, near)] },
    );
    return type;
  }
  ctx.state.names.set(node, { kind: "enumValue", type, value });
  ctx.state.names.set(node.object, { kind: "enumType", type });
  return type;
}

/** NEW or OLD: the columns of a row that an event does not have are null. */
function isTriggerRow(ctx: CheckContext, object: MemberExpression["object"]): boolean {
  const resolution = object.kind === "name" ? ctx.state.names.get(object) : undefined;
  return (
    resolution?.kind === "variable" &&
    resolution.variable.kind === "row" &&
    resolution.variable.declaredAt === undefined &&
    /^(?:new|old)$/i.test(resolution.variable.name)
  );
}

/** The field's type; null objects are reported and make it nullable. */
function fieldType(ctx: CheckContext, node: MemberExpression, objectType: Type): Type {
  const object = unwrapObject(ctx, node, objectType);
  const whole = withoutNull(object);
  // What a JSON document holds is known at run time; what is missing is null, as with j["name"].
  if (whole.kind === "scalar" && whole.name === "json") return nullable(JSON_TYPE);
  if (mayBeNull(object) && whole.kind !== "any" && whole.kind !== "variable" && !isTriggerRow(ctx, node.object)) {
    problem(
      ctx,
      "FieldOfNull",
      node.object.span,
      { field: node.name.text, type: showType(object) },
      { help: "Test it with 'is not null' first." },
    );
  }
  switch (whole.kind) {
    case "any":
    case "never":
      return ANY;
    case "struct":
      return structField(ctx, node, whole);
    case "error": {
      const wanted = foldName(node.name.text);
      const field = [...whole.fields, ...ERROR_FIELDS].find((each) => foldName(each.name) === wanted);
      if (field !== undefined) return field.type;
      if (whole.name === undefined) return ANY;
      return unknownField(
        ctx,
        node,
        whole,
        [...whole.fields, ...ERROR_FIELDS].map((each) => each.name),
      );
    }
    case "variable": {
      const type = freshVariable(ctx.state.supply, ctx.level);
      bindVariable(whole, {
        kind: "struct",
        name: undefined,
        fields: [{ name: node.name.text, type }],
        rest: freshRow(ctx.state.supply),
      });
      whole.reasons.push({ text: `its field ${node.name.text} is read`, span: node.span, item: ctx.item });
      return type;
    }
    case "map": {
      const item = `["${node.name.text}"]`;
      const span = { start: node.object.span.end, end: node.span.end };
      return unknownField(ctx, node, whole, [], {
        help: `The values of a map are read by their keys: ${item}.`,
        fixes: [replaceFix(`Write ${item}`, span, item)],
      });
    }
    case "table":
      return unknownField(ctx, node, whole, [], {
        help: `Rows have columns, a table has none: take one row by its place ([0].${node.name.text}) or loop over them.`,
      });
    default:
      return unknownField(ctx, node, whole, []);
  }
}

/** A job's result, or the only row of a query, as the object of a field. */
function unwrapObject(ctx: CheckContext, node: MemberExpression, objectType: Type): Type {
  const object = prune(objectType);
  if (object.kind === "handle") {
    addCoercions(ctx.state, node.object, [{ kind: "await", from: object, to: object.result }]);
    return prune(object.result);
  }
  if (object.kind !== "table" || object.row === undefined) return object;
  const query = node.object.kind === "parenthesized" ? node.object.inner : node.object;
  const info = query.kind === "query" ? ctx.state.sql.get(query.query) : undefined;
  if (info === undefined || info.cardinality === "many") return object;
  const row = info.cardinality === "one" ? prune(object.row) : nullable(object.row);
  addCoercions(ctx.state, node.object, [{ kind: "row", from: object, to: row }]);
  return prune(object.row);
}

function structField(ctx: CheckContext, node: MemberExpression, struct: StructType): Type {
  const field = fieldNamed(struct, node.name.text);
  if (field?.couldBe !== undefined)
    problem(
      ctx,
      "AmbiguousField",
      node.name.span,
      { field: node.name.text, columns: field.couldBe.join(" or ") },
      { help: "Give the columns names of their own with AS." },
    );
  if (field !== undefined) return field.type;
  let rest = struct.rest;
  while (rest?.binding !== undefined) rest = rest.binding.rest;
  if (rest !== undefined) {
    const type = freshVariable(ctx.state.supply, ctx.level);
    rest.binding = { fields: [{ name: node.name.text, type }], rest: freshRow(ctx.state.supply) };
    return type;
  }
  return unknownField(
    ctx,
    node,
    struct,
    fieldsOf(struct).map((each) => each.name),
  );
}

function unknownField(
  ctx: CheckContext,
  node: MemberExpression,
  type: Type,
  names: readonly string[],
  extras: FindingExtras = {},
): Type {
  noteProbe(ctx, node.name.text, () => ({ kind: "member", type }));
  const near = nearest(node.name.text, names);
  problem(
    ctx,
    "UnknownField",
    node.name.span,
    { field: node.name.text, type: showType(type) },
    near === undefined
      ? extras
      : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, node.name.span, near)] },
  );
  return ANY;
}

/** `x[i]`: items of lists, characters of strings, values of maps, parts of JSON, rows of tables. */
export function inferIndex(ctx: CheckContext, node: IndexExpression): Type {
  const object = prune(ctx.rules.infer(ctx, node.object));
  const whole = withoutNull(object);
  const index = ctx.rules.infer(ctx, node.index);
  const result = itemType(ctx, node, whole, index);
  return mayBeNull(object) && whole.kind !== "any" ? nullable(result) : result;
}

function itemType(ctx: CheckContext, node: IndexExpression, whole: Type, index: Type): Type {
  switch (whole.kind) {
    case "any":
    case "never":
      return ANY;
    case "list": {
      expectType(ctx, node.index, index, INT, because(ctx, node.index.span, "it is used as an index"));
      reportConstantIndex(ctx, node);
      return whole.element;
    }
    case "map":
      expectType(ctx, node.index, index, STRING);
      return nullable(whole.value);
    case "table":
      expectType(ctx, node.index, index, INT, because(ctx, node.index.span, "it is used as an index"));
      addCoercions(ctx.state, node.object, [{ kind: "list", from: whole, to: listOf(whole.row ?? ANY) }]);
      return whole.row ?? ANY;
    case "variable": {
      if (prune(index).kind === "scalar" && (prune(index) as { name: string }).name === "string") return ANY;
      const element = freshVariable(ctx.state.supply, ctx.level);
      bindVariable(whole, listOf(element));
      whole.reasons.push({ text: "it is indexed by a number", span: node.span, item: ctx.item });
      expectType(ctx, node.index, index, INT, because(ctx, node.index.span, "it is used as an index"));
      return element;
    }
    case "scalar":
      if (whole.name === "string" || whole.name === "bytes") {
        expectType(ctx, node.index, index, INT, because(ctx, node.index.span, "it is used as an index"));
        return whole.name === "string" ? STRING : INT;
      }
      if (whole.name === "json") return nullable(JSON_TYPE);
      break;
    default:
      break;
  }
  problem(ctx, "NotIndexable", node.object.span, { type: showType(whole) });
  return ANY;
}

function reportConstantIndex(ctx: CheckContext, node: IndexExpression): void {
  const list = node.object.kind === "parenthesized" ? node.object.inner : node.object;
  if (list.kind !== "list" || node.index.kind !== "number") return;
  const index = Number(node.index.text);
  if (index >= list.elements.length)
    problem(ctx, "IndexAlwaysOut", node.index.span, { index, length: list.elements.length });
}

/** `x[a:b]` of a list, string, bytes or table: the same type. */
export function inferSlice(ctx: CheckContext, node: SliceExpression): Type {
  const object = ctx.rules.infer(ctx, node.object);
  for (const bound of [node.from, node.to])
    if (bound !== undefined) expectType(ctx, bound, ctx.rules.infer(ctx, bound), INT);
  const whole = withoutNull(object);
  if (
    whole.kind === "list" ||
    whole.kind === "any" ||
    whole.kind === "variable" ||
    (whole.kind === "scalar" && (whole.name === "string" || whole.name === "bytes"))
  )
    return object;
  if (whole.kind === "table") {
    const list = listOf(whole.row ?? ANY);
    addCoercions(ctx.state, node.object, [{ kind: "list", from: whole, to: list }]);
    return list;
  }
  problem(ctx, "NotIndexable", node.object.span, { type: showType(object) });
  return ANY;
}
