// The seeded generator behind `random()` and `uuid()`: sfc32, four 32-bit words of state, so that a run can be repeated from its seed.
// Not for secrets: seeds are recorded. Algorithm: sfc32 of PractRand (Chris Doty-Humphrey, public domain).

/** A generator of numbers in [0, 1). */
export interface RandomSource {
  readonly seed: number;
  next(): number;
}

const WARM_UP_ROUNDS = 12;

/** The generator for a seed (a safe integer). Equal seeds give equal sequences on every machine. */
export function seededRandom(seed: number): RandomSource {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const word = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) word();
  return {
    seed,
    // 53 random bits: 27 high and 26 low ones of two words.
    next: () => ((word() >>> 5) * 67_108_864 + (word() >>> 6)) / 9_007_199_254_740_992,
  };
}
