// Starts the process of a daemon (or of its supervisor) and waits until it accepts clients or says why it cannot.
// In the background it gets its own session and outlives the caller; in the foreground its log goes to the caller's error output.
import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Environment } from "../../protocol/client/registry.ts";
import { childEntry } from "../processes/child-entry.ts";
import { makeFolder } from "./make-folder.ts";
import type { DaemonOrder, DaemonReady, FromDaemon } from "./start-messages.ts";

/** Characters of a dead daemon's output that are shown. */
const OUTPUT_SHOWN = 2000;

/** A daemon's process. */
export interface Launched {
  readonly ready: DaemonReady;
  /** In the background nothing of it is referenced any more. */
  readonly child: ChildProcess;
}

/** How a daemon is launched. */
export interface LaunchOptions {
  readonly environment: Environment;
  readonly waitMs: number;
  /** Called with the process at once, before it is ready: for who passes signals on. */
  readonly onStarted?: (child: ChildProcess) => void;
}

/** Launches. @throws GrizzlyError: what the daemon says, or LaunchFailed when it says nothing. */
export async function launchDaemon(
  order: DaemonOrder,
  { environment, waitMs, onStarted }: LaunchOptions,
): Promise<Launched> {
  const child = spawn(order, environment);
  onStarted?.(child);
  try {
    const ready = await answerOf(child, order, waitMs);
    if (!order.foreground) {
      child.disconnect();
      child.unref();
    }
    return { ready, child };
  } catch (error) {
    child.kill("SIGTERM");
    throw error;
  }
}

/** What the runtime itself writes when it dies: the daemon's log is not its. */
function outputFile(order: DaemonOrder): string {
  return join(order.folder, "logs", "daemon.out");
}

function spawn(order: DaemonOrder, environment: Environment): ChildProcess {
  const { file, execArgv, cwd } = childEntry("daemon");
  let output: number | "inherit" = "inherit";
  if (!order.foreground) {
    makeFolder(join(order.folder, "logs"));
    output = openSync(outputFile(order), "w", 0o600);
  }
  try {
    return fork(file, [JSON.stringify(order)], {
      execArgv: [...execArgv],
      // Not the caller's folder: a daemon must not keep it from being taken away.
      cwd: cwd ?? order.folder,
      env: { ...environment },
      stdio: ["ignore", output, output, "ipc"],
      detached: true,
    });
  } finally {
    if (output !== "inherit") closeSync(output);
  }
}

function answerOf(child: ChildProcess, order: DaemonOrder, waitMs: number): Promise<DaemonReady> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(new GrizzlyError("LaunchFailed", `The daemon did not answer within ${waitMs / 1000} s.`)),
      waitMs,
    );
    const finish = (outcome: DaemonReady | GrizzlyError): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      if (outcome instanceof GrizzlyError) reject(outcome);
      else resolve(outcome);
    };
    child.on("message", (message: FromDaemon) => {
      if (message.kind === "ready") finish(message);
      else if (message.kind === "failed")
        finish(new GrizzlyError(message.code, message.message, { help: message.help }));
    });
    child.on("error", (error) =>
      finish(new GrizzlyError("LaunchFailed", `The daemon's process cannot be started: ${error.message}.`)),
    );
    child.on("exit", (code, signal) => {
      const how = signal ?? `exit code ${code ?? "unknown"}`;
      finish(new GrizzlyError("LaunchFailed", `The daemon ended before it was ready (${how}).${lastOutput(order)}`));
    });
  });
}

function lastOutput(order: DaemonOrder): string {
  if (order.foreground) return "";
  const text = readFileSync(outputFile(order), "utf8").trim();
  return text === "" ? "" : `\n${text.slice(-OUTPUT_SHOWN)}`;
}
