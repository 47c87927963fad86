// Occurrences that nobody ran at their time: which of them are caught up, and how many stay missed.
// Who comes back after years finds millions: only what is run is listed, the rest is counted, up to limits that are told.
import type { TimesCache, Occurrence } from "./occurrence-index.ts";
import type { SchedulerSettings } from "./setting-rows.ts";
import type { ScheduleTimes } from "./times.ts";
import type { ScheduleDefinition } from "./types.ts";

/** What becomes of missed occurrences. */
export interface MissedOccurrences {
  /** To be run now, oldest first. */
  readonly caughtUp: readonly Occurrence[];
  /** Not to be run. */
  readonly lost: readonly Occurrence[];
  /** Names of schedules of which more was missed than is listed. */
  readonly more: readonly string[];
}

/** Lost occurrences that are listed: of one schedule, and of all. */
const LOST_MAX = 1000;
const LOST_OF_ALL_MAX = 100_000;
/** Occurrences of one schedule that are caught up however long its window is. */
const CAUGHT_UP_MAX = 10_000;
const HOUR_MS = 3_600_000;

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
  const more: string[] = [];
  for (const schedule of schedules) {
    if (!schedule.enabled || schedule.targets.length === 0) continue;
    const times = cache.of(schedule, span.nowMs);
    const from = Math.max(span.fromMs, schedule.modifiedAt);
    const found = newest(times, catchUpFrom(schedule, from, span), span.toMs, catchUpLimit(schedule, settings));
    for (const at of found) caughtUp.push({ schedule, at });
    const room = Math.min(LOST_MAX, LOST_OF_ALL_MAX - lost.length);
    const rest: number[] = [];
    times.between(from, found[0] ?? span.toMs, rest, room + 1);
    if (rest.length > room) more.push(schedule.name);
    for (const at of rest.slice(0, room)) lost.push({ schedule, at });
  }
  caughtUp.sort((left, right) => left.at - right.at);
  return { caughtUp, lost, more };
}

function catchUpFrom(
  { constraints: { catchUpWindowMs } }: ScheduleDefinition,
  from: number,
  { nowMs }: { readonly nowMs: number },
): number {
  return catchUpWindowMs === undefined ? from : Math.max(from, nowMs - catchUpWindowMs);
}

function catchUpLimit({ constraints }: ScheduleDefinition, settings: SchedulerSettings): number {
  if (!constraints.catchUp) return 0;
  if (constraints.catchUpPolicy === "last") return 1;
  return constraints.catchUpWindowMs === undefined ? settings.catchUpMax : CAUGHT_UP_MAX;
}

/** The last `count` times in [fromMs, toMs), in order: looked for backwards, so that it does not matter how long ago the start is. */
function newest(times: ScheduleTimes, fromMs: number, toMs: number, count: number): readonly number[] {
  if (count === 0) return [];
  for (let width = HOUR_MS; ; width *= 4) {
    const start = Math.max(fromMs, toMs - width);
    const found: number[] = [];
    times.between(start, toMs, found, Infinity);
    if (found.length >= count || start === fromMs) return found.slice(-count);
  }
}
