// The occurrences of all schedules within a window, sorted by time: built anew and swapped whole, so that who reads one finishes on it.
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

/** Compiled times of schedules, kept from build to build as long as a schedule is not changed. */
export interface TimesCache {
  of(schedule: ScheduleDefinition, nowMs: number): ScheduleTimes;
}

/** A cache of compiled times. Schedules that are gone go with the definitions that keyed them. */
export function timesCache(): TimesCache {
  const known = new WeakMap<ScheduleDefinition, ScheduleTimes>();
  return {
    of: (schedule, nowMs) => {
      const found = known.get(schedule);
      if (found !== undefined) return found;
      const made = scheduleTimes(schedule, nowMs);
      known.set(schedule, made);
      return made;
    },
  };
}

/**
 * Builds the index of [fromMs, toMs). Only enabled schedules that run something have occurrences, none from before their last change:
 * who changes a schedule at noon does not expect a run of a quarter to.
 */
export function buildIndex(
  schedules: Iterable<ScheduleDefinition>,
  cache: TimesCache,
  fromMs: number,
  toMs: number,
): OccurrenceIndex {
  const occurrences: Occurrence[] = [];
  const times: number[] = [];
  for (const schedule of schedules) {
    if (!schedule.enabled || schedule.targets.length === 0) continue;
    times.length = 0;
    const from = Math.max(fromMs, schedule.modifiedAt);
    cache.of(schedule, fromMs).between(from, toMs, times, OCCURRENCES_MAX);
    for (const at of times) occurrences.push({ schedule, at });
  }
  return indexOf(occurrences, fromMs, toMs);
}

/** An index of occurrences in any order. */
export function indexOf(occurrences: readonly Occurrence[], fromMs: number, toMs: number): OccurrenceIndex {
  const sorted = [...occurrences].sort(byTime);
  const firstAt = (instantMs: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle]?.at ?? Infinity) < instantMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    fromMs,
    toMs,
    size: sorted.length,
    between: (from, to) => (from >= to ? [] : sorted.slice(firstAt(from), firstAt(to))),
    firstFrom: (instantMs) => sorted[firstAt(instantMs)]?.at,
  };
}

function byTime(left: Occurrence, right: Occurrence): number {
  if (left.at !== right.at) return left.at - right.at;
  return left.schedule.id < right.schedule.id ? -1 : left.schedule.id > right.schedule.id ? 1 : 0;
}
