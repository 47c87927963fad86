// Times of cron tables: strictly after, [start, end), the day rule, changes of a zone's clock, and agreement with cron-parser where no clock changes (IT-24 to IT-27).
import { CronExpressionParser } from "cron-parser";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { oddTimes } from "../../base/cron/clock-changes.ts";
import { timeAfter, timesBetween } from "../../base/cron/times.ts";
import { zoneOf } from "../../base/cron/zone.ts";
import { iso, times, timesWithin, zoned } from "./support.ts";

describe("IT-25: next", () => {
  it.each([
    ["* * * * *", "2024-01-01T10:30:45Z", ["2024-01-01T10:31:00Z", "2024-01-01T10:32:00Z"]],
    ["30 14 * * *", "2024-01-01T14:30:00Z", ["2024-01-02T14:30:00Z"]],
    ["30 14 * * *", "2024-01-01T14:29:59.999Z", ["2024-01-01T14:30:00Z"]],
    ["30 14 * * *", "2024-01-01T14:30:30.500Z", ["2024-01-02T14:30:00Z"]],
    ["0 0 1,15 * *", "2024-01-01T00:00:00Z", ["2024-01-15T00:00:00Z", "2024-02-01T00:00:00Z"]],
    ["0 0 * * *", "2024-12-30T10:00:00Z", ["2024-12-31T00:00:00Z", "2025-01-01T00:00:00Z"]],
    ["0 0 29 2 *", "2025-01-01T00:00:00Z", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]],
    ["0 0 29 2 *", "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z"]],
    ["0 0 31 * *", "2024-01-01T00:00:00Z", ["2024-01-31T00:00:00Z", "2024-03-31T00:00:00Z", "2024-05-31T00:00:00Z"]],
    ["0 0 L 2 *", "2024-01-01T00:00:00Z", ["2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z"]],
    ["0 0 * * 5L", "2026-01-01T00:00:00Z", ["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"]],
    ["0 0 * * MON#5", "2026-01-01T00:00:00Z", ["2026-03-30T00:00:00Z", "2026-06-29T00:00:00Z"]],
    ["15 30 9 * * *", "2026-01-01T00:00:00Z", ["2026-01-01T09:30:15Z"]],
    ["0 0 12 1 1 * 2027,2030", "2026-01-01T00:00:00Z", ["2027-01-01T12:00:00Z", "2030-01-01T12:00:00Z"]],
    ["*/7 * * * *", "2024-01-01T10:00:00Z", ["2024-01-01T10:07:00Z", "2024-01-01T10:14:00Z"]],
  ])("%s after %s", (text, after, expected) => {
    expect(times(text, after, expected.length)).toEqual(expected);
  });

  it("ends with the last year", () => {
    expect(times("0 0 0 1 1 * 2027", "2026-01-01T00:00:00Z", 5)).toEqual(["2027-01-01T00:00:00Z"]);
  });
});

describe("IT-25: between", () => {
  it.each([
    ["* * * * *", "2024-01-01T10:00:00Z", "2024-01-01T11:00:00Z", 60],
    ["* * * * *", "2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z", 10_080],
    ["0 9 * * 1-5", "2024-01-01T00:00:00Z", "2024-01-15T00:00:00Z", 10],
    ["0 0 29 2 *", "2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z", 0],
    ["0 0 31 * *", "2024-04-01T00:00:00Z", "2024-05-01T00:00:00Z", 0],
    ["* * * * *", "2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z", 0],
    ["* * * * *", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", 0],
    ["0 0 15 * 5", "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", 5],
  ])("%s in [%s, %s)", (text, from, to, count) => {
    expect(timesWithin(zoned(text), from, to)).toHaveLength(count);
  });

  it("has its start and not its end", () => {
    expect(timesWithin(zoned("0 * * * *"), "2024-01-01T10:00:00Z", "2024-01-01T12:00:00Z")).toEqual([
      "2024-01-01T10:00:00Z",
      "2024-01-01T11:00:00Z",
    ]);
  });

  it("stops at its limit", () => {
    const found: number[] = [];
    timesBetween(zoned("* * * * *"), 0, 1e12, found, 3);
    expect(found.map(iso)).toEqual(["1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z", "1970-01-01T00:02:00Z"]);
  });
});

describe("IT-26: the day rule", () => {
  it.each([
    ["both restrict: either", "0 0 1 * 1", ["2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29", "2024-02-01"]],
    ["day of the month alone", "0 0 15 * *", ["2024-01-15", "2024-02-15"]],
    ["weekday alone", "0 0 * * 1", ["2024-01-08", "2024-01-15"]],
    ["a step that covers all restricts nothing", "0 0 */1 * 1", ["2024-01-08", "2024-01-15"]],
    ["a range that covers all restricts nothing", "0 0 1-31 * 1", ["2024-01-08", "2024-01-15"]],
    ["a step that leaves some out restricts", "0 0 */15 * 1", ["2024-01-08", "2024-01-15", "2024-01-16", "2024-01-22"]],
  ])("%s", (_, text, days) => {
    expect(times(text, "2024-01-01T00:00:00Z", days.length)).toEqual(days.map((day) => `${day}T00:00:00Z`));
  });
});

describe("IT-27: changes of the clock", () => {
  it("02:30 in New York runs once on the day without it, an hour later", () => {
    expect(
      timesWithin(zoned("30 2 * * *", "America/New_York"), "2026-03-07T05:00:00Z", "2026-03-10T04:00:00Z"),
    ).toEqual(["2026-03-07T07:30:00Z", "2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"]);
  });

  it("or not at all", () => {
    const cron = zoned("30 2 * * *", "America/New_York", { gap: "skip" });
    expect(timesWithin(cron, "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")).toEqual([]);
  });

  it("01:30 in New York runs once on the day that has it twice", () => {
    const within = (fold: "first" | "both"): readonly string[] =>
      timesWithin(zoned("30 1 * * *", "America/New_York", { fold }), "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z");
    expect(within("first")).toEqual(["2026-11-01T05:30:00Z"]);
    expect(within("both")).toEqual(["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]);
  });

  it("an hourly schedule runs 23 and 25 times", () => {
    const cron = zoned("30 * * * *", "America/New_York");
    expect(timesWithin(cron, "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")).toHaveLength(23);
    expect(timesWithin(cron, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")).toHaveLength(25);
  });

  it("a day that a zone left out altogether runs a day later", () => {
    // Samoa moved over the date line: 2011-12-30 did not happen there.
    expect(timesWithin(zoned("0 12 30 12 *", "Pacific/Apia"), "2011-12-28T00:00:00Z", "2012-01-02T00:00:00Z")).toEqual([
      "2011-12-30T22:00:00Z",
    ]);
    expect(timeAfter(zoned("0 12 30 12 *", "Pacific/Apia"), Date.UTC(2011, 11, 29, 12))).toBe(
      Date.UTC(2011, 11, 30, 22),
    );
  });

  it("an unknown zone is none", () => {
    expect(zoneOf("Europe/Berlinn")).toBeUndefined();
  });

  it("skipped and doubled times can be told beforehand", () => {
    const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2028, 0, 1)];
    const told = (text: string): readonly string[] =>
      oddTimes(zoned(text, "America/New_York"), from, to).map(
        ({ kind, localMs, insteadMs }) => `${kind} ${iso(localMs)} ${iso(insteadMs)}`,
      );
    expect(told("30 2 * * *")).toEqual([
      "skipped 2026-03-08T02:30:00Z 2026-03-08T03:30:00Z",
      "skipped 2027-03-14T02:30:00Z 2027-03-14T03:30:00Z",
    ]);
    expect(told("15 1 * * *")[0]).toBe("doubled 2026-11-01T01:15:00Z 2026-11-01T00:15:00Z");
    expect(told("30 * * * *")).toEqual([]);
    expect(told("30 5 * * *")).toEqual([]);
  });
});

const simple = fc.tuple(
  fc.constantFrom("0", "*/7", "5,35", "10-20"),
  fc.constantFrom("*", "3", "*/5", "8-17"),
  fc.constantFrom("*", "1", "L", "*/10", "31"),
  fc.constantFrom("*", "2,3", "*/4"),
  fc.constantFrom("*", "1-5", "0", "3#2", "5L"),
);

describe("cron-parser's own iteration", () => {
  it("gives the same times where no clock changes", () => {
    fc.assert(
      fc.property(simple, fc.integer({ min: 0, max: 10_000_000 }), (fields, minutes) => {
        const text = fields.join(" ");
        fc.pre(!/ 31 2,3 /u.test(text));
        const after = Date.UTC(2026, 0, 1) + minutes * 60_000;
        const theirs = CronExpressionParser.parse(`0 ${text}`, { tz: "UTC", currentDate: new Date(after) });
        const expected = Array.from({ length: 5 }, () => iso(theirs.next().getTime()));
        expect(times(text, new Date(after).toISOString(), 5)).toEqual(expected);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
