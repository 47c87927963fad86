// gobi doctor: looks at everything a mount needs, one thing after the other, and says for each what it found. A table: each row is one check.
// What needs a running daemon is left out while none runs; everything else is looked at all the same.
import { lstatSync, statfsSync } from "node:fs";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { connect } from "../../protocol/client/client.ts";
import { type Environment, runtimeFolder } from "../../protocol/client/registry.ts";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { CATALOG_VERSION, catalogVersion } from "../catalog/schema.ts";
import { problemLines, type ReadConfiguration } from "../config/configuration.ts";
import { neglectedFeeds } from "../feeds/feeds.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { askDaemon } from "./control-socket.ts";
import { readFolderConfiguration } from "./folder-configuration.ts";
import type { DaemonStatus } from "./life-actions.ts";
import { type FolderState, folderState } from "./pid-file.ts";
import { mountPlace } from "./place.ts";

/** What a check found. `skipped`: it needs what is not there. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "failed" | "skipped";
  readonly text: string;
}

const ANSWER_WAIT_MS = 5000;
const DISK_FREE_BYTES_MIN = 64 * 1024 * 1024;
const MEMORY_BYTES_MAX = 512 * 1024 * 1024;
/** More events than this wait for no consumer that reads. */
const FEED_EVENTS_MAX = 100_000;
const NODE_LEAST = [20, 19] as const;

interface World {
  readonly folder: string;
  readonly environment: Environment;
  readonly read: ReadConfiguration;
  readonly database: string;
  readonly state: FolderState;
  /** The daemon's own answer; undefined when none came. */
  status: DaemonStatus | undefined;
}

type Check = (world: World) => Promise<Omit<Finding, "name">> | Omit<Finding, "name">;

const ok = (text: string): Omit<Finding, "name"> => ({ state: "ok", text });
const failed = (text: string): Omit<Finding, "name"> => ({ state: "failed", text });
const skipped = (text: string): Omit<Finding, "name"> => ({ state: "skipped", text });

/** Every check in its order: a later one may use what an earlier one found out. */
const CHECKS: Readonly<Record<string, Check>> = {
  environment: () => {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const least = NODE_LEAST.join(".");
    return major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1])
      ? ok(`Node ${process.versions.node}.`)
      : failed(`Node ${process.versions.node} is too old; ${least} or later is needed.`);
  },
  configuration: ({ read }) =>
    read.problems.length === 0 ? ok("No mistakes.") : failed(problemLines(read.problems).replaceAll("\n", " ")),
  "runtime folder": ({ environment, folder, read }) => checkRuntimeFolder(folder, environment, read),
  disk: ({ folder }) => {
    const { bavail, bsize } = statfsSync(folder);
    const free = Math.floor((bavail * bsize) / 1024 / 1024);
    return bavail * bsize >= DISK_FREE_BYTES_MIN ? ok(`${free} MB are free.`) : failed(`Only ${free} MB are free.`);
  },
  database: ({ database }) =>
    withConnection(database, true, (connection) => {
      const found = textOf(readRows(connection, "PRAGMA quick_check(1)")[0]?.[0]);
      return found === "ok" ? ok(database) : failed(`It is damaged: ${found}.`);
    }),
  catalog: ({ database }) =>
    withConnection(database, true, (connection) => {
      const version = catalogVersion(connection);
      if (version > CATALOG_VERSION) return failed(`It has version ${version}; this program knows ${CATALOG_VERSION}.`);
      return ok(
        version === CATALOG_VERSION
          ? `Version ${version}.`
          : `Version ${version}; the next mount brings it up to ${CATALOG_VERSION}.`,
      );
    }),
  writing: ({ database }) =>
    withConnection(database, false, (connection) => {
      connection.begin("immediate");
      connection.rollback();
      return ok("The database can be written.");
    }),
  feeds: ({ database }) =>
    withConnection(database, true, (connection) => {
      const names = neglectedFeeds(connection, FEED_EVENTS_MAX).map(({ name }) => name);
      return names.length === 0
        ? ok("Their consumers read them.")
        : failed(
            `More than ${FEED_EVENTS_MAX} events wait for ${names.join(", ")}, and the file grows with them: gobi events unregister takes away a feed whose consumer is gone.`,
          );
    }),
  daemon: async (world) => {
    const { state } = world;
    if (state.kind === "stopped") return skipped("It does not run; gobi mount starts it.");
    if (state.kind === "stale") return failed(`Process ${state.file.pid} ended without landing; mount again.`);
    if (state.kind === "unreadable") return failed(`The pid file ${state.path} cannot be read; mount again.`);
    world.status = (await askDaemon(state.file.controlSocket, "status", undefined, ANSWER_WAIT_MS)) as DaemonStatus;
    return ok(`Process ${world.status.pid}, version ${world.status.version}.`);
  },
  listener: ({ status, state }) => {
    if (status === undefined || state.kind !== "running") return skipped("No daemon answers.");
    const found = lstatSync(state.file.socket, { throwIfNoEntry: false });
    if (found?.isSocket() !== true) return failed(`There is no socket ${state.file.socket}.`);
    return (found.mode & 0o077) === 0
      ? ok(status.listening.join(", "))
      : failed(`Others may open ${state.file.socket}.`);
  },
  lanes: ({ status }) => {
    if (status === undefined) return skipped("No daemon answers.");
    const unwell = status.lanes.filter((lane) => lane.state === "error");
    if (status.lanes.length === 0) return failed("No lane runs.");
    return unwell.length === 0
      ? ok(status.lanes.map((lane) => lane.label).join(", "))
      : failed(unwell.map((lane) => `${lane.label}: ${lane.state}`).join(", "));
  },
  statement: async ({ status, state }) => {
    if (status === undefined || state.kind !== "running") return skipped("No daemon answers.");
    const client = await connect({ target: state.file.socket, clientName: "gobi doctor", reconnectMax: 0 });
    try {
      const rows = await client.query("SELECT 41 + 1 AS answer", [], { deadlineMs: ANSWER_WAIT_MS });
      return rows[0]?.["answer"] === 42
        ? ok("A statement goes to a lane and back.")
        : failed(`SELECT 41 + 1 gave ${JSON.stringify(rows)}.`);
    } finally {
      await client.close();
    }
  },
  automation: ({ status }) => {
    if (status === undefined) return skipped("No daemon answers.");
    const check = status.health.checks.find((each) => each.name === "automation");
    return check?.ok === false ? failed(check.text) : ok(check?.text ?? "");
  },
  memory: async ({ status, state }) => {
    if (status === undefined || state.kind !== "running") return skipped("No daemon answers.");
    const text = (await askDaemon(state.file.controlSocket, "metrics", undefined, ANSWER_WAIT_MS)) as string;
    const bytes = Number(/^gobi_memory_bytes (\d+)/mu.exec(text)?.[1] ?? 0);
    const megabytes = Math.round(bytes / 1024 / 1024);
    return bytes <= MEMORY_BYTES_MAX
      ? ok(`The Lead has ${megabytes} MB.`)
      : failed(`The Lead has grown to ${megabytes} MB.`);
  },
  health: ({ status }) => {
    if (status === undefined) return skipped("No daemon answers.");
    const unwell = status.health.checks.filter((check) => !check.ok);
    return unwell.length === 0
      ? ok("The daemon finds nothing wrong.")
      : failed(unwell.map((check) => `${check.name}: ${check.text}`).join(" "));
  },
};

/** Looks at a folder and its daemon; tells each finding as it comes. */
export async function examine(
  folder: string,
  environment: Environment,
  tell: (finding: Finding) => void,
): Promise<void> {
  const read = readFolderConfiguration({ folder, configFile: undefined, sets: [], environment, stored: {} });
  const world: World = {
    folder,
    environment,
    read,
    database: mountPlace(folder, runtimeFolder(environment), read.configuration).database,
    state: folderState(folder),
    status: undefined,
  };
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      tell({ name, ...(await check(world)) });
    } catch (error) {
      if (!(error instanceof GrizzlyError) && !(error instanceof EngineError)) throw error;
      tell({ name, state: "failed", text: error.message });
    }
  }
}

function checkRuntimeFolder(folder: string, environment: Environment, read: ReadConfiguration): Omit<Finding, "name"> {
  const path = runtimeFolder(environment);
  // Throws when a socket could not have its path.
  mountPlace(folder, path, read.configuration);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return ok(`${path} is made by the first mount.`);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid))
    return failed(`${path} is not a folder of yours.`);
  return (found.mode & 0o077) === 0 ? ok(path) : failed(`Others may look into ${path}: chmod 700 it.`);
}

function withConnection(
  database: string,
  readOnly: boolean,
  look: (connection: ReturnType<typeof sqliteEngine.connect>) => Omit<Finding, "name">,
): Omit<Finding, "name"> {
  const connection = sqliteEngine.connect({ target: database, create: false, readOnly, busyTimeoutMs: ANSWER_WAIT_MS });
  try {
    return look(connection);
  } finally {
    connection.close();
  }
}
