// Delivery of the outbox: each firing is called in one transaction with the removal of its row, so a crash loses none and repeats only what was undone.
// Firings of one key go in order: one that waits for its next try holds back those behind it. What fails for good goes to the dead letters.
import { jsonText } from "../../base/value/json.ts";
import { parseTimestamp } from "../../base/value/temporal.ts";
import { Json, Timestamp, type Value } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable, timestampText, type CatalogPlace } from "../catalog/schema.ts";
import { insertRow, numberOf, readRows, textOf, writeRows } from "../sql/rows.ts";
import { keptFiring } from "./outbox.ts";
import { decodeRows } from "./outbox-rows.ts";
import type { TriggerCode } from "./programs.ts";
import type { KnownTrigger } from "./registry.ts";
import type { LoadedRoutine } from "../../vm/load.ts";

/** What delivering needs. */
export interface DeliverWorld {
  readonly place: CatalogPlace;
  trigger(id: string): KnownTrigger | undefined;
  /** @throws Trap InvalidRoutine. */
  codeOf(trigger: KnownTrigger): TriggerCode;
  /** Columns of the trigger's table, in order. */
  fieldsOf(trigger: KnownTrigger): readonly string[];
  call(routine: LoadedRoutine, args: readonly Value[]): Value;
  /** Runs work as an outermost statement that writes. @throws Trap; everything it did is undone then. */
  transaction<T>(work: () => T): T;
  failed(trigger: KnownTrigger): void;
  /** What bodies have printed and logged since the last time. */
  takeLines(): readonly FiringLine[];
  log(level: "warn" | "error", text: string): void;
}

/** A line of a run's log. */
export interface FiringLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
}

/** What a round of delivery did. */
export interface Delivered {
  readonly delivered: number;
  readonly failed: number;
  /** True when firings that are due were left for the next round. */
  readonly more: boolean;
  /** When the next try of a failed firing is due, in microseconds since 1970; undefined: none waits. */
  readonly nextDueMicros: number | undefined;
}

/** A row of the outbox. */
interface Firing {
  readonly seq: number;
  readonly triggerId: string;
  readonly runId: string;
  readonly event: string;
  readonly newRow: string | undefined;
  readonly oldRow: string | undefined;
  readonly createdAt: Value;
  readonly attempts: number;
  readonly orderKey: string;
}

const OUTBOX = storedTable("trigger_outbox");

/** Tries wait 1 s, 2 s, 4 s … up to an hour. */
const FIRST_DELAY_MS = 1000;
const DELAY_MS_MAX = 3_600_000;

/** Calls what is due, at most `most` firings. Failures are recorded, not thrown. @throws EngineError, Trap of the database (busy, disk full): what was not delivered stays. */
export function deliver(world: DeliverWorld, most: number): Delivered {
  let delivered = 0;
  let failed = 0;
  let more = false;
  for (let round = 0; ; round += 1) {
    if (!hasFirings(world.place.connection)) break;
    if (round >= most) {
      more = nextFiring(world) !== undefined;
      break;
    }
    const outcome = deliverNext(world);
    if (outcome === "none") break;
    if (outcome === "delivered") delivered += 1;
    else failed += 1;
  }
  return { delivered, failed, more, nextDueMicros: nextDue(world) };
}

/** Whether the outbox holds anything, due or not. Asked outside of a transaction, so that an empty outbox costs no lock. @throws EngineError. */
export function hasFirings(connection: Connection): boolean {
  const there = readRows(connection, "SELECT 1 FROM main.sqlite_schema WHERE name = 'gobi_trigger_outbox'");
  return there.length > 0 && readRows(connection, `SELECT 1 FROM ${OUTBOX} LIMIT 1`).length > 0;
}

function nextFiring({ place }: DeliverWorld): Firing | undefined {
  const sql = `SELECT o.seq, o.trigger_id, o.run_id, o.event, CAST(o.new_row AS TEXT), CAST(o.old_row AS TEXT), o.created_at, o.attempts, o.order_key FROM ${OUTBOX} o
    JOIN ${storedTable("triggers")} t ON t.trigger_id = o.trigger_id AND t.enabled
    WHERE (o.next_attempt_at IS NULL OR o.next_attempt_at <= ?)
    AND NOT EXISTS (SELECT 1 FROM ${OUTBOX} p WHERE p.trigger_id = o.trigger_id AND p.order_key = o.order_key AND p.seq < o.seq) ORDER BY o.seq LIMIT 1`;
  const [row] = readRows(place.connection, sql, [timestampText(place.nowMicros())]);
  if (row === undefined) return undefined;
  const optional = (value: Value | undefined): string | undefined => (value === null ? undefined : textOf(value));
  return {
    seq: numberOf(row[0]),
    triggerId: textOf(row[1]),
    runId: textOf(row[2]),
    event: textOf(row[3]),
    newRow: optional(row[4]),
    oldRow: optional(row[5]),
    createdAt: row[6] ?? null,
    attempts: numberOf(row[7]),
    orderKey: textOf(row[8]),
  };
}

function deliverNext(world: DeliverWorld): "delivered" | "failed" | "none" {
  let firing: Firing | undefined;
  const startedAt = timestampText(world.place.nowMicros());
  world.takeLines();
  try {
    world.transaction(() => {
      // Read again inside the transaction: another process may have taken it.
      firing = nextFiring(world);
      if (firing === undefined) return;
      const value = call(world, firing);
      remove(world.place, firing);
      recordRun(world, firing, { startedAt, status: "completed", result: value });
    });
  } catch (error) {
    if (!(error instanceof Trap) || firing === undefined || isDatabaseTrouble(error)) throw error;
    const { code, message } = error.value;
    keepFailure(world, firing, { startedAt, code, message });
    return "failed";
  }
  return firing === undefined ? "none" : "delivered";
}

/** Errors that say nothing about the firing: it stays as it is. */
function isDatabaseTrouble(error: Trap): boolean {
  return TROUBLES.has(error.value.code);
}

const TROUBLES: ReadonlySet<string> = new Set([
  "DatabaseLocked",
  "DiskFull",
  "ReadOnlyDatabase",
  "ConnectionLost",
  "CorruptDatabase",
  "Cancelled",
]);

function call(world: DeliverWorld, firing: Firing): Value {
  const trigger = world.trigger(firing.triggerId);
  if (trigger === undefined) return null;
  const fields = world.fieldsOf(trigger);
  const isTable = trigger.definition.each === "statement";
  const rows = (text: string | undefined): Value => (text === undefined ? null : decodeRows(text, fields, isTable));
  world.call(world.codeOf(trigger).body, [rows(firing.newRow), rows(firing.oldRow)]);
  return null;
}

function remove(place: CatalogPlace, firing: Firing): void {
  writeRows(place.connection, `DELETE FROM ${OUTBOX} WHERE seq = ?`, [firing.seq]);
}

interface Failure {
  readonly startedAt: string;
  readonly code: string;
  readonly message: string;
}

/** One more try later, or the dead letters when there were enough. */
function keepFailure(world: DeliverWorld, firing: Firing, failure: Failure): void {
  const trigger = world.trigger(firing.triggerId);
  const name = trigger?.stored.name ?? firing.triggerId;
  const attempts = firing.attempts + 1;
  const again = attempts <= (trigger?.definition.retries ?? 0);
  world.transaction(() => {
    if (again) {
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** firing.attempts, DELAY_MS_MAX);
      const next = timestampText(world.place.nowMicros() + delayMs * 1000);
      writeRows(world.place.connection, `UPDATE ${OUTBOX} SET attempts = ?, next_attempt_at = ? WHERE seq = ?`, [
        attempts,
        next,
        firing.seq,
      ]);
      return;
    }
    remove(world.place, firing);
    recordRun(world, firing, { ...failure, status: "failed" });
    deadLetter(world.place, name, firing, failure);
  });
  if (trigger !== undefined) world.failed(trigger);
  world.log(
    again ? "warn" : "error",
    `Trigger ${name} failed after its commit (try ${attempts}${again ? ", will be tried again" : ", now a dead letter"}): ${failure.code}: ${failure.message}`,
  );
}

function deadLetter(place: CatalogPlace, name: string, firing: Firing, failure: Failure): void {
  const data = (text: string | undefined): unknown => (text === undefined ? null : JSON.parse(text));
  insertRow(place.connection, storedTable("dead_letters"), {
    at: timestampText(place.nowMicros()),
    component: "trigger",
    message: JSON.stringify({
      trigger: name,
      event: firing.event,
      run_id: firing.runId,
      new: data(firing.newRow),
      old: data(firing.oldRow),
    }),
    error: `${failure.code}: ${failure.message}`,
  });
}

function recordRun(
  world: DeliverWorld,
  firing: Firing,
  outcome: {
    readonly startedAt: string;
    readonly status: "completed" | "failed";
    readonly code?: string;
    readonly message?: string;
    readonly result?: Value;
  },
): void {
  const { place } = world;
  const trigger = world.trigger(firing.triggerId);
  const routine = trigger?.call.kind === "routine" ? trigger.call.routine : undefined;
  insertRow(place.connection, storedTable("runs"), {
    run_id: firing.runId,
    kind: "trigger",
    trigger_id: firing.triggerId,
    target: JSON.stringify(
      routine === undefined
        ? { kind: "inline", name: trigger?.stored.name ?? firing.triggerId }
        : { kind: routine.kind, name: routine.name },
    ),
    args: keptFiring(firing),
    routine_id: routine?.routineId ?? null,
    routine_version: routine?.version ?? null,
    scheduled_at: firing.createdAt,
    enqueued_at: firing.createdAt,
    started_at: outcome.startedAt,
    completed_at: timestampText(place.nowMicros()),
    status: outcome.status,
    success: outcome.status === "completed",
    error_code: outcome.code ?? null,
    error: outcome.message ?? null,
    behind_schedule: false,
    attempt: firing.attempts + 1,
    max_attempts: (trigger?.definition.retries ?? 0) + 1,
    priority: 5,
    lane: "session",
    result: outcome.result === undefined ? null : new Json(jsonText(outcome.result)),
  });
  const failure =
    outcome.code === undefined ? [] : [{ level: "error", message: `${outcome.code}: ${outcome.message ?? ""}` }];
  [...world.takeLines(), ...failure].forEach(({ level, message }, at) =>
    insertRow(place.connection, storedTable("run_logs"), {
      run_id: firing.runId,
      seq: at + 1,
      attempt: firing.attempts + 1,
      at: timestampText(place.nowMicros()),
      level,
      message,
    }),
  );
}

function nextDue({ place }: DeliverWorld): number | undefined {
  const [row] = readRows(place.connection, `SELECT min(next_attempt_at) FROM ${OUTBOX}`);
  const due = row?.[0];
  const parsed = typeof due === "string" ? parseTimestamp(due) : due;
  return parsed instanceof Timestamp ? Number(parsed.micros) : undefined;
}
