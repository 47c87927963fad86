// Pairs of operations that run as one: the same results as apart, also at their edges, and each pair is met.
import { expect, test } from "vitest";
import { FUSED_OPERATIONS, HOT_OPERATIONS, type HotOperationName } from "../../vm/interpreter/operations.ts";
import { type Bench, benchOf, outcome } from "../support/run-program.ts";

const seen = new Set<number>();

function bench(text: string): Bench {
  const made = benchOf(text);
  for (const routine of made.program.routines)
    for (let at = 0; at < routine.operations.length; at += 4) seen.add(routine.operations[at] ?? -1);
  return made;
}

const SUM = (add: string): string => `routine main(n int, by int) -> int
reg s int
LoadInt s 0
loop l {
JumpIfLtInt n s l.end
${add}
Loop l.start
}
Return s`;

test("additions before a loop's return", () => {
  expect(outcome(bench(SUM("AddInt s s by")), "main", [10, 3])).toBe("12");
  expect(outcome(bench(SUM("AddInt s s by")), "main", [2n ** 62n, 2n ** 61n])).toBe("6917529027641081856");
  expect(outcome(bench(SUM("AddInt s s by")), "main", [2n ** 63n - 1n, 2n ** 62n])).toBe(
    "Overflow: The sum does not fit 64 bits.",
  );
  expect(outcome(bench(SUM("AddIntImm s s 4")), "main", [10, 0])).toBe("12");
});

const COUNTED = `routine main(from int, to int) -> int
reg i int int int
reg s int
LoadInt s 0
Move i from
Move i+1 to
LoadInt i+2 1
block out {
ForStart i out.end
loop l {
AddInt s s i
ForNext i l.start
}
}
Return s`;

test("an addition before a counted loop's return", () => {
  expect(outcome(bench(COUNTED), "main", [1, 100])).toBe("5050");
  expect(outcome(bench(COUNTED), "main", [2n ** 62n, 2n ** 62n])).toBe("4611686018427387904");
  expect(outcome(bench(COUNTED), "main", [2n ** 62n, 2n ** 62n + 5n])).toBe("Overflow: The sum does not fit 64 bits.");
});

test("a remainder and its test", () => {
  const text = (jump: string): string =>
    `routine main(n int) -> int\nreg r int\nblock b {\nModIntImm r n 3\n${jump} r 0 b.end\nNegInt r n\nReturn r\n}\nReturn n`;
  expect(["9", "10", "-9", "-10"].map((n) => outcome(bench(text("JumpIfNeIntImm")), "main", [Number(n)]))).toEqual([
    "-9",
    "10",
    "9",
    "-10",
  ]);
  expect(["9", "10"].map((n) => outcome(bench(text("JumpIfEqIntImm")), "main", [Number(n)]))).toEqual(["9", "-10"]);
  expect(outcome(bench(text("JumpIfNeIntImm")), "main", [2n ** 62n])).toBe("4611686018427387904");
});

test("moves in a row, with large ints", () => {
  const text = `routine main(a int, b string) -> list\nreg x int int\nreg y string int\nreg l list\nMove x a\nMove x+1 x\nMove y b\nMove y+1 x+1\nListNew l x 4\nReturn l`;
  expect(outcome(bench(text), "main", [5, "s"])).toBe('[5, 5, "s", 5]');
  expect(outcome(bench(text), "main", [2n ** 60n, "s"])).toBe(
    '[1152921504606846976, 1152921504606846976, "s", 1152921504606846976]',
  );
});

const SET = `routine main(l list, n int) -> list\nreg i int\nreg t bool\nShare l\nMove i n\nLoadTrue t\nListSet l i t\nListPush l i\nListPush l t\nReturn l`;

test("list[index] = true", () => {
  const own = bench(
    `${SET}\nroutine make() -> list\nreg a bool bool\nreg l list\nLoadFalse a\nLoadFalse a+1\nListNew l a 2\nReturn l`,
  );
  const fresh = (): ReturnType<Bench["machine"]["call"]> => own.machine.call(own.routine("make"), []);
  expect(outcome(own, "main", [fresh(), 0])).toBe("[true, false, 0, true]");
  expect(outcome(own, "main", [fresh(), -1])).toBe("[false, true, -1, true]");
  expect(outcome(own, "main", [fresh(), 2])).toBe("OutOfRange: Index 2 is outside of 2 items.");
  expect(outcome(own, "main", [fresh(), 2n ** 62n])).toBe(
    "OutOfRange: Index 4611686018427387904 is outside of 2 items.",
  );
  // The argument is shared: the caller's list stays as it was.
  const kept = fresh();
  expect(outcome(own, "main", [kept, 0])).toBe("[true, false, 0, true]");
  expect(outcome(own, "main", [kept, 1])).toBe("[false, true, 1, true]");
});

test("a move and a true that are not an assignment to an item", () => {
  const text = `routine main(l list, n int) -> list\nreg i int int\nreg t bool bool\nLoadInt i+1 0\nLoadFalse t+1\nShare l\nMove i n\nLoadTrue t\nListSet l i+1 t+1\nListPush l i\nListPush l t\nReturn l\nroutine make() -> list\nreg a bool bool\nreg l list\nLoadTrue a\nLoadTrue a+1\nListNew l a 2\nReturn l`;
  const made = bench(text);
  expect(outcome(made, "main", [made.machine.call(made.routine("make"), []), 1])).toBe("[false, true, 1, true]");
});

test("an item and its test", () => {
  const text = `routine main(l list, n int) -> bool\nreg b bool\nblock j {\nListGet b l n\nJumpIfTrue b j.end\nReturn b\n}\nReturn b\nroutine make() -> list\nreg a bool bool int\nreg l list\nLoadTrue a\nLoadFalse a+1\nLoadInt a+2 7\nListNew l a 3\nReturn l`;
  const made = bench(text);
  const list = made.machine.call(made.routine("make"), []);
  expect([0, 1, -3, 2, 3].map((n) => outcome(made, "main", [list, n]))).toEqual([
    "true",
    "false",
    "true",
    "InvalidCast: 7 is not bool.",
    "OutOfRange: Index 3 is outside of 3 items.",
  ]);
});

test("each fused operation was met", () => {
  const fused: HotOperationName[] = [
    ...Object.values(FUSED_OPERATIONS).flatMap((row) => Object.values(row)),
    "MoveNumberLoadTrueListSetBool",
  ];
  expect(fused.filter((name) => !seen.has(HOT_OPERATIONS[name]))).toEqual([]);
});
