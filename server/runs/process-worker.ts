// A worker that does each task in a child process of its own, so that it can be stopped at any moment: by killing the process.
// Processes are kept between tasks; one that was killed or died is replaced by a new one with the next task.
import { fork, type ChildProcess } from "node:child_process";
import { childEntry } from "../processes/child-entry.ts";
import type { LogLine, RunningTask, Task, TaskOutcome, Worker } from "./types.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** Where the tasks' database is. */
export interface ProcessWorkerOptions {
  /** Absolute path of the database file. */
  readonly database: string;
  /** Folder of imports and relative file names. */
  readonly directory: string;
  /** Processes that stay when they have nothing to do. */
  readonly idleMax: number;
}

interface Pool {
  readonly options: ProcessWorkerOptions;
  readonly idle: ChildProcess[];
  readonly all: Set<ChildProcess>;
  closed: boolean;
}

/** A worker on a database file. */
export function makeProcessWorker(options: ProcessWorkerOptions): Worker {
  const pool: Pool = { options, idle: [], all: new Set(), closed: false };
  return {
    stoppableInsideStatements: true,
    start: (task, onLog) => start(pool, task, onLog),
    deliverTriggers: () => deliverTriggers(pool),
    close: async () => {
      pool.closed = true;
      await Promise.all([...pool.all].map(end));
    },
  };
}

function spawn(pool: Pool): ChildProcess {
  const { file, execArgv, cwd } = childEntry("run-worker");
  const child = fork(file, [String(process.pid)], {
    execArgv: [...execArgv],
    ...(cwd === undefined ? {} : { cwd }),
    // What a program prints comes as messages; what the runtime itself writes to its error output is for people.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // A group of its own: Ctrl-C in a terminal must not cut work short that its parent still lets end.
    detached: true,
  });
  pool.all.add(child);
  // A process that cannot be started, or not be written to, ends; its task learns of it by "exit" or "error".
  child.on("error", () => pool.all.delete(child));
  child.once("exit", () => {
    pool.all.delete(child);
    const place = pool.idle.indexOf(child);
    if (place >= 0) pool.idle.splice(place, 1);
  });
  post(child, { kind: "open", database: pool.options.database, directory: pool.options.directory });
  return child;
}

function post(child: ChildProcess, message: ToWorker): void {
  // An error here means that the process is gone, which "exit" tells.
  child.send(message, () => undefined);
}

function start(pool: Pool, task: Task, onLog: (line: LogLine) => void): RunningTask {
  // A process that is started while the others end would outlive them.
  if (pool.closed)
    return {
      outcome: Promise.resolve({ kind: "lost", message: "The processes of runs have been ended." }),
      stop: () => undefined,
    };
  const child = pool.idle.pop() ?? spawn(pool);
  child.ref();
  let stopped: "cancelled" | "timeout" | undefined;
  const outcome = new Promise<TaskOutcome>((resolve) => {
    const finish = (result: TaskOutcome): void => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", onError);
      resolve(result);
    };
    const onMessage = (message: FromWorker): void => {
      if (message.kind === "log") return onLog(message.line);
      if (message.kind !== "done") return;
      finish(message.outcome);
      rest(pool, child);
    };
    const onExit = (code: number | null, signal: string | null): void => finish(lost(stopped, code, signal));
    const onError = (error: Error): void =>
      finish({ kind: "lost", message: `The process of the run could not be started: ${error.message}` });
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.on("error", onError);
    post(child, { kind: "task", task });
  });
  return {
    outcome,
    stop: (reason) => {
      if (stopped !== undefined) return;
      stopped = reason;
      child.kill("SIGKILL");
    },
  };
}

function deliverTriggers(pool: Pool): Promise<boolean> {
  if (pool.closed) return Promise.resolve(false);
  const child = pool.idle.pop() ?? spawn(pool);
  child.ref();
  return new Promise((resolve) => {
    const finish = (more: boolean): void => {
      child.off("message", onMessage);
      child.off("exit", onEnd);
      child.off("error", onEnd);
      resolve(more);
    };
    const onMessage = (message: FromWorker): void => {
      if (message.kind !== "delivered") return;
      finish(message.more);
      rest(pool, child);
    };
    const onEnd = (): void => finish(false);
    child.on("message", onMessage);
    child.on("exit", onEnd);
    child.on("error", onEnd);
    post(child, { kind: "deliver" });
  });
}

function lost(stopped: "cancelled" | "timeout" | undefined, code: number | null, signal: string | null): TaskOutcome {
  if (stopped === "cancelled") return { kind: "cancelled" };
  if (stopped === "timeout")
    return {
      kind: "failed",
      code: "timeout",
      message: "The run was stopped because it ran longer than it may.",
      stack: undefined,
      retryable: true,
    };
  return {
    kind: "lost",
    message: `The process of the run ended (${signal === null ? `exit code ${code ?? "unknown"}` : signal}).`,
  };
}

/** Keeps a process for the next task, or lets it go. */
function rest(pool: Pool, child: ChildProcess): void {
  if (pool.closed || pool.idle.length >= pool.options.idleMax || !child.connected) return void end(child);
  child.unref();
  pool.idle.push(child);
}

/** Ends a process: one that is at work is killed, so that nothing is waited for. */
function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    // An idle one does not keep this process alive; who waits for its end must.
    child.ref();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
