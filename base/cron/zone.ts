// Time zones through Intl: the offset of an instant, and the moments when a zone's clock is changed.
// Asking Intl costs a microsecond or two, so each year of a zone is probed once and its changes are kept.
import { daysFromCivil } from "../value/calendar.ts";

const SECOND_MS = 1000;
export const DAY_MS = 86_400_000;
/** Probes are this far apart: no zone changes its clock twice in two days. */
const PROBE_MS = 2 * DAY_MS;

/** The clock of a zone is changed at `atMs`; offsets are local minus UTC, in milliseconds. */
export interface ClockChange {
  readonly atMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

interface ZoneYear {
  readonly startOffsetMs: number;
  readonly changes: readonly ClockChange[];
}

/** A time zone. */
export interface Zone {
  readonly name: string;
  /** Local time minus UTC at an instant, in milliseconds. */
  offsetAt(instantMs: number): number;
  /** Changes of the clock in [fromMs, toMs), in order. */
  changesBetween(fromMs: number, toMs: number): readonly ClockChange[];
}

const zones = new Map<string, Zone>();

/** The zone of an IANA name in any case (`Europe/Berlin`, `UTC`), undefined when there is none. */
export function zoneOf(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = makeZone(name);
  if (zone !== undefined) zones.set(name, zone);
  return zone;
}

/** Names of zones, for suggestions. */
export function zoneNames(): readonly string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone")];
}

function formatterOf(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const PRINTED = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/;

function makeZone(name: string): Zone | undefined {
  const formatter = formatterOf(name);
  if (formatter === undefined) return undefined;
  if (/^(etc\/)?(utc|gmt|zulu|universal)$/i.test(name)) return { name, offsetAt: () => 0, changesBetween: () => [] };
  const probe = (instantMs: number): number => {
    const second = Math.floor(instantMs / SECOND_MS) * SECOND_MS;
    const [, month, day, year, hour, minute, part] = PRINTED.exec(formatter.format(second)) ?? [];
    const local =
      daysFromCivil(Number(year), Number(month), Number(day)) * DAY_MS +
      ((Number(hour) * 60 + Number(minute)) * 60 + Number(part)) * SECOND_MS;
    return local - second;
  };
  const years = new Map<number, ZoneYear>();
  const yearAt = (year: number): ZoneYear => {
    const known = years.get(year);
    if (known !== undefined) return known;
    const made = probeYear(probe, year);
    years.set(year, made);
    return made;
  };
  let last = { instantMs: Number.NaN, offset: 0 };
  const offsetAt = (instantMs: number): number => {
    if (last.instantMs === instantMs) return last.offset;
    const { startOffsetMs, changes } = yearAt(yearOf(instantMs));
    let offset = startOffsetMs;
    for (const change of changes) if (change.atMs <= instantMs) offset = change.afterMs;
    last = { instantMs, offset };
    return offset;
  };
  // Ten thousand schedules ask for the same window one after the other.
  let asked = { fromMs: Number.NaN, toMs: Number.NaN, found: [] as readonly ClockChange[] };
  const changesBetween = (fromMs: number, toMs: number): readonly ClockChange[] => {
    if (asked.fromMs === fromMs && asked.toMs === toMs) return asked.found;
    const found: ClockChange[] = [];
    for (let year = yearOf(fromMs); year <= yearOf(toMs - 1); year += 1)
      for (const change of yearAt(year).changes) if (change.atMs >= fromMs && change.atMs < toMs) found.push(change);
    asked = { fromMs, toMs, found };
    return found;
  };
  return { name, offsetAt, changesBetween };
}

function yearOf(instantMs: number): number {
  return new Date(instantMs).getUTCFullYear();
}

function probeYear(probe: (instantMs: number) => number, year: number): ZoneYear {
  const start = daysFromCivil(year, 1, 1) * DAY_MS;
  const end = daysFromCivil(year + 1, 1, 1) * DAY_MS;
  const startOffsetMs = probe(start - SECOND_MS);
  const changes: ClockChange[] = [];
  let before = startOffsetMs;
  for (let at = start; at < end; at += PROBE_MS) {
    const next = Math.min(at + PROBE_MS, end);
    // The last second of the year belongs to it, its successor to the next year.
    const after = probe(next - SECOND_MS);
    if (after !== before) {
      changes.push({ atMs: firstInstant(probe, at - SECOND_MS, next - SECOND_MS), beforeMs: before, afterMs: after });
      before = after;
    }
  }
  return { startOffsetMs, changes };
}

/** The first second with the offset that `high` has; `low` has another. */
function firstInstant(probe: (instantMs: number) => number, low: number, high: number): number {
  const target = probe(high);
  let [below, above] = [low, high];
  while (above - below > SECOND_MS) {
    const middle = Math.floor((below + above) / 2 / SECOND_MS) * SECOND_MS;
    if (probe(middle) === target) above = middle;
    else below = middle;
  }
  return above;
}
