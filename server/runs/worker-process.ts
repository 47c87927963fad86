// The process that does the work of runs: one session on one database file, one task after the other, until its parent goes or kills it.
// Killing it is how a task is stopped inside one long statement: the engine undoes the open transaction when somebody next opens the file.
import { InternalError } from "../../base/failure.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { watchParent } from "../processes/watch-parent.ts";
import { openSession } from "../session.ts";
import type { Session } from "../session-types.ts";
import { errorValueOf } from "../sql/engine-errors.ts";
import { MACHINE_RUN_CLOCK } from "./clock.ts";
import type { Task, TaskOutcome } from "./types.ts";
import { deliver, doTask } from "./work.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

/** How long a statement waits for other writers: only this process waits. */
const BUSY_TIMEOUT_MS = 60_000;

let place: Extract<ToWorker, { kind: "open" }> | undefined;
let session: Session | undefined;

function send(message: FromWorker): void {
  if (process.send === undefined) throw new InternalError("worker process: started without a channel to its parent");
  process.send(message);
}

function open(): Session {
  if (place === undefined) throw new InternalError("worker process: a task came before the database");
  return openSession({
    engine: sqliteEngine,
    database: place.database,
    create: false,
    directory: place.directory,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
}

function work(task: Task): TaskOutcome {
  try {
    session ??= open();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message } = errorValueOf(error);
    return { kind: "failed", code, message, stack: undefined, retryable: error.retryable };
  }
  return doTask(session, task, MACHINE_RUN_CLOCK, (line) => send({ kind: "log", line }));
}

function deliverDue(): boolean {
  const tell = (message: string): void => void process.stderr.write(`triggers could not be delivered: ${message}\n`);
  try {
    session ??= open();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    tell(error.message);
    return false;
  }
  return deliver(session, tell);
}

process.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "open":
      place = message;
      return;
    case "task":
      return send({ kind: "done", outcome: work(message.task) });
    case "deliver":
      return send({ kind: "delivered", more: deliverDue() });
  }
});
watchParent(Number(process.argv[2] ?? process.ppid));
// The parent decides when work ends: signals for the whole group must not cut it short.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => {
  session?.close();
  process.exit(0);
});
