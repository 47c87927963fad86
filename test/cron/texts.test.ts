// Cron texts: which are read, which are refused and where, and what the words mean (IT-24, IT-26).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCron, type CronProblem } from "../../base/cron/cron-text.ts";
import { cronPort } from "../../server/scheduler/cron-library.ts";
import { times } from "./support.ts";

const port = cronPort(() => Date.UTC(2026, 0, 1));

const VALID = [
  ["every minute", "* * * * *"],
  ["every hour", "0 * * * *"],
  ["every Sunday", "0 0 * * 0"],
  ["first of the month", "0 0 1 * *"],
  ["one time", "15 10 5 6 3"],
  ["a date", "0 0 1 1 *"],
  ["lists", "0 9,12,15,18 * * *"],
  ["list of weekdays", "0 0 * * 1,3,5"],
  ["list of months", "0 0 * 1,6,12 *"],
  ["whole range", "0-59 * * * *"],
  ["range", "0 9-17 * * *"],
  ["weekdays", "0 0 * * 1-5"],
  ["step", "*/5 * * * *"],
  ["step from a value", "5/10 * * * *"],
  ["step in a range", "5-59/10 * * * *"],
  ["step of months", "0 0 * */2 *"],
  ["step of weekdays", "0 0 * * */2"],
  ["all together", "*/15 9-17 * * 1-5"],
  ["both days", "0 0 1,15 * 1"],
  ["wide spaces", " *  *   * * *  "],
  ["7 is Sunday", "0 0 * * 7"],
  ["range to 7", "0 0 * * 5-7"],
  ["names", "0 0 * jan-mar MON,wed"],
  ["full names", "0 0 * January Monday"],
  ["range to a named Sunday", "0 0 * * FRI-SUN"],
  ["day 31 in a list of months with a short one", "0 0 31 1,4 *"],
  ["29 February", "0 0 29 2 *"],
  ["question mark for a day", "0 0 ? * 1"],
  ["last day", "0 0 L * *"],
  ["last day and others", "0 0 15,L * *"],
  ["last Friday", "0 0 * * 5L"],
  ["last Friday by name", "0 0 * * FRIL"],
  ["second Monday", "0 0 * * 1#2"],
  ["second and fourth Monday by name", "0 0 * * MON#2,MON#4"],
  ["seconds", "*/10 * * * * *"],
  ["a day of month in six fields", "* * * 13 * *"],
  ["years", "0 0 0 1 1 * 2027"],
  ["years in steps", "0 0 0 1 1 * 2028/4"],
  ["zone in front", "CRON_TZ=Europe/Berlin 0 2 * * *"],
  ["step beyond the range", "*/90 * * * *"],
] as const;

const REFUSED: readonly (readonly [text: string, name: CronProblem["name"], marked: string])[] = [
  ["", "CronFieldCount", ""],
  ["   ", "CronFieldCount", ""],
  ["* * * *", "CronFieldCount", "* * * *"],
  ["* * * * * * * *", "CronFieldCount", "*"],
  ["* * * * x", "CronValue", "x"],
  ["60 * * * *", "CronValue", "60"],
  ["* 24 * * *", "CronValue", "24"],
  ["* * 32 * *", "CronValue", "32"],
  ["* * 0 * *", "CronValue", "0"],
  ["* * * 13 *", "CronValue", "13"],
  ["* * * 0 *", "CronValue", "0"],
  ["* * * * 8", "CronValue", "8"],
  ["5-2 * * * *", "CronValue", "5-2"],
  ["*/0 * * * *", "CronValue", "*/0"],
  ["*/ * * * *", "CronValue", "*/"],
  ["- * * * *", "CronValue", "-"],
  [", * * * *", "CronValue", ","],
  ["1,2, * * * *", "CronValue", " "],
  ["1,,2 * * * *", "CronValue", ","],
  ["1,61,2 * * * *", "CronValue", "61"],
  ["* * * foo *", "CronValue", "foo"],
  ["* jan * * *", "CronValue", "jan"],
  ["? * * * *", "CronValue", "?"],
  ["0 0 ?/2 * *", "CronValue", "?/2"],
  ["1.5 * * * *", "CronValue", "1.5"],
  ["-1 * * * *", "CronValue", "-1"],
  ["0 0 * * L", "CronValue", "L"],
  ["0 0 * * 1#6", "CronValue", "1#6"],
  ["0 0 L-3 * *", "CronValue", "L-3"],
  ["0 0 15W * *", "CronUnsupported", "15W"],
  ["0 0 LW * *", "CronUnsupported", "LW"],
  ["H * * * *", "CronUnsupported", "H"],
  ["H(0-30) * * * *", "CronUnsupported", "H(0-30)"],
  ["0 0 31 2 *", "CronNeverRuns", "31 2"],
  ["0 0 30 2 *", "CronNeverRuns", "30 2"],
  ["0 0 31 4 *", "CronNeverRuns", "31 4"],
  ["0 0 31 4,6,9,11 *", "CronNeverRuns", "31 4,6,9,11"],
  ["0 0 0 1 1 * 2020", "CronNeverRuns", "2020"],
  ["0 0 0 29 2 * 2027", "CronNeverRuns", "29 2"],
  ["0 0 0 1 1 * 99", "CronValue", "99"],
  ["@reboot", "CronValue", "@reboot"],
  ["@every", "UnknownDuration", "@every"],
  ["@every 5", "UnknownDuration", "5"],
  ["@every 10ms", "UnknownDuration", "10ms"],
];

describe("cron texts (IT-24, GR-82)", () => {
  it.each(VALID)("%s: %s", (_, text) => {
    expect(readCron(text, port)).toMatchObject({ ok: true });
  });

  it.each(REFUSED)("%j is refused", (text, name, marked) => {
    const reading = readCron(text, port);
    expect(reading.ok).toBe(false);
    if (reading.ok) return;
    const [problem] = reading.problems;
    expect(problem?.name).toBe(name);
    expect(text.slice(problem?.start, problem?.end)).toBe(marked);
  });

  it("every wrong element is reported, not only the first", () => {
    const reading = readCron("61,5,62 25 * * *", port);
    expect(reading.ok ? [] : reading.problems.map(({ start, end }) => [start, end])).toEqual([
      [0, 2],
      [5, 7],
      [8, 10],
    ]);
  });

  it.each([
    ["daily", "0 0 * * *"],
    ["@daily", "0 0 * * *"],
    ["@MIDNIGHT", "0 0 * * *"],
    ["weekly", "0 0 * * 0"],
    ["@monthly", "0 0 1 * *"],
    ["@yearly", "0 0 1 1 *"],
    ["@annually", "0 0 1 1 *"],
    ["@hourly", "0 * * * *"],
    ["@minutely", "* * * * *"],
    ["@secondly", "* * * * * *"],
    ["@weekdays", "0 0 * * 1-5"],
    ["@weekends", "0 0 * * 6,0"],
  ])("%s is %s", (word, text) => {
    const count = word.includes("second") || word.includes("minute") ? 100 : 5;
    expect(times(word, "2026-01-01T00:00:00Z", count)).toEqual(times(text, "2026-01-01T00:00:00Z", count));
  });

  const piece = fc.oneof(
    fc.constantFrom(
      "*",
      "?",
      "L",
      "5L",
      "1#2",
      "W",
      "H",
      "-",
      "/",
      ",",
      "#",
      "mon",
      "FRI-SUN",
      "jan",
      "0",
      "7",
      "59",
      "60",
      "*/5",
      "1-5",
      "@daily",
      "2027",
      "TZ=UTC",
      " ",
      "  ",
    ),
    fc.string({ maxLength: 3 }),
  );

  it("any text is read or refused at a place within it, and what is read has a next time", () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join("")),
        (text) => {
          const reading = readCron(text, port);
          if (!reading.ok) {
            expect(reading.problems.length).toBeGreaterThan(0);
            for (const { start, end } of reading.problems) {
              expect(start).toBeGreaterThanOrEqual(0);
              expect(end).toBeGreaterThanOrEqual(start);
              expect(start).toBeLessThanOrEqual(text.length);
            }
          } else if (reading.meaning.kind === "table") {
            expect(times(text, "2026-01-01T00:00:00Z", 1)).toHaveLength(1);
          }
        },
      ),
      { numRuns: 3000, seed: 11 },
    );
  });

  it("any five fields of the right form too", () => {
    const field = fc.constantFrom(
      "*",
      "1",
      "*/3",
      "1-5",
      "2,4",
      "L",
      "5L",
      "1#2",
      "59",
      "31",
      "12",
      "0",
      "mon-fri",
      "feb",
    );
    fc.assert(
      fc.property(
        fc.tuple(field, field, field, field, field).map((fields) => fields.join(" ")),
        (text) => {
          if (readCron(text, port).ok) expect(times(text, "2026-01-01T00:00:00Z", 2)).toHaveLength(2);
        },
      ),
      { numRuns: 2000, seed: 12 },
    );
  });

  it("@every is an interval", () => {
    expect(readCron("@every 1h30m", port)).toEqual({ ok: true, meaning: { kind: "every", intervalMs: 5_400_000 } });
    expect(readCron("every PT5M", port)).toEqual({ ok: true, meaning: { kind: "every", intervalMs: 300_000 } });
  });
});
