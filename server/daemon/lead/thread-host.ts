// A lane as a thread of this process: started, spoken to, ended. Its sockets stay here and are piped (thread-pipes.ts).
// Ending a thread waits for the statement that the engine is in the middle of; the Lead does not: it gives the thread up and starts another lane.
import type { Socket } from "node:net";
import type { Worker } from "node:worker_threads";
import { startThread } from "../../processes/start-thread.ts";
import type { FromThread, LaneThreadData, ToThread } from "../../lanes/thread-types.ts";
import {
  type LaneEvents,
  type LaneHost,
  type LaneHostOptions,
  listenToErrors,
  type StartLaneHost,
} from "./lane-host.ts";
import { openThreadPipes, type ThreadPipes } from "./thread-pipes.ts";

/** A thread that has not ended so long after it was told to is in the middle of a statement. */
const END_MAX_MS = 250;

/** Threads that were given up and have not ended. */
const stuck = new Set<Worker>();

/** True while a thread that was given up still works: the process cannot end in the usual way then. */
export function hasStuckThreads(): boolean {
  return stuck.size > 0;
}

/** Starts lanes as threads. */
export const startLaneThread: StartLaneHost = (_label, options, events) => new ThreadHost(options, events);

class ThreadHost implements LaneHost {
  readonly kind = "thread";
  readonly pid = process.pid;
  readonly #events: LaneEvents;
  readonly #options: LaneHostOptions;
  #worker: Worker | undefined;
  #pipes: ThreadPipes | undefined;
  #over = false;
  /** What was sent before there was a thread. */
  readonly #early: ToThread[] = [];

  constructor(options: LaneHostOptions, events: LaneEvents) {
    this.#options = options;
    this.#events = events;
    openThreadPipes(options.pipePath).then(
      (pipes) => this.#start(pipes),
      (error: unknown) => this.#end(`could not be started: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  send: LaneHost["send"] = (message, socket, failed) => {
    if (this.#over) return failed?.();
    if (message.kind !== "session") return this.#post(message);
    if (socket === undefined || this.#pipes === undefined) return failed?.();
    const { session } = message;
    this.#post({ kind: "session", session, ticket: this.#pipes.add(session.sessionId, socket) });
  };

  kill(): void {
    void this.#terminate();
  }

  disconnect(): void {
    void this.#terminate();
  }

  #start(pipes: ThreadPipes): void {
    if (this.#over) return pipes.close();
    this.#pipes = pipes;
    const { memoryMbMax, pipePath } = this.#options;
    const worker = startThread("lane-thread", {
      workerData: { pipePath } satisfies LaneThreadData,
      stdout: true,
      stderr: true,
      ...(memoryMbMax === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMbMax } }),
    });
    this.#worker = worker;
    worker.stdout.resume();
    listenToErrors(worker.stderr, this.#events);
    worker.on("message", (message: FromThread) => this.#hear(message, pipes));
    worker.on("error", (error) => this.#events.line(error.stack ?? error.message));
    worker.on("exit", (code) => this.#end(stuck.has(worker) ? "was terminated" : `ended with code ${String(code)}`));
    for (const message of this.#early.splice(0)) worker.postMessage(message);
  }

  #post(message: ToThread): void {
    if (this.#worker === undefined) this.#early.push(message);
    else this.#worker.postMessage(message);
  }

  #hear(message: FromThread, pipes: ThreadPipes): void {
    if (this.#over) return;
    if (message.kind === "leaving") return pipes.leave(message.sessionId);
    if (message.kind !== "sessionBack") return this.#events.message(message, undefined);
    void pipes.takeBack(message.session.sessionId).then((client: Socket | undefined) => {
      if (!this.#over) this.#events.message(message, client);
      else client?.destroy();
    });
  }

  async #terminate(): Promise<void> {
    const worker = this.#worker;
    if (this.#over) return;
    if (worker === undefined) return this.#end("was ended before it began");
    this.#pipes?.close();
    stuck.add(worker);
    const late = new Promise<"late">((resolve) => void setTimeout(resolve, END_MAX_MS, "late").unref());
    const ended = worker.terminate().then(() => {
      stuck.delete(worker);
    });
    if ((await Promise.race([ended, late])) !== "late") return this.#end("was terminated");
    this.#end("was given up: its thread ends when the statement does that it is in the middle of, or with the daemon");
  }

  #end(how: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#pipes?.close();
    this.#events.ended(how);
  }
}
