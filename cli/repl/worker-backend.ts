// The REPL's session in a worker thread, so that the terminal's thread stays free to hear Ctrl-C.
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { CommandContext } from "../commands/context.ts";
import type { Format } from "../output/results.ts";
import { COLOURED } from "../output/style.ts";
import { packageFile } from "../package-files.ts";
import type { ReplBackend } from "./backend.ts";
import type { FromWorker, WorkerStart } from "./messages.ts";

/** A statement that does not stop within this time after Ctrl-C cannot be stopped: the process ends. */
const CANCEL_GRACE_MS = 2000;

function workerFile(): string {
  const own = fileURLToPath(import.meta.url);
  return own.endsWith(".ts") ? join(dirname(own), "worker.ts") : packageFile("dist", "cli", "repl-worker.cjs");
}

/** Starts the worker. */
export function workerBackend(
  context: CommandContext,
  options: { readonly database: string | undefined; readonly readOnly: boolean; readonly format: Format },
): ReplBackend {
  const cancel = new SharedArrayBuffer(4);
  const database =
    options.database === undefined || options.database === ":memory:"
      ? undefined
      : resolve(context.cwd, options.database);
  const workerData: WorkerStart = {
    ...options,
    database,
    coloured: context.style === COLOURED,
    cwd: context.cwd,
    width: context.stdout.columns,
    cancel,
  };
  const worker = new Worker(workerFile(), { workerData });
  return {
    place: options.database ?? "in-memory database",
    doom: {
      afterMs: CANCEL_GRACE_MS,
      lost: database === undefined ? "The in-memory database is lost." : "Nothing that was committed is lost.",
    },
    listen({ message, error, exit }) {
      worker.on("message", (received: FromWorker) => message(received));
      worker.on("error", error);
      worker.once("exit", exit);
    },
    send: (message) => worker.postMessage(message),
    interrupt() {
      Atomics.store(new Int32Array(cancel), 0, 1);
      return false;
    },
  };
}
