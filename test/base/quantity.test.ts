// Durations and sizes: what is read, what is refused, and that printing reads back.
import fc from "fast-check";
import { expect, test } from "vitest";
import { durationMs, printDuration, sizeBytes } from "../../base/quantity.ts";

test.each([
  ["5m", 300_000],
  ["1h", 3_600_000],
  ["2h30m", 9_000_000],
  ["2h 30m", 9_000_000],
  ["90s", 90_000],
  ["500ms", 500],
  ["1.5s", 1500],
  ["1d", 86_400_000],
  ["PT1H", 3_600_000],
  ["P1DT2H3M4.5S", 93_784_500],
])("%s", (text, ms) => expect(durationMs(text)).toBe(ms));

test.each(["5", "-1m", "1x", "", "P", "PT", "m", "1h30", "5 minutes please"])("%s is no duration", (text) =>
  expect(durationMs(text)).toBeUndefined(),
);

test.each([
  ["256MB", 268_435_456],
  ["1 gb", 1_073_741_824],
  ["10b", 10],
])("%s", (text, bytes) => expect(sizeBytes(text)).toBe(bytes));

test.each(["256", "MB", "-1MB", "1TB"])("%s is no size", (text) => expect(sizeBytes(text)).toBeUndefined());

test("printing reads back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 10 }), (ms) => {
      expect(durationMs(printDuration(ms))).toBe(ms);
    }),
  );
});
