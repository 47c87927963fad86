// Ints are exact to the last bit: every int instruction against bigint arithmetic, on operands around the edges where representation changes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bench, benchOf } from "../support/run-program.ts";
import { Trap } from "../../bytecode/trap.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const EDGES = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 52n, 2n ** 53n, 3_037_000_500n, 2n ** 62n, MAX];

/** Ints of 64 bits: near an edge, or anywhere. */
const int = fc
  .oneof(
    fc
      .tuple(fc.constantFrom(...EDGES), fc.bigInt(-3n, 3n), fc.boolean())
      .map(([edge, by, negative]) => (negative ? -(edge + by) : edge + by)),
    fc.bigInt(MIN, MAX),
    fc.bigInt(-20n, 20n),
  )
  .filter((value) => value >= MIN && value <= MAX);

type Reference = (left: bigint, right: bigint) => bigint | boolean | "DivisionByZero";

const BINARY: Readonly<Record<string, Reference>> = {
  AddInt: (x, y) => x + y,
  SubInt: (x, y) => x - y,
  MulInt: (x, y) => x * y,
  DivInt: (x, y) => (y === 0n ? "DivisionByZero" : x / y),
  ModInt: (x, y) => (y === 0n ? "DivisionByZero" : x % y),
};
const COMPARISONS: Readonly<Record<string, Reference>> = {
  EqInt: (x, y) => x === y,
  NeInt: (x, y) => x !== y,
  LtInt: (x, y) => x < y,
  LeInt: (x, y) => x <= y,
};

function canonical(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function expected(value: bigint | boolean | string): unknown {
  if (typeof value !== "bigint") return value;
  return value < MIN || value > MAX ? "Overflow" : canonical(value);
}

function found(bench: Bench, args: readonly bigint[]): unknown {
  try {
    return bench.machine.call(bench.routine("main"), args.map(canonical));
  } catch (error) {
    if (error instanceof Trap) return error.value.code;
    throw error;
  }
}

function checkAll(bench: Bench, reference: Reference): void {
  fc.assert(
    fc.property(int, int, (x, y) => {
      const result = found(bench, [x, y]);
      expect(result).toBe(expected(reference(x, y)));
      // One form for each int, and no negative zero.
      if (typeof result === "number") expect(Object.is(result, -0)).toBe(false);
    }),
    { numRuns: 400 },
  );
}

describe("instructions", () => {
  for (const [name, reference] of Object.entries(BINARY)) {
    test(name, () => checkAll(benchOf(`routine main(x int, y int) -> int\n${name} x x y\nReturn x`), reference));
  }
  for (const [name, reference] of Object.entries(COMPARISONS)) {
    test(name, () =>
      checkAll(benchOf(`routine main(x int, y int) -> bool\nreg b bool\n${name} b x y\nReturn b`), reference),
    );
    const jump = benchOf(
      `routine main(x int, y int) -> bool\nreg b bool\nLoadTrue b\nblock j {\nJumpIf${name} x y j.end\nLoadFalse b\n}\nReturn b`,
    );
    test(`JumpIf${name}`, () => checkAll(jump, reference));
  }
  for (const [name, reference] of Object.entries(BINARY)) {
    if (name === "SubInt") continue;
    test(`${name}Imm`, () => {
      fc.assert(
        fc.property(int, fc.constantFrom(-2_147_483_648, -7, -1, 1, 2, 10, 2_147_483_647), (x, y) => {
          const bench = benchOf(`routine main(x int) -> int\n${name}Imm x x ${y}\nReturn x`);
          expect(found(bench, [x])).toBe(expected(reference(x, BigInt(y))));
        }),
        { numRuns: 200 },
      );
    });
  }
  test("on values of any type give the same", () => {
    for (const name of ["Add", "Sub", "Mul", "Div", "Mod"]) {
      checkAll(
        benchOf(`routine main(x any, y any) -> any\n${name}Any x x y\nReturn x`),
        BINARY[`${name}Int`] ?? (() => false),
      );
    }
  });
});

test("loops over edges count exactly", () => {
  const bench = benchOf(`routine main(from int, to int, by int) -> list
reg c int int int
reg l list
ListNew l r0 0
Move c from
Move c+1 to
Move c+2 by
block out {
ForStart c out.end
loop body {
ListPush l c
ForNext c body.start
}
}
Return l`);
  fc.assert(
    fc.property(int, fc.bigInt(0n, 40n), fc.bigInt(1n, 7n), (from, span, by) => {
      const to = from + span > MAX ? MAX : from + span;
      const items = [];
      for (let i = from; i <= to; i += by) items.push(canonical(i));
      const list = bench.machine.call(bench.routine("main"), [canonical(from), canonical(to), canonical(by)]) as {
        readonly items: unknown;
      };
      expect(list.items).toEqual(items);
    }),
    { numRuns: 300 },
  );
});
