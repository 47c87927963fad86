// Processor time of processes, from the kernel's accounting (Linux): the measure that other programs on the machine disturb least.
import { readdirSync, readFileSync } from "node:fs";

/** Microseconds that the process has run, all its threads together; 0 where the kernel does not say, and when it has ended. */
function micros(pid: number): number {
  const tasks = `/proc/${String(pid)}/task`;
  try {
    return readdirSync(tasks).reduce(
      (sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ", 1)[0]) / 1000,
      0,
    );
  } catch {
    // It has ended, or there is no such file system.
    return 0;
  }
}

/** Begins to count; the function gives the microseconds that the processes have run since. Those that have ended meanwhile are left out. */
export function countProcessor(pids: readonly number[]): () => number {
  const before = new Map(pids.map((pid) => [pid, micros(pid)]));
  return () => [...before].reduce((sum, [pid, earlier]) => sum + Math.max(0, micros(pid) - earlier), 0);
}

/** Children of this process whose command line has the word. */
export function childrenWith(word: string): readonly number[] {
  try {
    const children = readFileSync(`/proc/${String(process.pid)}/task/${String(process.pid)}/children`, "utf8");
    return children
      .trim()
      .split(" ")
      .filter((pid) => pid !== "" && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(word))
      .map(Number);
  } catch {
    return [];
  }
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}
