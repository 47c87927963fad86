// A daemon for tests: a Lead in this process on a temporary folder, with real lanes unless doubles are given. `stop` ends everything and takes the folder away.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InternalError } from "../../base/failure.ts";
import { problemLines, readConfiguration } from "../../server/config/configuration.ts";
import { leadPorts } from "../../server/daemon/lead/lead.ts";
import { Room, type RoomPorts } from "../../server/daemon/lead/room.ts";
import { prepareDatabase } from "../../server/daemon/database.ts";
import { mountPlace } from "../../server/daemon/place.ts";
import type { Lead, LeadOptions, MountPlace } from "../../server/daemon/types.ts";
import { testSession } from "../session.ts";
import { type WireClient, wireClient } from "./wire-client.ts";

/** How to start one. */
export interface TestDaemonOptions {
  /** As after `--set`: `lanes.fast.max=2`. */
  readonly sets?: readonly string[];
  /** A script that is run on the database first. */
  readonly script?: string;
  /** In place of the machine's. */
  readonly ports?: Partial<RoomPorts>;
  readonly life?: LeadOptions["life"];
  readonly onFatal?: (message: string) => void;
  readonly keepLaneNumbers?: NonNullable<LeadOptions["keepLaneNumbers"]>;
}

/** A running daemon. */
export interface TestDaemon {
  readonly lead: Lead;
  readonly place: MountPlace;
  /** For GOBI_RUNTIME_DIR. */
  readonly runtimeFolder: string;
  /** Lines of the log: `info text`. */
  readonly lines: readonly string[];
  /** Resolved with the first line, past or to come, that matches. */
  line(pattern: RegExp): Promise<string>;
  /** A new connection to the Unix socket. */
  wire(): Promise<WireClient>;
  /** Goes through stopAccepting, drain and stop. */
  stop(graceMs?: number): Promise<void>;
}

/** Starts a daemon. The caller stops it, in a `finally` or `afterEach`. */
export async function startTestDaemon(options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const root = mkdtempSync(join(tmpdir(), "gobi-"));
  const folder = join(root, "shop");
  const runtimeFolder = join(root, "run");
  mkdirSync(folder);
  mkdirSync(runtimeFolder, { mode: 0o700 });
  const { configuration, problems } = readConfiguration({
    file: { path: join(folder, "gobi.toml"), name: "gobi.toml", mustExist: false },
    environment: {},
    commandLine: options.sets ?? [],
    stored: {},
  });
  if (problems.length > 0) throw new InternalError(problemLines(problems));
  const place = mountPlace(folder, runtimeFolder, configuration);
  prepare(place, options.script);
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  const leadOptions: LeadOptions = {
    configuration,
    place,
    heldFor: undefined,
    log: (level, text) => {
      lines.push(`${level} ${text}`);
      for (const listener of listeners) listener();
    },
    life: options.life ?? (() => Promise.resolve({})),
    ...(options.keepLaneNumbers === undefined ? {} : { keepLaneNumbers: options.keepLaneNumbers }),
    onFatal: options.onFatal ?? ((message) => void lines.push(`fatal ${message}`)),
  };
  const lead = new Room(leadOptions, { ...leadPorts(leadOptions), ...options.ports });
  const clients: WireClient[] = [];
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    await lead.start();
  } catch (error) {
    remove();
    throw new InternalError(`the daemon of the test did not start: ${String(error)}\n${lines.join("\n")}`, {
      cause: error,
    });
  }
  return {
    lead,
    place,
    runtimeFolder,
    lines,
    line: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = lines.find((each) => pattern.test(each));
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
      }),
    wire: async () => {
      const client = await wireClient(place.socket);
      clients.push(client);
      return client;
    },
    stop: async (graceMs = 0) => {
      for (const client of clients) client.end();
      await lead.stopAccepting();
      await lead.drain(graceMs);
      await lead.stop();
      remove();
    },
  };
}

function prepare(place: MountPlace, script: string | undefined): void {
  prepareDatabase(place.database, false, 5000);
  if (script === undefined) return;
  const { session } = testSession({ database: place.database });
  try {
    const outcome = session.execute({ name: "setup.grz", text: script });
    if (outcome.kind !== "completed")
      throw new InternalError(`the script of the test failed: ${JSON.stringify(outcome)}`);
  } finally {
    session.close();
  }
}
