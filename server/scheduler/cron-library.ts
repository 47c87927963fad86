// cron-parser as the reader of one field of a cron text. Loaded when the first cron text is met: it takes 30 ms with its date library, and most programs have none.
// Only its fields are used: its own iteration takes 84 µs a time and loses fires where a clock moves by half an hour (base/cron/times.ts enumerates).
import { createRequire } from "node:module";
import type * as CronParser from "cron-parser";
import type { CronPort, FieldValues, LibraryField } from "../../base/cron/fields.ts";

/** Place of each field in a text of six. */
const POSITIONS: Readonly<Record<LibraryField, number>> = {
  second: 0,
  minute: 1,
  hour: 2,
  dayOfMonth: 3,
  month: 4,
  dayOfWeek: 5,
};
const ELEMENTS_MAX = 10_000;

let library: typeof CronParser | undefined;
const elements = new Map<string, FieldValues | undefined>();

/** What cron texts need, on cron-parser and the given clock (milliseconds since 1970 UTC). */
export function cronPort(nowMs: () => number): CronPort {
  return { readField, nowMs };
}

function readField(field: LibraryField, element: string): FieldValues | undefined {
  const key = `${field} ${element}`;
  if (elements.has(key)) return elements.get(key);
  const values = readAnew(field, element);
  if (elements.size >= ELEMENTS_MAX) elements.clear();
  elements.set(key, values);
  return values;
}

function readAnew(field: LibraryField, element: string): FieldValues | undefined {
  // An empty or spaced element would move the others to wrong places.
  if (!/^\S+$/u.test(element)) return undefined;
  library ??= createRequire(import.meta.url)("cron-parser") as typeof CronParser;
  const text = Array.from({ length: 6 }, (_, index) => (index === POSITIONS[field] ? element : "*")).join(" ");
  try {
    const { fields } = library.CronExpressionParser.parse(text, { tz: "UTC", currentDate: new Date(0) });
    return { values: fields[field].values, nth: field === "dayOfWeek" ? fields.dayOfWeek.nthDay : 0 };
  } catch {
    // Its messages speak of its own terms and name no place; the caller says which element it was.
    return undefined;
  }
}
