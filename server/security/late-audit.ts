// Rows of the audit log on their way from a process that must not stand still: the database may be locked by a lane. They are written together, soon or within a second,
// and those that wait are written before the process ends. Loads nothing of the database: that comes with the first row.
import type { AuditEvent } from "./audit.ts";
import type { Principal } from "./types.ts";

/** A row that waits. */
export interface LateRow {
  readonly event: AuditEvent;
  /** When it happened, in milliseconds since 1970. */
  readonly atMs: number;
  /** Who came in: his last login is noted too. */
  readonly cameIn: Principal | undefined;
}

/** What became of rows: `none`: there is no audit log yet. */
export type LateOutcome = "written" | "busy" | "none";

/** What it needs. */
export interface LateAuditOptions {
  /** Writes rows in one transaction, or none of them. @throws EngineError when it never will. */
  readonly write: (rows: readonly LateRow[]) => Promise<LateOutcome>;
  readonly nowMs: () => number;
  readonly later: (ms: number, then: () => void) => void;
  readonly log: (level: "warn" | "error", text: string) => void;
}

/** Rows on their way. */
export interface LateAudit {
  /** `withinMs`: how long it may wait for others to be written with. */
  note(event: AuditEvent, withinMs: number, cameIn?: Principal): void;
  /** Writes what waits; gives up when the database stays locked. */
  close(): Promise<void>;
}

/** Rows written in one turn: each takes about 40 µs. */
const AT_ONCE_MAX = 200;
/** Rows that wait while the database is locked; of more only the number. */
const WAITING_MAX = 10_000;
const RETRY_MS = 200;
/** At the end the database is tried for 5 seconds. */
const LAST_TRIES_MAX = 25;
/** Refusals that are noted in one minute; of more only the number, in the daemon's log. */
const REFUSALS_MAX = 100;
const MINUTE_MS = 60_000;

/** Makes it. */
export function makeLateAudit(options: LateAuditOptions): LateAudit {
  const { log, later, nowMs } = options;
  const waiting: LateRow[] = [];
  const isTooMuch = refusalLimit(options);
  let skipped = 0;
  let writing: Promise<void> | undefined;
  /** True when rows fell due while others were written. */
  let again = false;
  /** When the next writing is due; Infinity: never. */
  let dueMs = Infinity;
  let closed = false;

  /** One turn of writing. Gives whether another one makes sense now. */
  const writeSome = async (): Promise<LateOutcome> => {
    const rows = waiting.slice(0, AT_ONCE_MAX);
    try {
      const outcome = await options.write(rows);
      if (outcome === "written") waiting.splice(0, rows.length);
      return outcome;
    } catch (error) {
      waiting.splice(0, rows.length);
      log("error", `${rows.length} rows could not be written to the audit log: ${String(error)}`);
      return "written";
    }
  };
  const addSkipped = (): void => {
    if (skipped === 0 || waiting.length >= WAITING_MAX) return;
    const details = { message: `${skipped} more could not be noted one by one.` };
    skipped = 0;
    waiting.push({
      event: { action: "login", outcome: "done", userId: undefined, sessionId: undefined, details },
      atMs: nowMs(),
      cameIn: undefined,
    });
  };
  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const outcome = await writeSome();
      addSkipped();
      if (outcome === "busy") return soon(RETRY_MS);
      // It comes with the first thing that is stored.
      if (outcome === "none") return;
    }
  };
  const start = (): void => {
    dueMs = Infinity;
    again = writing !== undefined;
    if (closed || again) return;
    writing = work().finally(() => {
      writing = undefined;
      if (again) soon(0);
    });
  };
  const soon = (ms: number): void => {
    const at = nowMs() + ms;
    if (closed || at >= dueMs) return;
    dueMs = at;
    later(ms, () => {
      if (dueMs === at) start();
    });
  };
  return {
    note: (event, withinMs, cameIn) => {
      if (closed || (event.outcome === "denied" && isTooMuch())) return;
      if (waiting.length >= WAITING_MAX) {
        skipped += 1;
        return;
      }
      waiting.push({ event, atMs: nowMs(), cameIn });
      soon(withinMs);
    },
    close: async () => {
      closed = true;
      await writing;
      addSkipped();
      for (let tries = 0; waiting.length > 0 && tries < LAST_TRIES_MAX; ) {
        const outcome = await writeSome();
        if (outcome === "none") return;
        if (outcome === "written") continue;
        tries += 1;
        await new Promise<void>((resolve) => later(RETRY_MS, resolve));
      }
      if (waiting.length > 0)
        log("error", `${waiting.length} rows could not be written to the audit log: the database stays locked.`);
    },
  };
}

/** Whether a refusal is one too many of its minute. */
function refusalLimit({ nowMs, log }: LateAuditOptions): () => boolean {
  let minute = 0;
  let refusals = 0;
  return () => {
    const now = Math.floor(nowMs() / MINUTE_MS);
    if (now !== minute) {
      if (refusals > REFUSALS_MAX)
        log(
          "warn",
          `${refusals - REFUSALS_MAX} more connections were refused within a minute; the audit log has the first ${REFUSALS_MAX}.`,
        );
      minute = now;
      refusals = 0;
    }
    refusals += 1;
    return refusals > REFUSALS_MAX;
  };
}
