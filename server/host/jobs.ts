// Asynchronous calls on an engine with one writer (LANGUAGE.md 15.15): a job is recorded when it is called, runs in place when it is awaited, else after the commit
// of the statement that started it, never after a rollback. Jobs that a procedure neither awaits nor detaches are cancelled when the statement ends.
import { InternalError } from "../../base/failure.ts";
import { HandleValue, type ErrorValue, type Value } from "../../base/value/value.ts";
import { Trap, limitTrap } from "../../bytecode/trap.ts";
import type { LoadedRoutine } from "../../vm/load.ts";

/** Words of `system.runs.status`. */
export type JobStatus = "pending" | "running" | "completed" | "failed" | "cancelled";

/** One asynchronous call. */
export interface Job {
  readonly id: string;
  readonly routine: LoadedRoutine;
  readonly args: readonly Value[];
  readonly detached: boolean;
  readonly enqueuedMicros: number;
  status: JobStatus;
  startedMicros: number | undefined;
  completedMicros: number | undefined;
  value: Value;
  error: Trap | undefined;
}

/** What jobs need from the session. */
export interface JobWorld {
  newId(): string;
  nowMicros(): number;
  /** Runs a routine inside the current transaction, as a savepoint when it may write. @throws Trap. */
  runInPlace(routine: LoadedRoutine, args: readonly Value[]): Value;
  /** Runs a routine as an outermost call with a transaction of its own. @throws Trap. */
  runAlone(routine: LoadedRoutine, args: readonly Value[]): Value;
  /** Called when a job was asked for, in the transaction of who asked. */
  asked(job: Job): void;
  /** Does a job's work, with whatever belongs around it. @throws what the work throws. */
  around<T>(job: Job, alone: boolean, work: () => T): T;
  /** Called when a job has ended, also by cancellation. */
  ended(job: Job): void;
}

/** The jobs of a session. */
export interface Jobs {
  start(routine: LoadedRoutine, args: readonly Value[], options: { readonly detached: boolean }): HandleValue;
  /** @throws Trap of the job; Cancelled when it was cancelled or undone. */
  await(handle: HandleValue): Value;
  /** A mark for `undoTo`. */
  mark(): number;
  /** Cancels the pending jobs that were started since the mark: what started them was undone. */
  undoTo(mark: number): void;
  /**
   * Ends an outermost statement that committed. Detached jobs run now, each in its own transaction; with `keep` (a script statement that starts jobs itself) the others do too,
   * without it they are cancelled.
   */
  settle(keep: boolean): void;
  /** Cancels a job that has not begun; false: there is none of that id. */
  cancel(id: string): boolean;
  list(): readonly Job[];
}

function jobOf(handle: HandleValue): Job {
  const run = handle.run as Partial<Job>;
  if (run.routine === undefined) throw new InternalError("jobs: a handle of somebody else");
  return run as Job;
}

function finished(job: Job): Value {
  if (job.status === "completed") return job.value;
  if (job.error !== undefined) throw job.error;
  throw limitTrap("Cancelled", `The call of ${job.routine.code.name} was cancelled.`);
}

function runJob(world: JobWorld, job: Job, alone: boolean): void {
  job.status = "running";
  job.startedMicros = world.nowMicros();
  try {
    const run = alone ? world.runAlone : world.runInPlace;
    job.value = world.around(job, alone, () => run(job.routine, job.args));
    job.status = "completed";
  } catch (error) {
    job.status = "failed";
    if (!(error instanceof Trap)) throw error;
    job.error = error;
  } finally {
    job.completedMicros = world.nowMicros();
    world.ended(job);
  }
}

function cancel(world: JobWorld, job: Job): void {
  job.status = "cancelled";
  job.completedMicros = world.nowMicros();
  world.ended(job);
}

/** The error of a job that failed, for messages. */
export function jobError(job: Job): ErrorValue | undefined {
  return job.error?.value;
}

/** No jobs yet. */
export function makeJobs(world: JobWorld): Jobs {
  const jobs: Job[] = [];
  return {
    start: (routine, args, options) => {
      const job: Job = {
        id: world.newId(),
        routine,
        args: [...args],
        detached: options.detached,
        enqueuedMicros: world.nowMicros(),
        status: "pending",
        startedMicros: undefined,
        completedMicros: undefined,
        value: null,
        error: undefined,
      };
      jobs.push(job);
      world.asked(job);
      return new HandleValue(job);
    },
    await: (handle) => {
      const job = jobOf(handle);
      if (job.status === "pending") runJob(world, job, false);
      return finished(job);
    },
    mark: () => jobs.length,
    undoTo: (mark) => {
      for (const job of jobs.slice(mark)) if (job.status === "pending") cancel(world, job);
    },
    settle: (keep) => {
      // Jobs that a job starts are appended while this loop runs.
      for (let index = 0; index < jobs.length; index += 1) {
        const job = jobs[index];
        if (job === undefined || job.status !== "pending") continue;
        if (keep || job.detached) runJob(world, job, true);
        else cancel(world, job);
      }
      // Handles keep what their holders still need; the list keeps what may be shown.
      if (jobs.length > JOBS_KEPT) jobs.splice(0, jobs.length - JOBS_KEPT);
    },
    cancel: (id) => {
      const job = jobs.find((candidate) => candidate.id === id && candidate.status === "pending");
      if (job !== undefined) cancel(world, job);
      return job !== undefined;
    },
    list: () => jobs,
  };
}

/** Number of ended jobs that LIST RUNS can show when nothing is stored. */
const JOBS_KEPT = 1000;
