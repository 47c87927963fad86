// Effects: what a routine, a statement or a query may do to the world (LANGUAGE.md section 13).
// Computed by the checker, declared in the bytecode, used for transactions, SQL functions, caches, dependency order and lineage.
import type { Need } from "../../base/privileges.ts";

/** Columns of one table, or all of them. `*` also stands for the existence of rows. */
export interface TableAccess {
  /** `main.users`; a table whose name is known only at run time is `{name of the variable}`. */
  readonly table: string;
  readonly columns: readonly string[] | "*";
}
/** All effects of something. Sorted and without doubles, so that equal effects print equally. */
export interface Effects {
  readonly reads: readonly TableAccess[];
  readonly writes: readonly TableAccess[];
  /** DDL: tables, views and indexes created, altered or dropped. */
  readonly defines: readonly string[];
  /** Stored or declared routines called, by name. */
  readonly calls: readonly string[];
  /** Names of errors that may escape, engine constraints included (LANGUAGE.md 15.22). */
  readonly raises: readonly string[];
  readonly clock: boolean;
  readonly random: boolean;
  readonly network: boolean;
  readonly files: boolean;
  readonly jobs: boolean;
  /** Prints, logs or emits result sets. */
  readonly output: boolean;
  /** Management statements: changes the catalog. */
  readonly manages: boolean;
  /** Dynamic SQL or a dynamic table: may touch any table. */
  readonly dynamic: boolean;
  /**
   * What its own code may do only with a privilege: not what stored routines do that it calls (EXECUTE on them is needed), nor triggers, cascades and what is
   * behind views. `columns: []` is any one column. A table whose name is known only at run time is asked for then.
   */
  readonly needs: readonly Need[];
  /** Names of the triggers that its own statements fire; what they do is asked of their owners. */
  readonly fires: readonly string[];
}
