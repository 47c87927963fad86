// What a daemon answers about itself: status, health, metrics, reload, unmount. Asked over the control socket by commands, and over the wire by SERVICE_CONTROL.
import { statfsSync } from "node:fs";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { VERSION } from "../../base/version.ts";
import type { LiveConfiguration, Reloaded } from "../config/configuration.ts";
import type { ConfigKey } from "../config/keys.ts";
import type { AutomationHost } from "./automation-host.ts";
import type { TemplateReport } from "../gateway/messages.ts";
import type { MigrationState } from "../migrations/types.ts";
import type { GatewayHost } from "./gateway-host.ts";
import type { DaemonLog } from "./log.ts";
import { metricsText, type Sample } from "./metrics.ts";
import type { HealthCheck, Lead, LeadStatus, LifeAction, MountPlace } from "./types.ts";

/** Free bytes of the disk below which health says no. */
const DISK_FREE_BYTES_MIN = 64 * 1024 * 1024;

/** A daemon as these answers see it. */
export interface LifeWorld {
  readonly place: MountPlace;
  readonly configuration: LiveConfiguration;
  readonly log: DaemonLog;
  readonly automation: AutomationHost;
  readonly gateway: GatewayHost;
  /** Why the database cannot be opened, and when it is tried again; undefined: it is open. */
  fault: string | undefined;
  /** Ends the attempts. */
  stopOpening: () => void;
  /** Settings that stand in the database. */
  stored: Readonly<Record<string, string>>;
  /** Where the migrations stood after the launch; undefined: there are none. */
  migrations: MigrationState | undefined;
  /** Undefined while the launch has not come so far. */
  lead: Lead | undefined;
  readonly startedAtMs: number;
  readonly supervisor: { readonly pid: number; readonly restarts: number } | undefined;
  /** The landing, once it has begun. */
  stopping: Promise<void> | undefined;
  /** Keys whose new values wait for a restart. */
  pendingKeys: readonly ConfigKey[];
  reload(): Reloaded;
  stop(reason: string): Promise<void>;
}

/** Health: `live` while the process can answer, `ready` while it takes clients and all checks hold. */
export interface Health {
  readonly live: boolean;
  readonly ready: boolean;
  readonly checks: readonly HealthCheck[];
}

/** What `gobi daemon status` shows. */
export interface DaemonStatus {
  readonly name: string;
  readonly instance: string;
  readonly folder: string;
  readonly database: string;
  readonly pid: number;
  readonly supervisorPid: number | null;
  /** True: it has died, so that nobody would start this daemon again. */
  readonly supervisorGone: boolean;
  readonly restarts: number;
  readonly version: string;
  readonly startedAtMs: number;
  readonly uptimeMs: number;
  readonly listening: readonly string[];
  readonly sessions: number;
  readonly activeRuns: number;
  /** Null while the launch lasts. */
  readonly lead: LeadStatus["lead"] | null;
  readonly lanes: readonly {
    readonly label: string;
    readonly state: string;
    readonly pid: number | null;
    readonly sessions: number;
    readonly note: string | null;
  }[];
  readonly automation: {
    readonly state: string;
    readonly pid: number | null;
    readonly leading: boolean;
    readonly restarts: number;
  };
  /** Query templates of the gateway; null while there is no gateway, or it has told nothing yet. */
  readonly templates: TemplateReport | null;
  /** Null: there are none. */
  readonly migrations: MigrationState | null;
  readonly stopping: boolean;
  readonly health: Health;
  readonly needRestart: readonly string[];
}

const ANSWERS: Readonly<Record<LifeAction, (world: LifeWorld) => unknown>> = {
  status,
  health: (world) => health(world),
  metrics: async (world) => metricsText(await samples(world)),
  reload: (world) => world.reload(),
  unmount: (world) => {
    if (world.lead === undefined) throw stillStarting();
    // Who asked is answered before the landing closes its connection.
    setImmediate(() => void world.stop("unmount was asked for"));
    return { pid: process.pid };
  },
};

/** Answers an action; those that are not the life's are the Lead's. @throws GrizzlyError. */
export async function answerLife(world: LifeWorld, action: string, argument: unknown): Promise<unknown> {
  if (Object.hasOwn(ANSWERS, action)) return ANSWERS[action as LifeAction](world);
  if (world.lead === undefined) throw stillStarting();
  return world.lead.control(action, argument);
}

function stillStarting(): GrizzlyError {
  return new GrizzlyError("ServiceUnavailable", "The daemon is still starting.", { retryable: true });
}

async function status(world: LifeWorld): Promise<DaemonStatus> {
  const { place, lead, automation, startedAtMs, supervisor } = world;
  const report = await automation.report();
  const room = lead?.status();
  return {
    name: place.name,
    instance: place.instance,
    folder: place.folder,
    database: place.database,
    pid: process.pid,
    supervisorPid: supervisor?.pid ?? null,
    // A process whose parent has died gets another one.
    supervisorGone: supervisor !== undefined && process.ppid !== supervisor.pid,
    restarts: supervisor?.restarts ?? 0,
    version: VERSION,
    startedAtMs,
    uptimeMs: Date.now() - startedAtMs,
    listening: [...(room?.listening ?? []), ...(world.gateway.address === undefined ? [] : [world.gateway.address])],
    sessions: room?.sessions ?? 0,
    activeRuns: report?.activeRuns ?? 0,
    lead: room?.lead ?? null,
    lanes: (room?.lanes ?? []).map(({ label, state, pid, sessionIds, note }) => ({
      label,
      state,
      pid,
      sessions: sessionIds.length,
      note: note ?? null,
    })),
    automation: {
      state: automation.state,
      pid: automation.pid ?? null,
      leading: report?.leading ?? false,
      restarts: automation.restarts,
    },
    templates: world.gateway.templates ?? null,
    migrations: world.migrations ?? null,
    stopping: world.stopping !== undefined,
    health: health(world),
    needRestart: world.pendingKeys,
  };
}

function health(world: LifeWorld): Health {
  const checks = [
    ...(world.fault === undefined ? [] : [{ name: "database", ok: false, text: world.fault }]),
    ...(world.lead?.status().health ?? []),
    world.automation.health(),
    world.gateway.health(),
    logCheck(world),
    diskCheck(world),
  ];
  const ready = world.lead !== undefined && world.stopping === undefined && checks.every((check) => check.ok);
  return { live: true, ready, checks };
}

function logCheck({ log }: LifeWorld): HealthCheck {
  const { lost } = log.counts;
  return lost === 0
    ? { name: "log", ok: true, text: "Every line was written." }
    : { name: "log", ok: false, text: `${lost} lines could not be written since the start.` };
}

function diskCheck({ place }: LifeWorld): HealthCheck {
  const name = "disk";
  try {
    const { bavail, bsize } = statfsSync(place.folder);
    const free = bavail * bsize;
    const text = `${Math.floor(free / 1024 / 1024)} MB are free.`;
    return { name, ok: free >= DISK_FREE_BYTES_MIN, text };
  } catch (error) {
    return {
      name,
      ok: false,
      text: `The folder cannot be looked at: ${(error as NodeJS.ErrnoException).code ?? "unknown"}.`,
    };
  }
}

async function samples(world: LifeWorld): Promise<readonly Sample[]> {
  const { lead, automation, log, startedAtMs, supervisor } = world;
  const report = await automation.report();
  const cpu = process.cpuUsage();
  return [
    { name: "gobi_info", labels: { version: VERSION }, value: 1 },
    { name: "gobi_up_seconds", value: (Date.now() - startedAtMs) / 1000 },
    { name: "gobi_memory_bytes", value: process.memoryUsage.rss() },
    { name: "gobi_cpu_seconds_total", labels: { mode: "user" }, value: cpu.user / 1e6 },
    { name: "gobi_cpu_seconds_total", labels: { mode: "system" }, value: cpu.system / 1e6 },
    { name: "gobi_restarts_total", value: supervisor?.restarts ?? 0 },
    ...(["debug", "info", "warn", "error"] as const).map(
      (level): Sample => ({ name: "gobi_log_lines_total", labels: { level }, value: log.counts[level] }),
    ),
    { name: "gobi_log_lost_total", value: log.counts.lost },
    { name: "gobi_automation_restarts_total", value: automation.restarts },
    ...automationSamples(report),
    ...(lead?.metrics() ?? []),
  ];
}

function automationSamples(report: Awaited<ReturnType<AutomationHost["report"]>>): readonly Sample[] {
  if (report === undefined) return [];
  return [
    { name: "gobi_automation_leading", value: report.leading ? 1 : 0 },
    { name: "gobi_automation_active_runs", value: report.activeRuns },
    { name: "gobi_automation_memory_bytes", value: report.rssBytes },
    ...Object.entries(report.counters).map(
      ([counter, value]): Sample => ({ name: "gobi_scheduler_total", labels: { counter }, value }),
    ),
  ];
}
