// One row of the table of system tables.
import type { ScalarName } from "../scalar.ts";

/** Type of a system column. */
export type SystemColumnType = ScalarName | `${ScalarName}?`;

/** A table or view that programs see as `system.<name>`. */
export interface SystemTableRow {
  /** `stored`: a `gobi_*` table; `view`: a query over stored ones; `computed`: made by the server when read. */
  readonly source: "stored" | "view" | "computed";
  /** Version of the catalog that brought a stored table; 1 unless said. */
  readonly since?: number;
  /** Columns that came later than the table: column → version of the catalog. They may be null or have a default below. */
  readonly added?: Readonly<Record<string, number>>;
  /** Defaults of added columns that may not be null, as SQL text. */
  readonly defaults?: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  readonly uniques: readonly (readonly string[])[];
  readonly columns: Readonly<Record<string, SystemColumnType>>;
  /** The columns that LIST and SHOW give, where all of them are more than one reads. */
  readonly listed?: readonly string[];
  readonly doc: string;
}
