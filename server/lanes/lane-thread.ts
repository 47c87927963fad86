// A lane in a thread of the Lead's process: the same lane as in lane-process.ts with another channel and other sockets.
// It starts sooner and takes less memory than a process; a statement that the engine is in the middle of cannot be ended here (docs/daemon.md).
import { connect, Socket, type SocketConstructorOpts } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { required } from "../../base/failure.ts";
import type { Lane } from "./lane.ts";
import type { FromThread, LaneThreadData, ToThread } from "./thread-types.ts";
import type { FromLane, LaneOpening } from "./types.ts";

const port = required(parentPort, "the port of a lane's thread");
const { pipePath } = workerData as LaneThreadData;
let lane: Lane | undefined;
/** Sessions under way back to the Lead. */
let leaving = 0;
let isDrained = false;

function tell(message: FromThread): void {
  port.postMessage(message);
}

function send(message: FromLane, socket?: Socket): void {
  if (message.kind === "sessionBack" && socket !== undefined) void giveBack(message, socket);
  else tell(message);
}

/** Gives a session back: the Lead stops sending, and what was under way by then travels with the session. */
async function giveBack(message: Extract<FromLane, { kind: "sessionBack" }>, released: Socket): Promise<void> {
  leaving += 1;
  const { session } = message;
  tell({ kind: "leaving", sessionId: session.sessionId });
  const late = await readRest(released);
  tell({ ...message, session: { ...session, pending: Buffer.concat([session.pending, ...late]) } });
  leaving -= 1;
  leaveWhenGiven();
}

const READ_BYTES = 65_536;

/**
 * Reads to the end, and ends. The lane's own way of reading is gone from the socket, so that it is read by a new one on the same handle:
 * into a buffer again, because a handle that was read into one (direct-socket.ts) gives its bytes in no other way.
 */
function readRest(released: Socket): Promise<readonly Uint8Array[]> {
  const owner = released as unknown as { _handle: unknown };
  const handle = owner._handle;
  owner._handle = null;
  if (handle === null || handle === undefined) return Promise.resolve([]);
  const chunks: Uint8Array[] = [];
  const onread = {
    buffer: new Uint8Array(READ_BYTES),
    callback: (bytes: number, buffer: Uint8Array): boolean => {
      chunks.push(Uint8Array.prototype.slice.call(buffer, 0, bytes));
      return true;
    },
  };
  const socket = new Socket({ handle, readable: true, writable: true, onread } as unknown as SocketConstructorOpts);
  return new Promise((resolve) => {
    // The client, or the Lead, is gone: what has come is all there is.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(chunks));
    socket.resume();
  });
}

function leaveWhenGiven(): void {
  if (!isDrained || leaving > 0 || lane === undefined) return;
  lane.close();
  lane = undefined;
  port.close();
}

/** The thread's end of a session's pipe; undefined when the Lead has closed it meanwhile. */
function openPipe(ticket: Uint8Array): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(pipePath);
    // It is the session's to read.
    socket.pause();
    const failed = (): void => resolve(undefined);
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      socket.write(ticket, () => resolve(socket));
    });
  });
}

async function open(opening: LaneOpening): Promise<void> {
  try {
    const { Lane: Opened } = await import("./lane.ts");
    lane = new Opened(opening, {
      host: "thread",
      send,
      drained: () => {
        isDrained = true;
        leaveWhenGiven();
      },
      // A thread ends with its process.
      orphaned: () => false,
      memoryBytes: () => {
        const { heapTotal, arrayBuffers } = process.memoryUsage();
        return heapTotal + arrayBuffers;
      },
    });
    tell({ kind: "opened", pid: process.pid });
  } catch (error) {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

async function receive(message: ToThread): Promise<void> {
  if (message.kind === "open") return open(message.opening);
  if (message.kind !== "session") return lane?.receive(message, undefined);
  const socket = await openPipe(message.ticket);
  const { sessionId } = message.session;
  if (socket === undefined) tell({ kind: "sessionEnded", sessionId, reason: "disconnected" });
  else lane?.receive({ kind: "session", session: message.session }, socket);
}

/** One after the other, so that nothing overtakes the session that it is about. */
let last: Promise<void> = Promise.resolve();
port.on("message", (message: ToThread) => {
  last = last.then(() => receive(message));
});
