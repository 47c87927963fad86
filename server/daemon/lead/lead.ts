// The Lead: doors, greetings, sessions, lanes, locks and events put together. It answers who comes in, gives him to a lane, and ends what does not end.
// No user code, no statement and no compiler is ever in this process.
import { join } from "node:path";
import { MACHINE_RUN_CLOCK } from "../../runs/clock.ts";
import { makeControlFile } from "../../lanes/control-file.ts";
import { openAuthenticator } from "../../security/authenticate.ts";
import type { LeadOptions, Lead } from "../types.ts";
import { startLaneProcess } from "./lane-host.ts";
import { Room, type RoomPorts } from "./room.ts";

/** What a Lead reaches this machine through. */
export function leadPorts({ place, log }: LeadOptions): RoomPorts {
  return {
    clock: MACHINE_RUN_CLOCK,
    startHost: startLaneProcess,
    makeControlFile,
    authenticator: openAuthenticator({ database: place.database, log }),
    tls: undefined,
    pairsPath: join(place.runtimeFolder, `${place.instance}.pairs.sock`),
  };
}

/** Starts a Lead: resolved when clients are accepted and the least number of lanes runs. @throws GrizzlyError. */
export async function startLead(options: LeadOptions): Promise<Lead> {
  const room = new Room(options, leadPorts(options));
  await room.start();
  return room;
}
