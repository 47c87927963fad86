// Limits end a call exactly where they are passed, cannot be caught, and leave the machine usable.
import { describe, expect, test } from "vitest";
import type { Value } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import { createMachine } from "../../vm/machine.ts";
import { benchOf, outcome } from "../support/run-program.ts";
import { testHost } from "../support/test-host.ts";

const ENDLESS = `routine main() -> int
reg x int
LoadInt x 0
loop l {
AddIntImm x x 1
Loop l.start
}`;

const COUNT = `routine main(n int) -> int
reg i int int int
reg s int
LoadInt s 0
LoadInt i 1
Move i+1 n
LoadInt i+2 1
block out {
ForStart i out.end
loop l {
AddInt s s i
ForNext i l.start
}
}
Return s`;

const DOWN = `routine main(n int) -> int
if a {
JumpIfGtIntImm n 0 a.end
Return n
}
reg x int
AddIntImm x n -1
Call x main x
AddIntImm x x 1
Return x`;

describe("fuel", () => {
  test("is charged at the entry and at each return to a loop's start", () => {
    const bench = benchOf(COUNT);
    expect(outcome(bench, "main", [0])).toBe("0");
    // Entry: every instruction once.
    const entry = bench.machine.usage().fuel;
    expect(entry).toBe(8);
    expect(outcome(bench, "main", [1])).toBe("1");
    expect(bench.machine.usage().fuel).toBe(entry);
    // Each further iteration: the loop's body of two instructions.
    expect(outcome(bench, "main", [1001])).toBe("501501");
    expect(bench.machine.usage().fuel).toBe(entry + 1000 * 2);
  });

  test("is exact across slices and the same in every run", () => {
    const bench = benchOf(COUNT);
    for (let i = 0; i < 3; i += 1) {
      outcome(bench, "main", [500_000]);
      expect(bench.machine.usage().fuel).toBe(8 + 499_999 * 2);
    }
  });

  test("suffices at the limit and ends the call one above it", () => {
    const need = 8 + 99_999 * 2;
    expect(outcome(benchOf(COUNT, { limits: { fuelMax: need } }), "main", [100_000])).toBe("5000050000");
    expect(outcome(benchOf(COUNT, { limits: { fuelMax: need - 1 } }), "main", [100_000])).toBe(
      `LimitExceeded: The call used more than ${need - 1} units of fuel (limit fuelMax).`,
    );
  });

  test("ends an endless loop, with the line of the loop", () => {
    const bench = benchOf(ENDLESS, { limits: { fuelMax: 1_000_000 } });
    try {
      bench.machine.call(bench.routine("main"), []);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Trap);
      const { value, uncatchable } = error as Trap;
      expect(uncatchable).toBe(true);
      expect(value.code).toBe("LimitExceeded");
      expect(value.stack[0]).toMatchObject({ routine: "main", file: "<asm>" });
      expect(value.stack[0]?.line).toBeGreaterThanOrEqual(3);
    }
    expect(outcome(bench, "main", [])).toContain("LimitExceeded");
  });

  test("of calls is charged per call", () => {
    const bench = benchOf(DOWN);
    outcome(bench, "main", [0]);
    const one = bench.machine.usage().fuel;
    outcome(bench, "main", [9]);
    expect(bench.machine.usage().fuel).toBe(10 * one);
  });
});

describe("depth", () => {
  test("10,000 calls work, one more does not", () => {
    expect(outcome(benchOf(DOWN), "main", [9_999])).toBe("9999");
    expect(outcome(benchOf(DOWN), "main", [10_000])).toBe(
      "LimitExceeded: The call depth passed 10000 (limit callDepthMax).",
    );
  });

  test("can be set", () => {
    expect(outcome(benchOf(DOWN, { limits: { callDepthMax: 3 } }), "main", [2])).toBe("2");
    expect(outcome(benchOf(DOWN, { limits: { callDepthMax: 3 } }), "main", [3])).toBe(
      "LimitExceeded: The call depth passed 3 (limit callDepthMax).",
    );
    expect(outcome(benchOf(DOWN, { limits: { callDepthMax: 100_000 } }), "main", [99_999])).toBe("99999");
  });

  test("frames with many registers are counted too", () => {
    const wide = `routine main(n int) -> int\nreg x ${"int ".repeat(60_000)}\nAddIntImm x n 1\nCall x main x\nReturn x`;
    expect(outcome(benchOf(wide), "main", [0])).toBe("LimitExceeded: The calls' variables passed 2097152 registers.");
  });
});

const GROW = `routine main() -> list
reg l list
reg x string
ListNew l r0 0
LoadConst x "text"
loop g {
ListPush l x
Loop g.start
}`;

describe("memory", () => {
  test("ends a list that grows without end", () => {
    expect(outcome(benchOf(GROW, { limits: { memoryBytesMax: 1_000_000 } }), "main")).toBe(
      "LimitExceeded: The call's values passed 1000000 bytes (limit memoryBytesMax).",
    );
  });

  test("ends a string that doubles", () => {
    const double = `routine main() -> string\nreg s string\nLoadConst s "0123456789"\nloop g {\nConcat s s s\nLoop g.start\n}`;
    expect(outcome(benchOf(double, { limits: { memoryBytesMax: 10_000_000 } }), "main")).toContain(
      "LimitExceeded: The call's values passed 10000000 bytes",
    );
    expect(outcome(benchOf(double), "main")).toContain("LimitExceeded: A string passed 268435456 bytes");
  });

  test("counts what lives, not what was made", () => {
    // A million strings of which one lives: a hundred times the limit goes through.
    const churn = `routine main(n int) -> int
reg i int int int
reg a string string string
LoadConst a "${"x".repeat(50)}"
LoadConst a+1 "${"y".repeat(50)}"
LoadInt i 1
Move i+1 n
LoadInt i+2 1
block out {
ForStart i out.end
loop l {
Concat a+2 a a+1
ForNext i l.start
}
}
Return n`;
    expect(outcome(benchOf(churn, { limits: { memoryBytesMax: 1_000_000 } }), "main", [1_000_000])).toBe("1000000");
  });

  test("does not count what returned calls have left in their registers", () => {
    // fill() makes a list of most of the limit and drops it; the second call has the same registers, not yet assigned.
    const text = `routine fill(n int) -> int
reg i int int int
reg l list
ListNew l r0 0
LoadInt i 1
Move i+1 n
LoadInt i+2 1
block out {
ForStart i out.end
loop f {
ListPush l i
ForNext i f.start
}
}
ListLen i l
Return i
routine other(n int) -> int
reg a int int int int
reg b any any any any
reg x int
Move x n
Call x fill x
LoadNull b
Move a x
Return a
routine main(n int) -> int
reg x int int
Call x fill n
Call x+1 other n
AddInt x x x+1
Return x`;
    expect(outcome(benchOf(text, { limits: { memoryBytesMax: 1_000_000 } }), "main", [60_000])).toBe("120000");
  });

  test("closures, structs and maps are walked", () => {
    const nest = `const shape {"kind":"shape","name":"","fields":["next"]}
routine main() -> struct
reg s any
reg t struct
LoadNull s
loop g {
StructNew t $shape s
Move s t
Loop g.start
}`;
    expect(outcome(benchOf(nest, { limits: { memoryBytesMax: 3_000_000 } }), "main")).toContain("LimitExceeded");
    const map = `routine main() -> map
reg m map
reg k string
reg n int
reg parts int
MapNew m
LoadInt n 0
loop g {
Interpolate k n 1
MapSet m k n
AddIntImm n n 1
Loop g.start
}`;
    expect(outcome(benchOf(map, { limits: { memoryBytesMax: 3_000_000 } }), "main")).toContain("LimitExceeded");
  });
});

describe("handlers", () => {
  const CATCHING = (body: string): string => `routine main() -> int
reg e error
reg x int
reg y list
try t e {
${body}
}
Return x
handler t
LoadInt x 99
Return x`;

  test("do not see limit errors", () => {
    const bench = benchOf(CATCHING("LoadInt x 0\nloop l {\nLoop l.start\n}"), { limits: { fuelMax: 1000 } });
    expect(outcome(bench, "main")).toContain("LimitExceeded");
  });

  test("see the program's own errors", () => {
    expect(outcome(benchOf(CATCHING("LoadInt x 0\nDivInt x x x")), "main")).toBe("99");
  });
});

describe("from outside", () => {
  test("a kill flag ends a call at the next slice", () => {
    const flags = new Int32Array(new SharedArrayBuffer(4));
    const bench = benchOf(ENDLESS);
    let looks = 0;
    const machine = createMachine({
      host: testHost(bench.world),
      limits: { deadlineMs: Number.POSITIVE_INFINITY },
      kill: { flags, index: 0 },
      monotonicMs: () => {
        looks += 1;
        // As another thread would.
        if (looks === 3) Atomics.store(flags, 0, 1);
        return 0;
      },
    });
    expect(caught(() => machine.call(bench.routine("main"), []))).toBe("Cancelled: The call was cancelled.");
    expect(looks).toBe(3);
  });

  test("a deadline ends a call", () => {
    const at = (now: number): string => {
      const bench = benchOf(COUNT);
      const machine = createMachine({
        host: testHost(bench.world),
        limits: { deadlineMs: 5 },
        monotonicMs: () => now,
      });
      return caught(() => machine.call(bench.routine("main"), [100_000]));
    };
    // A deadline is a moment: when it has come, the time is up.
    expect(at(4)).toBe("no error");
    expect(at(5)).toBe("Timeout: The call took longer than it may (limit timeoutMs).");
  });

  test("rows are counted", () => {
    const text = `const sql {"kind":"sql","form":{"parts":["q"],"returnsRows":true,"verb":"query","parameterCount":0}}
routine main() -> int
effects read
reg t table
reg n int
Query t $sql r0
TableLen n t
Return n`;
    const bench = benchOf(text, { limits: { rowsMax: 2 } });
    bench.world.answers.set("q", { names: ["a"], rows: [[1], [2]] });
    expect(outcome(bench, "main")).toBe("2");
    bench.world.answers.set("q", { names: ["a"], rows: [[1], [2], [3]] });
    expect(outcome(bench, "main")).toBe("LimitExceeded: The call read more than 2 rows (limit rowsMax).");
  });
});

describe("nested runs", () => {
  const SQL = `const sql {"kind":"sql","form":{"parts":["udf"],"returnsRows":true,"verb":"query","parameterCount":0}}
routine twice(n int) -> int
MulIntImm n n 2
Return n
routine main(n int) -> int
effects read
reg x int
reg y string
LoadConst y "kept"
AddIntImm x n 1
QueryScalar n $sql r0
AddInt n n x
Return n
routine spin() -> int
${ENDLESS.split("\n").slice(1).join("\n")}`;

  test("share the machine and leave the interrupted frame as it was", () => {
    const bench = benchOf(SQL);
    const { machine } = bench;
    let inner: Value = null;
    bench.world.answers.set("udf", { names: ["a"], rows: [[5]] });
    const original = bench.world.answers.get.bind(bench.world.answers);
    bench.world.answers.get = (key) => {
      inner = machine.call(bench.routine("twice"), [21]);
      return original(key);
    };
    expect(outcome(bench, "main", [1])).toBe("7");
    expect(inner).toBe(42);
  });

  test("of another machine stand above", () => {
    const bench = benchOf(SQL);
    const other = createMachine({ host: testHost(bench.world) });
    bench.world.answers.set("udf", { names: ["a"], rows: [[5]] });
    const original = bench.world.answers.get.bind(bench.world.answers);
    let inner: Value = null;
    bench.world.answers.get = (key) => {
      inner = other.call(bench.routine("twice"), [4]);
      return original(key);
    };
    expect(outcome(bench, "main", [1])).toBe("7");
    expect(inner).toBe(8);
  });

  test("share the fuel", () => {
    const bench = benchOf(SQL, { limits: { fuelMax: 100_000 } });
    bench.world.answers.get = () => {
      bench.machine.call(bench.routine("spin"), []);
      return undefined;
    };
    expect(outcome(bench, "main", [1])).toContain("LimitExceeded: The call used more than 100000");
    expect(bench.machine.usage().fuel).toBeLessThan(200_000);
  });

  test("have a bound", () => {
    const bench = benchOf(SQL);
    bench.world.answers.get = () => {
      bench.machine.call(bench.routine("main"), [1]);
      return undefined;
    };
    expect(outcome(bench, "main", [1])).toContain(
      "LimitExceeded: Calls from inside SQL and built-in functions are nested more than 100 deep.",
    );
  });
});

function caught(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Trap) return error.message;
    throw error;
  }
  return "no error";
}
