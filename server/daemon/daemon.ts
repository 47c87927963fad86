// A daemon on one folder: launch, reload and landing, step by step in a fixed order, each told in the log.
// A launch that fails half-way takes back what it had done. This file knows no signals and no exit codes: daemon-process.ts does.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { redactSecrets } from "../../base/redact.ts";
import { VERSION } from "../../base/version.ts";
import { type Environment, runtimeFolder } from "../../protocol/client/registry.ts";
import type { ConfigRequest, LiveConfiguration, Reloaded } from "../config/configuration.ts";
import { makeAutomationHost } from "./automation-host.ts";
import { listenForControl } from "./control-socket.ts";
import { fill, preparedWords, tryToPrepare } from "./database-launch.ts";
import { configRequest, readFolderConfiguration, refuseProblems } from "./folder-configuration.ts";
import { makeGatewayHost } from "./gateway-host.ts";
import type { MigrationState } from "../migrations/types.ts";
import { answerLife, type LifeWorld } from "./life-actions.ts";
import { type DaemonLog, openLog } from "./log.ts";
import { type FolderLock, lockHolder, takeFolderLock } from "./folder-lock.ts";
import { folderState, type PidFile, removePidFile, writePidFile } from "./pid-file.ts";
import { mountPlace, prepareRuntimeFolder } from "./place.ts";
import { processStart } from "./process-start.ts";
import { endOrphanedLanes, laneRecordPath } from "./lane-record.ts";
import { registryEntry, removeInstanceFiles, writeRegistryEntry } from "./registry-files.ts";
import { OWNER } from "../security/types.ts";
import { auditedService } from "./service-audit.ts";
import type { DaemonReady } from "./start-messages.ts";
import type { Lead, MountPlace } from "./types.ts";
import { startWorkers, type Undo, type WorkerPorts } from "./workers.ts";

/** How long another process may take to write its pid file, or to end. */
const LOCK_WAIT_MS = 1000;
const LOCK_LOOK_MS = 50;

/** What to mount. */
export interface DaemonOptions extends WorkerPorts {
  /** A folder that exists. */
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly sets: readonly string[];
  readonly environment: Environment;
  readonly supervisor: { readonly pid: number; readonly restarts: number } | undefined;
  readonly alsoLogTo: ((line: string) => void) | undefined;
}

/** A daemon that accepts clients. */
export interface Daemon {
  readonly ready: DaemonReady;
  readonly log: DaemonLog["log"];
  /** Reads the configuration again; gives what changed. Problems are told in the log, and nothing changes then. */
  reload(): Reloaded;
  /** Lands. Again is the same landing. */
  stop(reason: string): Promise<void>;
  /** Resolved when it has landed, whoever asked for it. */
  readonly ended: Promise<void>;
}

/** Mounts. @throws GrizzlyError when it cannot; nothing is left behind then. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const undo: Undo[] = [];
  try {
    return await launch(options, undo);
  } catch (error) {
    for (const step of undo.toReversed()) await step(error);
    throw error;
  }
}

/** What a launch has found out and taken before anybody works. */
interface Ground {
  readonly place: MountPlace;
  readonly lock: FolderLock;
  readonly log: DaemonLog;
  readonly configuration: LiveConfiguration;
  readonly stored: Readonly<Record<string, string>>;
  readonly mended: readonly string[];
  /** Undefined: there is no folder of migrations. */
  readonly migrations: MigrationState | undefined;
  /** Why the database cannot be opened. */
  readonly unopened: GrizzlyError | undefined;
}

/** Reads the configuration, takes the folder, opens log and database. */
async function takeGround(options: DaemonOptions, undo: Undo[]): Promise<Ground> {
  const first = refuseProblems(readFolderConfiguration({ ...options, stored: {} }));
  prepareRuntimeFolder(runtimeFolder(options.environment));
  const place = mountPlace(options.folder, runtimeFolder(options.environment), first);
  const lock = await lockFolder(place);
  undo.push(() => lock.release());
  const log = openLog({
    folder: place.logFolder,
    configuration: first,
    redact: redactSecrets,
    alsoTo: options.alsoLogTo,
  });
  undo.push((error) => {
    log.log("error", `launch: failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    log.close();
  });
  log.log("info", `launch: gobi ${VERSION}, process ${process.pid}, folder ${place.folder}`);
  log.log("info", "launch: configuration read");
  const mended = cleanUpAfterTheLast(place);
  const prepared = await tryToPrepare(options, place, first);
  if (prepared instanceof GrizzlyError) {
    log.configure(first);
    for (const line of mended) log.log("warn", `launch: ${line}`);
    return { place, lock, log, configuration: first, stored: {}, mended, migrations: undefined, unopened: prepared };
  }
  const { stored } = prepared;
  const configuration = refuseProblems(readFolderConfiguration({ ...options, stored }));
  log.configure(configuration);
  const words = preparedWords(prepared, place);
  mended.push(...words.mended);
  for (const line of mended) log.log("warn", `launch: ${line}`);
  log.log("info", `launch: ${words.line}`);
  const migrations = await fill(options, place, configuration, log.log);
  return { place, lock, log, configuration, stored, mended, migrations, unopened: undefined };
}

async function launch(options: DaemonOptions, undo: Undo[]): Promise<Daemon> {
  const ground = await takeGround(options, undo);
  const { place, lock, log, configuration, mended } = ground;
  const started = { at: processStart(process.pid) ?? "", atMs: Date.now() };
  writePidFile(place.folder, pidFileOf(place, options, started));
  undo.push(() => leaveFolder(place));
  let tellEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  const world: LifeWorld = {
    place,
    configuration,
    log,
    automation: makeAutomationHost({
      place,
      configuration,
      log: log.log,
      onRun: (run) => world.lead?.publish("runs", run),
    }),
    gateway: makeGatewayHost({ place, configuration, log: log.log, migrations: () => world.migrations }),
    migrations: ground.migrations,
    fault: undefined,
    stopOpening: () => undefined,
    stored: ground.stored,
    lead: undefined,
    startedAtMs: started.atMs,
    supervisor: options.supervisor,
    stopping: undefined,
    pendingKeys: [],
    reload: () => reload(world, configRequest({ ...options, stored: world.stored })),
    stop: (reason) => {
      world.stopOpening();
      world.stopping ??= land(world, lock, control, reason).then(tellEnded);
      return world.stopping;
    },
  };
  const control = await listenForControl(place.controlSocket, (action, argument) =>
    auditedService(
      (event) => world.lead?.note(event),
      { action, argument, principal: OWNER, sessionId: undefined },
      () => answerLife(world, action, argument),
    ),
  );
  undo.push(() => control.close());
  const lead = await startWorkers(world, options, undo, ground.unopened);
  writeRegistryEntry(place.runtimeFolder, registryEntry(place, configuration, started));
  log.log("info", `launch: ready, listening on ${lead.status().listening.join(", ")}`);
  return {
    ready: readyMessage(world, lead, world.fault === undefined ? mended : [...mended, world.fault]),
    log: log.log,
    reload: () => world.reload(),
    stop: (reason) => world.stop(reason),
    ended,
  };
}

function readyMessage(world: LifeWorld, lead: Lead, mended: readonly string[]): DaemonReady {
  const { instance, folder, database, socket } = world.place;
  const { gateway } = world;
  const { ok, text } = gateway.health();
  return {
    kind: "ready",
    pid: process.pid,
    instance,
    folder,
    database,
    socket,
    listening: [...lead.status().listening, ...(gateway.address === undefined ? [] : [gateway.address])],
    mended: ok ? mended : [...mended, `The gateway does not answer yet: ${text}`],
  };
}

function pidFileOf(
  place: MountPlace,
  { supervisor, configFile, sets }: DaemonOptions,
  started: { readonly at: string; readonly atMs: number },
): PidFile {
  return {
    pid: process.pid,
    startedAt: started.at,
    startedAtMs: started.atMs,
    supervisor:
      supervisor === undefined ? null : { pid: supervisor.pid, startedAt: processStart(supervisor.pid) ?? "" },
    configFile: configFile ?? null,
    sets,
    instance: place.instance,
    runtimeFolder: place.runtimeFolder,
    socket: place.socket,
    controlSocket: place.controlSocket,
    version: VERSION,
  };
}

/** Takes the folder. A command that only looks holds the lock for a moment, so that one refusal says little; one by a living daemon is final. */
async function lockFolder(place: MountPlace): Promise<FolderLock> {
  const untilMs = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    const lock = takeFolderLock(place.folder);
    if (lock !== undefined) return lock;
    const state = folderState(place.folder);
    if (state.kind === "running" || Date.now() > untilMs) {
      // A pid file that is not there yet, or says nothing, does not tell who; the lock does.
      const holder = state.kind === "running" ? state.file.pid : lockHolder(place.folder);
      const who = holder === undefined ? "another process" : `process ${holder}`;
      throw new GrizzlyError("AlreadyMounted", `The folder ${place.folder} is already mounted by ${who}.`, {
        help: `gobi daemon status ${place.folder} tells more; gobi unmount ${place.folder} ends it.`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS));
  }
}

/** With the lock in hand, every file of the instance is one that nobody uses. */
function cleanUpAfterTheLast(place: MountPlace): string[] {
  const state = folderState(place.folder);
  const orphans = endOrphanedLanes(laneRecordPath(place.runtimeFolder, place.instance));
  const ended = orphans === 0 ? [] : [`Lanes of the last daemon that were still at work were ended: ${orphans}.`];
  removeInstanceFiles(place.runtimeFolder, place.instance);
  if (state.kind === "stopped") return ended;
  removePidFile(place.folder);
  if (state.kind === "unreadable")
    return [
      `The pid file ${state.path} could not be read and was taken away; committed work is in the database.`,
      ...ended,
    ];
  if (state.file.instance !== place.instance) removeInstanceFiles(state.file.runtimeFolder, state.file.instance);
  return [
    `The last daemon (process ${state.file.pid}) ended without landing; its files were taken away, and committed work is in the database.`,
    ...ended,
  ];
}

function leaveFolder(place: MountPlace): void {
  removeInstanceFiles(place.runtimeFolder, place.instance);
  removePidFile(place.folder);
}

function reload(world: LifeWorld, request: ConfigRequest): Reloaded {
  const { configuration, log } = world;
  log.reopen();
  const changed = configuration.reload(request);
  for (const { place, message } of changed.problems) log.log("error", `reload: ${place}: ${message}`);
  if (changed.problems.length > 0) log.log("error", "reload: nothing was changed");
  else {
    world.pendingKeys = changed.needRestart;
    world.lead?.reload(changed.applied);
    log.log("info", `reload: ${changed.applied.length === 0 ? "nothing new" : changed.applied.join(", ")}`);
    if (changed.needRestart.length > 0)
      log.log("warn", `reload: a restart is needed for ${changed.needRestart.join(", ")}`);
  }
  return changed;
}

/** Ends everything in the reverse order. What fails on the way is told and does not keep the rest from ending. */
async function land(
  world: LifeWorld,
  lock: FolderLock,
  control: { close(): Promise<void> },
  reason: string,
): Promise<void> {
  const { log, lead, automation, gateway, place, configuration } = world;
  const graceMs = configuration.get("shutdown.timeout");
  const step = async (what: string, work: () => void | Promise<void>): Promise<void> => {
    log.log("info", `landing: ${what}`);
    try {
      await work();
    } catch (error) {
      log.log("error", `landing: ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  log.log("info", `landing: ${reason}`);
  await step("no new clients are accepted", () => lead?.stopAccepting());
  await step("HTTP requests under way may end", () => gateway.stop(graceMs));
  let automationEnd: Promise<void> = Promise.resolve();
  await step("no new runs are started", () => {
    automationEnd = automation.stop(graceMs);
  });
  await step("requests under way may end", () => lead?.drain(graceMs));
  await step("runs under way may end", () => automationEnd);
  await step("lanes end", () => lead?.stop());
  await step("files and sockets are taken away", async () => {
    await control.close();
    leaveFolder(place);
  });
  log.log("info", "landing: landed");
  log.close();
  lock.release();
}
