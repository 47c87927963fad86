// Routines that are run as JavaScript text: the interpreter's result, error, trace, fuel and memory, also when the fuel ends at any of their instructions.
import { describe, expect, it } from "vitest";
import { printQuoted } from "../../base/value/print.ts";
import { Shape, StructValue, type Value } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import { STRIDE } from "../../bytecode/program.ts";
import { operationName } from "../../vm/interpreter/operations.ts";
import { straightOf } from "../../vm/interpreter/straight.ts";
import type { MachineLimits } from "../../vm/machine.ts";
import { type Bench, benchOf } from "../support/run-program.ts";
import { OPCODE_PROGRAMS } from "./opcode-programs.ts";

const SHAPE = new Shape("", ["name", "age", "label"]);
const row = (name: Value, age: Value): StructValue => new StructValue(SHAPE, [name, age, null]);

/** Bodies as the compiler makes them of triggers: (NEW, OLD), NEW given back. */
const BODIES: Readonly<Record<string, string>> = {
  "sets a column": `reg r any string? struct any
Narrow r+2 new
StructGet r+1 r+2 0
Intrinsic r upper r+1
Share r
FieldSet new "label" r
Move r+3 new
if a {
JumpIfNull r+3 a.else
Move r r+3
Jump a.end
} else {
Move r old
}
Share r
Return r`,
  "tests and computes": `reg r any struct int any string bool?
Narrow r+1 new
StructGet r r+1 1
if a {
JumpIfNotNull r a.else
LoadInt r 0
FieldSet new "age" r
Jump a.end
} else {
StructGet r+2 r+1 1
JumpIfGtIntImm r+2 10 a.end
StructGet r+3 r+1 0
LoadConst r+4 "y"
NeAny r+5 r+3 r+4
JumpUnlessTrue r+5 a.end
ConcatAny r+3 r+3 r+4
AddAny r r r
StructSet r+1 1 r
StructSet r+1 2 r+3
Move new r+1
}
Share new
Return new`,
};

const ROWS: readonly (readonly [Value, Value])[] = [
  [row("Ann", 3), null],
  [row("y", 3), null],
  [row("Bob", null), null],
  [row("Eve", 11), null],
  [row("far", 2n ** 62n), null],
  [row(5, "x"), null],
  [null, row("old", 1)],
  [new StructValue(new Shape("", ["other"]), [1]), null],
];

interface Outcome {
  readonly texts: readonly string[];
  readonly fuel: number;
  readonly memory: number;
}

/** Calls in a row, or each on its own: what each gives, and what they use together. */
function run(bench: Bench, limits: MachineLimits, rows: readonly (readonly Value[])[], inSeries: boolean): Outcome {
  bench.machine.setLimits(limits);
  const main = bench.routine("main");
  const given = rows.map((args) => args.map((value) => copied(value)));
  const texts: string[] = [];
  const one = (call: () => Value): void => {
    try {
      texts.push(printQuoted(call()));
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
      texts.push(`${error.message} ${JSON.stringify(error.value.stack)}`);
    }
  };
  if (inSeries) bench.machine.series((call) => given.forEach((args) => one(() => call(main, args))));
  else one(() => bench.machine.call(main, given[0] ?? []));
  const { fuel, memoryBytesPeak } = bench.machine.usage();
  return { texts, fuel, memory: memoryBytesPeak };
}

function copied(value: Value): Value {
  if (!(value instanceof StructValue)) return value;
  const copy = new StructValue(value.shape, [...value.slots]);
  copy.shared = value.shared;
  return copy;
}

const opcodes = Object.entries(OPCODE_PROGRAMS).flatMap(([name, programs]) =>
  programs.map(({ text }, index): readonly [string, string] => [`${name} ${index}`, text]),
);
const straight = opcodes.filter(([, text]) => {
  const bench = benchOf(text);
  return bench.routine("main").parameterCount === 0 && straightOf(bench.routine("main")) !== undefined;
});

describe("the programs of opcodes", () => {
  it("are partly of this kind", () => {
    const names = new Set(
      straight.flatMap(([, text]) => {
        const { operations } = benchOf(text).routine("main");
        return Array.from({ length: operations.length / STRIDE }, (_, at) =>
          operationName(operations[at * STRIDE] ?? -1),
        );
      }),
    );
    expect(straight.length).toBeGreaterThan(40);
    expect([...names]).toEqual(expect.arrayContaining(["Intrinsic", "CastTo", "ConcatAny", "NeAny", "MoveValue"]));
  });

  it.each(straight)("%s: the same at every amount of fuel", (_name, text) => {
    const whole = run(benchOf(text), {}, [[]], false);
    for (let fuelMax = whole.fuel + 1; fuelMax >= 0; fuelMax -= 1)
      expect(run(benchOf(text), { fuelMax }, [[]], true)).toEqual(run(benchOf(text), { fuelMax }, [[]], false));
  });

  it.each(straight)("%s: the same at little memory", (_name, text) => {
    for (const memoryBytesMax of [0, 10, 50, 100, 200, 400, 1000])
      expect(run(benchOf(text), { memoryBytesMax }, [[]], true)).toEqual(
        run(benchOf(text), { memoryBytesMax }, [[]], false),
      );
  });
});

describe.each(Object.entries(BODIES))("a body that %s", (_name, body) => {
  const text = `routine main(new any, old any) -> any\n${body}`;

  it("is of this kind", () => {
    expect(straightOf(benchOf(text).routine("main"))).toBeDefined();
  });

  it.each(ROWS.map((args, at) => [at, args] as const))(
    "gives the same for row %s at every amount of fuel",
    (_at, args) => {
      const whole = run(benchOf(text), {}, [args], false);
      expect(run(benchOf(text), {}, [args], true)).toEqual(whole);
      for (let fuelMax = whole.fuel + 1; fuelMax >= 0; fuelMax -= 1)
        expect(run(benchOf(text), { fuelMax }, [args], true)).toEqual(run(benchOf(text), { fuelMax }, [args], false));
    },
  );

  it("gives the same in a row as apart, also after an error", () => {
    const apart = ROWS.map((args) => run(benchOf(text), {}, [args], false));
    const together = run(benchOf(text), {}, ROWS, true);
    expect(together.texts).toEqual(apart.flatMap(({ texts }) => texts));
    expect(together.fuel).toBe(apart.reduce((sum, { fuel }) => sum + fuel, 0));
  });

  it("copies a row that is shared", () => {
    const shared = row("Ann", 3);
    shared.shared = true;
    expect(run(benchOf(text), {}, [[shared, null]], true)).toEqual(run(benchOf(text), {}, [[shared, null]], false));
    const bench = benchOf(text);
    bench.machine.series((call) => call(bench.routine("main"), [shared, null]));
    expect(shared.slots).toEqual(["Ann", 3, null]);
  });
});
