// Deletes what is old: ended runs with all that hangs on them, log lines, statistics, rows of the audit log, in small steps between which other writers have their turn.
import type { RunStore } from "./store.ts";
import type { RunClock } from "./types.ts";

const DAY_MS = 24 * 3_600_000;

/** How long what stays. */
export interface RetentionSettings {
  readonly runsMs: number;
  readonly logsMs: number;
  readonly statisticsMs: number;
  readonly auditMs: number;
  /** Newest runs of each schedule that always stay. */
  readonly keepPerSchedule: number;
  /** Rows of one step: it must not keep other writers waiting. */
  readonly rowsMax: number;
}

/** Runs 90 days, log lines and statistics 30 days, the audit log two years, and always the newest 20 runs of each schedule. */
export const RETENTION: RetentionSettings = {
  runsMs: 90 * DAY_MS,
  logsMs: 30 * DAY_MS,
  statisticsMs: 30 * DAY_MS,
  auditMs: 730 * DAY_MS,
  keepPerSchedule: 20,
  rowsMax: 200,
};

/** The settings of it that a user may set. */
export const RETENTION_SETTING_ROWS = {
  "retention.runs": { field: "runsMs", kind: "duration", value: RETENTION.runsMs, doc: "How long ended runs stay." },
  "retention.logs": { field: "logsMs", kind: "duration", value: RETENTION.logsMs, doc: "How long log lines stay." },
  "retention.stats": {
    field: "statisticsMs",
    kind: "duration",
    value: RETENTION.statisticsMs,
    doc: "How long statistics stay.",
  },
  "retention.audit": {
    field: "auditMs",
    kind: "duration",
    value: RETENTION.auditMs,
    doc: "How long rows of the audit log stay; what is purged leaves a row with its last hash, so that the rest can be verified.",
  },
  "retention.keep": {
    field: "keepPerSchedule",
    kind: "count",
    value: RETENTION.keepPerSchedule,
    doc: "Newest runs of each schedule that always stay.",
  },
} as const satisfies Record<
  string,
  {
    readonly field: keyof RetentionSettings;
    readonly kind: "duration" | "count";
    readonly value: number;
    readonly doc: string;
  }
>;

/** Deletes everything that is too old now; gives the number of rows. @throws EngineError. */
export async function purgeOld(
  store: Pick<RunStore, "write">,
  clock: RunClock,
  settings: RetentionSettings,
): Promise<number> {
  const { rowsMax, keepPerSchedule } = settings;
  const before = (ms: number): number => clock.nowMs() - ms;
  // Each step of the audit log leaves a row of its own.
  const auditRowsMax = rowsMax * 10;
  const steps: readonly (readonly [most: number, step: () => Promise<number>])[] = [
    [
      rowsMax,
      () => store.write("purge", { what: "logs", olderThan: before(settings.logsMs), rowsMax, keepPerSchedule }),
    ],
    [
      rowsMax,
      () => store.write("purge", { what: "runs", olderThan: before(settings.runsMs), rowsMax, keepPerSchedule }),
    ],
    [rowsMax, () => store.write("purgeStatistics", { olderThan: before(settings.statisticsMs), rowsMax })],
    [
      auditRowsMax,
      () =>
        store.write("purgeAudit", { olderThan: before(settings.auditMs), rowsMax: auditRowsMax, at: clock.nowMs() }),
    ],
  ];
  let total = 0;
  for (const [most, step] of steps) {
    for (;;) {
      const deleted = await step();
      total += deleted;
      if (deleted < most) break;
    }
  }
  return total;
}
