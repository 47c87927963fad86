// Refusals on their way into the audit log: written at once where no transaction is open, else when it has ended, because an undone transaction would take them along.
import { EngineError } from "../../storage/engine.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import { type AuditEvent, writeAudit } from "./audit.ts";
import { hasUsers } from "./rights.ts";

/** Refusals kept while the database cannot be written. */
const WAITING_MAX = 1000;

/** The refusals of one session. */
export interface Denials {
  note(event: AuditEvent): void;
  /** Writes what waits, unless a transaction is open or the database is locked. */
  flush(): void;
}

/** Refusals of a session; a database without users keeps none. `readOnly`: nothing can be written. */
export function makeDenials(place: CatalogPlace, readOnly: boolean): Denials {
  const waiting: AuditEvent[] = [];
  const flush = (): void => {
    const { connection } = place;
    if (waiting.length === 0 || connection.inTransaction) return;
    try {
      connection.begin("immediate");
      for (const event of waiting) writeAudit(place, event);
      connection.commit();
      waiting.length = 0;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // Locked or full: they wait for the next time.
      if (connection.inTransaction) connection.rollback();
    }
  };
  return {
    note: (event) => {
      if (readOnly || waiting.length >= WAITING_MAX || !hasUsers(place.connection)) return;
      waiting.push(event);
      flush();
    },
    flush,
  };
}
