// Date masks as fields: the two styles that people know, read into one list.
// A mask with a percent sign is MySQL's and strftime's (`%Y-%m-%d %H:%i`), any other PostgreSQL's and Oracle's (`YYYY-MM-DD HH24:MI:SS`).
// `%M` is the minute where the mask has an hour and no `%i`, else the month's name (MySQL); in strftime() it is always the minute.
import { outOfRange } from "./arguments.ts";

/** What a field shows. */
export type FieldKind =
  | "year"
  | "shortYear"
  | "isoYear"
  | "shortIsoYear"
  | "century"
  | "quarter"
  | "month"
  | "monthName"
  | "shortMonthName"
  | "day"
  | "dayWithSuffix"
  | "dayOfYear"
  | "weekdayName"
  | "shortWeekdayName"
  | "weekdaySunday0"
  | "weekdaySunday1"
  | "weekdayMonday1"
  | "isoWeek"
  | "sundayWeek"
  | "mondayWeek"
  | "yearWeek"
  | "hour24"
  | "hour12"
  | "minute"
  | "second"
  | "fraction"
  | "millis"
  | "secondsOfDay"
  | "epoch"
  | "julianDay"
  | "amPm"
  | "offset"
  | "offsetHours"
  | "offsetMinutes"
  | "zone";

/** One piece of a mask. `width` 0: without leading zeros. `letters`: case of names. `ordinal`: with st, nd, rd, th. */
export type MaskPart =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "field";
      readonly field: FieldKind;
      readonly width: number;
      readonly letters: "Name" | "NAME" | "name";
      readonly ordinal: boolean;
    };

/** Which function's meaning of `%M`, `%s`, `%u`, `%W`, `%f` and `%c` holds. */
export type PercentDialect = "mysql" | "strftime";

const PARTS_MAX = 500;

function field(kind: FieldKind, width = 0, letters: "Name" | "NAME" | "name" = "Name", ordinal = false): MaskPart {
  return { kind: "field", field: kind, width, letters, ordinal };
}

const EXPANSIONS: ReadonlyMap<string, string> = new Map([
  ["T", "%H:%i:%S"],
  ["R", "%H:%i"],
  ["F", "%Y-%m-%d"],
  ["r", "%I:%i:%S %p"],
]);

/** Letters after `%` that both dialects share, and those of MySQL. */
const PERCENT: ReadonlyMap<string, MaskPart> = new Map<string, MaskPart>([
  ["Y", field("year", 4)],
  ["y", field("shortYear", 2)],
  ["G", field("isoYear", 4)],
  ["g", field("shortIsoYear", 2)],
  ["x", field("isoYear", 4)],
  ["C", field("century", 2)],
  ["m", field("month", 2)],
  ["c", field("month")],
  ["B", field("monthName")],
  ["b", field("shortMonthName")],
  ["h", field("hour12", 2)],
  ["d", field("day", 2)],
  ["e", field("day")],
  ["D", field("dayWithSuffix")],
  ["j", field("dayOfYear", 3)],
  ["A", field("weekdayName")],
  ["W", field("weekdayName")],
  ["a", field("shortWeekdayName")],
  ["w", field("weekdaySunday0")],
  ["u", field("mondayWeek", 2)],
  ["U", field("sundayWeek", 2)],
  ["v", field("isoWeek", 2)],
  ["V", field("isoWeek", 2)],
  ["H", field("hour24", 2)],
  ["k", field("hour24")],
  ["I", field("hour12", 2)],
  ["l", field("hour12")],
  ["i", field("minute", 2)],
  ["S", field("second", 2)],
  ["s", field("second", 2)],
  ["f", field("fraction", 6)],
  ["L", field("millis", 3)],
  ["p", field("amPm", 0, "NAME")],
  ["P", field("amPm", 0, "name")],
  ["z", field("offset")],
  ["Z", field("zone")],
]);

/** Letters that mean something else in strftime. */
const STRFTIME: ReadonlyMap<string, MaskPart> = new Map<string, MaskPart>([
  ["M", field("minute", 2)],
  ["s", field("epoch")],
  ["u", field("weekdayMonday1")],
  ["W", field("mondayWeek", 2)],
  ["h", field("shortMonthName")],
  ["J", field("julianDay")],
]);

/** Words of PostgreSQL's masks, longest first where one begins another. Upper-case: compared without case, the case of names is read from the mask. */
const WORDS: readonly (readonly [string, MaskPart])[] = [
  ["YYYY", field("year", 4)],
  ["Y,YYY", field("year", 4)],
  ["YYY", field("shortYear", 3)],
  ["YY", field("shortYear", 2)],
  ["IYYY", field("isoYear", 4)],
  ["IY", field("shortIsoYear", 2)],
  ["CC", field("century", 2)],
  ["Q", field("quarter")],
  ["MONTH", field("monthName")],
  ["MON", field("shortMonthName")],
  ["MM", field("month", 2)],
  ["MI", field("minute", 2)],
  ["MS", field("millis", 3)],
  ["DDD", field("dayOfYear", 3)],
  ["DD", field("day", 2)],
  ["DAY", field("weekdayName")],
  ["DY", field("shortWeekdayName")],
  ["D", field("weekdaySunday1")],
  ["ID", field("weekdayMonday1")],
  ["IW", field("isoWeek", 2)],
  ["WW", field("yearWeek", 2)],
  ["HH24", field("hour24", 2)],
  ["HH12", field("hour12", 2)],
  ["HH", field("hour12", 2)],
  ["SSSSS", field("secondsOfDay")],
  ["SSSS", field("secondsOfDay")],
  ["SS", field("second", 2)],
  ["US", field("fraction", 6)],
  ["FF1", field("fraction", 1)],
  ["FF2", field("fraction", 2)],
  ["FF3", field("fraction", 3)],
  ["FF4", field("fraction", 4)],
  ["FF5", field("fraction", 5)],
  ["FF6", field("fraction", 6)],
  ["AM", field("amPm")],
  ["PM", field("amPm")],
  ["A.M.", field("amPm")],
  ["P.M.", field("amPm")],
  ["TZH", field("offsetHours")],
  ["TZM", field("offsetMinutes", 2)],
  ["TZ", field("zone")],
  ["OF", field("offset")],
  ["J", field("julianDay")],
];

const WORDS_BY_LENGTH = [...WORDS].sort((left, right) => right[0].length - left[0].length);

const CACHED_MAX = 100;
const CACHE = new Map<string, readonly MaskPart[]>();

/** The parts of a mask. The last ones used are kept, because loops use one. @throws Trap OutOfRange for an unknown `%` letter and for a mask of more than 500 parts. */
export function parseMask(mask: string, dialect: PercentDialect): readonly MaskPart[] {
  const key = `${dialect}/${mask}`;
  const known = CACHE.get(key);
  if (known !== undefined) return known;
  const parts = mask.includes("%") ? parsePercent(mask, dialect) : parseWords(mask);
  if (parts.length > PARTS_MAX) throw outOfRange(`A date mask has at most ${PARTS_MAX} fields.`);
  if (CACHE.size >= CACHED_MAX) CACHE.clear();
  CACHE.set(key, parts);
  return parts;
}

function parsePercent(mask: string, dialect: PercentDialect): MaskPart[] {
  const minuteByM = dialect === "strftime" || (/%[HkIhl]/.test(mask) && !/%[iTRr]/.test(mask));
  const parts: MaskPart[] = [];
  const pattern = /%([-#]?)(.)|[^%]+|%/gsu;
  for (const [text, flag, letter] of mask.matchAll(pattern)) {
    if (letter === undefined) parts.push({ kind: "text", text });
    else if (letter === "%") parts.push({ kind: "text", text: "%" });
    else if (EXPANSIONS.has(letter)) parts.push(...parsePercent(EXPANSIONS.get(letter) ?? "", "mysql"));
    else parts.push(percentField(letter, flag !== "", minuteByM, dialect, mask));
  }
  return parts;
}

function percentField(
  letter: string,
  bare: boolean,
  minuteByM: boolean,
  dialect: PercentDialect,
  mask: string,
): MaskPart {
  const own =
    dialect === "strftime"
      ? STRFTIME.get(letter)
      : letter === "M"
        ? minuteByM
          ? field("minute", 2)
          : field("monthName")
        : undefined;
  const part = own ?? PERCENT.get(letter);
  if (part === undefined)
    throw outOfRange(`The date mask '${mask.slice(0, 60)}' has an unknown field %${letter}.`, mask);
  return bare && part.kind === "field" ? { ...part, width: 0 } : part;
}

function parseWords(mask: string): MaskPart[] {
  const parts: MaskPart[] = [];
  let at = 0;
  let bare = false;
  while (at < mask.length) {
    const rest = mask.slice(at, at + 8).toUpperCase();
    if (mask[at] === '"') {
      const close = mask.indexOf('"', at + 1);
      const end = close < 0 ? mask.length : close;
      parts.push({ kind: "text", text: mask.slice(at + 1, end) });
      at = end + 1;
    } else if (rest.startsWith("FM")) {
      bare = true;
      at += 2;
    } else {
      at += pushWord(parts, mask, at, rest, bare);
      bare = false;
    }
  }
  return parts;
}

/** Adds the field or the one character at a place; gives how far it reaches. */
function pushWord(parts: MaskPart[], mask: string, at: number, rest: string, bare: boolean): number {
  const entry = WORDS_BY_LENGTH.find(([word]) => rest.startsWith(word));
  const part = entry?.[1];
  if (entry === undefined || part?.kind !== "field") {
    parts.push({ kind: "text", text: mask.slice(at, at + 1) });
    return 1;
  }
  const [word] = entry;
  // `DDTHH24` is a day, the letter T and an hour; `DDTH` is a day with its ending.
  const ordinal = /^TH(?!H)/i.test(mask.slice(at + word.length, at + word.length + 3));
  const written = mask.slice(at, at + word.length);
  // A number's ending is written as its own letters are, a name as the name's.
  const model = ordinal ? mask.slice(at + word.length, at + word.length + 2) : written;
  const letters = model === model.toLowerCase() ? "name" : model === model.toUpperCase() ? "NAME" : "Name";
  parts.push({ ...part, letters, ordinal, width: bare ? 0 : part.width });
  return word.length + (ordinal ? 2 : 0);
}
