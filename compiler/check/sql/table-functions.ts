// Table-valued functions of the engine: json_each, generate_series, pragma_*. Columns with types and nullability; arguments are hidden columns.
import type { ScalarName } from "../../../base/scalar.ts";
import { ANY, scalar } from "../../types/make.ts";
import { maybeNull, neverNull, type RowShape } from "./scope.ts";

/** `name: type`, with `?` when it may be null; `any` may always be. */
type Column = readonly [name: string, type: `${ScalarName}${"" | "?"}` | "any"];

interface TableFunctionRow {
  readonly columns: readonly Column[];
  /** Columns that can be named and are not part of `*`. */
  readonly hidden: readonly string[];
  readonly arity: readonly [number, number];
  /** Reads the schema rather than its arguments. */
  readonly readsSchema?: true;
}

const JSON_COLUMNS: readonly Column[] = [
  ["key", "any"],
  ["value", "any"],
  ["type", "string"],
  ["atom", "any"],
  ["id", "int"],
  ["parent", "int?"],
  ["fullkey", "string"],
  ["path", "string"],
];
const pragma = (columns: readonly Column[]): TableFunctionRow => ({
  columns,
  hidden: ["arg", "schema"],
  arity: [0, 2],
  readsSchema: true,
});

/** Every table-valued function that we know by columns. */
export const TABLE_FUNCTIONS: Readonly<Record<string, TableFunctionRow>> = {
  json_each: { columns: JSON_COLUMNS, hidden: ["json", "root"], arity: [1, 2] },
  json_tree: { columns: JSON_COLUMNS, hidden: ["json", "root"], arity: [1, 2] },
  jsonb_each: { columns: JSON_COLUMNS, hidden: ["json", "root"], arity: [1, 2] },
  jsonb_tree: { columns: JSON_COLUMNS, hidden: ["json", "root"], arity: [1, 2] },
  generate_series: { columns: [["value", "int"]], hidden: ["start", "stop", "step"], arity: [1, 3] },
  pragma_table_info: pragma([
    ["cid", "int"],
    ["name", "string"],
    ["type", "string"],
    ["notnull", "int"],
    ["dflt_value", "any"],
    ["pk", "int"],
  ]),
  pragma_table_xinfo: pragma([
    ["cid", "int"],
    ["name", "string"],
    ["type", "string"],
    ["notnull", "int"],
    ["dflt_value", "any"],
    ["pk", "int"],
    ["hidden", "int"],
  ]),
  pragma_table_list: pragma([
    ["schema", "string"],
    ["name", "string"],
    ["type", "string"],
    ["ncol", "int"],
    ["wr", "int"],
    ["strict", "int"],
  ]),
  pragma_index_list: pragma([
    ["seq", "int"],
    ["name", "string"],
    ["unique", "int"],
    ["origin", "string"],
    ["partial", "int"],
  ]),
  pragma_index_info: pragma([
    ["seqno", "int"],
    ["cid", "int"],
    ["name", "string?"],
  ]),
  pragma_index_xinfo: pragma([
    ["seqno", "int"],
    ["cid", "int"],
    ["name", "string?"],
    ["desc", "int"],
    ["coll", "string?"],
    ["key", "int"],
  ]),
  pragma_foreign_key_list: pragma([
    ["id", "int"],
    ["seq", "int"],
    ["table", "string"],
    ["from", "string"],
    ["to", "string?"],
    ["on_update", "string"],
    ["on_delete", "string"],
    ["match", "string"],
  ]),
  pragma_database_list: pragma([
    ["seq", "int"],
    ["name", "string"],
    ["file", "string?"],
  ]),
  pragma_collation_list: pragma([
    ["seq", "int"],
    ["name", "string"],
  ]),
  pragma_function_list: pragma([
    ["name", "string"],
    ["builtin", "int"],
    ["type", "string"],
    ["enc", "string"],
    ["narg", "int"],
    ["flags", "int"],
  ]),
  pragma_module_list: pragma([["name", "string"]]),
  pragma_pragma_list: pragma([["name", "string"]]),
  pragma_compile_options: pragma([["compile_options", "string"]]),
  pragma_foreign_key_check: pragma([
    ["table", "string?"],
    ["rowid", "int?"],
    ["parent", "string?"],
    ["fkid", "int?"],
  ]),
  pragma_integrity_check: pragma([["integrity_check", "string"]]),
  pragma_quick_check: pragma([["quick_check", "string"]]),
};

/** The function of that name, or undefined. Other `pragma_x` functions have one column `x` of any type. */
export function tableFunction(name: string): TableFunctionRow | undefined {
  const key = name.toLowerCase();
  if (Object.hasOwn(TABLE_FUNCTIONS, key)) return TABLE_FUNCTIONS[key];
  return key.startsWith("pragma_") ? pragma([[key.slice("pragma_".length), "any"]]) : undefined;
}

/** The rows of a table-valued function: its visible columns, then the hidden ones. */
export function tableFunctionShape(row: TableFunctionRow): {
  readonly shape: RowShape;
  readonly hidden: readonly string[];
} {
  const visible = row.columns.map(([name, type]) => {
    if (type === "any") return { name, value: maybeNull(ANY, undefined), affinity: "none" as const, table: undefined };
    const isNullable = type.endsWith("?");
    const known = scalar((isNullable ? type.slice(0, -1) : type) as ScalarName);
    return {
      name,
      value: isNullable ? maybeNull(known, undefined) : neverNull(known),
      affinity: "none" as const,
      table: undefined,
    };
  });
  return { shape: { columns: visible, open: false }, hidden: row.hidden };
}
