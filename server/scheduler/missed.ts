// Occurrences that nobody ran at their time: which of them are caught up, and how many stay missed.
import type { TimesCache, Occurrence } from "./occurrence-index.ts";
import type { SchedulerSettings } from "./settings.ts";
import type { ScheduleDefinition } from "./types.ts";

/** What becomes of missed occurrences. */
export interface MissedOccurrences {
  /** To be run now, oldest first. */
  readonly caughtUp: readonly Occurrence[];
  /** Not to be run. */
  readonly lost: readonly Occurrence[];
}

/** Occurrences of one schedule that are looked at: beyond this many only the newest matter. */
const LOOKED_AT_MAX = 100_000;

/**
 * Occurrences in [fromMs, toMs) while nothing ran, by the catch-up rules of their schedules: within the window, at most so many without one, only the last
 * when the policy says so. Those from before a schedule was changed are not its own any more.
 */
export function missedOccurrences(
  schedules: Iterable<ScheduleDefinition>,
  cache: TimesCache,
  settings: SchedulerSettings,
  span: { readonly fromMs: number; readonly toMs: number; readonly nowMs: number },
): MissedOccurrences {
  const caughtUp: Occurrence[] = [];
  const lost: Occurrence[] = [];
  for (const schedule of schedules) {
    if (!schedule.enabled || schedule.targets.length === 0) continue;
    const times: number[] = [];
    cache.of(schedule, span.nowMs).between(Math.max(span.fromMs, schedule.modifiedAt), span.toMs, times, LOOKED_AT_MAX);
    const first = firstToCatchUp(schedule, times, settings, span.nowMs);
    times.forEach((at, index) => (index >= first ? caughtUp : lost).push({ schedule, at }));
  }
  caughtUp.sort((left, right) => left.at - right.at);
  return { caughtUp, lost };
}

function firstToCatchUp(
  { constraints }: ScheduleDefinition,
  times: readonly number[],
  settings: SchedulerSettings,
  nowMs: number,
): number {
  if (!constraints.catchUp) return times.length;
  const { catchUpWindowMs } = constraints;
  const limit =
    constraints.catchUpPolicy === "last" ? 1 : catchUpWindowMs === undefined ? settings.catchUpMax : Infinity;
  const within = catchUpWindowMs === undefined ? 0 : times.findIndex((at) => at >= nowMs - catchUpWindowMs);
  return within < 0 ? times.length : Math.max(within, times.length - limit);
}
