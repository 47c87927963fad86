// Columns of table values and of query results: typed arrays where the type allows, so that rows need no objects.
// Filled by the engines' push functions (storage), read by VM opcodes, wrapped as Arrow without copying.
import type { ScalarName } from "../scalar.ts";
import { boxFloat, type Int, type Value } from "./value.ts";

/** Declared content of a column; `any` when the engine cannot promise one type. */
export type ColumnType = ScalarName | "any" | "list" | "map" | "struct";

/**
 * One column. `nulls[i]` is 1 where row i is null; `nulls` is undefined when no row is.
 * - `ints`: safe integers as float64, `bigs` from the first unsafe value on; bool columns are 0/1 in `ints`.
 * - `floats`: float64.
 * - `values`: self-describing values of every other type.
 */
export type Column =
  | {
      readonly kind: "ints";
      readonly type: "int" | "bool";
      readonly data: Float64Array;
      readonly nulls: Uint8Array | undefined;
    }
  | {
      readonly kind: "bigs";
      readonly type: "int";
      readonly data: BigInt64Array;
      readonly nulls: Uint8Array | undefined;
    }
  | {
      readonly kind: "floats";
      readonly type: "float";
      readonly data: Float64Array;
      readonly nulls: Uint8Array | undefined;
    }
  | {
      readonly kind: "values";
      readonly type: ColumnType;
      readonly data: readonly Value[];
      readonly nulls: Uint8Array | undefined;
    };

/** The canonical int of a 64-bit bigint. */
export function intOf(value: bigint): Int {
  return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value;
}

/** The self-describing value of one cell. `row` must be below the column's row count. */
export function cell(column: Column, row: number): Value {
  if (column.nulls !== undefined && column.nulls[row] === 1) return null;
  switch (column.kind) {
    case "ints":
      return column.type === "bool" ? column.data[row] === 1 : (column.data[row] ?? null);
    case "bigs":
      return intOf(column.data[row] ?? 0n);
    case "floats":
      return boxFloat(column.data[row] ?? 0);
    case "values":
      return column.data[row] ?? null;
  }
}
