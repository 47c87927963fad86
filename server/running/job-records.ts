// Asynchronous calls of a session as runs: the row is written where the call was asked for, so that it is undone with it; attempt, log and outcome follow.
// In a database in which nothing was ever stored there is no table for them, and LIST RUNS shows them from memory.
import { atOnce } from "../sql/at-once.ts";
import { jsonText } from "../../base/value/json.ts";
import { EngineError, type Connection } from "../../storage/engine.ts";
import type { ConfigValue } from "../catalog/config-values.ts";
import { ensureCatalog } from "../catalog/schema.ts";
import { jobError, type Job } from "../host/jobs.ts";
import { writeNow } from "../runs/store.ts";
import type { LogLine, RunState } from "../runs/types.ts";
import { EXECUTOR_SETTINGS } from "../runs/world.ts";
import type { RunOwner, Transition } from "../runs/writes/rows.ts";
import type { OutputSink } from "../session-types.ts";
import type { Runtime } from "./runtime.ts";
import { registerSession, type SessionRuns } from "./session-runs.ts";

/** What the record of calls needs from the session. */
export interface JobRecordWorld {
  readonly runs: Omit<SessionRuns, "session">;
  readonly runtime: Runtime;
  /** False: nothing is written. */
  canRecord(): boolean;
}

/** Lines of one call that are kept. */
const LINES_MAX = 10_000;
const PRIORITY = 5;

interface Kept {
  readonly lines: LogLine[];
  begun: boolean;
}

/** The record of a session's asynchronous calls. */
export interface JobRecord {
  asked(job: Job): void;
  begun(job: Job): void;
  /** The output of a call's work: it goes where the session's goes, and into the run's log. */
  output(job: Job, to: OutputSink): OutputSink;
  /** Inside the transaction of a call's work: marks it as done. */
  committing(job: Job, connection: Connection): void;
  ended(job: Job): void;
}

/** Keeps the record. Trouble of the database is told; the calls' outcomes stand. */
export function makeJobRecord(world: JobRecordWorld): JobRecord {
  const kept = new Map<string, Kept>();
  const guarded = (job: Job, work: () => void): void => {
    if (!world.canRecord()) return;
    try {
      work();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      world.runtime.output.log("warn", `The run of ${job.routine.code.name} could not be recorded: ${error.message}`);
    }
  };
  return {
    asked: (job) =>
      guarded(job, () => {
        inTransaction(world, () => {
          ensureCatalog(world.runtime);
          registerSession(world.runs);
          enqueue(world, job);
        });
        kept.set(job.id, { lines: [], begun: false });
      }),
    begun: (job) => {
      const record = kept.get(job.id);
      if (record === undefined) return;
      guarded(job, () => {
        inTransaction(world, () => begin(world, job));
        record.begun = true;
      });
    },
    output: (job, to) => {
      const record = kept.get(job.id);
      if (record === undefined) return to;
      const keep = (level: LogLine["level"], message: string): void => {
        if (record.lines.length < LINES_MAX) record.lines.push({ at: world.runs.clock.nowMs(), level, message });
      };
      return {
        print: (text) => {
          keep("info", text);
          to.print(text);
        },
        log: (level, text) => {
          keep(level, text);
          to.log(level, text);
        },
        notice: (text) => to.notice(text),
      };
    },
    committing: (job, connection) => {
      if (kept.get(job.id)?.begun === true)
        writeNow(connection, "commitAttempt", { owner: ownerOf(world, job), attempt: 1, at: world.runs.clock.nowMs() });
    },
    ended: (job) => {
      const record = kept.get(job.id);
      if (record === undefined) return;
      kept.delete(job.id);
      guarded(job, () => inTransaction(world, () => end(world, job, record)));
    },
  };
}

/** In the transaction that is open, or in one of its own. */
function inTransaction(world: JobRecordWorld, work: () => void): void {
  const { connection } = world.runs;
  if (connection.inTransaction) work();
  else atOnce(connection, work);
}

function ownerOf(world: JobRecordWorld, job: Job): RunOwner {
  return { runId: job.id, instanceId: world.runs.sessionId, fencing: 1 };
}

function enqueue(world: JobRecordWorld, job: Job): void {
  const { code } = job.routine;
  const args = Object.fromEntries(
    code.parameters.map((parameter, index) => [
      parameter.name,
      JSON.parse(jsonText(job.args[index] ?? null)) as ConfigValue,
    ]),
  );
  writeNow(world.runs.connection, "enqueue", {
    id: job.id,
    at: job.enqueuedMicros / 1000,
    instanceId: world.runs.sessionId,
    lane: "session",
    chainDepthMax: EXECUTOR_SETTINGS.chainDepthMax,
    userId: world.runtime.authority()?.actingUser() || undefined,
    request: {
      kind: "call",
      target: { kind: code.kind === "function" ? "function" : "procedure", name: code.name },
      scheduleId: undefined,
      args,
      scheduledAt: job.enqueuedMicros / 1000,
      priority: PRIORITY,
    },
  });
}

function transitions(attempt: number, first: number, states: readonly RunState[], at: number): Transition[] {
  return states.slice(1).map((to, index) => ({ seq: first + index, attempt, from: states[index], to, at }));
}

function begin(world: JobRecordWorld, job: Job): void {
  const at = (job.startedMicros ?? job.enqueuedMicros) / 1000;
  writeNow(world.runs.connection, "beginAttempt", {
    owner: ownerOf(world, job),
    attempt: 1,
    maxAttempts: 1,
    now: () => at,
    worker: world.runs.sessionId,
    transitions: transitions(1, 2, ["prerun", "pending", "starting"], at),
  });
}

function end(world: JobRecordWorld, job: Job, record: Kept): void {
  const at = (job.completedMicros ?? job.enqueuedMicros) / 1000;
  const owner = ownerOf(world, job);
  const logs = record.lines.map((line, index) => ({ ...line, seq: index + 1 }));
  const error = jobError(job);
  if (!record.begun || job.status === "cancelled") {
    const changes = transitions(0, 2, ["prerun", "cancelled"], at);
    const run = { status: "cancelled", completedAt: at, errorCode: "cancelled" } as const;
    writeNow(world.runs.connection, "recordRuns", [{ owner, attempt: 0, transitions: changes, run }]);
    return;
  }
  const status = job.status === "completed" ? "completed" : "failed";
  const failure = error === undefined ? {} : { errorCode: error.code, error: error.message };
  writeNow(world.runs.connection, "recordRuns", [
    {
      owner,
      attempt: 1,
      transitions: transitions(1, 4, ["starting", "running", "terminating", status], at),
      run: {
        status,
        completedAt: at,
        ...failure,
        ...(status === "completed" ? { result: JSON.parse(jsonText(job.value)) as ConfigValue } : {}),
      },
      attemptRow: { status, completedAt: at, ...failure },
      logs,
    },
  ]);
}
