// The occurrences of all schedules within a window, sorted by time: built anew and swapped whole, so that who reads one finishes on it.
// An occurrence is one number (time within the window, then rank of the schedule), so that tens of thousands are sorted as numbers and take no objects.
import { scheduleTimes, type ScheduleTimes } from "./times.ts";
import type { ScheduleDefinition } from "./types.ts";

/** When a schedule is due. */
export interface Occurrence {
  readonly schedule: ScheduleDefinition;
  readonly at: number;
}

/** Occurrences of a window, in order of time and then of the schedule's id. */
export interface OccurrenceIndex {
  readonly fromMs: number;
  readonly toMs: number;
  readonly size: number;
  /** Those in [fromMs, toMs). */
  between(fromMs: number, toMs: number): readonly Occurrence[];
  /** The time of the first that is not before; undefined when there is none in the window. */
  firstFrom(instantMs: number): number | undefined;
}

/** Occurrences of one schedule within a window: a second of each of a day and a half. */
const OCCURRENCES_MAX = 131_072;

/** What is kept from build to build. */
export interface TimesCache {
  /** Compiled times, as long as the schedule is not changed. */
  of(schedule: ScheduleDefinition, nowMs: number): ScheduleTimes;
  /** The schedules by id, as long as the list is the same. */
  ordered(schedules: readonly ScheduleDefinition[]): readonly ScheduleDefinition[];
}

/** An empty cache. What is gone goes with the definitions and lists that keyed it. */
export function timesCache(): TimesCache {
  const times = new WeakMap<ScheduleDefinition, ScheduleTimes>();
  const orders = new WeakMap<readonly ScheduleDefinition[], readonly ScheduleDefinition[]>();
  return {
    of: (schedule, nowMs) => {
      const known = times.get(schedule);
      if (known !== undefined) return known;
      const made = scheduleTimes(schedule, nowMs);
      times.set(schedule, made);
      return made;
    },
    ordered: (schedules) => {
      const known = orders.get(schedules);
      if (known !== undefined) return known;
      const made = [...schedules].sort((left, right) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0));
      orders.set(schedules, made);
      return made;
    },
  };
}

/**
 * Builds the index of [fromMs, toMs). Only enabled schedules that run something have occurrences, none from before their last change:
 * who changes a schedule at noon does not expect a run of a quarter to.
 */
export function buildIndex(
  schedules: readonly ScheduleDefinition[],
  cache: TimesCache,
  fromMs: number,
  toMs: number,
): OccurrenceIndex {
  const ordered = cache.ordered(schedules);
  const keys: number[] = [];
  const times: number[] = [];
  for (const [rank, schedule] of ordered.entries()) {
    if (!schedule.enabled || schedule.targets.length === 0) continue;
    times.length = 0;
    cache.of(schedule, fromMs).between(Math.max(fromMs, schedule.modifiedAt), toMs, times, OCCURRENCES_MAX);
    for (const at of times) keys.push((at - fromMs) * ordered.length + rank);
  }
  const sorted = Float64Array.from(keys).sort();
  const count = ordered.length;
  const timeAt = (place: number): number => fromMs + Math.floor((sorted[place] ?? 0) / count);
  /** The place of the first that is not before an instant. */
  const placeOf = (instantMs: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (timeAt(middle) < instantMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    fromMs,
    toMs,
    size: sorted.length,
    between: (from, to) => {
      const found: Occurrence[] = [];
      for (let place = placeOf(from); place < sorted.length && timeAt(place) < to; place += 1) {
        const schedule = ordered[(sorted[place] ?? 0) % count];
        if (schedule !== undefined) found.push({ schedule, at: timeAt(place) });
      }
      return found;
    },
    firstFrom: (instantMs) => {
      const place = placeOf(instantMs);
      return place < sorted.length ? timeAt(place) : undefined;
    },
  };
}
