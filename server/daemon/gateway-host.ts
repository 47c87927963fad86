// The HTTP gateway of a daemon as a child process: a plain client of the Unix socket, started where gateway.listen names an address.
import { resolve } from "node:path";
import { required } from "../../base/failure.ts";
import type { Configuration } from "../config/types.ts";
import { HOST_AND_PORT } from "../config/rules.ts";
import type { FromGateway, TemplateReport, ToGateway } from "../gateway/messages.ts";
import type { GatewaySettings } from "../gateway/types.ts";
import { stateWord } from "../migrations/state.ts";
import type { MigrationState } from "../migrations/types.ts";
import { commitJournalPath } from "./place.ts";
import { type ChildHost, makeChildHost } from "./child-host.ts";
import type { Log, MountPlace } from "./types.ts";

/** A gateway and its host. */
export interface GatewayHost extends Omit<ChildHost<ToGateway>, "post"> {
  /** `http://127.0.0.1:8080` while it accepts requests. */
  readonly address: string | undefined;
  /** What it last told of its query templates; undefined before that. */
  readonly templates: TemplateReport | undefined;
}

/** A host that has started nothing yet. */
export function makeGatewayHost(options: {
  readonly place: MountPlace;
  readonly configuration: Configuration;
  readonly log: Log;
  /** Where the migrations stand; undefined where there are none. */
  readonly migrations: () => MigrationState | undefined;
}): GatewayHost {
  let address: string | undefined;
  let templates: TemplateReport | undefined;
  const host = makeChildHost<ToGateway, FromGateway>({
    name: "gateway",
    log: options.log,
    begin: () => ({ kind: "start", settings: settingsOf(options) }),
    end: { kind: "stop" },
    loss: "Requests over HTTP that were under way have no answer.",
    works: "HTTP is answered.",
    unwanted: "There is none: gateway.listen is not set.",
    hear: (message) => {
      if (message.kind === "started") {
        address = message.address;
        options.log("info", `gateway: ${message.address}`);
      } else if (message.kind === "templates") {
        templates = message.report;
        tellTemplates(options.log, message.report);
      }
    },
    gone: () => {
      address = undefined;
      templates = undefined;
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
    get address() {
      return address;
    },
    get templates() {
      return templates;
    },
    health: () => {
      const health = host.health();
      return health.ok && templates?.problem !== undefined
        ? { name: health.name, ok: false, text: `The query templates cannot be read: ${templates.problem}` }
        : health;
    },
    settled: () => host.settled(),
    stop: (graceMs) => host.stop(graceMs),
  };
}

function tellTemplates(log: Log, { entries, rejected, problem }: TemplateReport): void {
  if (problem !== undefined) log("warn", `gateway: the query templates cannot be read: ${problem}`);
  else log("info", `gateway: ${entries} query templates`);
  for (const reason of rejected) log("warn", `gateway: left out: ${reason}`);
}

function settingsOf(options: {
  readonly place: MountPlace;
  readonly configuration: Configuration;
  readonly migrations: () => MigrationState | undefined;
}): GatewaySettings {
  const { place, configuration } = options;
  const migrations = options.migrations();
  const host = configuration.get("gateway.host_database");
  const listen = required(configuration.get("gateway.listen"), "gateway.listen");
  const port = required(HOST_AND_PORT.exec(listen)?.[1], "port of gateway.listen");
  return {
    database: place.name,
    socket: place.socket,
    host: listen.slice(0, -port.length - 1).replace(/^\[|\]$/gu, ""),
    port: Number(port),
    bodyBytesMax: configuration.get("gateway.body"),
    rowsMax: configuration.get("gateway.rows"),
    queriesMax: configuration.get("gateway.queries_max"),
    rate: configuration.get("gateway.rate"),
    databaseFile: place.database,
    commitJournal: commitJournalPath(place),
    bootstrap: configuration.get("gateway.bootstrap"),
    hostFolder: host === undefined ? undefined : resolve(place.folder, host),
    cacheBytesMax: configuration.get("gateway.cache"),
    migrationStatus: migrations === undefined || stateWord(migrations) === "Current" ? "completed" : "not_started",
    deadlineMs: configuration.get("limits.deadline"),
    deadlineMaxMs: configuration.get("limits.deadline_max"),
  };
}
