// The clock inside SQL. SQLite's own functions read the machine's clock; those without arguments can be replaced on a connection, and CURRENT_TIMESTAMP and its kin
// are such functions. The text 'now' is printed as julianday() (calls.ts), so that it goes the same way. Other programs, which meet these texts in a schema, get their own clock.
// A text 'now' that only the engine sees (a column, a schema made by another program) is still the machine's time.
import { printTimestamp } from "../../base/value/temporal.ts";
import { Timestamp } from "../../base/value/value.ts";
import type { RawValue } from "./bind.ts";

const JULIAN_DAY_OF_1970 = 2_440_587.5;
const DAY_MILLIS = 86_400_000;

/** `YYYY-MM-DD HH:MM:SS`, as the engine writes a moment. */
function engineText(micros: number): string {
  return printTimestamp(new Timestamp(micros), "fixed").slice(0, 19).replace("T", " ");
}

/** The engine's time has whole milliseconds. */
function julianDay(micros: number): number {
  return Math.floor(micros / 1000) / DAY_MILLIS + JULIAN_DAY_OF_1970;
}

const DAY_LENGTH = 10;

/** Functions of no argument, from microseconds since 1970. */
export const CLOCK_FUNCTIONS: Readonly<Record<string, (micros: number) => RawValue>> = {
  gobi_now: (micros) => printTimestamp(new Timestamp(micros), "fixed"),
  current_timestamp: engineText,
  current_date: (micros) => engineText(micros).slice(0, DAY_LENGTH),
  current_time: (micros) => engineText(micros).slice(DAY_LENGTH + 1),
  datetime: engineText,
  date: (micros) => engineText(micros).slice(0, DAY_LENGTH),
  time: (micros) => engineText(micros).slice(DAY_LENGTH + 1),
  unixepoch: (micros) => BigInt(Math.floor(micros / 1_000_000)),
  julianday: julianDay,
};

/** A time value that is known only when the statement runs: 'now' is the moment of the clock. */
export function momentOf(value: RawValue, micros: () => number): RawValue {
  return typeof value === "string" && value.toLowerCase() === "now" ? julianDay(micros()) : value;
}

/** Where the engine's time functions take time values; 'now' means something only there. */
export const TIME_VALUES: Readonly<Record<string, readonly number[]>> = {
  date: [0],
  time: [0],
  datetime: [0],
  julianday: [0],
  unixepoch: [0],
  strftime: [1],
  timediff: [0, 1],
};
