// Cron texts: 5 fields, 6 (seconds first) or 7 (years last), words such as `@daily`, `@every 5m`, and a zone in front (`CRON_TZ=Europe/Berlin 0 2 * * *`).
// Counts and cuts the text, resolves names, reads years, and has each list element read through the port; whatever is wrong keeps its place in the text.
// The result is a table of values (`CronTable`) from which times are enumerated (times.ts); the text is not looked at again.
import type { DiagnosticData } from "../diagnostics/diagnostics.ts";
import { durationMs } from "../quantity.ts";
import { monthFires } from "./days.ts";
import { CRON_FIELDS, CRON_WORDS, FIELD_NAMES, type CronField, type CronPort, type LibraryField } from "./fields.ts";
import { emptyTable, type CronTable } from "./table.ts";
import { civilFromDays } from "../value/calendar.ts";
import { DAY_MS } from "./zone.ts";

type CronDiagnostic = "CronFieldCount" | "CronValue" | "CronUnsupported" | "CronNeverRuns" | "UnknownDuration";

/** What is wrong with a cron text; start and end count within the text. */
export type CronProblem = {
  readonly [N in CronDiagnostic]: {
    readonly name: N;
    readonly data: DiagnosticData<N>;
    readonly start: number;
    readonly end: number;
    readonly help?: string;
  };
}[CronDiagnostic];

/** What a cron text means. */
export type CronMeaning =
  | { readonly kind: "table"; readonly table: CronTable }
  | { readonly kind: "every"; readonly intervalMs: number };

/** A cron text read: its meaning, or everything that is wrong with it. */
export type CronReading =
  | { readonly ok: true; readonly meaning: CronMeaning }
  | { readonly ok: false; readonly problems: readonly CronProblem[] };

interface Part {
  readonly text: string;
  readonly start: number;
}

const FIELDS_BY_COUNT: Readonly<Record<number, readonly CronField[]>> = {
  5: ["minute", "hour", "dayOfMonth", "month", "dayOfWeek"],
  6: ["second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek"],
  7: ["second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek", "year"],
};

/** Cuts at a separator and keeps where each part starts. */
function partsOf(text: string, start: number, separator: RegExp): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(separator)) {
    parts.push({ text: text.slice(from, match.index), start: start + from });
    from = match.index + match[0].length;
  }
  parts.push({ text: text.slice(from), start: start + from });
  return parts;
}

/** Reads a cron text. Never throws on a text; an expression without any time from now on is a problem too. */
export function readCron(text: string, port: CronPort): CronReading {
  const zoned = /^\s*(?:CRON_)?TZ=(\S+)\s+/u.exec(text);
  const bodyStart = zoned?.[0].length ?? 0;
  const body = text.slice(bodyStart).trimEnd();
  const lead = body.length - body.trimStart().length;
  const trimmed: Part = { text: body.trimStart(), start: bodyStart + lead };
  const every = /^@?every(?:\s+|$)(.*)$/iu.exec(trimmed.text);
  if (every !== null) return readEvery(trimmed, every[1] ?? "");
  const word = trimmed.text.replace(/^@/u, "").toLowerCase();
  if (Object.hasOwn(CRON_WORDS, word)) {
    const whole = readFields({ text: CRON_WORDS[word] ?? "", start: 0 }, zoned?.[1], port);
    return whole;
  }
  if (trimmed.text.startsWith("@")) {
    return refused({
      name: "CronValue",
      data: { value: trimmed.text, what: "word for a schedule" },
      start: trimmed.start,
      end: trimmed.start + trimmed.text.length,
      help: `Words are ${Object.keys(CRON_WORDS)
        .map((each) => `@${each}`)
        .join(", ")} and @every 5m.`,
    });
  }
  return readFields(trimmed, zoned?.[1], port);
}

function refused(...problems: readonly CronProblem[]): CronReading {
  return { ok: false, problems };
}

function readEvery(whole: Part, duration: string): CronReading {
  const intervalMs = durationMs(duration);
  if (intervalMs !== undefined && intervalMs >= 1000)
    return { ok: true, meaning: { kind: "every", intervalMs: intervalMs - (intervalMs % 1000) } };
  const start = whole.start + whole.text.length - duration.length;
  return refused({
    name: "UnknownDuration",
    data: { key: "@every", text: duration },
    start: duration === "" ? whole.start : start,
    end: whole.start + whole.text.length,
    help: "Write for example @every 5m or @every 1h30m; one second is the shortest.",
  });
}

function readFields(whole: Part, zone: string | undefined, port: CronPort): CronReading {
  const parts = whole.text === "" ? [] : partsOf(whole.text, whole.start, /\s+/gu);
  const fields = FIELDS_BY_COUNT[parts.length];
  if (fields === undefined) {
    const extra = parts[7];
    return refused({
      name: "CronFieldCount",
      data: { found: parts.length },
      start: extra?.start ?? whole.start,
      end: whole.start + whole.text.length,
      help: "The fields are minute, hour, day of the month, month, day of the week; with six a second stands first, with seven a year last.",
    });
  }
  const problems: CronProblem[] = [];
  const table = emptyTable(zone);
  fields.forEach((field, index) => {
    const part = parts[index];
    if (part === undefined) return;
    for (const element of partsOf(part.text, part.start, /,/gu)) readElement(table, field, element, port, problems);
  });
  if (problems.length > 0) return { ok: false, problems };
  if (!fields.includes("second")) table.seconds.push(0);
  table.finish();
  const thisYear = civilFromDays(Math.floor(port.nowMs() / DAY_MS)).year;
  if (everFires(table, thisYear)) return { ok: true, meaning: { kind: "table", table } };
  const [days, months] = [parts[fields.indexOf("dayOfMonth")], parts[fields.indexOf("month")]];
  const yearPart = parts[fields.indexOf("year")];
  const over = table.years !== undefined && !table.years.some((year) => year >= thisYear);
  const from = over ? yearPart : days;
  const to = over ? yearPart : months;
  return refused({
    name: "CronNeverRuns",
    data: { reason: over ? `${yearPart?.text ?? ""} is over` : `no month has such a day` },
    start: from?.start ?? whole.start,
    end: (to?.start ?? whole.start) + (to?.text.length ?? whole.text.length),
  });
}

/** The calendar repeats after this many years. */
const CALENDAR_YEARS = 400;

function everFires(table: CronTable, fromYear: number): boolean {
  const last = table.years?.at(-1) ?? fromYear + CALENDAR_YEARS;
  for (let year = fromYear; year <= last; year += 1)
    for (let month = 1; month <= 12; month += 1) if (monthFires(table, year, month) !== 0) return true;
  return false;
}

/** One list element of one field: into the table, or into the problems. */
function readElement(
  table: ReturnType<typeof emptyTable>,
  field: CronField,
  element: Part,
  port: CronPort,
  problems: CronProblem[],
): void {
  const refuse = (help?: string): void => {
    const { label, plural, min, max } = CRON_FIELDS[field];
    const names = FIELD_NAMES[field] === undefined ? "" : ", or their names";
    problems.push({
      name: "CronValue",
      data: { value: element.text === "" ? "Nothing" : element.text, what: label },
      start: element.start,
      end: element.start + Math.max(1, element.text.length),
      help: help ?? `${capital(plural)} are ${min} to ${max}${names}.`,
    });
  };
  const unsupported = /^(?:L?W|\d+W)$/iu.test(element.text) ? "W" : /^H(?:\W|$)/u.test(element.text) ? "H" : undefined;
  if (unsupported !== undefined) {
    problems.push({
      name: "CronUnsupported",
      data: { what: unsupported === "W" ? "W (the nearest weekday)" : "H (a hashed value)" },
      start: element.start,
      end: element.start + element.text.length,
      help: unsupported === "W" ? "Name the days, or let the procedure decide." : "Use the key jitter to spread runs.",
    });
    return;
  }
  if (element.text.includes("?") && !(element.text === "?" && (field === "dayOfMonth" || field === "dayOfWeek")))
    return refuse("? stands alone, and only for a day field.");
  if (field === "year") {
    const years = yearsOf(element.text);
    return years === undefined ? refuse() : table.addYears(years);
  }
  const plain = withoutNames(field, element.text);
  const values = plain === undefined ? undefined : port.readField(field, plain);
  if (values === undefined || !table.add(field, values))
    return refuse(field === "dayOfWeek" && /^L$/iu.test(element.text) ? "Write 5L for the last Friday." : undefined);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The element with numbers for names, `L` in capitals, and 7 for a Sunday that ends a range; undefined when a word is no name. */
function withoutNames(field: LibraryField, element: string): string | undefined {
  let unknown = false;
  const text = element.replaceAll(/[a-z]+/giu, (word, at: number) => {
    if (/^L$/iu.test(word)) return "L";
    const lower = word.toLowerCase();
    const ends = /^L$/iu.test(word.slice(-1)) && field === "dayOfWeek" ? lower.slice(0, -1) : undefined;
    const number = numberOfName(field, lower) ?? (ends === undefined ? undefined : numberOfName(field, ends));
    if (number === undefined) unknown = true;
    const last = numberOfName(field, lower) === undefined ? "L" : "";
    return number === 0 && element[at - 1] === "-" ? "7" : `${number ?? ""}${last}`;
  });
  return unknown ? undefined : text.replace(/^\?$/u, "*");
}

function numberOfName(field: LibraryField, word: string): number | undefined {
  const index = (FIELD_NAMES[field] ?? []).findIndex((name) => name === word || name.slice(0, 3) === word);
  return index < 0 ? undefined : index + CRON_FIELDS[field].min;
}

const YEARS = /^(?:(\*)|(\d{4})(?:-(\d{4}))?)(?:\/(\d{1,4}))?$/u;

/** Years of `2027`, `2027-2030`, `2028/4`, or undefined when the text is none of these; a bare star allows every year. */
function yearsOf(element: string): readonly number[] | "all" | undefined {
  const match = YEARS.exec(element);
  if (match === null) return undefined;
  const { min, max } = CRON_FIELDS.year;
  const [, star, first, last, step] = match;
  if (star !== undefined && step === undefined) return "all";
  const from = star === undefined ? Number(first) : min;
  const to = last === undefined ? (star === undefined && step === undefined ? from : max) : Number(last);
  const by = step === undefined ? 1 : Number(step);
  if (from < min || to > max || from > to || by < 1) return undefined;
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
}
