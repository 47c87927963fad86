// What the Lead and a lane in a thread of its process say to each other beyond server/lanes/types.ts: a socket cannot be given to a thread,
// so that the Lead pipes a client's bytes through a socket of this machine, at whose other end the thread reads and writes.
import type { FromLane, SessionHandover, ToLane } from "./types.ts";

/** What a thread is started with. */
export interface LaneThreadData {
  /** The Unix socket on which the Lead waits for the thread's end of each session. */
  readonly pipePath: string;
}

/** From the Lead to a thread. */
export type ToThread =
  | Exclude<ToLane, { readonly kind: "session" }>
  /** In place of the socket: what to say on `pipePath` to get the session's bytes. */
  | { readonly kind: "session"; readonly session: SessionHandover; readonly ticket: Uint8Array };

/** From a thread to the Lead. */
export type FromThread =
  | FromLane
  /** The session is about to be given back: `sessionBack` follows when the thread has read what is still under way to it. */
  | { readonly kind: "leaving"; readonly sessionId: bigint };
