// BEGIN, SAVEPOINT and other short texts of one connection, prepared once.
import type Database from "better-sqlite3";
import type { Prepared } from "./plans.ts";

/** Statements kept per connection. */
const KEPT_MAX = 200;

/** Prepared statements by their text. */
export class ControlStatements {
  readonly #db: Database.Database;
  readonly #kept = new Map<string, Prepared>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** @throws what the driver throws for a text that SQLite refuses. */
  get(text: string): Prepared {
    let statement = this.#kept.get(text);
    if (statement === undefined) {
      if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
      statement = this.#db.prepare<unknown[], unknown>(text);
      this.#kept.set(text, statement);
    }
    return statement;
  }
}
