// A lane without a process, for tests of the Lead: it answers READY and PING, runs nothing, and says to the Lead what the test tells it to.
import { Socket, type SocketConstructorOpts } from "node:net";
import { encodeMessage } from "../../protocol/message-codec.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { messageName } from "../../protocol/frame.ts";
import type { LaneEvents, LaneHostKind, StartLaneHost } from "../../server/daemon/lead/lane-host.ts";
import type { FromLane, SessionHandover, ToLane } from "../../server/lanes/types.ts";

/** One lane that was started. */
export interface LaneDouble {
  readonly label: string;
  /** What the Lead has sent. */
  readonly heard: ToLane[];
  readonly sessions: ReadonlyMap<bigint, { readonly session: SessionHandover; readonly socket: Socket }>;
  readonly alive: boolean;
  /** Says something to the Lead. */
  say(message: FromLane, socket?: Socket): void;
  /** The process ends by itself. */
  die(how?: string): void;
  readonly kind: LaneHostKind;
  /** Gives a session back, for another lane of its kind, or for one that is a process. */
  giveBack(sessionId: bigint, to?: "process"): void;
}

/** Lanes of one test, in the order of their start. */
export interface LaneDoubles {
  readonly started: LaneDouble[];
  readonly alive: readonly LaneDouble[];
  readonly startHost: StartLaneHost;
  /** Runs when a lane is told to open; by default it says that it has. */
  onOpen: (lane: LaneDouble) => void;
  /** False: `drain` is heard and not followed. */
  drains: boolean;
}

/** Makes them. */
export function laneDoubles(): LaneDoubles {
  const started: LaneDouble[] = [];
  const doubles: LaneDoubles = {
    started,
    get alive() {
      return started.filter((lane) => lane.alive);
    },
    startHost: (label, { kind }, events) => {
      const lane = makeDouble(label, kind, events, doubles);
      started.push(lane.double);
      return lane.host;
    },
    onOpen: (lane) => lane.say({ kind: "opened", pid: 1 }),
    drains: true,
  };
  return doubles;
}

function makeDouble(label: string, kind: LaneHostKind, events: LaneEvents, doubles: LaneDoubles) {
  const sessions = new Map<bigint, { readonly session: SessionHandover; readonly socket: Socket }>();
  const heard: ToLane[] = [];
  let alive = true;
  const later = (run: () => void): void => void setImmediate(run);
  const end = (how: string): void => {
    if (!alive) return;
    alive = false;
    for (const { socket } of sessions.values()) socket.destroy();
    later(() => events.ended(how));
  };
  const double: LaneDouble = {
    label,
    kind,
    heard,
    sessions,
    get alive() {
      return alive;
    },
    say: (message, socket) => {
      if (alive) later(() => events.message(message, socket));
    },
    die: (how = "was killed by SIGKILL") => end(how),
    giveBack: (sessionId, to) => {
      const known = sessions.get(sessionId);
      if (known === undefined) return;
      sessions.delete(sessionId);
      known.socket.removeAllListeners("data");
      known.socket.removeAllListeners("close");
      known.socket.pause();
      double.say(
        {
          kind: "sessionBack",
          session: { ...known.session, greet: false },
          wanted: undefined,
          inProcess: to === "process",
        },
        known.socket,
      );
    },
  };
  const take = (session: SessionHandover, given: Socket): void => {
    const socket = arrived(given);
    sessions.set(session.sessionId, { session, socket });
    if (session.greet) socket.write(ready(session, label));
    const reader = new FrameReader();
    const read = (chunk: Uint8Array): void => {
      for (const frame of reader.push(chunk))
        if (messageName(frame.code) === "PING") socket.write(encodeMessage("PONG", { ...frame, flags: 0 }, {}));
    };
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sessions.delete(session.sessionId);
      double.say({ kind: "sessionEnded", sessionId: session.sessionId, reason: "closed" });
    });
    read(session.pending);
    socket.on("data", read);
    socket.resume();
  };
  const host = {
    kind,
    pid: 1,
    send: (message: ToLane, socket?: Socket, failed?: () => void): void => {
      if (!alive) return failed?.();
      heard.push(message);
      if (message.kind === "open") doubles.onOpen(double);
      else if (message.kind === "session" && socket !== undefined) take(message.session, socket);
      else if (message.kind === "giveBack") for (const id of message.sessionIds) double.giveBack(id);
      else if (message.kind === "endSession") sessions.get(message.sessionId)?.socket.end();
      else if (message.kind === "drain" && doubles.drains) {
        for (const [id, { socket: own }] of sessions) {
          if (message.goodbye) own.destroy();
          else double.giveBack(id);
        }
        if (!message.stay) later(() => end("ended with code 0"));
      }
    },
    kill: () => end("was killed by SIGKILL"),
    disconnect: () => end("ended with code 0"),
  };
  return { double, host };
}

/** What node makes of a socket that comes from another process: a new one on the same handle. */
function arrived(given: Socket): Socket {
  const owner = given as unknown as { _handle: unknown };
  const handle = owner._handle;
  owner._handle = null;
  return new Socket({ handle, readable: true, writable: true } as SocketConstructorOpts);
}

function ready(session: SessionHandover, lane: string): Uint8Array {
  const { sessionId, secret, principal, messageId } = session;
  return encodeMessage(
    "READY",
    { messageId, sessionId },
    { protocol_version: 1, session_id: sessionId, secret, server_version: "test", lane, user: principal.name },
  );
}
