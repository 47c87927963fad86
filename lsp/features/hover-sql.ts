// Hovers of names that SQL itself declares: common tables, names of result columns, windows; and what aggregates give, which differs from
// the functions of lists that are called like them.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { CommonTable, Expression, Name, SelectCore } from "../../compiler/syntax/tree.ts";
import { foldName } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";
import { codeBlock, rowText } from "./describe.ts";

/** What aggregates give over the rows of a group or a window. */
const AGGREGATES: Readonly<Record<string, string>> = {
  avg: "Average of the values that are not null, over the rows; null when there are none.",
  count: "How many rows there are, or how many in which the argument is not null. Never null.",
  group_concat: "The texts that are not null, joined over the rows; null when there are none.",
  string_agg: "The texts that are not null, joined over the rows; null when there are none.",
  max: "The greatest value over the rows, without nulls; null when there are none.",
  min: "The least value over the rows, without nulls; null when there are none.",
  sum: "Sum of the values that are not null, over the rows; null when there are none.",
  total: "Sum of the values that are not null, over the rows, as a float; 0.0 when there are none.",
  median: "The middle one of the values that are not null, over the rows; null when there are none.",
};

/** What an aggregate of SQL gives; undefined for other functions. */
export function aggregateDoc(name: string, argumentCount: number): string | undefined {
  const key = name.toLowerCase();
  if ((key === "max" || key === "min") && argumentCount !== 1) return undefined;
  return Object.hasOwn(AGGREGATES, key) ? AGGREGATES[key] : undefined;
}

/** A name that a query declares, or the name of a window that is used. */
export function aboutSqlName(
  checked: CheckedModule,
  node: object,
  parents: readonly object[],
): readonly string[] | undefined {
  const [parent] = parents;
  if (parent === undefined || !("text" in node)) return undefined;
  const name = node as Name;
  if ("materialized" in parent && "query" in parent && (parent as CommonTable).name === node)
    return [codeBlock(commonTableText(checked, parent as CommonTable, parents))];
  if ("alias" in parent && parent.alias === node && "value" in parent) {
    const type = checked.types.get(parent.value as Expression);
    return type === undefined ? undefined : [codeBlock(`(column) ${name.text}: ${showType(type)}`)];
  }
  const isWindow =
    ("over" in parent && parent.over === node) ||
    ("windows" in parent && (parent as SelectCore).windows.some((each) => each.name === node));
  return isWindow ? [codeBlock(`window ${name.text}`)] : undefined;
}

/** A common table with its columns, as the first place sees them that reads it. */
function commonTableText(checked: CheckedModule, { name }: CommonTable, parents: readonly object[]): string {
  const query = parents.find((each) => "with" in each);
  const open: unknown[] = [query];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const table = checked.tables.get(node);
    if (table?.kind === "cte" && foldName(table.name) === foldName(name.text))
      return rowText("common table", name.text, table.row);
    for (const part of Object.values(node) as unknown[]) if (typeof part === "object" && part !== null) open.push(part);
  }
  return `common table ${name.text}`;
}
