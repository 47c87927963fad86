// A daemon in the test's own process whose Lead is a double: what the life of the daemon does is seen without lanes and sockets of clients.
import { MACHINE_RUN_CLOCK } from "../../../server/runs/clock.ts";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, type DaemonOptions, startDaemon } from "../../../server/daemon/daemon.ts";
import { prepareDatabase } from "../../../server/daemon/database.ts";
import { fillDatabase } from "../../../server/daemon/fill.ts";
import type { Lead, LeadOptions } from "../../../server/daemon/types.ts";

/** Folders of one test. */
export interface Place {
  readonly root: string;
  readonly folder: string;
  readonly runtime: string;
  readonly environment: Readonly<Record<string, string>>;
  remove(): void;
}

/** An empty folder to mount, with a runtime folder and a folder of settings of its own. */
export function makePlace(name = "shop"): Place {
  const root = mkdtempSync(join(tmpdir(), "gobi-"));
  const folder = join(root, name);
  mkdirSync(folder);
  const runtime = join(root, "run");
  return {
    root,
    folder,
    runtime,
    environment: { GOBI_RUNTIME_DIR: runtime, GOBI_CONFIG_DIR: join(root, "settings"), HOME: root },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** A Lead that does nothing, and what was asked of it. */
export interface LeadDouble {
  readonly calls: string[];
  options(): LeadOptions;
  readonly startLead: DaemonOptions["startLead"];
}

/** A double; `fails` lets its start fail. */
export function leadDouble(fails?: Error): LeadDouble {
  const calls: string[] = [];
  let given: LeadOptions | undefined;
  const note = (call: string): Promise<void> => {
    calls.push(call);
    return Promise.resolve();
  };
  const lead: Lead = {
    hold: (why) => void note(`hold ${why}`),
    databaseOpened: () => note("databaseOpened"),
    status: () => ({
      lead: { label: "DQM-shop-00-L", state: "connected", note: null },
      sessions: 2,
      connecting: 0,
      lanes: [],
      listening: ["unix:double"],
      health: [],
    }),
    control: (action, argument) => Promise.resolve({ action, argument }),
    note: ({ action }) => void note(`note ${action}`),
    metrics: () => [{ name: "gobi_sessions", value: 2 }],
    publish: (topic, data) => void note(`publish ${topic} ${JSON.stringify(data)}`),
    changed: (tables) => void note(`changed ${tables.join(",")}`),
    reload: (keys) => void note(`reload ${keys.join(",")}`),
    stopAccepting: () => note("stopAccepting"),
    drain: (graceMs) => note(`drain ${graceMs}`),
    stop: () => note("stop"),
  };
  return {
    calls,
    options: () => {
      if (given === undefined) throw new ReferenceError("the Lead was not started");
      return given;
    },
    startLead: (options) => {
      given = options;
      calls.push("start");
      return fails === undefined ? Promise.resolve(lead) : Promise.reject(fails);
    },
  };
}

/** Mounts the place in this process. Automation is off unless it is set. */
export function startHere(place: Place, lead: LeadDouble, more: Partial<DaemonOptions> = {}): Promise<Daemon> {
  return startDaemon({
    folder: place.folder,
    configFile: undefined,
    sets: ["automation.enabled=false"],
    environment: place.environment,
    supervisor: undefined,
    alsoLogTo: undefined,
    startLead: lead.startLead,
    clock: MACHINE_RUN_CLOCK,
    prepareDatabase: async ({ path, exists, busyTimeoutMs }) => prepareDatabase(path, exists, busyTimeoutMs),
    fillDatabase: async (request, log) => fillDatabase(request, log),
    onFatal: () => undefined,
    ...more,
  });
}

/** Lines of the daemon's log without their times. */
export function logLines(place: Place): readonly string[] {
  return readFileSync(join(place.folder, "logs", "daemon.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(line.indexOf(" ") + 1));
}
