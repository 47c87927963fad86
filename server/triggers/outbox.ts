// Writing to the outbox of asynchronous triggers: in the statement's own transaction, so that a firing exists exactly when its statement does. deliver.ts calls them.
import { jsonText } from "../../base/value/json.ts";
import { ListValue, StructValue, type Value } from "../../base/value/value.ts";
import { newId } from "../catalog/identifiers.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { enqueue } from "../runs/writes/runs.ts";
import { insertRow } from "../sql/rows.ts";
import { encodeRows } from "./outbox-rows.ts";
import type { ReadyTrigger, TriggerEvent } from "./types.ts";

/** Puts a firing into the outbox. `key`: the columns whose rows keep their order. @throws EngineError. */
export function addToOutbox(
  place: CatalogPlace,
  trigger: ReadyTrigger,
  event: TriggerEvent,
  key: readonly string[],
  args: readonly [Value, Value],
): void {
  const [fresh, old] = args;
  insertRow(place.connection, storedTable("trigger_outbox"), {
    trigger_id: trigger.id,
    run_id: newId(place.nowMicros() / 1000),
    order_key: orderKey(fresh ?? old, key),
    event,
    new_row: fresh === null ? null : encodeRows(fresh),
    old_row: old === null ? null : encodeRows(old),
    created_at: timestampText(place.nowMicros()),
    attempts: 0,
  });
}

/** Asks for one run of a pipeline, which starts after the commit and never after a rollback, because its row is written here. @throws EngineError. */
export function requestPipeline(place: CatalogPlace, trigger: ReadyTrigger, pipeline: string): void {
  const nowMs = place.nowMicros() / 1000;
  const id = newId(nowMs);
  enqueue(place.connection, {
    id,
    at: nowMs,
    chainDepthMax: 1,
    request: {
      kind: "trigger",
      target: { kind: "pipeline", name: pipeline },
      scheduleId: undefined,
      triggerId: trigger.id,
      args: {},
      scheduledAt: nowMs,
      priority: PRIORITY,
    },
  });
}

/** Between the runs that somebody waits for and those that may be late. */
const PRIORITY = 5;

/** Rows of one key are delivered in order; firings of statements all have the same. */
function orderKey(row: Value, key: readonly string[]): string {
  if (!(row instanceof StructValue)) return "";
  return jsonText(new ListValue(key.map((column) => row.slots[row.shape.slotOf(column)] ?? null)));
}
