// Rows of the run tables as the run code knows them: what a write takes, and small readers of cells.
// Times are milliseconds since 1970 UTC here, and text in the tables.
import { jsonText } from "../../../base/value/json.ts";
import { Json, Timestamp, type Value } from "../../../base/value/value.ts";
import type { ConfigValue } from "../../catalog/config-values.ts";
import { timestampText } from "../../catalog/schema.ts";
import { numberOf } from "../../sql/rows.ts";
import type { FireOn, LogLine, RunState, RunStatus } from "../types.ts";

/** Who may write a run: the process that took it, with the number that grows each time somebody takes it. */
export interface RunOwner {
  readonly runId: string;
  readonly instanceId: string;
  readonly fencing: number;
}

/** A lease that a process believes to hold. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly fencing: number;
}

/** A change of a run's fine state. `seq` counts from 1 within the run. */
export interface Transition {
  readonly seq: number;
  readonly attempt: number;
  readonly from: RunState | undefined;
  readonly to: RunState;
  readonly at: number;
  readonly reason?: string;
}

/** What changes in the row of a run. Missing: stays. */
export interface RunPatch {
  readonly status?: RunStatus;
  readonly attempt?: number;
  readonly maxAttempts?: number;
  readonly startedAt?: number;
  readonly completedAt?: number;
  readonly errorCode?: string | undefined;
  readonly error?: string | undefined;
  readonly skipReason?: string;
  readonly behindSchedule?: boolean;
  readonly result?: ConfigValue;
  readonly args?: ConfigValue;
  /** With a final status: the outcomes for which actions are to be fired. */
  readonly dueActions?: readonly FireOn[];
}

/** What changes in the row of an attempt. */
export interface AttemptPatch {
  readonly status: "completed" | "failed" | "cancelled" | "orphaned";
  readonly completedAt: number;
  readonly errorCode?: string | undefined;
  readonly error?: string | undefined;
  readonly retryDelayMs?: number | undefined;
  readonly metrics?: ConfigValue | undefined;
}

/** One message about a run to the recorder. Replaying it changes nothing. */
export interface RunUpdate {
  readonly owner: RunOwner;
  readonly attempt: number;
  readonly transitions?: readonly Transition[];
  readonly run?: RunPatch;
  readonly attemptRow?: AttemptPatch;
  readonly logs?: readonly (LogLine & { readonly seq: number })[];
}

/** States that nothing leads out of. */
export const FINAL_STATUSES = [
  "completed",
  "failed",
  "cancelled",
  "skipped",
  "orphaned",
] as const satisfies readonly RunStatus[];

/** The final statuses as a list in SQL. */
export const FINAL_LIST = FINAL_STATUSES.map((status) => `'${status}'`).join(", ");

/** True when a run of this status has ended. */
export function isFinal(status: RunStatus): boolean {
  return (FINAL_STATUSES as readonly RunStatus[]).includes(status);
}

/** A moment as the tables hold it. */
export function timeText(atMs: number): string {
  return timestampText(Math.round(atMs * 1000));
}

/** Milliseconds of a timestamp cell; undefined for null. */
export function msOf(value: Value | undefined): number | undefined {
  if (value instanceof Timestamp) return Number(value.micros) / 1000;
  if (typeof value === "string") return Date.parse(value);
  return undefined;
}

/** Text of a cell, undefined for null. */
export function optionalText(value: Value | undefined): string | undefined {
  return value === null || value === undefined ? undefined : typeof value === "string" ? value : String(value);
}

/** Whole number of a cell, undefined for null. */
export function optionalNumber(value: Value | undefined): number | undefined {
  return value === null || value === undefined ? undefined : numberOf(value);
}

/** JSON of a cell as data; null for null. */
export function dataOf(value: Value | undefined): ConfigValue {
  if (value === null || value === undefined) return null;
  const text = value instanceof Json ? value.text : typeof value === "string" ? value : jsonText(value);
  return JSON.parse(text) as ConfigValue;
}

/** Data as a cell: JSON text, or null. */
export function dataText(value: ConfigValue | undefined): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
