// Whether a connection has changed rows, those of temporary tables too: changes(), total_changes() and last_insert_rowid() tell of that from then on.
import type { ControlStatements } from "./control-statements.ts";
import type { Plan } from "./plans.ts";

/** What one connection has done. */
export class ChangedRows {
  #may = false;
  #has = false;
  /** Statements that may have changed something, schema and settings too. */
  count = 0;

  /** A statement runs. */
  note({ changesData }: Pick<Plan, "changesData">): void {
    if (!changesData) return;
    this.#may = true;
    this.count += 1;
  }

  /** The engine is asked where something may have: DDL changes no rows, and neither does many an update. @throws what the driver throws. */
  has(control: ControlStatements): boolean {
    // An INSERT that failed at its second row has changed none, and its first one is what last_insert_rowid() tells.
    if (this.#may)
      this.#has ||= control.get("SELECT total_changes() <> 0 OR last_insert_rowid() <> 0").pluck().get() !== 0;
    this.#may = false;
    return this.#has;
  }
}
