// The values of a cron text as a table that times are enumerated from: sorted lists for the time of day, bits for days and months.
import type { FieldValues, LibraryField } from "./fields.ts";

/** `MON#2`, `5L`: a weekday of a month. `nth` -1 is the last. */
export interface NthWeekday {
  readonly weekday: number;
  readonly nth: number;
}

/** A cron text, compiled. */
export interface CronTable {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Bits 1 to 12. */
  readonly months: number;
  /** Bits 1 to 31. */
  readonly days: number;
  /** `L`: the last day of the month. */
  readonly lastDay: boolean;
  /** Bits 0 (Sunday) to 6. */
  readonly weekdays: number;
  readonly nthWeekdays: readonly NthWeekday[];
  /** A field that covers all its values restricts nothing, however it is written. When both restrict, either is enough. */
  readonly daysRestrict: boolean;
  readonly weekdaysRestrict: boolean;
  /** Sorted; undefined: every year. */
  readonly years: readonly number[] | undefined;
  /** Every hour of the day is named: such a schedule follows the running clock through changes of the zone's clock. */
  readonly everyHour: boolean;
  /** From `CRON_TZ=` in front of the text. */
  readonly zone: string | undefined;
}

const ALL_DAYS = 0xff_ff_ff_fe | 0;
const ALL_WEEKDAYS = 0b111_1111;

/** A table being filled. */
export class CronTableBuilder implements CronTable {
  readonly seconds: number[] = [];
  readonly minutes: number[] = [];
  readonly hours: number[] = [];
  months = 0;
  days = 0;
  lastDay = false;
  weekdays = 0;
  readonly nthWeekdays: NthWeekday[] = [];
  daysRestrict = false;
  weekdaysRestrict = false;
  years: readonly number[] | undefined = undefined;
  everyHour = false;
  readonly zone: string | undefined;
  private readonly namedYears = new Set<number>();
  private allYears = false;

  constructor(zone: string | undefined) {
    this.zone = zone;
  }

  /** Adds what one list element stands for; false when a word in it has no meaning for the field. */
  add(field: LibraryField, { values, nth }: FieldValues): boolean {
    return values.every((value) =>
      typeof value === "number" ? this.addNumber(field, value, nth) : this.addWord(field, value),
    );
  }

  /** Adds years, or lifts their restriction. */
  addYears(years: readonly number[] | "all"): void {
    if (years === "all") this.allYears = true;
    else for (const year of years) this.namedYears.add(year);
  }

  /** Sorts, and derives what follows from the values. */
  finish(): void {
    for (const list of [this.seconds, this.minutes, this.hours]) {
      const sorted = [...new Set(list)].sort((left, right) => left - right);
      list.splice(0, list.length, ...sorted);
    }
    this.everyHour = this.hours.length === 24;
    this.daysRestrict = this.lastDay || this.days !== ALL_DAYS;
    this.weekdaysRestrict = this.weekdays !== ALL_WEEKDAYS;
    if (this.lastDay && this.days === ALL_DAYS) this.daysRestrict = false;
    if (!this.allYears && this.namedYears.size > 0)
      this.years = [...this.namedYears].sort((left, right) => left - right);
  }

  private addNumber(field: LibraryField, value: number, nth: number): boolean {
    switch (field) {
      case "second":
        this.seconds.push(value);
        break;
      case "minute":
        this.minutes.push(value);
        break;
      case "hour":
        this.hours.push(value);
        break;
      case "dayOfMonth":
        this.days |= 1 << value;
        break;
      case "month":
        this.months |= 1 << value;
        break;
      case "dayOfWeek":
        if (nth === 0) this.weekdays |= 1 << (value % 7);
        else this.nthWeekdays.push({ weekday: value % 7, nth });
        break;
    }
    return true;
  }

  private addWord(field: LibraryField, value: string): boolean {
    if (field === "dayOfMonth" && value === "L") {
      this.lastDay = true;
      return true;
    }
    const last = /^([0-7])L$/u.exec(value);
    if (field !== "dayOfWeek" || last === null) return false;
    this.nthWeekdays.push({ weekday: Number(last[1]) % 7, nth: -1 });
    return true;
  }
}

/** A table without values. */
export function emptyTable(zone: string | undefined): CronTableBuilder {
  return new CronTableBuilder(zone);
}
