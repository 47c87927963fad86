// Ends the process when something outlives the time limit although it should have stopped: the VM and the loops of SQL statements look at the deadline themselves
// (storage/sqlite/ticks.ts), but a sort, a native trigger or one big view of the engine does not. A thread waits on shared memory, and is told to go when the run ends.
import { Worker } from "node:worker_threads";

/** Time that program and statement get to stop by themselves after the deadline. */
const GRACE_MS = 2000;

const WORKER = `
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const flag = new Int32Array(workerData.shared);
if (Atomics.wait(flag, 0, 0, workerData.waitMs) === "timed-out") {
  writeSync(2, "error Timeout: a statement ran longer than " + workerData.timeoutMs + " ms and could not be stopped, so the process was ended; its transaction is not in the database.\\n");
  process.kill(process.pid, "SIGKILL");
}
`;

/** Watches one run. Without a limit nothing is started. */
export function watchTimeout(timeoutMs: number | undefined): { readonly stop: () => void } {
  if (timeoutMs === undefined) return { stop: () => undefined };
  const shared = new SharedArrayBuffer(4);
  const worker = new Worker(WORKER, { eval: true, workerData: { shared, timeoutMs, waitMs: timeoutMs + GRACE_MS } });
  worker.unref();
  return {
    stop: () => {
      Atomics.store(new Int32Array(shared), 0, 1);
      Atomics.notify(new Int32Array(shared), 0);
    },
  };
}
