// The fields of a cron text: names, ranges, and the port through which the values of one field are read.
// The reader is cron-parser (server/scheduler/cron-library.ts); it costs 30 ms to load, so it is handed in and loaded when the first cron text is met.

/** Fields in the order of a text of seven. */
export const CRON_FIELDS = {
  second: { label: "second", plural: "seconds", min: 0, max: 59 },
  minute: { label: "minute", plural: "minutes", min: 0, max: 59 },
  hour: { label: "hour", plural: "hours", min: 0, max: 23 },
  dayOfMonth: { label: "day of the month", plural: "days of the month", min: 1, max: 31 },
  month: { label: "month", plural: "months", min: 1, max: 12 },
  dayOfWeek: { label: "day of the week", plural: "days of the week", min: 0, max: 7 },
  year: { label: "year", plural: "years", min: 1970, max: 2199 },
} as const satisfies Record<
  string,
  { readonly label: string; readonly plural: string; readonly min: number; readonly max: number }
>;

/** A field of a cron text. */
export type CronField = keyof typeof CRON_FIELDS;

/** Fields that the reader knows; years are read here. */
export type LibraryField = Exclude<CronField, "year">;

/** What one list element of a field stands for. Words such as `L` and `5L` stay text. */
export interface FieldValues {
  readonly values: readonly (number | string)[];
  /** The `2` of `MON#2`; 0 when there is none. */
  readonly nth: number;
}

/** What cron texts need from outside. */
export interface CronPort {
  /** Values of one list element of a field (`1-5`, a star with a step, `L`), in numbers; undefined when the field cannot hold it. */
  readField(field: LibraryField, element: string): FieldValues | undefined;
  /** Milliseconds since 1970 UTC; decides which years are over and which clock changes are near. */
  nowMs(): number;
}

const MONTHS = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** The names that a field accepts, in full; their first three letters do as well. */
export const FIELD_NAMES: Readonly<Partial<Record<CronField, readonly string[]>>> = {
  month: MONTHS,
  dayOfWeek: WEEKDAYS,
};

/** Words for whole texts, with or without `@`. */
export const CRON_WORDS: Readonly<Record<string, string>> = {
  yearly: "0 0 1 1 *",
  annually: "0 0 1 1 *",
  monthly: "0 0 1 * *",
  weekly: "0 0 * * 0",
  daily: "0 0 * * *",
  midnight: "0 0 * * *",
  hourly: "0 * * * *",
  minutely: "* * * * *",
  secondly: "* * * * * *",
  weekdays: "0 0 * * 1-5",
  weekends: "0 0 * * 0,6",
};
