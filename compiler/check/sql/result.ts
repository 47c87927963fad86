// Result columns of queries as the language sees them: names made distinct (`id`, `id_2`), row types, column facts.
import { foldName, structOf } from "../../types/make.ts";
import type { StructType } from "../../types/type.ts";
import type { SqlColumnInfo } from "../checked.ts";
import { typeOfValue, type RowColumn, type RowShape } from "./scope.ts";

/** Distinct names in order: a repeated one gets `_2`, `_3` … (LANGUAGE.md 15.21). */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names.map(foldName));
  const seen = new Set<string>();
  const numbers = new Map<string, number>();
  return names.map((name) => {
    const key = foldName(name);
    if (!seen.has(key)) {
      seen.add(key);
      return name;
    }
    let number = numbers.get(key) ?? 2;
    while (taken.has(`${key}_${number}`)) number += 1;
    numbers.set(key, number + 1);
    taken.add(`${key}_${number}`);
    seen.add(`${key}_${number}`);
    return `${name}_${number}`;
  });
}

/** The row type of a shape; undefined when there may be columns that only the engine knows. */
export function rowStruct(shape: RowShape): StructType | undefined {
  if (shape.open) return undefined;
  const names = distinctNames(shape.columns.map((column) => column.name));
  const byName = new Map<string, RowColumn[]>();
  for (const column of shape.columns) {
    const same = byName.get(foldName(column.name));
    if (same === undefined) byName.set(foldName(column.name), [column]);
    else same.push(column);
  }
  return structOf(
    shape.columns.map((column, index) => ({
      name: names[index] ?? column.name,
      type: typeOfValue(column.value),
      origin: column.origin,
      ...sharedName(byName.get(foldName(column.name)) ?? [], column),
    })),
  );
}

/** The columns that a repeated name could mean (LANGUAGE.md 15.21). */
function sharedName(same: readonly RowColumn[], column: RowColumn): { readonly couldBe?: readonly string[] } {
  if (same.length < 2 || same[0] !== column) return {};
  return {
    couldBe: same.map((other) => (other.table === undefined ? other.name : `${other.table.name}.${other.name}`)),
  };
}

/** The columns of a shape with types and reasons; names as the row type has them. */
export function columnInfos(shape: RowShape): readonly SqlColumnInfo[] | undefined {
  if (shape.open) return undefined;
  const names = distinctNames(shape.columns.map((column) => column.name));
  return shape.columns.map((column, index) => columnInfoOf(column, names[index] ?? column.name));
}

function columnInfoOf(column: RowColumn, name: string): SqlColumnInfo {
  return {
    name,
    type: typeOfValue(column.value),
    table: column.table,
    affinity: column.affinity,
    nullReason: column.value.reason,
    origin: column.origin,
  };
}
