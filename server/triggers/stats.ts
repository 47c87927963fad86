// Counts of firings for system.trigger_stats: gathered in memory, added to the row of the trigger and the hour with the session's next commit.
// What an undone statement fired is counted too: it did fire. Native triggers are the engine's and are not counted.
import { writeRows } from "../sql/rows.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import type { ReadyTrigger, TriggerRegistry } from "./types.ts";

const HOUR_MICROS = 3_600_000_000;

interface Counted {
  fired: number;
  skipped: number;
  failed: number;
  rows: number;
  totalMs: number;
  maxMs: number;
}

/** Counts that are not written yet. */
export interface TriggerStats {
  count(trigger: Pick<ReadyTrigger, "id">, what: Parameters<TriggerRegistry["count"]>[1]): void;
  readonly pending: boolean;
  /** Writes them, inside the caller's transaction. @throws EngineError. */
  keep(place: CatalogPlace): void;
}

/** An empty collection. */
export function makeTriggerStats(): TriggerStats {
  const byId = new Map<string, Counted>();
  return {
    get pending() {
      return byId.size > 0;
    },
    count: (trigger, what) => {
      const counted = countedOf(byId, trigger);
      counted.fired += what.fired;
      counted.skipped += what.skipped;
      counted.failed += what.failed;
      counted.rows += what.rows;
      counted.totalMs += what.ms;
      counted.maxMs = Math.max(counted.maxMs, what.ms);
    },
    keep: (place) => {
      const period = timestampText(Math.floor(place.nowMicros() / HOUR_MICROS) * HOUR_MICROS);
      for (const [id, counted] of byId) {
        byId.delete(id);
        add(place, id, period, counted);
      }
    },
  };
}

function countedOf(byId: Map<string, Counted>, trigger: Pick<ReadyTrigger, "id">): Counted {
  let counted = byId.get(trigger.id);
  if (counted === undefined) {
    counted = { fired: 0, skipped: 0, failed: 0, rows: 0, totalMs: 0, maxMs: 0 };
    byId.set(trigger.id, counted);
  }
  return counted;
}

/** One statement, because it is part of every transaction that fires: nothing is added for a trigger that was dropped meanwhile. */
function add(place: CatalogPlace, id: string, period: string, counted: Counted): void {
  writeRows(
    place.connection,
    `INSERT INTO ${storedTable("trigger_stats")} (trigger_id, period_at, fired, failed, skipped_when, rows_seen, total_ms, max_ms)
      SELECT trigger_id, ?, ?, ?, ?, ?, ?, ? FROM ${storedTable("triggers")} WHERE trigger_id = ?
      ON CONFLICT (trigger_id, period_at) DO UPDATE SET fired = fired + excluded.fired, failed = failed + excluded.failed, skipped_when = skipped_when + excluded.skipped_when,
      rows_seen = rows_seen + excluded.rows_seen, total_ms = total_ms + excluded.total_ms, max_ms = max(max_ms, excluded.max_ms)`,
    [period, counted.fired, counted.failed, counted.skipped, counted.rows, counted.totalMs, counted.maxMs, id],
  );
}
