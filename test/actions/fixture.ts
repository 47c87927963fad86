// What tests of constraints and actions share: a database in memory with a store, schedules and runs made by hand, a port that answers as told.
import { newId } from "../../server/catalog/identifiers.ts";
import { ensureCatalog } from "../../server/catalog/schema.ts";
import type { ConfigValue } from "../../server/catalog/config-values.ts";
import type { OutgoingPort, OutgoingRequest, OutgoingResult } from "../../server/actions/outgoing.ts";
import { makeRunStore, type RunStore } from "../../server/runs/store.ts";
import type { RunRow, RunStatus } from "../../server/runs/types.ts";
import { NO_CONSTRAINTS } from "../../server/scheduler/no-constraints.ts";
import type { ConstraintDefinition, ScheduleDefinition } from "../../server/scheduler/types.ts";
import { insertRow } from "../../server/sql/rows.ts";
import type { Connection } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { virtualClock, type VirtualClock } from "../virtual-clock.ts";

const START = Date.UTC(2026, 0, 31, 12);

/** A schedule with these constraints. */
export function schedule(
  name: string,
  constraints: Partial<ConstraintDefinition> = {},
  options: Partial<ScheduleDefinition> = {},
): ScheduleDefinition {
  return {
    id: `schedule-${name}`,
    name,
    crons: ["0 2 * * *"],
    intervalMs: undefined,
    timezone: "UTC",
    dstGap: "shift",
    dstFold: "first",
    targets: [{ kind: "procedure", name: `${name}_procedure` }],
    args: {},
    enabled: true,
    priority: 5,
    jitterMs: 0,
    startAt: undefined,
    endAt: undefined,
    skipNext: 0,
    manualAllowed: true,
    manualFields: undefined,
    modifiedAt: 0,
    constraints: { ...NO_CONSTRAINTS, ...constraints },
    actions: [],
    ...options,
  };
}

/** A stage for constraints and actions. */
export interface Stage {
  readonly connection: Connection;
  readonly store: RunStore;
  readonly clock: VirtualClock;
  readonly sent: OutgoingRequest[];
  readonly outgoing: OutgoingPort;
  /** Answers of the port by path; else 200. */
  readonly answers: Map<string, OutgoingResult | (() => OutgoingResult)>;
  newId(): string;
  /** Puts a run into the database. */
  addRun(of: ScheduleDefinition, status: RunStatus, options?: Partial<RunRow>): RunRow;
}

/** A fresh stage. */
export function stage(): Stage {
  const connection = sqliteEngine.connect({ target: ":memory:" });
  const clock = virtualClock(START);
  ensureCatalog({ connection, nowMicros: () => clock.nowMs() * 1000, elapsedMs: () => 0 });
  const sent: OutgoingRequest[] = [];
  const answers: Stage["answers"] = new Map();
  let number = 0;
  const makeId = (): string => {
    number += 1;
    return newId(clock.nowMs() + number);
  };
  return {
    connection,
    store: makeRunStore({ connection, shared: false, clock }),
    clock,
    sent,
    answers,
    outgoing: {
      post: async (request) => {
        sent.push(request);
        const answer = answers.get(new URL(request.url).pathname);
        return typeof answer === "function"
          ? answer()
          : (answer ?? { kind: "answered", status: 200, body: "", retryAfter: undefined });
      },
    },
    newId: makeId,
    addRun: (of, status, options = {}) => {
      const run: RunRow = {
        id: makeId(),
        kind: "schedule",
        scheduleId: of.id,
        parentRunId: undefined,
        target: of.targets[0] ?? { kind: "procedure", name: "none" },
        args: {},
        scheduledAt: clock.nowMs(),
        startedAt: clock.nowMs(),
        completedAt: undefined,
        status,
        errorCode: undefined,
        error: undefined,
        skipReason: undefined,
        attempt: 1,
        priority: 5,
        instanceId: undefined,
        fencing: undefined,
        heartbeatAt: undefined,
        cancelRequestedAt: undefined,
        fromStep: undefined,
        notBefore: undefined,
        ...options,
      };
      const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());
      insertRow(connection, "gobi_runs", {
        run_id: run.id,
        kind: run.kind,
        schedule_id: of.id,
        scheduled_at: time(run.scheduledAt),
        started_at: time(run.startedAt),
        completed_at: time(run.completedAt),
        status,
        behind_schedule: false,
        attempt: run.attempt,
        max_attempts: 1,
        priority: 5,
        lane: "slow",
        args: JSON.stringify(run.args satisfies ConfigValue),
        target: JSON.stringify(run.target),
      });
      return run;
    },
  };
}

/** An answer of the port. */
export function answered(
  status: number,
  options: { readonly body?: string; readonly retryAfter?: string } = {},
): OutgoingResult {
  return { kind: "answered", status, body: options.body ?? "", retryAfter: options.retryAfter };
}
