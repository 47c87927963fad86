// Calls by name: bound at the first call, bound again when the host's routines change, never taken from another host.
import { describe, expect, test } from "vitest";
import { SPACE } from "../../vm/interpreter/space.ts";
import { required } from "../../base/failure.ts";
import { type Bench, benchOf, outcome } from "../support/run-program.ts";

const TEXT = `const f {"kind":"import","reference":{"name":"f","argumentTypes":["int"]}}
const any {"kind":"import","reference":{"name":"f","argumentTypes":["any"]}}
const write {"kind":"sql","form":{"parts":["replace f"],"returnsRows":false,"verb":"ddl","parameterCount":0}}
routine main(n int) -> int
effects dynamic
reg i int int int
reg s int
LoadInt s 0
LoadInt i 1
Move i+1 n
LoadInt i+2 1
block out {
ForStart i out.end
loop l {
CallImport i+1 $f i
AddInt s s i+1
Move i+1 n
ForNext i l.start
}
}
Return s
routine loose(n int) -> any
effects dynamic
reg a any
Move a n
CallImport a $any a
CallImport a $any a
Return a
routine twice(n int) -> int
effects dynamic write
reg x int
CallImport x $f n
Execute _ $write r0
CallImport n $f n
AddInt n n x
Return n
routine f(n int) -> int
MulIntImm n n 2
Return n
routine g(n int) -> int
MulIntImm n n 100
Return n`;

function bench(): Bench {
  const made = benchOf(TEXT);
  made.world.answers.set("replace f", { names: [], rows: [] });
  return made;
}

function resolved(made: Bench): number {
  return made.world.events.filter((event) => event.startsWith("resolve")).length;
}

describe("a call by name", () => {
  test("asks the host once", () => {
    const made = bench();
    expect(outcome(made, "main", [1000])).toBe("1001000");
    expect(outcome(made, "main", [1000])).toBe("1001000");
    expect(resolved(made)).toBe(1);
  });

  test("asks each time when the host has no epochs", () => {
    const made = bench();
    made.world.epoch = undefined;
    expect(outcome(made, "main", [10])).toBe("110");
    expect(resolved(made)).toBe(10);
  });

  test("is bound again when the routine changes between calls", () => {
    const made = bench();
    expect(outcome(made, "main", [3])).toBe("12");
    made.world.routines.set("f", made.routine("g"));
    made.world.epoch = 2;
    expect(outcome(made, "main", [3])).toBe("600");
  });

  test("is bound again when a statement of the call itself changes the routine", () => {
    const made = bench();
    const answer = required(made.world.answers.get("replace f"), "the answer");
    made.world.answers.get = () => {
      made.world.routines.set("f", made.routine("g"));
      made.world.epoch = (made.world.epoch ?? 0) + 1;
      return answer;
    };
    expect(outcome(made, "twice", [3])).toBe("306");
  });

  test("with other types converts each time and asks once", () => {
    const made = bench();
    expect(outcome(made, "loose", [3])).toBe("12");
    expect(resolved(made)).toBe(1);
  });

  test("is not taken from another host that runs the same program", () => {
    const first = bench();
    expect(outcome(first, "main", [3])).toBe("12");
    const second = bench();
    second.world.routines.set("f", second.routine("g"));
    expect(second.machine.call(first.routine("main"), [3])).toBe(600);
    expect(outcome(first, "main", [3])).toBe("12");
  });

  test("stays right when installed code is dropped between calls", () => {
    const made = bench();
    expect(outcome(made, "main", [3])).toBe("12");
    const { generation } = SPACE;
    // Routines of 100,000 instructions, until the space lets all code go.
    for (let round = 0; round < 3; round += 1) {
      const large = benchOf(`routine main(n int) -> int\n${"AddIntImm n n 1\n".repeat(100_000)}Return n`);
      expect(outcome(large, "main", [0])).toBe("100000");
    }
    expect(SPACE.generation).toBeGreaterThan(generation);
    expect(outcome(made, "main", [3])).toBe("12");
    made.world.routines.set("f", made.routine("g"));
    made.world.epoch = 2;
    expect(outcome(made, "main", [3])).toBe("600");
  });
});
