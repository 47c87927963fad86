// The Lead: doors, greetings, sessions, lanes, locks and events put together. It answers who comes in, gives him to a lane, and ends what does not end.
// No user code, no statement and no compiler is ever in this process.
import { join } from "node:path";
import { MACHINE_RUN_CLOCK } from "../../runs/clock.ts";
import { makeControlFile } from "../../lanes/control-file.ts";
import { OWNER } from "../../security/types.ts";
import type { LeadOptions, Lead } from "../types.ts";
import { startLaneProcess } from "./lane-host.ts";
import { Room, type RoomPorts } from "./room.ts";
import type { Authenticator } from "./welcome.ts";

/** Whoever may open the Unix socket is the owner; nobody else comes in. */
const OWNER_ONLY: Authenticator = {
  authenticate: ({ transport, user, token }) =>
    Promise.resolve(
      transport === "unix" && user === undefined && token === undefined
        ? { kind: "principal", principal: OWNER }
        : { kind: "refused", code: "NotAllowed", message: "Only the owner of the mount may connect." },
    ),
  close: () => undefined,
};

/** What a Lead reaches this machine through. */
export function leadPorts({ place }: LeadOptions): RoomPorts {
  return {
    clock: MACHINE_RUN_CLOCK,
    startHost: startLaneProcess,
    makeControlFile,
    authenticator: OWNER_ONLY,
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
