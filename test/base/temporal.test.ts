// Calendar, text forms and intervals: round trips over all years, leap years, month ends, and texts that name no real time.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import {
  civilFromDays,
  DAY_MICROS,
  dateOfDays,
  dateOfParts,
  daysFromCivil,
  daysInMonth,
  isoWeek,
  splitTimestamp,
  timestampOf,
  weekday,
} from "../../base/value/calendar.ts";
import {
  addIntervals,
  addToDate,
  addToTime,
  addToTimestamp,
  intervalSpan,
  makeInterval,
  parseInterval,
  printInterval,
  scaleInterval,
  subtractTimestamps,
} from "../../base/value/interval.ts";
import {
  parseDate,
  parseTime,
  parseTimestamp,
  printDate,
  printTime,
  printTimestamp,
} from "../../base/value/temporal.ts";
import { DateValue, Interval, TimeValue, type Timestamp } from "../../base/value/value.ts";

const FIRST = daysFromCivil(1, 1, 1);
const LAST = daysFromCivil(9999, 12, 31);
const days = fc.integer({ min: FIRST, max: LAST });
const micros = fc.integer({ min: 0, max: DAY_MICROS - 1 });
const timestamps = fc.tuple(days, micros).map(([day, time]) => required(timestampOf(day, time), "timestamp"));

function timestamp(text: string): Timestamp {
  return required(parseTimestamp(text), text);
}

function interval(text: string): Interval {
  return required(parseInterval(text), text);
}

describe("the calendar", () => {
  it("goes from days to parts and back", () => {
    fc.assert(
      fc.property(days, (day) => {
        const { year, month, day: dayOfMonth } = civilFromDays(day);
        expect(daysFromCivil(year, month, dayOfMonth)).toBe(day);
        expect(dayOfMonth).toBeLessThanOrEqual(daysInMonth(year, month));
      }),
    );
  });

  it("agrees with Date for the years that both know", () => {
    fc.assert(
      fc.property(days, (day) => {
        const date = new Date(day * 86_400_000);
        expect(civilFromDays(day)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        });
        expect(weekday(day)).toBe(date.getUTCDay());
      }),
    );
  });

  it("knows leap years", () => {
    expect([1900, 2000, 2023, 2024].map((year) => daysInMonth(year, 2))).toEqual([28, 29, 28, 29]);
    expect(dateOfParts(2023, 2, 29)).toBeUndefined();
    expect(dateOfParts(2024, 2, 29)).toBeDefined();
    expect(dateOfParts(0, 12, 31)).toBeUndefined();
    expect(dateOfParts(10_000, 1, 1)).toBeUndefined();
    expect(dateOfDays(LAST + 1)).toBeUndefined();
  });

  it("numbers ISO weeks across new year", () => {
    const week = (text: string): string => {
      const { year, week: number } = isoWeek(required(parseDate(text), text).days);
      return `${year}-W${number}`;
    };
    expect(["2026-01-01", "2027-01-01", "2024-12-30", "2021-01-03", "2020-12-31"].map(week)).toEqual([
      "2026-W1",
      "2026-W53",
      "2025-W1",
      "2020-W53",
      "2020-W53",
    ]);
  });
});

describe("text forms", () => {
  it("keeps every instant through print and parse, in both fraction styles", () => {
    fc.assert(
      fc.property(timestamps, (value) => {
        expect(parseTimestamp(printTimestamp(value))).toEqual(value);
        expect(parseTimestamp(printTimestamp(value, "fixed"))).toEqual(value);
        expect(printTimestamp(value, "fixed")).toHaveLength(27);
      }),
    );
    fc.assert(
      fc.property(days, (day) => {
        expect(parseDate(printDate(new DateValue(day)))).toEqual(new DateValue(day));
      }),
    );
    fc.assert(
      fc.property(micros, (time) => {
        expect(parseTime(printTime(new TimeValue(time)))).toEqual(new TimeValue(time));
      }),
    );
  });

  it("sorts fixed texts as the instants sort", () => {
    fc.assert(
      fc.property(timestamps, timestamps, (a, b) => {
        expect(printTimestamp(a, "fixed") < printTimestamp(b, "fixed")).toBe(a.micros < b.micros);
      }),
    );
  });

  it("prints fractions only when they are not zero", () => {
    expect(printTimestamp(timestamp("2026-01-31 08:30"))).toBe("2026-01-31T08:30:00Z");
    expect(printTimestamp(timestamp("2026-01-31T08:30:00.250Z"))).toBe("2026-01-31T08:30:00.25Z");
    expect(printTimestamp(timestamp("0001-01-01T00:00:00Z"))).toBe("0001-01-01T00:00:00Z");
    expect(printTimestamp(timestamp("9999-12-31T23:59:59.999999Z"))).toBe("9999-12-31T23:59:59.999999Z");
  });

  it("reads offsets, spaces and short forms", () => {
    const texts = [
      "2026-01-31T10:30:00+02:00",
      "2026-01-31 10:30+02",
      "2026-01-31 08:30:00 UTC",
      "20260131 08:30",
      "2026-1-31 8:30",
      "2026-01-31t08:30z",
      "2026-01-31 03:00:00 -0530",
    ];
    expect(new Set(texts.map((text) => printTimestamp(timestamp(text))))).toEqual(new Set(["2026-01-31T08:30:00Z"]));
  });

  it("rounds a seventh digit, even into the next day", () => {
    expect(printTimestamp(timestamp("2026-12-31 23:59:59.9999995"))).toBe("2027-01-01T00:00:00Z");
    expect(parseTime("23:59:59.9999995")).toBeUndefined();
  });

  it("refuses what names no time", () => {
    const wrong = [
      "",
      "2026",
      "2026-02-30",
      "2026-13-01",
      "2026-01-31T",
      "2026-01-31 24:00",
      "2026-01-31 10:60",
      "2026-01-31 10",
      "0000-01-01",
      "10000-01-01",
      "2026-01-31 10:00 Mars",
      "yesterday",
      "1".repeat(10_000),
    ];
    expect(wrong.map((text) => parseTimestamp(text))).toEqual(wrong.map(() => undefined));
    expect(["25:00", "10", "10:5", "", "10:00:60"].map((text) => parseTime(text))).toEqual(Array(5).fill(undefined));
  });

  it("takes the day of a timestamp's text as date", () => {
    expect(printDate(required(parseDate("2026-01-31T23:59:00Z"), "date"))).toBe("2026-01-31");
  });
});

describe("intervals", () => {
  const parts = fc.tuple(
    fc.integer({ min: -50_000, max: 50_000 }),
    fc.integer({ min: -100_000, max: 100_000 }),
    fc.integer({ min: -1e14, max: 1e14 }),
  );
  const intervals = parts.map(([months, day, time]) => new Interval(months, day, time));

  it("keeps its parts through print and parse", () => {
    fc.assert(
      fc.property(intervals, (value) => {
        expect(parseInterval(printInterval(value))).toEqual(value);
      }),
    );
  });

  it("reads PostgreSQL's and ISO's forms", () => {
    const texts: readonly (readonly [string, string])[] = [
      ["7 days", "P7D"],
      ["1 year 2 months 3 days 04:05:06.5", "P1Y2M3DT4H5M6.5S"],
      ["3 hours ago", "PT-3H"],
      ["-01:30", "PT-1H-30M"],
      ["1.5 days", "P1DT12H"],
      ["1.5 months", "P1M15D"],
      ["2 weeks", "P14D"],
      ["1 quarter", "P3M"],
      ["90 minutes", "PT1H30M"],
      ["P1Y2M", "P1Y2M"],
      ["pt36h", "PT36H"],
      ["-P1D", "P-1D"],
      ["1h30m", "PT1H30M"],
      ["0 days", "PT0S"],
      ["250 ms", "PT0.25S"],
      ["1 century", "P100Y"],
    ];
    expect(texts.map(([text]) => printInterval(interval(text)))).toEqual(texts.map(([, printed]) => printed));
    expect(
      ["", "7", "days", "7 moons", "P", "PT", "1 day 2", "1:2:3:4", "1 day 25:61"].map((text) => parseInterval(text)),
    ).toEqual(Array(9).fill(undefined));
  });

  it("adds months to the last day of shorter months", () => {
    const moved = (date: string, by: string): string => {
      const result = addToDate(required(parseDate(date), date), interval(by));
      return result instanceof DateValue
        ? printDate(result)
        : result === undefined
          ? "outside"
          : printTimestamp(result);
    };
    expect(moved("2026-01-31", "1 month")).toBe("2026-02-28");
    expect(moved("2024-01-31", "1 month")).toBe("2024-02-29");
    expect(moved("2024-02-29", "1 year")).toBe("2025-02-28");
    expect(moved("2026-03-31", "-1 month")).toBe("2026-02-28");
    expect(moved("2026-01-31", "1 month 1 day")).toBe("2026-03-01");
    expect(moved("2026-01-31", "36 hours")).toBe("2026-02-01T12:00:00Z");
    expect(moved("9999-12-31", "1 day")).toBe("outside");
    expect(moved("0001-01-01", "-1 month")).toBe("outside");
  });

  it("undoes the difference of two timestamps", () => {
    fc.assert(
      fc.property(timestamps, timestamps, (a, b) => {
        const difference = subtractTimestamps(a, b);
        expect(addToTimestamp(b, difference)).toEqual(a);
        expect(Math.sign(difference.days) * Math.sign(difference.micros)).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(printInterval(subtractTimestamps(timestamp("2026-01-02 01:00"), timestamp("2026-01-01 02:00")))).toBe(
      "PT23H",
    );
  });

  it("wraps times around midnight", () => {
    expect(printTime(addToTime(new TimeValue(0), interval("-1 hour")))).toBe("23:00:00");
    expect(printTime(addToTime(new TimeValue(0), interval("49 hours")))).toBe("01:00:00");
  });

  it("scales and adds part by part, within bounds", () => {
    expect(printInterval(required(scaleInterval(interval("1 month 1 day"), 2.5), "scaled"))).toBe("P2M17DT12H");
    expect(printInterval(required(addIntervals(interval("1 month"), interval("-1 day")), "sum"))).toBe("P1M-1D");
    expect(scaleInterval(interval("9000 years"), 1e6)).toBeUndefined();
    expect(makeInterval(Number.NaN, 0, 0)).toBeUndefined();
    expect(intervalSpan(interval("1 month"))).toBe(intervalSpan(interval("30 days")));
  });

  it("splits timestamps before 1684 exactly", () => {
    fc.assert(
      fc.property(timestamps, (value) => {
        const { days: day, micros: time } = splitTimestamp(value);
        expect(BigInt(day) * BigInt(DAY_MICROS) + BigInt(time)).toBe(BigInt(value.micros));
      }),
    );
  });
});
