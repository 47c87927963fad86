// Lessons for V8: each runs to its end, and nothing of it is seen by the program, its limits or its results.
import { describe, expect, test } from "vitest";
import { required } from "../../base/failure.ts";
import { LESSONS } from "../../vm/interpreter/lesson-table.ts";
import { runLesson } from "../../vm/interpreter/lessons.ts";
import { HOT_OPERATIONS, type HotOperationName } from "../../vm/interpreter/operations.ts";
import { SPACE } from "../../vm/interpreter/space.ts";
import { MachineState } from "../../vm/interpreter/state.ts";
import { benchOf, outcome } from "../support/run-program.ts";
import { testHost, testWorld } from "../support/test-host.ts";

const NAMES = Object.keys(HOT_OPERATIONS) as HotOperationName[];

/** A machine in the middle of a routine of two registers. */
function stateInside(): MachineState {
  const bench = benchOf("routine main(n int) -> string\nreg s string\nInterpolate s n 1\nReturn s");
  const never = (): never => expect.unreachable("a lesson looks at no limit and calls nothing outside");
  const context = {
    chargeFuel: never,
    chargeMemory: never,
    checkLimits: never,
    nowMicros: never,
    random: never,
    call: never,
  };
  const state = new MachineState(testHost(testWorld()), { context, checkLimits: never });
  state.start = SPACE.startOf(bench.routine("main"));
  state.pc = state.start + 4;
  state.fuel = 17;
  state.memory = 1000;
  state.depthMax = 10;
  state.numbers[0] = 5;
  state.values[1] = "kept";
  return state;
}

describe("the lesson of", () => {
  for (const name of NAMES.filter((candidate) => LESSONS[candidate] !== "")) {
    test(name, () => {
      const state = stateInside();
      const { pc, base, start, depth, fuel, memory, memoryCheck } = state;
      runLesson(state, [name]);
      expect({ ...state }).toMatchObject({ pc, base, fuel, memory, memoryCheck });
      expect([state.start, state.depth]).toEqual([start, depth]);
      expect([state.numbers[0], state.values[1]]).toEqual([5, "kept"]);
      expect(state.values.slice(3).every((value) => value === null)).toBe(true);
    });
  }
});

test("operations without a lesson are those on rows, and the end", () => {
  expect(NAMES.filter((name) => LESSONS[name] === "" && !/^(?:NextRow|(?:Row|Table)Cell)/.test(name))).toEqual([
    "Halt",
  ]);
});

test("every lesson runs its operation", () => {
  const returns: readonly string[] = ["ReturnNumber", "ReturnValue", "ReturnVoid"];
  for (const name of NAMES.filter((candidate) => LESSONS[candidate] !== "" && !returns.includes(candidate)))
    expect(LESSONS[name].split("; ").some((text) => text.startsWith(`${name} `))).toBe(true);
});

test("a call that is taught in its middle uses what later ones use", () => {
  const bench = benchOf(`routine main(n int) -> string
reg i int int int
reg l list
reg s string
ListNew l s 0
LoadInt i 1
Move i+1 n
LoadInt i+2 1
block out {
ForStart i out.end
loop l {
ListPush l i
ForNext i l.start
}
}
ListLen i l
Interpolate s i 1
Return s`);
  const first = outcome(bench, "main", [100_000]);
  const usage = bench.machine.usage();
  expect(required(bench.routine("main"), "main").taught).toBe(true);
  expect(outcome(bench, "main", [100_000])).toBe(first);
  expect(first).toBe('"100000"');
  expect(bench.machine.usage()).toEqual(usage);
});
