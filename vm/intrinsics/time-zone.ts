// Time zones: IANA names by the data that ECMAScript's Intl carries, `UTC`, and fixed offsets (`+02:00`).
// A local time that clocks skip is shifted forward by the gap; of a local time that they show twice the first is meant (LANGUAGE.md section 9 has the same defaults).
import {
  DAY_MICROS,
  daysFromCivil,
  HOUR_MICROS,
  MINUTE_MICROS,
  SECOND_MICROS,
  splitTimestamp,
  timestampOf,
} from "../../base/value/calendar.ts";
import type { Timestamp } from "../../base/value/value.ts";
import { outOfRange } from "./arguments.ts";

/** Microseconds that clocks of a zone are ahead of UTC at an instant. */
type OffsetAt = (days: number, micros: number) => number;

const CACHED_MAX = 100;
const ZONES = new Map<string, OffsetAt>();
const OFFSET_TEXT = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i;

function zoneOf(name: string): OffsetAt {
  const known = ZONES.get(name);
  if (known !== undefined) return known;
  const zone = makeZone(name.trim());
  if (zone === undefined)
    throw outOfRange(
      `'${name.slice(0, 60)}' is no time zone; write an IANA name like Europe/Berlin, UTC or an offset like +02:00.`,
      name,
    );
  if (ZONES.size >= CACHED_MAX) ZONES.clear();
  ZONES.set(name, zone);
  return zone;
}

function makeZone(name: string): OffsetAt | undefined {
  if (/^(?:utc|gmt|z|zulu)$/i.test(name)) return () => 0;
  const fixed = OFFSET_TEXT.exec(name);
  if (fixed !== null) {
    const offset = Number(fixed[2]) * HOUR_MICROS + Number(fixed[3] ?? 0) * MINUTE_MICROS;
    const signed = fixed[1] === "-" ? -offset : offset;
    return offset > 18 * HOUR_MICROS ? undefined : () => signed;
  }
  return /^[A-Za-z][\w+\-/]{1,60}$/.test(name) ? intlZone(name) : undefined;
}

function intlZone(name: string): OffsetAt | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      era: "short",
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
  return (days, micros) => {
    const seconds = Math.floor(micros / SECOND_MICROS);
    const parts = new Map(
      format.formatToParts((days * 86_400 + seconds) * 1000).map((part) => [part.type, part.value]),
    );
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? 0);
    // 1 BC is the year 0: local clocks west of Greenwich show it at the start of the year 1.
    const year = parts.get("era")?.startsWith("B") === true ? 1 - number("year") : number("year");
    const localSeconds =
      daysFromCivil(year, number("month"), number("day")) * 86_400 +
      number("hour") * 3600 +
      number("minute") * 60 +
      number("second");
    return (localSeconds - (days * 86_400 + seconds)) * SECOND_MICROS;
  };
}

/** Microseconds that clocks of a zone are ahead of UTC at an instant. @throws Trap OutOfRange for an unknown zone. */
export function zoneOffset(timestamp: Timestamp, zone: string): number {
  const { days, micros } = splitTimestamp(timestamp);
  return zoneOf(zone)(days, micros);
}

function shifted(timestamp: Timestamp, by: number): Timestamp | undefined {
  const { days, micros } = splitTimestamp(timestamp);
  return timestampOf(days, micros + by);
}

/** What clocks of a zone show at an instant, as a timestamp of these parts. @throws Trap OutOfRange for an unknown zone or a year outside 1 to 9999. */
export function toLocal(timestamp: Timestamp, zone: string): Timestamp {
  return inRange(shifted(timestamp, zoneOffset(timestamp, zone)));
}

/** The instant at which clocks of a zone show the parts of `local`. @throws Trap OutOfRange as `toLocal`. */
export function fromLocal(local: Timestamp, zone: string): Timestamp {
  const offsetAt = zoneOf(zone);
  const { days, micros } = splitTimestamp(local);
  // Offsets never exceed a day, so the instants a day before and after stand on either side of any change near `local`.
  const before = offsetAt(days - 1, micros);
  const after = offsetAt(days + 1, micros);
  for (const offset of [before, after]) {
    const candidate = micros - offset;
    const carried = Math.floor(candidate / DAY_MICROS);
    if (offsetAt(days + carried, candidate - carried * DAY_MICROS) === offset)
      return inRange(timestampOf(days, candidate));
  }
  return inRange(timestampOf(days, micros - before));
}

function inRange(timestamp: Timestamp | undefined): Timestamp {
  if (timestamp === undefined) throw outOfRange("Timestamps reach from year 1 to year 9999.");
  return timestamp;
}

/** Offset as `+02:00`; seconds of old local times are left out. */
export function offsetText(offset: number, colon: boolean): string {
  const minutes = Math.trunc(Math.abs(offset) / MINUTE_MICROS);
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}${colon ? ":" : ""}${pad(minutes % 60)}`;
}
