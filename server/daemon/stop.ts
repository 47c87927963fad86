// Ends the daemon of a folder from outside: in order by a signal, or by force. Also takes away what a dead one left.
import { lockHolder, takeFolderLock } from "./folder-lock.ts";
import { folderState, type PidFile, removePidFile } from "./pid-file.ts";
import { isSameProcess } from "./process-start.ts";
import { endOrphanedLanes, laneRecordPath } from "./lane-record.ts";
import { removeInstanceFiles } from "./registry-files.ts";

const LOOK_MS = 25;
const KILLED_WAIT_MS = 5000;

/** How it ended. */
export type StopOutcome =
  | { readonly kind: "stopped"; readonly pid: number; readonly forced: boolean }
  | { readonly kind: "notRunning" }
  /** Nobody ran; files of a dead daemon were taken away. Without `pid` its pid file could not be read. */
  | { readonly kind: "cleaned"; readonly pid: number | undefined }
  /** A process has the folder, and the pid file, which cannot be read, does not tell that it is a daemon. */
  | { readonly kind: "unreadable"; readonly path: string; readonly holder: number | undefined }
  /** It is still landing. */
  | { readonly kind: "stillRunning"; readonly pid: number };

/** Tells the daemon of the folder to land and waits; with `force`, kills what has not ended in time. */
export async function stopDaemon(
  folder: string,
  options: { readonly waitMs: number; readonly force: boolean },
): Promise<StopOutcome> {
  const state = folderState(folder);
  if (state.kind === "stopped") return { kind: "notRunning" };
  if (state.kind === "unreadable")
    return cleanUp(folder, undefined)
      ? { kind: "cleaned", pid: undefined }
      : { kind: "unreadable", path: state.path, holder: lockHolder(folder) };
  const { file } = state;
  if (state.kind === "stale") {
    // A supervisor that is about to start the next one must go first.
    if (supervisorLives(file)) signal(file.supervisor?.pid, "SIGTERM");
    await gone(() => supervisorLives(file), KILLED_WAIT_MS);
    cleanUp(folder, file);
    return { kind: "cleaned", pid: file.pid };
  }
  signal(file.pid, "SIGTERM");
  const alive = (): boolean => isSameProcess(file.pid, file.startedAt) || supervisorLives(file);
  if (await gone(alive, options.waitMs)) return { kind: "stopped", pid: file.pid, forced: false };
  if (!options.force) return { kind: "stillRunning", pid: file.pid };
  if (supervisorLives(file)) signal(file.supervisor?.pid, "SIGKILL");
  signal(file.pid, "SIGKILL");
  await gone(alive, KILLED_WAIT_MS);
  cleanUp(folder, file);
  return { kind: "stopped", pid: file.pid, forced: true };
}

/** Takes the files of a dead daemon away, unless a new one has come: false then. Without its pid file only that is known. */
function cleanUp(folder: string, file: PidFile | undefined): boolean {
  const lock = takeFolderLock(folder);
  if (lock === undefined) return false;
  try {
    if (folderState(folder).kind === "running") return false;
    if (file !== undefined) {
      endOrphanedLanes(laneRecordPath(file.runtimeFolder, file.instance));
      removeInstanceFiles(file.runtimeFolder, file.instance);
    }
    removePidFile(folder);
    return true;
  } finally {
    lock.release();
  }
}

function supervisorLives({ supervisor }: PidFile): boolean {
  return supervisor !== null && isSameProcess(supervisor.pid, supervisor.startedAt);
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    // It has ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Waits until it is gone; false when the time is over. */
async function gone(alive: () => boolean, waitMs: number): Promise<boolean> {
  const untilMs = Date.now() + waitMs;
  while (alive()) {
    if (Date.now() >= untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}
