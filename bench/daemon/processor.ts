// Processor time of processes, from the kernel's accounting (Linux): the measure that other programs on the machine disturb least.
import { readdirSync, readFileSync } from "node:fs";

/** Microseconds that the processes have run, all their threads together; 0 where the kernel does not say. */
export function processorMicros(pids: readonly number[]): number {
  let nanos = 0;
  for (const pid of pids) {
    const tasks = `/proc/${String(pid)}/task`;
    try {
      for (const task of readdirSync(tasks))
        nanos += Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ", 1)[0]);
    } catch {
      // It has ended, or there is no such file system.
    }
  }
  return nanos / 1000;
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
