// Starts a daemon and starts it again when it dies: at once the first time, then with growing pauses. Too many crashes within a while end it with a reason.
// A daemon that landed as asked, or that could not begin at all, is not started again.
import { type ChildProcess, fork } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { childEntry } from "../processes/child-entry.ts";
import type { LiveConfiguration } from "../config/configuration.ts";
import { readFolderConfiguration, refuseProblems } from "./folder-configuration.ts";
import { logFilePath, logLine } from "./log.ts";
import type { DaemonOrder, FromDaemon } from "./start-messages.ts";
import type { LogLevel } from "./types.ts";

const PAUSES_MS = [0, 250, 500, 1000, 2000] as const;

interface Watch {
  readonly order: DaemonOrder;
  readonly configuration: LiveConfiguration;
  readonly tell: (message: FromDaemon) => Promise<void>;
  child: ChildProcess | undefined;
  /** Times of crashes within the window. */
  crashes: number[];
  restarts: number;
  told: boolean;
  /** True once a daemon was ready: from then on crashes are mended. */
  wasReady: boolean;
}

/** Watches until the daemon has landed, or crashes too often; ends the process then. */
export async function supervise(order: DaemonOrder, tell: (message: FromDaemon) => Promise<void>): Promise<void> {
  const configuration = refuseProblems(readFolderConfiguration({ ...order, environment: process.env, stored: {} }));
  const watch: Watch = {
    order,
    configuration,
    tell,
    child: undefined,
    crashes: [],
    restarts: 0,
    told: false,
    wasReady: false,
  };
  const pass = (signal: NodeJS.Signals): void => {
    if (signal !== "SIGHUP") watch.told = true;
    if (watch.child === undefined) process.exit(0);
    watch.child.kill(signal);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, pass);
  for (;;) {
    const how = await oneLife(watch);
    if (how === "landed" || watch.told) return process.exit(0);
    if (!watch.wasReady) return process.exit(1);
    if (!(await mayStartAgain(watch, how))) return process.exit(1);
  }
}

/** Starts a daemon and waits for its end; gives `landed`, or how it died. */
function oneLife(watch: Watch): Promise<string> {
  const { file, execArgv, cwd } = childEntry("daemon");
  const order: DaemonOrder = {
    ...watch.order,
    mode: "daemon",
    supervisor: { pid: process.pid, restarts: watch.restarts },
  };
  const child = fork(file, [JSON.stringify(order)], {
    execArgv: [...execArgv],
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    // Signals of a terminal reach it through this process, once.
    detached: true,
  });
  watch.child = child;
  let hasLanded = false;
  return new Promise((resolve) => {
    child.on("message", (message: FromDaemon) => {
      if (message.kind === "ready") {
        if (!watch.wasReady) void release(watch, message);
        watch.wasReady = true;
      } else if (message.kind === "landed") hasLanded = message.exitCode === 0;
      else if (!watch.wasReady) void watch.tell(message);
      else note(watch, "error", `the daemon could not be started again: ${message.message}`);
    });
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) =>
      resolve(code === 0 || hasLanded ? "landed" : (signal ?? `exit code ${code ?? "unknown"}`)),
    );
  });
}

/** Whoever started the supervisor in the background need not stay. */
async function release(watch: Watch, message: FromDaemon): Promise<void> {
  await watch.tell(message);
  if (!watch.order.foreground && process.connected) process.disconnect();
}

async function mayStartAgain(watch: Watch, how: string): Promise<boolean> {
  const { configuration } = watch;
  const windowMs = configuration.get("supervise.crash_window");
  const most = configuration.get("supervise.crashes_max");
  const now = Date.now();
  watch.crashes = [...watch.crashes.filter((at) => now - at < windowMs), now];
  const count = watch.crashes.length;
  if (count >= most) {
    note(
      watch,
      "error",
      `the daemon died (${how}); it crashed ${count} times within ${windowMs / 1000} s and is not started again.`,
    );
    return false;
  }
  const pauseMs = PAUSES_MS[Math.min(count - 1, PAUSES_MS.length - 1)] ?? 0;
  note(watch, "error", `the daemon died (${how}); it is started again${pauseMs === 0 ? "" : ` in ${pauseMs} ms`}.`);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  watch.restarts += 1;
  return !watch.told;
}

/** A line in the log of the daemon, which has nobody else to write it now. */
function note({ order, configuration }: Watch, level: LogLevel, text: string): void {
  const line = logLine(
    configuration.get("logging.format") === "json" ? "json" : "text",
    new Date(),
    level,
    `supervisor: ${text}`,
  );
  if (order.foreground) process.stderr.write(`${line}\n`);
  try {
    appendFileSync(logFilePath(join(order.folder, "logs")), `${line}\n`, { mode: 0o600 });
  } catch (error) {
    // A full disk: the error output is the last place that may still be read.
    process.stderr.write(
      `${line} (not written to the log: ${error instanceof GrizzlyError ? error.message : String(error)})\n`,
    );
  }
}
