// When lanes of a tag may start again after crashes: one history per tag, and the timers of those that wait.
import { assertNever } from "../../../base/failure.ts";
import { LANE_TAGS, type LaneTag } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import { CrashHistory } from "./crash-history.ts";

/** Crashes and restarts of the lanes of one database. */
export class Restarts {
  readonly #clock: RunClock;
  readonly #histories = new Map<LaneTag, CrashHistory>(LANE_TAGS.map((tag) => [tag, new CrashHistory()]));
  readonly #timers = new Map<LaneTag, () => void>();

  constructor(clock: RunClock) {
    this.#clock = clock;
  }

  /** True when lanes will start by themselves after a pause. */
  get pending(): boolean {
    return this.#timers.size > 0;
  }

  /** Crashes in a row of the tag's lanes. */
  crashes(tag: LaneTag): number {
    return this.#history(tag).inARow;
  }

  /** A lane that lived so long has died without being told to. */
  crashed(tag: LaneTag, livedMs: number): void {
    this.#history(tag).crashed(this.#clock.nowMs(), livedMs);
  }

  /** Milliseconds until a lane of the tag may start; 0: now. */
  pauseMs(tag: LaneTag): number {
    return this.#history(tag).pauseMs(this.#clock.nowMs());
  }

  /** Why no lane of the tag starts now. */
  inWords(tag: LaneTag, pauseMs: number): string {
    return `lanes for ${tag} statements have died ${String(this.crashes(tag))} times in a row soon after their start; the next one starts in ${String(pauseMs)} ms.`;
  }

  /** Starts when the tag's pause is over. False: that is settled already. */
  later(tag: LaneTag, start: () => void): boolean {
    if (this.#timers.has(tag)) return false;
    const stop = this.#clock.timer(this.pauseMs(tag), () => {
      this.#timers.delete(tag);
      start();
    });
    this.#timers.set(tag, stop);
    return true;
  }

  /** Nothing starts any more. */
  close(): void {
    for (const stop of this.#timers.values()) stop();
    this.#timers.clear();
  }

  #history(tag: LaneTag): CrashHistory {
    return this.#histories.get(tag) ?? assertNever(tag as never, "Restarts.#history");
  }
}
