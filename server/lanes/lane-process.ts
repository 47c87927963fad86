// The process of a lane: a child of the Lead, which sends it what to open and then sessions with their sockets. It ends when the Lead is gone.
import type { Socket } from "node:net";
import { InternalError } from "../../base/failure.ts";
import type { Lane } from "./lane.ts";
import type { FromLane, LaneOpening, ToLane } from "./types.ts";

let lane: Promise<Lane> | undefined;
/** Messages under way. Sockets leave one by one, each when the one before has arrived: whoever closes the channel before loses them. */
let unsent = 0;
let isDrained = false;
/** As the Lead tells it: whoever asks the system himself may ask too late. */
const parent = Number(process.argv[3] ?? process.ppid);

function send(message: FromLane, socket?: Socket): void {
  if (process.send === undefined) throw new InternalError("lane process: started without a channel to its parent");
  unsent += 1;
  // A failure means that the Lead is gone, which "disconnect" tells.
  const sent = (): void => {
    unsent -= 1;
    leaveWhenSent();
  };
  if (socket === undefined) process.send(message, undefined, undefined, sent);
  else process.send(message, socket, {}, sent);
}

function leaveWhenSent(): void {
  if (isDrained && unsent === 0 && process.connected) process.disconnect();
}

function drained(): void {
  isDrained = true;
  leaveWhenSent();
}

async function open(opening: LaneOpening): Promise<Lane> {
  // Loaded when it is needed: an idle process stays small.
  const { Lane: Opened } = await import("./lane.ts");
  return new Opened(opening, {
    host: "process",
    send,
    drained,
    orphaned: () => process.ppid !== parent,
    memoryBytes: () => process.memoryUsage.rss(),
  });
}

process.on("message", (message: ToLane, socket: Socket | undefined) => {
  if (message.kind === "open") {
    lane = open(message.opening);
    lane.then(
      () => send({ kind: "opened", pid: process.pid }),
      (error: unknown) => send({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
    );
    return;
  }
  void lane?.then((opened) => opened.receive(message, socket));
});
// The Lead decides when a lane ends: signals for the whole group must not cut its work short.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => {
  void (lane ?? Promise.resolve(undefined)).then((opened) => {
    opened?.close();
    process.exit(0);
  });
});
