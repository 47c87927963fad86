// Durations as configuration spells them: `5m`, `2h30m`, `500ms`, `5 minutes`, ISO `PT1H`. Always longer than nothing, in whole milliseconds.
// Unlike intervals they have no months or years, whose length depends on the calendar.

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** Lengths of units by every word for them. */
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  s: SECOND_MS,
  sec: SECOND_MS,
  second: SECOND_MS,
  seconds: SECOND_MS,
  m: MINUTE_MS,
  min: MINUTE_MS,
  minute: MINUTE_MS,
  minutes: MINUTE_MS,
  h: HOUR_MS,
  hour: HOUR_MS,
  hours: HOUR_MS,
  d: DAY_MS,
  day: DAY_MS,
  days: DAY_MS,
  w: WEEK_MS,
  week: WEEK_MS,
  weeks: WEEK_MS,
};

const PARTS = /^(?:\s*\d+(?:\.\d+)?\s*[a-z]+)+\s*$/i;
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/gi;
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;
const ISO_UNITS = [WEEK_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS];
const TEXT_CHARACTERS_MAX = 100;

/** Milliseconds of a duration's text; undefined when it is none, is not longer than nothing, or is longer than a number can hold exactly. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed.length > TEXT_CHARACTERS_MAX) return undefined;
  const iso = ISO.exec(trimmed);
  const total = iso === null ? sumOfParts(trimmed) : sumOfIso(iso);
  if (total === undefined) return undefined;
  const rounded = Math.round(total);
  return rounded > 0 && Number.isSafeInteger(rounded) ? rounded : undefined;
}

function sumOfIso(match: RegExpExecArray): number {
  return ISO_UNITS.reduce((sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
}

function sumOfParts(text: string): number | undefined {
  if (!PARTS.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, word] of text.matchAll(PART)) {
    const name = (word ?? "").toLowerCase();
    const unitMs = Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
    if (unitMs === undefined) return undefined;
    sum += Number(amount) * unitMs;
  }
  return sum;
}

const PRINTED: readonly (readonly [number, string])[] = [
  [DAY_MS, "d"],
  [HOUR_MS, "h"],
  [MINUTE_MS, "m"],
  [SECOND_MS, "s"],
  [1, "ms"],
];

/** The shortest text of a duration that `parseDuration` reads back: `2h30m`. */
export function printDuration(durationMs: number): string {
  let rest = Math.max(0, Math.round(durationMs));
  let text = "";
  for (const [unitMs, word] of PRINTED) {
    const amount = Math.floor(rest / unitMs);
    if (amount > 0) text += `${amount}${word}`;
    rest -= amount * unitMs;
  }
  return text === "" ? "0s" : text;
}
