// What a trigger stands on: a table or view that is there, of a kind on which it can fire, and the columns whose update fires it.
import { foldName } from "../types/make.ts";
import type { Name } from "../syntax/tree.ts";
import { nameOf, namesOf } from "./config-values.ts";
import type { CheckContext } from "./context.ts";
import { lateSeverity, nearest, problem } from "./findings.ts";
import type { TriggerShape } from "./trigger-shape.ts";

/** Reports an unknown table, a kind of table on which the trigger cannot fire, and unknown columns of UPDATE OF. */
export function checkTriggerTarget(ctx: CheckContext, shape: TriggerShape): void {
  const { table: name, tableSpan } = shape;
  checkAfterKeys(ctx, shape);
  if (name === undefined) return;
  const table = ctx.catalog.table(shape.schema, name);
  if (table === undefined) {
    const near = nearest(name, ctx.catalog.tableNames());
    problem(
      ctx,
      "UnknownTarget",
      tableSpan,
      { name },
      { severity: lateSeverity(ctx), ...(near === undefined ? {} : { help: `Did you mean ${near}?` }) },
    );
    return;
  }
  const reason = REASONS[table.kind](shape);
  if (reason !== undefined) problem(ctx, "TriggerTarget", tableSpan, { name, reason });
  if (table.openColumns === true) return;
  const known = new Map(table.columns.map((column) => [foldName(column.name), column.name]));
  for (const column of updateColumns(shape)) {
    if (known.has(foldName(column.text))) continue;
    const near = nearest(column.text, [...known.values()]);
    problem(
      ctx,
      "UnknownField",
      column.span,
      { field: column.text, type: table.name },
      near === undefined ? {} : { help: `Did you mean ${near}?` },
    );
  }
}

/** What happens after the rows are written, or to an error then, has no meaning before. */
function checkAfterKeys(ctx: CheckContext, shape: TriggerShape): void {
  if (shape.timings.every((timing) => timing === "after")) return;
  const isAsync = shape.entries.get("async");
  if (isAsync !== undefined && nameOf(isAsync.value) === "true")
    problem(ctx, "KeyNeedsAfter", isAsync.key.span, { key: "async" });
  const onError = shape.entries.get("on_error");
  if (onError !== undefined && nameOf(onError.value)?.toLowerCase() === "log")
    problem(ctx, "KeyNeedsAfter", onError.key.span, { key: "on_error: 'log'" });
}

/** Why a trigger cannot fire on a kind of table; undefined: it can. */
const REASONS: Readonly<Record<"table" | "view" | "virtual" | "system", (shape: TriggerShape) => string | undefined>> =
  {
    table: ({ timings }) =>
      timings.includes("instead of") ? "a table; INSTEAD OF triggers stand on views" : undefined,
    view: ({ timings, each }) =>
      each === "row" && timings.some((timing) => timing !== "instead of")
        ? "a view, whose rows only INSTEAD OF triggers see"
        : undefined,
    virtual: () => "a virtual table, whose rows nobody sees change",
    system: () => "a table of the catalog, which only statements such as CREATE and DROP change",
  };

function updateColumns(shape: TriggerShape): readonly Pick<Name, "text" | "span">[] {
  const written = shape.declaration.events.flatMap(({ columns }) => columns);
  const entry = shape.entries.get("of");
  return entry === undefined ? written : namesOf(entry.value).map((text) => ({ text, span: entry.value.span }));
}
