// Sees that a client has gone while its lane sees nothing, since the engine is in the middle of a statement (CREATE INDEX, VACUUM, a sort) and asks nobody.
// Lanes that do look end such a session themselves, long before; one that does not is told, and killed when it does not answer (watchdog.ts).
import { readFileSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import type { RunClock } from "../../runs/types.ts";
import type { LeadSession } from "./sessions.ts";
import type { Watchdog } from "./watchdog.ts";

/** What the watch needs. */
export interface ClientWatchPorts {
  readonly clock: RunClock;
  readonly sessions: () => readonly LeadSession[];
  readonly watchdog: Pick<Watchdog, "cancel">;
  readonly isGone?: (socket: Socket) => boolean;
}

/** With the time that a lane has to answer, a session has ended five seconds after its client at the latest. */
const LOOK_MS = 1000;

/** Looks at the clients of all sessions. */
export class ClientWatch {
  readonly #ports: ClientWatchPorts;
  /** Sessions whose client had gone when they were last looked at. */
  #gone = new Set<bigint>();
  #stopTimer: () => void = () => undefined;

  constructor(ports: ClientWatchPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#stopTimer = this.#ports.clock.timer(LOOK_MS, () => {
      this.#look();
      this.start();
    });
  }

  stop(): void {
    this.#stopTimer();
  }

  #look(): void {
    const { sessions, watchdog, isGone = clientIsGone } = this.#ports;
    const gone = new Set<bigint>();
    for (const { id, lane, copy } of sessions()) {
      if (lane === undefined || copy === undefined || !isGone(copy)) continue;
      gone.add(id);
      // Its lane has had a second to see it.
      if (this.#gone.has(id)) watchdog.cancel(lane, id, undefined);
    }
    this.#gone = gone;
  }
}

const NOTHING = new Uint8Array(0);

/** True when nobody is at the other end of a socket that must not be read from: writing nothing fails then, and harms nobody else. */
function clientIsGone(socket: Socket): boolean {
  const descriptor = (socket as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
  if (descriptor === undefined || descriptor < 0) return false;
  try {
    writeSync(descriptor, NOTHING);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EAGAIN";
  }
  return socket.remotePort !== undefined && isHalfClosed(socket.localPort ?? 0, socket.remotePort);
}

/** State of a TCP connection whose other end has closed it, as in Linux' list of connections. */
const CLOSE_WAIT = "08";

/** True for a TCP connection of these ports whose other end has closed it: writing to such a one does not fail. Elsewhere than on Linux it is not seen. */
function isHalfClosed(localPort: number, remotePort: number): boolean {
  const ends = new RegExp(`:${hex(localPort)} [0-9A-F]+:${hex(remotePort)} ${CLOSE_WAIT} `, "u");
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((path) => {
    try {
      return ends.test(readFileSync(path, "latin1"));
    } catch {
      return false;
    }
  });
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}
