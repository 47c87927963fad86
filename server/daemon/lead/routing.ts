// Which lane a session goes to: the least busy one of the wanted tag, else the least busy of all.
// Pure; whether another lane should be started is decided by the lane manager.
import type { LaneTag } from "../../lanes/types.ts";

/** What routing looks at. */
export interface LaneLoad {
  readonly tags: readonly LaneTag[];
  /** True: it gets what is given to it by name, and nothing else while another one is open. */
  readonly isExtra: boolean;
  /** False: it starts, drains or is in error; it gets nothing new. */
  readonly open: boolean;
  /** Requests that run or wait there, as far as the Lead was told. */
  readonly depth: number;
  /** Since when the oldest of them runs, in milliseconds since 1970; undefined when nothing runs that lasts. */
  readonly busySinceMs: number | undefined;
  readonly sessions: number;
  /** Milliseconds since 1970 of the last session that was given to it. */
  readonly lastGivenMs: number;
}

/** The lane for a session: least depth, then fewest sessions, then the one that was given something longest ago. Undefined when no lane is open. */
export function chooseLane<L extends LaneLoad>(lanes: readonly L[], wanted: LaneTag): L | undefined {
  const open = lanes.filter((lane) => lane.open && !lane.isExtra);
  const tagged = open.filter((lane) => lane.tags.includes(wanted));
  return least(tagged.length > 0 ? tagged : open);
}

/** For so long all lanes of a tag have something to do before another one is started: the first call of a routine compiles it, and does not last. */
export const RELIEF_AFTER_MS = 50;

/** True when another lane of the tag would help: there is none that is open, or each has a request that lasts. */
export function wantsMore(lanes: readonly LaneLoad[], tag: LaneTag, nowMs: number): boolean {
  const lasts = ({ busySinceMs }: LaneLoad): boolean =>
    busySinceMs !== undefined && nowMs - busySinceMs >= RELIEF_AFTER_MS;
  return lanes.every((lane) => !lane.open || !lane.tags.includes(tag) || lasts(lane));
}

/** Sessions of a lane from which on another lane is worth its memory: where a processor is free for it, and where it has to share one. */
const CROWD = 4;
const CROWD_SHARING = 16;

/**
 * True when the next session had better find another lane, though nothing runs in this one at the moment.
 * A processor is left to the clients: two lanes and a client on two processors answer a fifth fewer calls than one lane (bench/README.md).
 */
export function isCrowded(lanes: readonly LaneLoad[], tag: LaneTag, processors: number): boolean {
  const most = crowd(lanes.length + 1, processors);
  return lanes.every((lane) => !lane.open || !lane.tags.includes(tag) || lane.sessions >= most);
}

/** True when the other lanes of its tag can take the sessions of a lane and are not crowded then. */
export function fitsElsewhere<L extends LaneLoad>(
  lanes: readonly L[],
  lane: L,
  tag: LaneTag,
  processors: number,
): boolean {
  const others = lanes.filter((other) => other !== lane && other.open && other.tags.includes(tag));
  const sessions = others.reduce((sum, other) => sum + other.sessions, lane.sessions);
  return sessions < others.length * crowd(lanes.length, processors);
}

function crowd(lanes: number, processors: number): number {
  return lanes < processors ? CROWD : CROWD_SHARING;
}

/** Sessions that should move from the fullest to the emptiest lane of a tag, so that none has two more than another. */
export function surplus<L extends LaneLoad>(
  lanes: readonly L[],
  tag: LaneTag,
): { readonly from: L; readonly count: number } | undefined {
  const tagged = lanes.filter((lane) => lane.open && lane.tags.includes(tag));
  const bySessions = tagged.toSorted((left, right) => right.sessions - left.sessions);
  const [from] = bySessions;
  const to = bySessions.at(-1);
  if (from === undefined || to === undefined) return undefined;
  const count = Math.floor((from.sessions - to.sessions) / 2);
  return count > 0 ? { from, count } : undefined;
}

function least<L extends LaneLoad>(lanes: readonly L[]): L | undefined {
  return lanes.reduce<L | undefined>(
    (best, lane) => (best === undefined || before(lane, best) ? lane : best),
    undefined,
  );
}

function before(left: LaneLoad, right: LaneLoad): boolean {
  if (left.depth !== right.depth) return left.depth < right.depth;
  if (left.sessions !== right.sessions) return left.sessions < right.sessions;
  return left.lastGivenMs < right.lastGivenMs;
}
