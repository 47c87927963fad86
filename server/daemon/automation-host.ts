// Starts the automation process of a daemon, watches it, and starts it again when it dies: at once the first time, then with growing pauses.
import { fork, type ChildProcess } from "node:child_process";
import { assertNever } from "../../base/failure.ts";
import { RETENTION_SETTING_ROWS } from "../runs/retention.ts";
import { SCHEDULER_SETTING_ROWS } from "../scheduler/setting-rows.ts";
import { childEntry } from "../processes/child-entry.ts";
import type { ConfigKey } from "../config/keys.ts";
import type { Configuration } from "../config/types.ts";
import type {
  AutomationOrder,
  AutomationReport,
  EndedRun,
  FromAutomation,
  ToAutomation,
} from "./automation-messages.ts";
import type { HealthCheck, Log, MountPlace } from "./types.ts";

/** Pauses before the next start: the last one stays. A process that lived for a minute counts as a new beginning. */
const PAUSES_MS = [0, 500, 1000, 2000, 5000, 15_000, 30_000] as const;
const GOOD_LIFE_MS = 60_000;
const REPORT_WAIT_MS = 2000;

/** What automation does for the daemon. */
export interface AutomationHost {
  /** Begins; what goes wrong is tried again and told by `health`. */
  start(): void;
  readonly state: "off" | "starting" | "running" | "waiting" | "stopping" | "stopped";
  readonly pid: number | undefined;
  /** Starts after the first one. */
  readonly restarts: number;
  health(): HealthCheck;
  /** Undefined: it does not answer. */
  report(): Promise<AutomationReport | undefined>;
  /** Starts it anew, with the configuration as it is now: what runs may end first. */
  restart(): Promise<void>;
  /** Lets running work end, within `graceMs` and a little; kills it then. */
  stop(graceMs: number): Promise<void>;
}

/** What the host needs. */
export interface AutomationHostOptions {
  readonly place: MountPlace;
  readonly configuration: Configuration;
  readonly log: Log;
  readonly onRunEnded: (run: EndedRun) => void;
}

interface State {
  readonly options: AutomationHostOptions;
  state: AutomationHost["state"];
  child: ChildProcess | undefined;
  startedAtMs: number;
  failures: number;
  restarts: number;
  lastFailure: string | undefined;
  timer: NodeJS.Timeout | undefined;
  nextReportId: number;
  readonly reports: Map<number, (report: AutomationReport | undefined) => void>;
}

/** A host that has started nothing yet. */
export function makeAutomationHost(options: AutomationHostOptions): AutomationHost {
  const host: State = {
    options,
    state: "off",
    child: undefined,
    startedAtMs: 0,
    failures: 0,
    restarts: 0,
    lastFailure: undefined,
    timer: undefined,
    nextReportId: 1,
    reports: new Map(),
  };
  return {
    start: () => spawn(host),
    get state() {
      return host.state;
    },
    get pid() {
      return host.child?.pid;
    },
    get restarts() {
      return host.restarts;
    },
    health: () => healthOf(host),
    report: () => report(host),
    restart: async () => {
      await stop(host, options.configuration.get("shutdown.timeout"));
      spawn(host);
    },
    stop: (graceMs) => stop(host, graceMs),
  };
}

function orderOf({ place, configuration }: AutomationHostOptions): AutomationOrder {
  const hosts = configuration.get("automation.allow_hosts");
  return {
    database: place.database,
    directory: place.folder,
    concurrentMax: configuration.get("automation.concurrency"),
    allowHosts: hosts.includes("*") ? "all" : hosts,
    scheduling: given(configuration, SCHEDULER_SETTING_ROWS),
    retention: given(configuration, RETENTION_SETTING_ROWS),
    shutdownMs: configuration.get("shutdown.timeout"),
  };
}

/** Values that the daemon's own sources give; automation reads those of the database itself, so that `gobi settings` keeps its meaning. */
function given<Field extends string>(
  configuration: Configuration,
  rows: Readonly<Record<string, { readonly field: Field }>>,
): Partial<Record<Field, number>> {
  const values: Partial<Record<Field, number>> = {};
  for (const [name, { field }] of Object.entries(rows)) {
    const key = name as ConfigKey;
    const { source } = configuration.origin(key);
    const value = configuration.get(key);
    if (source !== "default" && source !== "database" && typeof value === "number") values[field] = value;
  }
  return values;
}

function spawn(host: State): void {
  const { file, execArgv, cwd } = childEntry("automation");
  const child = fork(file, [], {
    execArgv: [...execArgv],
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // A group of its own: Ctrl-C in a terminal must not cut work short that the daemon still lets end.
    detached: true,
  });
  host.child = child;
  host.state = "starting";
  host.startedAtMs = Date.now();
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (text: string) => host.options.log("error", `automation: ${text.trimEnd()}`));
  child.on("message", (message: FromAutomation) => hear(host, message));
  child.on("error", (error) => gone(host, child, `it could not be started: ${error.message}`));
  child.on("exit", (code, signal) => gone(host, child, signal === null ? `exit code ${code ?? "unknown"}` : signal));
  post(child, { kind: "start", order: orderOf(host.options) });
}

function post(child: ChildProcess, message: ToAutomation): void {
  // An error here means that the process is gone, which "exit" tells.
  child.send(message, () => undefined);
}

function hear(host: State, message: FromAutomation): void {
  const { log, onRunEnded } = host.options;
  switch (message.kind) {
    case "started":
      host.state = "running";
      host.lastFailure = undefined;
      return log(
        "info",
        message.leading
          ? "automation: running the schedules"
          : "automation: another process runs the schedules; standing by",
      );
    case "failed":
      host.lastFailure = message.message;
      return log("error", `automation: cannot begin: ${message.message}`);
    case "log":
      return log(message.level, `automation: ${message.text}`);
    case "runEnded":
      return onRunEnded(message.run);
    case "report":
      host.reports.get(message.id)?.(message.report);
      host.reports.delete(message.id);
      return;
    default:
      return assertNever(message, "automation message");
  }
}

/** The process has ended: in order when it was told to, else it is started again. */
function gone(host: State, child: ChildProcess, how: string): void {
  if (host.child !== child) return;
  host.child = undefined;
  for (const resolve of host.reports.values()) resolve(undefined);
  host.reports.clear();
  if (host.state === "stopping" || host.state === "stopped") {
    host.state = "stopped";
    return;
  }
  host.failures = Date.now() - host.startedAtMs > GOOD_LIFE_MS ? 1 : host.failures + 1;
  host.lastFailure ??= `the process ended (${how})`;
  const pauseMs = PAUSES_MS[Math.min(host.failures - 1, PAUSES_MS.length - 1)] ?? 0;
  host.options.log(
    "error",
    `automation: the process ended (${how}); it is started again${pauseMs === 0 ? "" : ` in ${pauseMs} ms`}. Runs that were at work become orphaned.`,
  );
  host.state = "waiting";
  host.timer = setTimeout(() => {
    host.restarts += 1;
    spawn(host);
  }, pauseMs);
}

function healthOf(host: State): HealthCheck {
  const name = "automation";
  switch (host.state) {
    case "off":
      return { name, ok: true, text: "Switched off by automation.enabled." };
    case "running":
      return { name, ok: true, text: "Schedules, pipelines and asynchronous triggers are looked after." };
    case "starting":
      return host.failures === 0
        ? { name, ok: true, text: "It is starting." }
        : { name, ok: false, text: `It is starting again: ${host.lastFailure ?? "it had ended"}.` };
    case "waiting":
      return { name, ok: false, text: `It is down: ${host.lastFailure ?? "it had ended"}.` };
    case "stopping":
    case "stopped":
      return { name, ok: false, text: "It has been told to stop." };
    default:
      return assertNever(host.state, "automation state");
  }
}

function report(host: State): Promise<AutomationReport | undefined> {
  const { child } = host;
  if (child === undefined || host.state !== "running") return Promise.resolve(undefined);
  const id = host.nextReportId;
  host.nextReportId += 1;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      host.reports.delete(id);
      resolve(undefined);
    }, REPORT_WAIT_MS);
    host.reports.set(id, (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    post(child, { kind: "report", id });
  });
}

function stop(host: State, graceMs: number): Promise<void> {
  clearTimeout(host.timer);
  const { child } = host;
  if (child === undefined) {
    if (host.state !== "off") host.state = "stopped";
    return Promise.resolve();
  }
  host.state = "stopping";
  return new Promise((resolve) => {
    // It counts the same time itself; only a process that hangs is killed.
    const timer = setTimeout(() => {
      host.options.log("warn", "automation: it did not end in time and is killed.");
      child.kill("SIGKILL");
    }, graceMs + 5000);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    post(child, { kind: "stop" });
  });
}
