// When a process started, as the system tells it: with its number this names a process for good, also after the number was given to another one.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A text that differs for each process that ever had this number; undefined when there is no such process. */
export function processStart(pid: number): string | undefined {
  return process.platform === "linux" ? startOnLinux(pid) : startByPs(pid);
}

/** Whether the process lives that had this number when it started at that time. */
export function isSameProcess(pid: number, startedAt: string): boolean {
  return processStart(pid) === startedAt;
}

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program stands in brackets and may hold blanks: fields count from behind it. Field 3 is the state, 22 the start in clock ticks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return `${bootId()}:${fields[19] ?? ""}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

/** Ticks count from the start of the machine. */
function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
}

function startByPs(pid: number): string | undefined {
  const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  const text = stdout.trim();
  return text === "" ? undefined : text;
}
