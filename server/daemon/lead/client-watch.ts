// Sees that a client has gone while its lane sees nothing, since the engine is in the middle of a statement (CREATE INDEX, VACUUM, a sort) and asks nobody.
// Lanes that do look end such a session themselves, long before; one that does not is told, and killed when it does not answer (watchdog.ts).
import { existsSync, readFileSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { endianness } from "node:os";
import type { RunClock } from "../../runs/types.ts";
import type { LeadSession } from "./sessions.ts";
import type { Watchdog } from "./watchdog.ts";

/** What the watch needs. */
export interface ClientWatchPorts {
  readonly clock: RunClock;
  readonly sessions: () => readonly LeadSession[];
  readonly watchdog: Pick<Watchdog, "cancel">;
  /** The system's lists of connections over TCP, as one text; read once for all sessions. */
  readonly connections?: () => string;
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
    const { sessions, watchdog, connections = systemConnections } = this.#ports;
    const gone = new Set<bigint>();
    let closing: ReadonlySet<string> | undefined;
    for (const { id, lane, copy } of sessions()) {
      if (lane === undefined || copy === undefined) continue;
      if (!isClosed(copy)) {
        const { localPort, remoteAddress, remotePort } = copy;
        if (localPort === undefined || remoteAddress === undefined || remotePort === undefined) continue;
        closing ??= halfClosed(connections());
        if (!closing.has(endsOf(localPort, remoteAddress, remotePort))) continue;
      }
      gone.add(id);
      // Its lane has had a second to see it.
      if (this.#gone.has(id)) watchdog.cancel(lane, id, undefined);
    }
    this.#gone = gone;
  }
}

const NOTHING = new Uint8Array(0);

/** True when nobody is at the other end of a socket that must not be read from: writing nothing fails then, and harms nobody else. */
function isClosed(socket: Socket): boolean {
  const descriptor = (socket as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
  if (descriptor === undefined || descriptor < 0) return false;
  try {
    writeSync(descriptor, NOTHING);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EAGAIN";
  }
}

/** The name of a connection, whichever way its address is written. */
function endsOf(localPort: number, remoteAddress: string, remotePort: number): string {
  const host = remoteAddress.includes(":") ? `[${remoteAddress.replace(/%.*$/u, "")}]` : remoteAddress;
  return `${String(localPort)} ${new URL(`tcp://${host}`).hostname} ${String(remotePort)}`;
}

/** A connection that its other end has closed (state CLOSE_WAIT), as in Linux' lists: writing to such a one does not fail. */
const CLOSE_WAIT = /:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) 08 /gu;

function halfClosed(connections: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, local = "", address = "", remote = ""] of connections.matchAll(CLOSE_WAIT))
    found.add(endsOf(Number.parseInt(local, 16), addressText(address), Number.parseInt(remote, 16)));
  return found;
}

/** Linux writes addresses as words of 32 bits in the machine's order. */
function addressText(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  if (endianness() === "LE") bytes.swap32();
  if (bytes.length === 4) return [...bytes].join(".");
  return Array.from({ length: bytes.length / 2 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(":");
}

/** Elsewhere than on Linux there are no such lists, and none is seen. */
function systemConnections(): string {
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "latin1"))
    .join("");
}
