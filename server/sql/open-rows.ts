// Table values whose columns the checker could not know (`SELECT *` of a table that a string names): their `rows` parts get the columns of the value at hand.
// Forms are kept per list of columns, so that the engine's plans are found again.
import type { SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import { TableValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";

const completed = new WeakMap<SqlForm, Map<string, SqlForm>>();

/** The form with the columns of these values. @throws Trap InvalidCast when a value is no table. */
export function withColumnsOfValues(form: SqlForm, indexes: readonly number[], parameters: readonly Value[]): SqlForm {
  const columns = new Map(indexes.map((index) => [index, columnsOf(parameters[index] ?? null)]));
  const key = JSON.stringify([...columns]);
  const known = completed.get(form)?.get(key);
  if (known !== undefined) return known;
  const made: SqlForm = { ...form, parts: completeParts(form.parts, columns) };
  const forms = completed.get(form) ?? new Map<string, SqlForm>();
  forms.set(key, made);
  completed.set(form, forms);
  return made;
}

function columnsOf(value: Value): readonly string[] {
  if (value instanceof TableValue) return value.shape.fields;
  throw trap("InvalidCast", "A table is needed here.");
}

function completeParts(parts: SqlParts, columns: ReadonlyMap<number, readonly string[]>): SqlParts {
  return parts.map((part) => completePart(part, columns));
}

function completePart(part: SqlPart, columns: ReadonlyMap<number, readonly string[]>): SqlPart {
  if (typeof part === "string") return part;
  const inner = (parts: SqlParts): SqlParts => completeParts(parts, columns);
  switch (part.p) {
    case "rows":
      return part.columns.length > 0
        ? part
        : { ...part, columns: (columns.get(part.index) ?? []).map((name) => ({ name, type: "any" as const })) };
    case "call":
      return {
        ...part,
        args: part.args.map(inner),
        ...(part.suffix === undefined ? {} : { suffix: inner(part.suffix) }),
      };
    case "lookup":
    case "routine":
      return { ...part, args: part.args.map(inner) };
    case "operator":
      return { ...part, left: inner(part.left), right: inner(part.right) };
    case "cast":
    case "sortKey":
      return { ...part, value: inner(part.value) };
    case "limit":
      return { ...part, limit: part.limit && inner(part.limit), offset: part.offset && inner(part.offset) };
    case "piece":
      return { ...part, parts: inner(part.parts) };
    case "upsert":
      return { ...part, table: inner(part.table), source: inner(part.source) };
    default:
      return part;
  }
}
