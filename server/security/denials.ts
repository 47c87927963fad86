// Refusals on their way into the audit log: written at once where no transaction is open, else when it has ended, because an undone transaction would take them along.
import { EngineError } from "../../storage/engine.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import { type AuditEvent, writeAudit } from "./audit.ts";
import { hasUsers } from "./rights.ts";

/** Refusals that are written within one minute; of more only the number: each is a commit, and somebody may ask as fast as he can. */
const REFUSALS_MAX = 100;
const MINUTE_MICROS = 60_000_000;

/** Refusals kept while the database cannot be written. */
const WAITING_MAX = 1000;

/** The refusals of one session. */
export interface Denials {
  note(event: AuditEvent): void;
  /** True while some wait. */
  readonly waits: boolean;
  /** Writes what waits, unless a transaction is open or the database is locked. */
  flush(): void;
  /** The session ends: the number of those that were not written is. */
  close(): void;
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
  let minute = 0;
  let count = 0;
  let last: AuditEvent | undefined;
  /** A row for those of the minute that were only counted. */
  const sumUp = (): void => {
    const more = count - REFUSALS_MAX;
    count = 0;
    if (more > 0 && last !== undefined)
      waiting.push({ ...last, details: { message: `${more} more refusals within a minute.` } });
  };
  return {
    get waits() {
      return waiting.length > 0 || count > REFUSALS_MAX;
    },
    note: (event) => {
      if (readOnly || waiting.length >= WAITING_MAX || !hasUsers(place.connection)) return;
      const now = Math.floor(place.nowMicros() / MINUTE_MICROS);
      if (now !== minute) sumUp();
      minute = now;
      count += 1;
      last = event;
      if (count > REFUSALS_MAX) return;
      waiting.push(event);
      flush();
    },
    flush,
    close: () => {
      sumUp();
      flush();
    },
  };
}
