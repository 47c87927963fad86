// What is visible at a place of a program: the answer to an editor's question (probe.ts).
import type { CatalogTable } from "../catalog-view.ts";
import type { EnumType, Type } from "../types/type.ts";
import type { SqlColumnInfo, Variable } from "./checked.ts";

/** A variable as narrowed at the place. */
export interface SeenVariable {
  readonly variable: Variable;
  readonly type: Type;
}

/** A table, subquery or common table of a query's FROM, nearest first. */
export interface SeenSource {
  readonly alias: string | undefined;
  readonly table: CatalogTable | undefined;
  readonly columns: readonly SqlColumnInfo[];
}

/** What could stand at the place. */
export type Seen =
  | {
      readonly kind: "value";
      readonly variables: readonly SeenVariable[];
      /** Empty in code. */
      readonly sources: readonly SeenSource[];
      readonly inSql: boolean;
    }
  /** Behind a dot: fields and methods of a value of this type. */
  | { readonly kind: "member"; readonly type: Type }
  | { readonly kind: "enumValue"; readonly type: EnumType }
  /** Columns of one source: behind its alias, or as the target of a write. */
  | { readonly kind: "columns"; readonly source: SeenSource }
  /** In table position; `schema` is what stands before the dot. */
  | {
      readonly kind: "table";
      readonly common: readonly string[];
      readonly variables: readonly SeenVariable[];
      readonly schema: string | undefined;
    }
  | { readonly kind: "type" };

/** The question, and the answer once the check is done. The last place that met the word decides. */
export interface Probe {
  readonly name: string;
  seen: Seen | undefined;
  /** True once the statement of a body that holds the word has been checked. */
  isPassed: boolean;
}
