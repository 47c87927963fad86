// A lane that can be ended in the middle of a statement, for sessions of lanes that are threads: one that is there, else one that is started beside them.
// Whoever has come stays as long as his session lasts: who has written will write again.
import type { LaneTag } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { Lane } from "./lane.ts";

/** What looking for one needs. */
export interface ProcessWanted {
  readonly lanes: () => readonly Lane[];
  readonly clock: RunClock;
  /** False: no lane can be started now. */
  readonly start: (tag: LaneTag) => boolean;
  /** Resolved with the next change of a lane, or after so many milliseconds. */
  readonly change: (atMostMs: number) => Promise<void>;
}

/** Processes that are started beside the threads of one kind: those who write wait for each other anyway. */
const EXTRA_MAX = 2;
/** A session waits for a process so long. */
const PATIENCE_MS = 20_000;

/**
 * The lane that a session would get, if it is a process; else one of the same tag that has nothing to do, waiting for one to start; the one with least to do when
 * no more can be started; the thread after all when there is none.
 */
export async function processFor(usual: Lane, { lanes, clock, start, change }: ProcessWanted): Promise<Lane> {
  const { tag } = usual;
  if (usual.host.kind === "process") return usual;
  const untilMs = clock.nowMs() + PATIENCE_MS;
  let hasStarted = false;
  for (;;) {
    const there = lanes().filter((lane) => lane.tag === tag && lane.host.kind === "process");
    const best = there.filter((lane) => lane.open).reduce<Lane | undefined>(lessBusy, undefined);
    if (best?.depth === 0) return best;
    const mayStart = !hasStarted && there.filter((lane) => lane.isExtra).length < EXTRA_MAX;
    if (mayStart && !there.some(isConnecting)) {
      hasStarted = true;
      if (start(tag)) continue;
    }
    const leftMs = untilMs - clock.nowMs();
    if (leftMs <= 0 || !there.some(isConnecting)) return best ?? usual;
    await change(leftMs);
  }
}

function lessBusy(best: Lane | undefined, lane: Lane): Lane {
  return best === undefined || lane.depth < best.depth ? lane : best;
}

function isConnecting({ state }: Lane): boolean {
  return state === "connecting";
}
