// Folders that the built gobi mounts, for tests that need real processes: commands with their exit codes, the processes of a mount, waiting for conditions.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { type CommandResult, runGobi } from "../../cli/run-command-line.ts";
import { builtProgram } from "../../support/built.ts";
import { askDaemon } from "../../../server/daemon/control-socket.ts";
import type { DaemonStatus } from "../../../server/daemon/life-actions.ts";
import { folderState, type PidFile } from "../../../server/daemon/pid-file.ts";
import type { Place } from "./support.ts";

/** What a command printed, and its exit code. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the built gobi. */
export function spawnGobi(place: Place, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [builtProgram("gobi"), ...args], {
    cwd: place.root,
    env: { PATH: process.env["PATH"], ...place.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs the built gobi to its end. */
export function gobi(place: Place, ...args: string[]): Promise<Ran> {
  const child = spawnGobi(place, args);
  let out = "";
  let err = "";
  child.stdout?.on("data", (data: Buffer) => {
    out += data.toString();
  });
  child.stderr?.on("data", (data: Buffer) => {
    err += data.toString();
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

/** Runs a command of gobi in this process: for what starts no process of its own. */
export function gobiHere(place: Place, ...args: string[]): Promise<CommandResult> {
  return runGobi({ cwd: place.root, environment: { ...place.environment } }, ...args);
}

/** The pid file of the running daemon. */
export function pidFile(place: Place): PidFile {
  const state = folderState(place.folder);
  if (state.kind !== "running") throw new ReferenceError(`the daemon is ${state.kind}`);
  return state.file;
}

/** The running daemon's state. */
export async function statusOf(place: Place): Promise<DaemonStatus> {
  return (await askDaemon(pidFile(place).controlSocket, "status", undefined, 10_000)) as DaemonStatus;
}

/** Waits until the condition gives something; the test's own time limit ends it. */
export async function until<T>(condition: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await condition();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Numbers of living processes whose environment names the place's runtime folder: everything that the mount has started. */
export function processesOf(place: Place): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      try {
        // A process that has ended and was not waited for yet has an empty environment.
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`GOBI_RUNTIME_DIR=${place.runtime}\0`);
      } catch {
        return false;
      }
    });
}

/** Their command lines, for messages of tests. */
export function commandsOf(place: Place): readonly string[] {
  return processesOf(place).map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
}

/** Kills what a failed test has left. */
export function killAll(place: Place): void {
  for (const pid of processesOf(place)) process.kill(pid, "SIGKILL");
}
