// Loops over values: lists item by item, maps by key and value, tables row by row with only the used columns loaded.
import type { Span } from "../../base/source.ts";
import type { Expression, Name, TableExpression } from "../syntax/tree.ts";
import { fieldsOf } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";
import { call, converted, hiddenLocal, readLocal, setLocal } from "./build.ts";
import { bindLocal, declaredVariable, finalTypeOf, lower, type Lowering, type RowBinding } from "./context.ts";
import { shapeOf, stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { Label, Local } from "./core-parts.ts";
import type { RowFilter } from "./row-filter.ts";
import { registerTypeOf, withoutNull } from "./types.ts";

/** What to loop over, and the body to run for each. */
export interface Each {
  readonly span: Span;
  /** One name, or key and value of a map, or fields of a row. */
  readonly names: readonly Name[];
  readonly source: CoreExpression;
  readonly type: Type;
  readonly exit: Label;
  readonly next: Label;
  readonly body: () => CoreStatement[];
}

/** Where rows come from. */
export type RowSource = Extract<CoreStatement, { readonly kind: "eachRow" }>["source"];

const TABLE_KINDS: ReadonlySet<string> = new Set([
  "table",
  "tableCall",
  "subquery",
  "tableValue",
  "join",
  "parenthesizedTable",
]);

/** The loop over what stands after IN: a table expression or the name of a table, a query, or any value. `where`: conditions that the rows of a table meet. */
export function eachSource(
  ctx: Lowering,
  each: Omit<Each, "source" | "type">,
  source: Expression | TableExpression,
  where?: RowFilter["parts"],
): CoreStatement[] {
  const table = tableOf(ctx, source);
  if (table !== undefined) {
    const row = rowOf(ctx, source, table);
    return eachRow(
      ctx,
      each,
      { kind: "query", span: table.span, ...ctx.program.rules.tableForm(ctx, table, row, where) },
      row,
    );
  }
  let value = source as Expression;
  while (value.kind === "parenthesized" && ctx.checked.coercions.get(value) === undefined) value = value.inner;
  if (value.kind === "query" && value.query.kind === "select" && ctx.checked.coercions.get(value) === undefined) {
    return eachRow(
      ctx,
      each,
      { kind: "query", span: value.query.span, ...ctx.program.rules.queryForm(ctx, value.query) },
      ctx.checked.sql.get(value.query)?.row,
    );
  }
  return eachOf(ctx, { ...each, source: lower(ctx, value), type: finalTypeOf(ctx, value) });
}

// A table expression, also for a name that the checker found to be a table.
function tableOf(ctx: Lowering, source: Expression | TableExpression): TableExpression | undefined {
  if (TABLE_KINDS.has(source.kind)) return source as TableExpression;
  const resolution = ctx.checked.tables.get(source);
  if (source.kind !== "name" || resolution === undefined || resolution.kind.endsWith("Variable")) return undefined;
  return {
    kind: "table",
    name: { parts: [source.name], span: source.span },
    alias: undefined,
    indexedBy: undefined,
    span: source.span,
  };
}

function rowOf(ctx: Lowering, source: Expression | TableExpression, table: TableExpression): StructType | undefined {
  const resolution = ctx.checked.tables.get(source) ?? ctx.checked.tables.get(table);
  if (resolution !== undefined && "row" in resolution && resolution.row !== undefined) return resolution.row;
  const type = withoutNull(ctx.checked.types.get(source as Expression) ?? { kind: "any" });
  const row = type.kind === "table" && type.row !== undefined ? withoutNull(type.row) : type;
  return row.kind === "struct" ? row : undefined;
}

/** The loop over a list, a map, a table or something known only at run time. */
export function eachOf(ctx: Lowering, each: Each): CoreStatement[] {
  const type = withoutNull(each.type);
  switch (type.kind) {
    case "table": {
      const row = type.row === undefined ? undefined : withoutNull(type.row);
      return eachRow(
        ctx,
        each,
        { kind: "table", table: converted(each.source, "table") },
        row?.kind === "struct" ? row : undefined,
      );
    }
    case "map":
      return eachEntry(ctx, each);
    case "scalar":
      if (type.name === "string")
        return eachItem(ctx, each, call(each.span, "list", "chars", [each.source]), { kind: "scalar", name: "string" });
      break;
    case "list":
      return eachItem(ctx, each, converted(each.source, "list"), type.element);
    default:
  }
  return eachItem(ctx, each, call(each.span, "list", "to_list", [each.source]), { kind: "any" });
}

function eachItem(ctx: Lowering, each: Each, list: CoreExpression, element: Type): CoreStatement[] {
  const { span, exit, next, names } = each;
  const name = names[0];
  if (names.length === 1 && name !== undefined) {
    const variable = declaredVariable(ctx, name);
    const local = bindLocal(ctx, variable);
    const rep = registerTypeOf(element);
    if (rep === local.rep || rep === "any")
      return [{ kind: "eachItem", span, local, list, exit, next, body: each.body() }];
    const item = hiddenLocal("item", rep);
    return [
      {
        kind: "eachItem",
        span,
        local: item,
        list,
        exit,
        next,
        body: [setLocal(span, local, stored(readLocal(span, item), element, variable.type)), ...each.body()],
      },
    ];
  }
  // Several names take the fields of a struct in order.
  const item = hiddenLocal("item", "struct");
  const bound = names.map((part, slot) => {
    const local = bindLocal(ctx, declaredVariable(ctx, part));
    return setLocal(span, local, {
      kind: "field",
      span,
      rep: local.rep,
      object: readLocal(span, item),
      name: part.text,
      slot,
    });
  });
  return [{ kind: "eachItem", span, local: item, list, exit, next, body: [...bound, ...each.body()] }];
}

function eachEntry(ctx: Lowering, each: Each): CoreStatement[] {
  const { span, exit, next, names } = each;
  const map = hiddenLocal("map", "map");
  const key = hiddenLocal("key", "string");
  const [first, second] = names;
  const bound: CoreStatement[] = [];
  if (first !== undefined)
    bound.push(setLocal(span, bindLocal(ctx, declaredVariable(ctx, first)), readLocal(span, key)));
  if (second !== undefined) {
    const local = bindLocal(ctx, declaredVariable(ctx, second));
    bound.push(
      setLocal(span, local, {
        kind: "index",
        span,
        rep: local.rep,
        object: readLocal(span, map),
        index: readLocal(span, key),
        of: "map",
      }),
    );
  }
  return [
    setLocal(span, map, converted(each.source, "map")),
    {
      kind: "eachItem",
      span,
      local: key,
      list: call(span, "list", "keys", [readLocal(span, map)]),
      exit,
      next,
      body: [...bound, ...each.body()],
    },
  ];
}

/** The loop over rows. The loop variable is a row of which the body loads what it uses; several names take the columns in order. */
export function eachRow(
  ctx: Lowering,
  each: Omit<Each, "source" | "type">,
  source: RowSource,
  row: StructType | undefined,
): CoreStatement[] {
  const { span, exit, next, names } = each;
  const columns = row === undefined ? [] : fieldsOf(row).map((field) => ({ name: field.name, type: field.type }));
  const binding: RowBinding = {
    shape: row === undefined ? undefined : shapeOf(row),
    columns,
    cells: new Map(),
    whole: undefined,
  };
  const [name] = names;
  const before: CoreStatement[] = [];
  if (names.length === 1 && name !== undefined) {
    const variable = declaredVariable(ctx, name);
    const kind = withoutNull(variable.type).kind;
    if (kind === "struct" || kind === "any" || columns.length !== 1) {
      // A row that is changed is a struct of its own; otherwise its cells are read as they are needed.
      if (variable.assigned || columns.length === 0) {
        const local = bindLocal(ctx, variable, "struct");
        binding.whole = local;
      } else ctx.variables.set(variable, { kind: "row", row: binding });
    } else before.push(takeColumn(ctx, span, name, 0, binding));
  } else names.forEach((part, at) => before.push(takeColumn(ctx, span, part, at, binding)));
  const body = [...before, ...each.body()];
  const cells = [...binding.cells].map(([column, local]) => ({ column, local }));
  const whole: Local | undefined = binding.whole;
  return [
    {
      kind: "eachRow",
      span,
      source,
      cells,
      row: whole === undefined ? undefined : { local: whole, shape: binding.shape },
      exit,
      next,
      body,
    },
  ];
}

function takeColumn(ctx: Lowering, span: Span, name: Name, column: number, binding: RowBinding): CoreStatement {
  const local = bindLocal(ctx, declaredVariable(ctx, name));
  const known = binding.columns[column];
  const cell = hiddenLocal(name.text, known === undefined ? local.rep : registerTypeOf(known.type));
  binding.cells.set(column, cell);
  return setLocal(span, local, readLocal(span, cell));
}
