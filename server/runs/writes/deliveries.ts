// Writes of notifications to other systems: what is to be delivered, and how each try went.
import type { Connection } from "../../../storage/engine.ts";
import type { ConfigValue } from "../../catalog/config-values.ts";
import { storedTable } from "../../catalog/schema.ts";
import { writeRows } from "../../sql/rows.ts";
import type { FireOn } from "../types.ts";
import { timeText } from "./rows.ts";

const DELIVERIES = storedTable("webhook_deliveries");

/** A notification. URL, headers and payload hold secrets as `${env.X}` only. */
export interface DeliveryRow {
  readonly id: string;
  readonly runId: string;
  readonly actionRunId: string;
  readonly webhookType: string;
  readonly fireOn: FireOn;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: ConfigValue;
  readonly at: number;
}

/** Keeps a notification until it is delivered. Replaying changes nothing. @throws EngineError. */
export function enqueueDelivery(connection: Connection, row: DeliveryRow): void {
  writeRows(
    connection,
    `INSERT INTO ${DELIVERIES} (id, run_id, action_run_id, webhook_type, fire_on, url, headers, payload, attempt_count, success, created_at, next_attempt_at)
      SELECT ?, run_id, ?, ?, ?, ?, ?, ?, 0, 0, ?, ? FROM ${storedTable("runs")} WHERE run_id = ? ON CONFLICT DO NOTHING`,
    [
      row.id,
      row.actionRunId,
      row.webhookType,
      row.fireOn,
      row.url,
      JSON.stringify(row.headers),
      JSON.stringify(row.payload),
      timeText(row.at),
      timeText(row.at),
      row.runId,
    ],
  );
}

/** How one try of a delivery went. */
export interface DeliveryTry {
  readonly id: string;
  readonly attemptCount: number;
  readonly statusCode: number | undefined;
  readonly success: boolean;
  readonly error: string | undefined;
  readonly durationMs: number;
  readonly at: number;
  /** Undefined: it is not tried again. */
  readonly nextAttemptAt: number | undefined;
}

/** Records a try. An older try never overwrites a later one. @throws EngineError. */
export function recordDelivery(connection: Connection, row: DeliveryTry): void {
  writeRows(
    connection,
    `UPDATE ${DELIVERIES} SET attempt_count = ?, status_code = ?, success = ?, error = ?, request_duration = ?, next_attempt_at = ?, delivered_at = ?
      WHERE id = ? AND attempt_count < ?`,
    [
      row.attemptCount,
      row.statusCode ?? null,
      row.success,
      row.error ?? null,
      Math.round(row.durationMs),
      row.nextAttemptAt === undefined ? null : timeText(row.nextAttemptAt),
      row.success ? timeText(row.at) : null,
      row.id,
      row.attemptCount,
    ],
  );
}
