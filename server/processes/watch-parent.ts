// Ends a child process when its parent is gone, also inside a loop or a statement that never ends: it would hold the database for ever, and nobody could stop it.
import { Worker } from "node:worker_threads";

/** How often the parent is looked for. */
const LOOK_MS = 500;

/**
 * Watches from a thread, because the main one may not come to it. A disconnected channel tells the same to a process that has nothing to do.
 * `parentPid` comes from the parent: a child that asks for it itself may ask too late, when the parent is dead already.
 */
export function watchParent(parentPid: number): void {
  const code = `const look = () => { if (process.ppid !== ${parentPid}) process.kill(process.pid, "SIGKILL"); }; look(); setInterval(look, ${LOOK_MS});`;
  const watch = new Worker(code, { eval: true, stdin: false, stdout: false, stderr: false });
  watch.unref();
}
