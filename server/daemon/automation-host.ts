// The automation of a daemon as a child process: what it is told to do, what it reports.
import { RETENTION_SETTING_ROWS } from "../runs/retention.ts";
import type { LanePeriodRow } from "../runs/writes/lane-statistics.ts";
import { SCHEDULER_SETTING_ROWS } from "../scheduler/setting-rows.ts";
import type { ConfigKey } from "../config/keys.ts";
import type { Configuration } from "../config/types.ts";
import type {
  AutomationOrder,
  AutomationReport,
  FromAutomation,
  RunEvent,
  ToAutomation,
} from "./automation-messages.ts";
import { type ChildHost, makeChildHost } from "./child-host.ts";
import { laneRecordPath } from "./lane-record.ts";
import { commitJournalPath } from "./place.ts";
import type { Log, MountPlace } from "./types.ts";

const REPORT_WAIT_MS = 2000;

/** What automation does for the daemon. */
export interface AutomationHost extends Omit<ChildHost<ToAutomation>, "post" | "settled"> {
  /** Undefined: it does not answer. */
  report(): Promise<AutomationReport | undefined>;
  /** Keeps what lanes did. Without a process that runs it is lost. */
  keepLanes(rows: readonly LanePeriodRow[]): void;
}

/** What the host needs. */
export interface AutomationHostOptions {
  readonly place: MountPlace;
  readonly configuration: Configuration;
  readonly log: Log;
  readonly onRun: (run: RunEvent) => void;
}

/** A host that has started nothing yet. */
export function makeAutomationHost(options: AutomationHostOptions): AutomationHost {
  const reports = new Map<number, (report: AutomationReport | undefined) => void>();
  let nextReportId = 1;
  const host = makeChildHost<ToAutomation, FromAutomation>({
    name: "automation",
    log: options.log,
    begin: () => ({ kind: "start", order: orderOf(options) }),
    end: { kind: "stop" },
    loss: "Runs that were at work become orphaned.",
    works: "Schedules, pipelines and asynchronous triggers are looked after.",
    unwanted: "Switched off by automation.enabled.",
    hear: (message) => {
      if (message.kind === "started")
        options.log(
          "info",
          message.leading
            ? "automation: running the schedules"
            : "automation: another process runs the schedules; standing by",
        );
      else if (message.kind === "run") options.onRun(message.run);
      else if (message.kind === "report") {
        reports.get(message.id)?.(message.report);
        reports.delete(message.id);
      }
    },
    gone: () => {
      for (const resolve of reports.values()) resolve(undefined);
      reports.clear();
    },
  });
  return {
    start: () => host.start(),
    get state() {
      return host.state;
    },
    get pid() {
      return host.pid;
    },
    get restarts() {
      return host.restarts;
    },
    health: () => host.health(),
    stop: (graceMs) => host.stop(graceMs),
    keepLanes: (rows) => {
      if (host.state === "running") host.post({ kind: "lanes", rows });
    },
    report: () => {
      if (host.state !== "running") return Promise.resolve(undefined);
      const id = nextReportId;
      nextReportId += 1;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          reports.delete(id);
          resolve(undefined);
        }, REPORT_WAIT_MS);
        reports.set(id, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        host.post({ kind: "report", id });
      });
    },
  };
}

function orderOf({ place, configuration }: AutomationHostOptions): AutomationOrder {
  const hosts = configuration.get("automation.allow_hosts");
  return {
    database: place.database,
    directory: place.folder,
    commitJournal: commitJournalPath(place),
    laneRecord: laneRecordPath(place.runtimeFolder, place.instance),
    daemonPid: process.pid,
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
