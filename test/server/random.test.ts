// The seeded generator: repeatable, in range, spread out.
import { expect, it } from "vitest";
import { seededRandom } from "../../server/host/random.ts";

const draw = (seed: number, count: number): readonly number[] => {
  const source = seededRandom(seed);
  return Array.from({ length: count }, () => source.next());
};

it("gives the same sequence for the same seed", () => {
  expect(draw(42, 5)).toEqual(draw(42, 5));
});

it("gives different sequences for different seeds, also beyond 32 bits", () => {
  expect(draw(1, 5)).not.toEqual(draw(2, 5));
  expect(draw(1, 5)).not.toEqual(draw(1 + 2 ** 40, 5));
});

it("stays in [0, 1) and fills it evenly", () => {
  const numbers = draw(7, 10_000);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const buckets = new Array<number>(10).fill(0);
  for (const number of numbers) {
    const bucket = Math.floor(number * 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  for (const count of buckets) expect(count).toBeGreaterThan(800);
});
