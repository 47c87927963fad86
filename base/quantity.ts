// Durations and sizes as people write them in configuration: `90s`, `2h30m`, `500ms`, `PT1H30M`, `256MB`.
// One reader for schedules, pipelines and limits, so that the same text means the same everywhere.

const TIME_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

const PARTS = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/giu;
const ISO = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/iu;

/** Milliseconds of `5m`, `2h30m`, `500ms` or ISO 8601 `PT1H`; undefined for anything else: no unit, a sign, an unknown unit. */
export function durationMs(text: string): number | undefined {
  const trimmed = text.trim();
  const iso = ISO.exec(trimmed);
  if (iso !== null) {
    if (!/\d/u.test(trimmed)) return undefined;
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = iso.slice(1).map((part) => Number(part ?? 0));
    return Math.round(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000);
  }
  if (!/^(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+$/iu.test(trimmed)) return undefined;
  let sum = 0;
  for (const [, number = "", unit = ""] of trimmed.matchAll(PARTS)) {
    const factor = TIME_UNITS[unit.toLowerCase()];
    if (factor === undefined) return undefined;
    sum += Number(number) * factor;
  }
  return Math.round(sum);
}

/** Bytes of `256MB`, `1 GB`, `512b`; undefined for anything else. Units are powers of 1024. */
export function sizeBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/iu.exec(text);
  const factor = SIZE_UNITS[(match?.[2] ?? "").toLowerCase()];
  return match === null || factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}

/** `1h30m`, `90ms`: the shortest text that `durationMs` reads back. */
export function printDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
    ["ms", 1],
  ] as const;
  let rest = Math.round(ms);
  let text = "";
  for (const [unit, factor] of units) {
    const count = Math.floor(rest / factor);
    rest -= count * factor;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
