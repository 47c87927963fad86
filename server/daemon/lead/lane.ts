// One lane as the Lead knows it: its process, its state, and what runs there as far as it was told.
// Lanes tell of a request only when it lasts longer than a moment, so that a short call costs no message.
import type { ControlFile } from "../../lanes/control-file.ts";
import type { LaneStatus, LaneTag } from "../../lanes/types.ts";
import type { LaneHost } from "./lane-host.ts";
import type { LaneLoad } from "./routing.ts";

/** Bounds of the number of lanes of a tag. */
export interface LaneBounds {
  readonly min: number;
  readonly max: number;
}

/** A request that the lane told of. */
export interface InFlight {
  readonly sessionId: bigint;
  readonly messageId: bigint;
  readonly startedAtMs: number;
  /** Milliseconds from its start to its end at the latest. */
  readonly deadlineMs: number;
  readonly text: string;
}

interface LaneParts {
  readonly number: number;
  readonly label: string;
  readonly tag: LaneTag;
  readonly host: LaneHost;
  readonly control: ControlFile;
  readonly nowMs: number;
  readonly state: LaneStatus["state"];
  readonly isExtra: boolean;
}

/** A lane. The lane manager changes its state, the watchdog what is in flight. */
export class Lane implements LaneLoad {
  readonly number: number;
  readonly label: string;
  readonly tag: LaneTag;
  readonly tags: readonly LaneTag[];
  readonly host: LaneHost;
  readonly control: ControlFile;
  /** True for a process beside the lanes of its kind, which are threads: it takes who does more than read, and counts for no bound. */
  readonly isExtra: boolean;
  readonly startedAtMs: number;
  readonly sessionIds = new Set<bigint>();
  /** By session: a session does one request at a time. */
  readonly inFlight = new Map<bigint, InFlight>();
  state: LaneStatus["state"];
  lastGivenMs = 0;
  /** Of the last sign of life; milliseconds since 1970. */
  lastHeardMs: number;
  /** The last report. */
  status: LaneStatus | undefined = undefined;
  /** True when its process has ended: its control file is closed, nothing may be written to it. */
  over = false;
  /** True when it could not open its database. */
  failed = false;
  /** Why the Lead ends it, once it does. */
  ending: string | undefined = undefined;
  /** Takes back the timer of a lane that has nothing to do. */
  stopIdleTimer: (() => void) | undefined = undefined;
  /** Takes back the timer of a lane that does not open. */
  stopStartTimer: (() => void) | undefined = undefined;

  constructor(parts: LaneParts) {
    this.number = parts.number;
    this.label = parts.label;
    this.tag = parts.tag;
    this.tags = [parts.tag];
    this.host = parts.host;
    this.control = parts.control;
    this.isExtra = parts.isExtra;
    this.startedAtMs = parts.nowMs;
    this.lastHeardMs = parts.nowMs;
    this.state = parts.state;
  }

  /** True when it is only a place: its process starts with the first session that wants it. */
  get resting(): boolean {
    return this.state === "disconnected";
  }

  get open(): boolean {
    return this.state === "connected" && this.ending === undefined;
  }

  get busySinceMs(): number | undefined {
    let since: number | undefined;
    for (const { startedAtMs } of this.inFlight.values())
      if (since === undefined || startedAtMs < since) since = startedAtMs;
    return since;
  }

  get depth(): number {
    return this.inFlight.size;
  }

  get sessions(): number {
    return this.sessionIds.size;
  }
}

/** How a change of state is told in the log. */
export const STATE_WORDS = {
  disconnected: { text: "disconnected", level: "info" },
  connecting: { text: "connecting", level: "info" },
  connected: { text: "connected", level: "info" },
  error: { text: "error", level: "error" },
  shutting_down: { text: "shutting down", level: "info" },
} as const satisfies Readonly<Record<LaneStatus["state"], { readonly text: string; readonly level: "info" | "error" }>>;

/** The lane's process; null while it has none. */
export function pidOf({ host: { pid } }: Lane): number | null {
  return pid === 0 ? null : pid;
}

/** How the end of a lane is told in the log. */
export function endOf({ label, ending }: Lane, how: string, lost: number): string {
  const sessions = lost === 0 ? "" : ` with ${String(lost)} ${lost === 1 ? "session" : "sessions"}`;
  return `${label} ${how}${sessions}${ending === undefined ? "" : ` (${ending})`}`;
}

/** Why a lane is not connected, in words. */
export function noteOf(lane: Lane): string | undefined {
  if (lane.resting) return RESTS;
  return lane.state === "error" ? lane.status?.fault : lane.ending;
}

/** What a lane without a process waits for. */
export const RESTS = "its process starts with the first session that wants it";
