// The Lead: doors, greetings, sessions, lanes, locks and events put together. It answers who comes in, gives him to a lane, and ends what does not end.
// No user code, no statement and no compiler is ever in this process.
import { join, resolve } from "node:path";
import type { TlsOptions } from "node:tls";
import type { Configuration } from "../../config/types.ts";
import { MACHINE_RUN_CLOCK } from "../../runs/clock.ts";
import { makeControlFile } from "../../lanes/control-file.ts";
import { catalogCommits, WRITERS } from "../../lanes/own-commits.ts";
import { openAuthenticator } from "../../security/authenticate.ts";
import { readTls } from "../../security/tls.ts";
import { laneRecordPath, notedLanes } from "../lane-record.ts";
import { commitJournalPath } from "../place.ts";
import type { LeadOptions, Lead } from "../types.ts";
import { startLaneProcess } from "./lane-host.ts";
import { Room, type RoomPorts } from "./room.ts";
import { makeSocketKey } from "./socket-key.ts";
import { startLaneThread } from "./thread-host.ts";

/** What a Lead reaches this machine through. @throws GrizzlyError ServiceUnavailable with what is wrong with the certificate. */
export function leadPorts({ place, log, configuration }: LeadOptions): RoomPorts {
  const journal = commitJournalPath(place);
  const startProcess = notedLanes(laneRecordPath(place.runtimeFolder, place.instance), startLaneProcess, (text) =>
    log("warn", text),
  );
  return {
    clock: MACHINE_RUN_CLOCK,
    startHost: (label, how, events) =>
      how.kind === "thread" ? startLaneThread(label, how, events) : startProcess(label, how, events),
    makeControlFile,
    authenticator: openAuthenticator({
      database: place.database,
      socketKey: makeSocketKey(place.socket),
      around: (connection) => catalogCommits(connection, { database: place.database, journal, writer: WRITERS.lead }),
      log,
    }),
    tls: tlsOf(configuration, place.folder, (text) => log("warn", text)),
    pairsPath: join(place.runtimeFolder, `${place.instance}.pairs.sock`),
  };
}

function tlsOf(configuration: Configuration, folder: string, warn: (text: string) => void): TlsOptions | undefined {
  const certificate = configuration.get("listen.tls_cert");
  const key = configuration.get("listen.tls_key");
  if (configuration.get("listen.tcp") === undefined || certificate === undefined || key === undefined) return undefined;
  const authority = configuration.get("listen.tls_client_ca");
  return readTls(
    {
      certificate: resolve(folder, certificate),
      key: resolve(folder, key),
      clientAuthority: authority === undefined ? undefined : resolve(folder, authority),
    },
    Date.now(),
    warn,
  );
}

/** Starts a Lead: resolved when clients are accepted and the least number of lanes runs. @throws GrizzlyError. */
export async function startLead(options: LeadOptions): Promise<Lead> {
  const room = new Room(options, leadPorts(options));
  await room.start();
  return room;
}
