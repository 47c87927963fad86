// Sockets on their way: a new session's to its lane, and from a lane that gives a session back to the next one.
// While a socket is here nobody reads from it; bytes that node read nevertheless travel with the session.
import { Socket } from "node:net";
import { required } from "../../../base/failure.ts";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import type { FromLane, SessionHandover } from "../../lanes/types.ts";
import { detachSocket, takeSocket } from "../../processes/detach-socket.ts";
import type { RunClock } from "../../runs/types.ts";
import { openSocketPairs, type SocketPairs } from "./doors.ts";
import { type Newcomer, sayGoodbye } from "./greeting.ts";
import type { Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import type { LeadSession, Sessions } from "./sessions.ts";
import { joinedSocket } from "./tls-pipe.ts";
import type { Watchdog } from "./watchdog.ts";

/** What handing over needs. */
export interface HandingPorts {
  readonly sessions: Sessions;
  readonly lanes: Lanes;
  readonly watchdog: Watchdog;
  readonly clock: RunClock;
  /** Forgets a session that has no lane any more. */
  readonly end: (sessionId: bigint) => void;
}

/** Gives sockets to lanes. */
export class Handing {
  readonly #ports: HandingPorts;
  /** Undefined while TLS is off. */
  #pairs: SocketPairs | undefined;

  constructor(ports: HandingPorts) {
    this.#ports = ports;
  }

  /** Opens the private socket through which TLS connections go to lanes. @throws GrizzlyError ServiceUnavailable. */
  async openPairs(path: string): Promise<void> {
    this.#pairs = await openSocketPairs(path);
  }

  close(): void {
    this.#pairs?.close();
  }

  /** The socket that can be given away: the connection's own, or the far end of a pair when TLS ends here. */
  async plainSocket({ connection, tls }: Newcomer): Promise<Socket> {
    if (!tls && connection instanceof Socket) return connection;
    return joinedSocket(connection, required(this.#pairs, "pairs of sockets while TLS is on"));
  }

  /** Gives a session's socket to a lane. When the lane dies in this moment, the client sees its connection closed. */
  give(
    session: LeadSession,
    lane: Lane,
    socket: Socket,
    more: Pick<SessionHandover, "pending" | "greet" | "messageId" | "movedFor" | "prepared" | "subscribed">,
  ): void {
    session.lane = lane;
    lane.sessionIds.add(session.id);
    lane.lastGivenMs = this.#ports.clock.nowMs();
    this.#ports.lanes.touched(lane);
    const early = takeSocket(socket);
    const pending = early.length === 0 ? more.pending : Buffer.concat([more.pending, early]);
    const { id: sessionId, secret, principal, clientName, transport, protocolVersion, compression } = session;
    const facts = { sessionId, secret, principal, clientName, transport, protocolVersion, compression };
    lane.host.send({ kind: "session", session: { ...more, ...facts, pending } }, socket, () => {
      socket.destroy();
      this.#ports.end(sessionId);
    });
    // A thread has no copy: it reads from this one.
    if (lane.host.kind === "process") session.copy = socket;
  }

  /** A lane has given a session back: the next one gets it, of the tag that it wants. */
  async moved(
    lane: Lane,
    { session: back, wanted, inProcess }: Extract<FromLane, { kind: "sessionBack" }>,
    socket: Socket | undefined,
  ): Promise<void> {
    // Node begins to read when a socket arrives; it is the next lane's to read.
    if (socket !== undefined) detachSocket(socket);
    const { sessions, lanes, watchdog, end } = this.#ports;
    const session = sessions.get(back.sessionId);
    lane.sessionIds.delete(back.sessionId);
    watchdog.left(lane, back.sessionId);
    lanes.touched(lane);
    if (session === undefined || socket === undefined) {
      end(back.sessionId);
      return void socket?.destroy();
    }
    session.lane = undefined;
    session.copy?.destroy();
    session.copy = undefined;
    if (socket.listenerCount("error") === 0) socket.on("error", () => undefined);
    try {
      const tag = wanted ?? session.wanted;
      const next = await (inProcess ? lanes.laneInProcess(tag) : lanes.laneFor(tag));
      this.give(session, next, socket, back);
    } catch (error) {
      end(session.id);
      sayGoodbye(socket, 0, "lane_lost", error instanceof GrizzlyError ? error.message : "The session has no lane.");
    }
  }
}
