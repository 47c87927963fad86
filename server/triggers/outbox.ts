// Writing to the outbox of asynchronous triggers: in the statement's own transaction, so that a firing exists exactly when its statement does. deliver.ts calls them.
import { jsonText } from "../../base/value/json.ts";
import { Json, ListValue, StructValue, type Value } from "../../base/value/value.ts";
import { newId } from "../catalog/identifiers.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { enqueue } from "../runs/writes/runs.ts";
import { insertRow, writeRows } from "../sql/rows.ts";
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

/** A firing as texts: the rows of the outbox. */
export interface FiringTexts {
  readonly event: string;
  readonly newRow: string | undefined;
  readonly oldRow: string | undefined;
  readonly orderKey: string;
}

/** Characters of a firing that the row of its run keeps: statement triggers may carry whole tables. */
export const KEPT_FIRING_MAX = 65_536;

/** A firing as its run keeps it in `args`; null when it is too long for that. */
export function keptFiring({ event, newRow, oldRow, orderKey: key }: FiringTexts): Json | null {
  const text = `{"event":${JSON.stringify(event)},"new":${newRow ?? "null"},"old":${oldRow ?? "null"},"key":${JSON.stringify(key)}}`;
  return text.length > KEPT_FIRING_MAX ? null : new Json(text);
}

/** Puts a firing that was delivered into the outbox once more, from what its run kept; gives the id of the new run. @throws EngineError. */
export function fireAgain(place: CatalogPlace, triggerId: string, kept: Json): string {
  const runId = newId(place.nowMicros() / 1000);
  const { connection } = place;
  const part = (path: string): string => `json_extract(k.j, '$.${path}')`;
  writeRows(
    connection,
    `INSERT INTO ${storedTable("trigger_outbox")} (trigger_id, run_id, order_key, event, new_row, old_row, created_at, attempts)
      SELECT ?, ?, ${part("key")}, ${part("event")}, ${part("new")}, ${part("old")}, ?, 0 FROM (SELECT CAST(? AS TEXT) AS j) k`,
    [triggerId, runId, timestampText(place.nowMicros()), kept.text],
  );
  return runId;
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
