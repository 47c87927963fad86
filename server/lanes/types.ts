// What the Lead and its lanes say to each other (over the channel of the child process, "advanced" serialisation): types only.
// A lane is a process with the sessions that were handed to it, each with its socket, its connection and its state. It answers its clients itself;
// the Lead hears of it only what it needs for routing, for `system.lanes`, `system.sessions`, `system.locks`, and for ending what does not end by itself.
import type { SessionLimits } from "../session-types.ts";
import type { Principal } from "../security/types.ts";

/** Tags of lanes, in the order of labels. `L` (Lead) is the database's coordinator. */
export const LANE_TAGS = ["slow", "medium", "fast", "cache"] as const;
export type LaneTag = (typeof LANE_TAGS)[number];

/** One lane as the Lead starts it. */
export interface LaneOpening {
  /** `DQM-<Database>-<NN>-<TAGS>`. */
  readonly label: string;
  readonly tags: readonly LaneTag[];
  /** Absolute path of the database file. */
  readonly database: string;
  /** Folder of imports and relative file names. */
  readonly directory: string;
  /** A small file that the Lead writes and the lane looks at while it works: the request to be cancelled. See lanes/control-file.ts. */
  readonly controlFile: string;
  /** `timeoutMs` is the deadline of a request that names none. */
  readonly limits: SessionLimits;
  /** Longest deadline that a request may name. */
  readonly deadlineMaxMs: number | undefined;
  readonly busyTimeoutMs: number;
  readonly mmapBytes: number | undefined;
  readonly idleTimeoutMs: number;
}

/** A session that is handed to a lane; its socket comes as the handle of the message. */
export interface SessionHandover {
  readonly sessionId: bigint;
  /** 16 bytes: needed to cancel from another connection. */
  readonly secret: Uint8Array;
  readonly principal: Principal;
  readonly clientName: string | undefined;
  readonly transport: "unix" | "tcp";
  readonly protocolVersion: number;
  readonly compression: "lz4" | "zstd" | undefined;
  /** Bytes that were read from the socket and belong to requests not yet looked at. */
  readonly pending: Uint8Array;
  /** True: the client still waits for READY (a new session); false: it was moved from another lane in between two requests. */
  readonly greet: boolean;
  /** Message id of the CONNECT that READY answers. */
  readonly messageId: bigint;
  /** Texts that PREPARE kept, by number, and the number of the next one. */
  readonly prepared?: { readonly next: number; readonly texts: ReadonlyMap<number, string> };
  /** True: it waits for events, and is not idle. */
  readonly subscribed?: boolean;
  /** The request for which it was given back to live in another lane: it is done where the session is now. */
  readonly movedFor?: bigint;
}

/** What a session is doing, for lists and for the watchdog. Times are milliseconds since 1970. */
export interface SessionStatus {
  readonly sessionId: bigint;
  readonly user: string;
  readonly clientName: string | undefined;
  readonly transport: "unix" | "tcp";
  readonly connectedAtMs: number;
  readonly lastSeenMs: number;
  readonly state: "idle" | "running" | "waiting" | "in transaction";
  /** The running request. */
  readonly messageId: bigint | undefined;
  readonly startedAtMs: number | undefined;
  readonly deadlineMs: number | undefined;
  /** First 200 characters of the text, or the routine's name. Never values of arguments. */
  readonly text: string | undefined;
  /** True while the session's transaction has written. */
  readonly writing: boolean;
  /** The object locks that it holds and the one that it waits for; `write` is the database's write lock. */
  readonly holds: readonly LockRow[];
  readonly waitsFor: LockRow | undefined;
}
export interface LockRow {
  readonly object: string;
  readonly mode: "share" | "exclusive";
  readonly sinceMs: number;
}

/** Counts of a lane since it started, and what it does now. */
export interface LaneStatus {
  readonly label: string;
  readonly pid: number;
  readonly tags: readonly LaneTag[];
  /** `disconnected`: nobody has wanted it yet, or for a while; it has no process. */
  readonly state: "disconnected" | "connecting" | "connected" | "error" | "shutting_down";
  /** Why its connection to the database does not work; undefined: it does. */
  readonly fault: string | undefined;
  readonly sessions: readonly SessionStatus[];
  /** Requests that wait in the lane. */
  readonly depth: number;
  readonly counts: {
    readonly submitted: number;
    readonly completed: number;
    readonly failed: number;
    readonly timeouts: number;
    readonly rejected: number;
    readonly cacheHits: number;
    readonly cacheMisses: number;
  };
  readonly waitMs: { readonly mean: number; readonly max: number };
  readonly executeMs: { readonly mean: number; readonly p95: number; readonly max: number };
  readonly rssBytes: number;
  /** Answers that the result cache holds. */
  readonly cacheAnswers: number;
}

/** What a lane did since it was last asked. */
export interface LaneNumbers {
  readonly counts: LaneStatus["counts"];
  /** Most requests at the same time. */
  readonly depthMax: number;
  /** Sums and greatest of the requests that have ended. */
  readonly waitMs: { readonly sum: number; readonly max: number };
  readonly executeMs: { readonly sum: number; readonly p95: number; readonly max: number };
}

/** From the Lead to a lane. */
export type ToLane =
  | { readonly kind: "open"; readonly opening: LaneOpening }
  /** With the socket as handle. */
  | { readonly kind: "session"; readonly session: SessionHandover }
  /** Take nothing new, give sessions back when they are between requests and hold no state, or end them with `goodbye`. Leave when none is left; with `stay` when told again. */
  | { readonly kind: "drain"; readonly goodbye: boolean; readonly stay: boolean }
  /** Give these sessions back when they are between requests and hold no state: there is a lane with less to do. */
  | { readonly kind: "giveBack"; readonly sessionIds: readonly bigint[] }
  | { readonly kind: "endSession"; readonly sessionId: bigint; readonly code: string; readonly message: string }
  /** End a request, or whatever the session runs: for sessions that stream or wait; what is at work reads the control file. */
  | { readonly kind: "cancel"; readonly sessionId: bigint; readonly messageId: bigint | undefined }
  /** The session waits for the write lock and must give up: it is the victim of a circle, which the message tells. */
  | { readonly kind: "stopWaiting"; readonly sessionId: bigint; readonly code: "Deadlock"; readonly message: string }
  /** Topics of `changed` that somebody wants to hear of from now on; of the others nothing need be told. At first: none. */
  | {
      readonly kind: "watched";
      readonly tables: boolean;
      readonly catalog: boolean;
      /** Where commits are noted (commit-journal.ts); undefined: nowhere. */
      readonly journal: string | undefined;
    }
  /** Answers of `lock` and `ask`. */
  | { readonly kind: "answer"; readonly askId: number; readonly answer: LeadAnswer }
  /** Send EVENT to the session. */
  | { readonly kind: "event"; readonly sessionId: bigint; readonly topic: string; readonly data: string }
  /** Something was committed: answers that the lane's cache holds are old. */
  | { readonly kind: "invalidate" }
  /** Asks for a LaneStatus. */
  | { readonly kind: "report" }
  /** Asks for LaneNumbers, and begins to count anew. */
  | { readonly kind: "takeNumbers" };

/** What the Lead answers a lane. */
export type LeadAnswer =
  | { readonly kind: "granted" }
  /** Deadlock (the message tells the circle of waiting sessions), Timeout, WrongArguments …: the name of the error that the request ends with. */
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "json"; readonly text: string };

/** From a lane to the Lead. */
export type FromLane =
  | { readonly kind: "opened"; readonly pid: number }
  | { readonly kind: "failed"; readonly message: string }
  /** With the socket as handle: the session wants to live in another lane, or this one drains. */
  | {
      readonly kind: "sessionBack";
      readonly session: SessionHandover;
      readonly wanted: LaneTag | undefined;
      /** True: not to a lane that is a thread; see elsewhere.ts. */
      readonly inProcess: boolean;
    }
  | { readonly kind: "sessionEnded"; readonly sessionId: bigint; readonly reason: string }
  /** A request has begun or ended: for the watchdog. `deadlineMs` undefined: the lane's default. */
  | {
      readonly kind: "began";
      readonly sessionId: bigint;
      readonly messageId: bigint;
      readonly atMs: number;
      readonly deadlineMs: number | undefined;
      readonly text: string;
    }
  | { readonly kind: "ended"; readonly sessionId: bigint; readonly messageId: bigint }
  /** A lock of an object by name, held to the end of the session's transaction. Answered. */
  | {
      readonly kind: "lock";
      readonly askId: number;
      readonly sessionId: bigint;
      readonly object: string;
      readonly mode: "share" | "exclusive";
      readonly waitMs: number;
    }
  /** The session waits for no lock of an object any more: its request was cancelled, is late, or has lost its client. */
  | { readonly kind: "stopLocking"; readonly sessionId: bigint }
  | { readonly kind: "unlockAll"; readonly sessionId: bigint }
  /** The session waits for the write lock of the database, or no longer. */
  | { readonly kind: "waiting"; readonly sessionId: bigint; readonly forWrite: boolean }
  | { readonly kind: "writing"; readonly sessionId: bigint; readonly writing: boolean }
  /** SERVICE_CONTROL and SHOW LANES, SESSIONS, LOCKS: the Lead answers with JSON. The lane has asked whether the principal may. */
  | {
      readonly kind: "ask";
      readonly askId: number;
      readonly sessionId: bigint;
      readonly principal: Principal;
      readonly action: string;
      readonly argument: string | undefined;
    }
  /** In place of what was subscribed before; empty: nothing any more. */
  | { readonly kind: "subscribe"; readonly sessionId: bigint; readonly topics: readonly string[] }
  /** A commit has changed these tables; `epoch` of the catalog when it has moved: whoever notices it tells, the Lead knows whether it is news. */
  | {
      readonly kind: "changed";
      readonly tables: readonly string[];
      /** True: other tables too, and nobody knows which. */
      readonly unknown: boolean;
      readonly epoch: number | undefined;
    }
  | { readonly kind: "status"; readonly status: LaneStatus }
  | { readonly kind: "numbers"; readonly numbers: LaneNumbers }
  | { readonly kind: "log"; readonly level: "info" | "warn" | "error"; readonly text: string };
