// Delivers webhooks: kept in the database first, then sent at least once, with an idempotency key, tried again with growing waits,
// at most so many at a time and so many a second per host. What waited when the process ended is taken up by the next one.
import { InternalError } from "../../base/failure.ts";
import type { Connection } from "../../storage/engine.ts";
import { storedTable } from "../catalog/schema.ts";
import type { RunStore } from "../runs/store.ts";
import type { RunClock } from "../runs/types.ts";
import type { DeliveryRow } from "../runs/writes/deliveries.ts";
import { dataOf, msOf } from "../runs/writes/rows.ts";
import { numberOf, readRows, textOf } from "../sql/rows.ts";
import { writtenHost } from "./addresses.ts";
import type { OutgoingPort, OutgoingResult } from "./outgoing.ts";

/** Limits of delivery. */
export interface DeliveryLimits {
  readonly concurrentMax: number;
  readonly perHostAndSecond: number;
  readonly attemptsMax: number;
  readonly timeoutMs: number;
  readonly firstDelayMs: number;
}

/** What holds unless the settings say otherwise. */
export const DELIVERY_LIMITS: DeliveryLimits = {
  concurrentMax: 10,
  perHostAndSecond: 5,
  attemptsMax: 5,
  timeoutMs: 10_000,
  firstDelayMs: 1000,
};

/** What deliveries work with. */
export interface DeliveryWorld {
  readonly store: RunStore;
  readonly clock: RunClock;
  readonly outgoing: OutgoingPort;
  readonly limits: DeliveryLimits;
  log(level: "info" | "warn", message: string): void;
}

/** Counts for system.webhook_handler_stats, since the last time they were taken. */
export interface DeliveryCounts {
  sent: number;
  succeeded: number;
  failed: number;
  retries: number;
  readonly durations: number[];
  readonly waiting: number[];
}

/** The deliveries of one process. */
export interface Deliveries {
  /** Keeps a notification and sends it as soon as it may be; resolved when it is kept. */
  enqueue(row: DeliveryRow): Promise<void>;
  /** Takes up what other processes left. */
  resume(): Promise<void>;
  takeCounts(): DeliveryCounts;
  /** Starts nothing more and waits for what is under way; the rest stays in the database. */
  close(): Promise<void>;
}

interface Waiting {
  readonly id: string;
  readonly url: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  attempts: number;
  dueAt: number;
}

interface State {
  readonly world: DeliveryWorld;
  readonly waiting: Waiting[];
  /** Times of the last requests per host, by the monotonic clock. */
  readonly sent: Map<string, number[]>;
  readonly underWay: Set<Promise<void>>;
  readonly known: Set<string>;
  cancelTimer: (() => void) | undefined;
  counts: DeliveryCounts;
  closed: boolean;
}

const SECOND_MS = 1000;

/** However long a receiver asks to wait. */
const RETRY_AFTER_MAX_MS = 3_600_000;

function newCounts(): DeliveryCounts {
  return { sent: 0, succeeded: 0, failed: 0, retries: 0, durations: [], waiting: [] };
}

/** Deliveries of a database. */
export function makeDeliveries(world: DeliveryWorld): Deliveries {
  const state: State = {
    world,
    waiting: [],
    sent: new Map(),
    underWay: new Set(),
    known: new Set(),
    cancelTimer: undefined,
    counts: newCounts(),
    closed: false,
  };
  return {
    enqueue: async (row) => {
      await world.store.write("enqueueDelivery", row);
      wait(state, {
        ...parts(row.url),
        id: row.id,
        headers: row.headers,
        body: JSON.stringify(row.payload),
        attempts: 0,
        dueAt: row.at,
      });
      pump(state);
    },
    resume: async () => {
      for (const delivery of await world.store.read(readPending)) wait(state, delivery);
      pump(state);
    },
    takeCounts: () => {
      const { counts } = state;
      state.counts = newCounts();
      return counts;
    },
    close: async () => {
      state.closed = true;
      state.cancelTimer?.();
      await Promise.all(state.underWay);
    },
  };
}

/** The host as it is written: secrets are not put in to count requests, and a name and a password are no part of it. */
function parts(url: string): { readonly url: string; readonly host: string } {
  return { url, host: writtenHost(url).toLowerCase() };
}

function readPending(connection: Connection): readonly Waiting[] {
  const rows = readRows(
    connection,
    `SELECT id, url, headers, payload, attempt_count, next_attempt_at FROM ${storedTable("webhook_deliveries")} WHERE success = 0 AND next_attempt_at IS NOT NULL ORDER BY created_at, id`,
  );
  return rows.map((row) => ({
    id: textOf(row[0]),
    ...parts(textOf(row[1])),
    headers: (dataOf(row[2]) ?? {}) as Readonly<Record<string, string>>,
    body: JSON.stringify(dataOf(row[3])),
    attempts: numberOf(row[4]),
    dueAt: msOf(row[5]) ?? 0,
  }));
}

function wait(state: State, delivery: Waiting): void {
  if (state.known.has(delivery.id)) return;
  state.known.add(delivery.id);
  state.waiting.push(delivery);
  state.counts.waiting.push(state.waiting.length);
}

/** Sends what may be sent now, and comes back when the next one may. */
function pump(state: State): void {
  const { clock, limits } = state.world;
  state.cancelTimer?.();
  state.cancelTimer = undefined;
  if (state.closed) return;
  const now = clock.nowMs();
  let next: number | undefined;
  for (const delivery of state.waiting.slice()) {
    if (state.underWay.size >= limits.concurrentMax) return;
    const delay = Math.max(delivery.dueAt - now, hostDelay(state, delivery.host));
    if (delay > 0) {
      next = next === undefined ? delay : Math.min(next, delay);
      continue;
    }
    state.waiting.splice(state.waiting.indexOf(delivery), 1);
    noteSent(state, delivery.host);
    const work: Promise<void> = deliver(state, delivery)
      .catch((error: unknown) => giveBack(state, delivery, error))
      .finally(() => {
        state.underWay.delete(work);
        pump(state);
      });
    state.underWay.add(work);
  }
  if (next !== undefined) state.cancelTimer = clock.timer(next, () => pump(state));
}

/** Milliseconds until the host may be asked again. */
function hostDelay(state: State, host: string): number {
  const times = state.sent.get(host) ?? [];
  const oldest = times.at(-state.world.limits.perHostAndSecond);
  return oldest === undefined ? 0 : Math.max(0, oldest + SECOND_MS - state.world.clock.monotonicMs());
}

function noteSent(state: State, host: string): void {
  const now = state.world.clock.monotonicMs();
  const times = (state.sent.get(host) ?? []).filter((time) => time > now - SECOND_MS);
  state.sent.set(host, [...times, now]);
}

/** What could not be carried out or recorded stays in the database as it was; the next `resume` takes it up. */
function giveBack(state: State, delivery: Waiting, error: unknown): void {
  state.known.delete(delivery.id);
  const reason = error instanceof Error ? error.message : String(error);
  state.world.log(
    "warn",
    `The webhook to ${delivery.host} waits for the next start, its try was not recorded: ${reason}`,
  );
}

async function deliver(state: State, delivery: Waiting): Promise<void> {
  const { clock, outgoing, limits, store } = state.world;
  const started = clock.monotonicMs();
  const result = await outgoing.post({
    url: delivery.url,
    headers: { ...delivery.headers, "idempotency-key": delivery.id },
    body: delivery.body,
    timeoutMs: limits.timeoutMs,
  });
  const durationMs = clock.monotonicMs() - started;
  delivery.attempts += 1;
  const success = result.kind === "answered" && result.status >= 200 && result.status < 300;
  const delay =
    success || delivery.attempts >= limits.attemptsMax ? undefined : retryDelay(state, result, delivery.attempts);
  count(state, success, delay !== undefined, durationMs);
  const at = clock.nowMs();
  const error = success ? undefined : describe(result);
  await store.write("recordDelivery", {
    id: delivery.id,
    attemptCount: delivery.attempts,
    statusCode: result.kind === "answered" ? result.status : undefined,
    success,
    error,
    durationMs,
    at,
    nextAttemptAt: delay === undefined ? undefined : at + delay,
  });
  if (delay !== undefined) {
    delivery.dueAt = at + delay;
    state.waiting.push(delivery);
    return;
  }
  state.known.delete(delivery.id);
  if (!success)
    state.world.log(
      "warn",
      `The webhook to ${delivery.host} was given up after ${delivery.attempts} attempts: ${error ?? ""}.`,
    );
}

function count(state: State, success: boolean, again: boolean, durationMs: number): void {
  const { counts } = state;
  counts.sent += 1;
  counts.durations.push(durationMs);
  if (success) counts.succeeded += 1;
  else if (again) counts.retries += 1;
  else counts.failed += 1;
}

function describe(result: OutgoingResult): string {
  return result.kind === "answered" ? `it answered ${result.status}` : result.reason;
}

/** Milliseconds until the next try; undefined: trying again cannot help. */
function retryDelay(state: State, result: OutgoingResult, attempts: number): number | undefined {
  const grown = state.world.limits.firstDelayMs * 2 ** (attempts - 1);
  if (result.kind === "failed") return result.final ? undefined : grown;
  const { status } = result;
  if (status === 429) return retryAfterMs(result.retryAfter, state.world.clock.nowMs()) ?? grown;
  if (status >= 500 || status === 408) return grown;
  if (status < 200) throw new InternalError(`deliveries: an answer with status ${status}`);
  return undefined;
}

/** `Retry-After` in seconds or as a date, at most an hour; undefined when it is neither. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const asked = /^\d+$/u.test(header.trim()) ? Number(header) * SECOND_MS : Date.parse(header) - nowMs;
  return Number.isNaN(asked) ? undefined : Math.min(RETRY_AFTER_MAX_MS, Math.max(0, asked));
}
