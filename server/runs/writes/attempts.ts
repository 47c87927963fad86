// Writes of attempts: their start, the mark that goes with the commit of their work, and what is reported of them.
// Only the owner of a run (instance and fencing number) can change it; what a process writes that lost the run meanwhile has no effect.
import type { Connection } from "../../../storage/engine.ts";
import { insertRow, readRows, textOf, writeRows } from "../../sql/rows.ts";
import type { RunStatus } from "../types.ts";
import {
  addTransition,
  ATTEMPTS,
  endAttempt,
  lastTransition,
  LOGS,
  OWNED,
  ownerValues,
  patchRun,
  RUNS,
} from "./changes.ts";
import { isFinal, type RunOwner, type RunUpdate, timeText, type Transition } from "./rows.ts";

/** The start of an attempt. */
export interface BeginAttemptInput {
  readonly owner: RunOwner;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** When it starts: asked while nobody else can write, so that what it has waited for ended before, by the clock too. */
  readonly now: () => number;
  readonly worker: string;
  /** Everything since the last recorded state, up to `starting`. */
  readonly transitions: readonly Transition[];
  /** Most runs of the schedule at one time; counted here once more, because two processes may have asked at the same moment. */
  readonly concurrency?: { readonly scheduleId: string; readonly max: number } | undefined;
}

/** `full`: as many runs as allowed are running; nothing was written. `lost`: somebody else has the run now, or it was cancelled. */
export type BeginOutcome = "begun" | "full" | "lost";

/** Writes that an attempt starts, before any of its work is done. @throws EngineError. */
export function beginAttempt(connection: Connection, input: BeginAttemptInput): BeginOutcome {
  const { owner, concurrency } = input;
  if (concurrency !== undefined && runningOf(connection, concurrency.scheduleId, owner.runId).length >= concurrency.max)
    return "full";
  const at = timeText(input.now());
  const changed = writeRows(
    connection,
    `UPDATE ${RUNS} SET status = 'running', attempt = ?, max_attempts = ?, started_at = coalesce(started_at, ?), heartbeat_at = ?
      WHERE ${OWNED} AND status IN ('pending', 'retrying') AND cancel_requested_at IS NULL`,
    [input.attempt, input.maxAttempts, at, at, ...ownerValues(owner)],
  );
  if (changed === 0) return "lost";
  insertRow(connection, ATTEMPTS, {
    run_id: owner.runId,
    attempt: input.attempt,
    status: "running",
    started_at: at,
    worker: input.worker,
  });
  for (const transition of input.transitions) addTransition(connection, owner.runId, transition);
  return "begun";
}

/** Ids of the runs of a schedule that are at work or between two attempts, oldest first, without one of them. @throws EngineError. */
export function runningOf(connection: Connection, scheduleId: string, without: string): readonly string[] {
  const sql = `SELECT run_id FROM ${RUNS} WHERE schedule_id = ? AND status IN ('running', 'retrying') AND run_id <> ? ORDER BY started_at, run_id`;
  return readRows(connection, sql, [scheduleId, without]).map((row) => textOf(row[0]));
}

/**
 * Marks an attempt as done, inside the transaction that holds its work: either both are there after a crash, or neither.
 * Gives false when the run belongs to somebody else by now: the work must then be undone. @throws EngineError.
 */
export function commitAttempt(
  connection: Connection,
  input: { readonly owner: RunOwner; readonly attempt: number; readonly at: number },
): boolean {
  const owned = readRows(connection, `SELECT 1 FROM ${RUNS} WHERE ${OWNED} AND attempt = ? AND status = 'running'`, [
    ...ownerValues(input.owner),
    input.attempt,
  ]);
  if (owned.length === 0) return false;
  writeRows(
    connection,
    `UPDATE ${ATTEMPTS} SET status = 'completed', completed_at = ? WHERE run_id = ? AND attempt = ?`,
    [timeText(input.at), input.owner.runId, input.attempt],
  );
  return true;
}

/** Writes what the recorder gathered. Replayed or late messages change nothing that is newer. @throws EngineError. */
export function recordRuns(connection: Connection, updates: readonly RunUpdate[]): void {
  for (const update of updates) recordRun(connection, update);
}

function recordRun(connection: Connection, update: RunUpdate): void {
  const { owner } = update;
  const [row] = readRows(connection, `SELECT status FROM ${RUNS} WHERE ${OWNED}`, ownerValues(owner));
  if (row === undefined) return;
  for (const line of update.logs ?? [])
    writeRows(
      connection,
      `INSERT INTO ${LOGS} (run_id, seq, attempt, at, level, message) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      [owner.runId, line.seq, update.attempt, timeText(line.at), line.level, line.message],
    );
  if (isFinal(textOf(row[0]) as RunStatus)) return;
  const transitions = update.transitions ?? [];
  const newest = transitions.at(-1)?.seq;
  const late = newest !== undefined && lastTransition(connection, owner.runId).seq > newest;
  for (const transition of transitions) addTransition(connection, owner.runId, transition);
  if (update.attemptRow !== undefined) endAttempt(connection, owner.runId, update.attempt, update.attemptRow);
  if (update.run !== undefined && !late) patchRun(connection, owner.runId, update.run);
}
