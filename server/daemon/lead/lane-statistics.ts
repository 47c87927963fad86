// What lanes did, period by period, for system.lane_stats: at the end of each period every lane is asked; lanes that leave tell by themselves.
// A lane that is killed takes with it what it did in the running period.
import type { LaneNumbers } from "../../lanes/types.ts";
import type { RunClock } from "../../runs/types.ts";
import type { LanePeriodRow } from "../../runs/writes/lane-statistics.ts";
import { PERIOD_MS, periodOf } from "../../statistics/periods.ts";
import type { Lane } from "./lane.ts";

/** What the statistics need. */
export interface LaneStatisticsPorts {
  readonly clock: RunClock;
  readonly database: string;
  readonly lanes: () => readonly Lane[];
  /** Keeps rows; those of the same lane and period are added up by what is kept already. */
  readonly keep: (rows: readonly LanePeriodRow[]) => void;
}

/** Lanes answer within this time, mostly. */
const ANSWER_MS = 500;

/** Collects them. */
export class LaneStatistics {
  readonly #ports: LaneStatisticsPorts;
  #stopTimer: () => void = () => undefined;

  constructor(ports: LaneStatisticsPorts) {
    this.#ports = ports;
  }

  /** Asks at the end of the running period, then of each. */
  start(): void {
    const { clock } = this.#ports;
    // A moment before the end, so that the answers belong to it.
    const leftMs = PERIOD_MS - (clock.nowMs() % PERIOD_MS) - ANSWER_MS;
    this.#stopTimer = clock.timer(leftMs > 0 ? leftMs : leftMs + PERIOD_MS, () => {
      this.take();
      this.start();
    });
  }

  /** Asks for what was done so far. */
  take(): void {
    for (const { host } of this.#ports.lanes()) host.send({ kind: "takeNumbers" });
  }

  stop(): void {
    this.#stopTimer();
  }

  /** A lane has answered, or leaves. */
  heard(lane: Lane, numbers: LaneNumbers): void {
    const { clock, database, keep } = this.#ports;
    const { submitted, completed, failed } = numbers.counts;
    // Idle lanes write nothing.
    if (submitted + completed + failed === 0) return;
    const { number: laneNo, tags } = lane;
    keep([{ ...numbers, periodId: periodOf(clock.nowMs()).id, database, laneNo, tags: tags.join(",") }]);
  }
}
