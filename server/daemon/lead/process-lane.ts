// A lane that can be ended in the middle of a statement, for sessions of lanes that are threads: one that is there, else one that is started for it.
import type { LaneTag } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { Lane } from "./lane.ts";

/** What looking for one needs. */
export interface ProcessWanted {
  readonly tag: LaneTag;
  readonly lanes: () => readonly Lane[];
  readonly clock: RunClock;
  /** False: no lane can be started now. */
  readonly start: () => boolean;
  /** Resolved with the next change of a lane, or after so many milliseconds. */
  readonly change: (atMostMs: number) => Promise<void>;
}

/** Processes that are started beside the threads of one kind: what runs there writes most often, and would wait for each other. */
const EXTRA_MAX = 2;
/** A session waits for a process so long. */
const PATIENCE_MS = 20_000;

/** A process of the tag that has nothing to do, waiting for one to start; the one with least to do when no more can be started; undefined when there is none. */
export async function laneInProcess({ tag, lanes, clock, start, change }: ProcessWanted): Promise<Lane | undefined> {
  const untilMs = clock.nowMs() + PATIENCE_MS;
  let hasStarted = false;
  for (;;) {
    const there = lanes().filter((lane) => lane.tag === tag && lane.host.kind === "process");
    const best = there.filter((lane) => lane.open).reduce<Lane | undefined>(lessBusy, undefined);
    if (best?.depth === 0) return best;
    const mayStart = !hasStarted && there.filter((lane) => lane.isExtra).length < EXTRA_MAX;
    if (mayStart && !there.some(isConnecting)) {
      hasStarted = true;
      if (start()) continue;
    }
    const leftMs = untilMs - clock.nowMs();
    if (leftMs <= 0 || !there.some(isConnecting)) return best;
    await change(leftMs);
  }
}

function lessBusy(best: Lane | undefined, lane: Lane): Lane {
  return best === undefined || lane.depth < best.depth ? lane : best;
}

function isConnecting({ state }: Lane): boolean {
  return state === "connecting";
}
