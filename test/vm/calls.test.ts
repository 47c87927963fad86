// Calls from outside: arguments are cast to their parameters' full types, optional ones may be left out, the machine keeps nothing afterwards.
import { expect, test } from "vitest";
import type { RoutineCode } from "../../bytecode/program.ts";
import { verify } from "../../bytecode/verify.ts";
import { required } from "../../base/failure.ts";
import { printQuoted } from "../../base/value/print.ts";
import { Decimal, FloatBox, ListValue, type Value } from "../../base/value/value.ts";
import { Trap } from "../../bytecode/trap.ts";
import { SPACE } from "../../vm/interpreter/space.ts";
import { load, type LoadedRoutine } from "../../vm/load.ts";
import { createMachine, type Machine } from "../../vm/machine.ts";
import { assemble } from "../support/assemble.ts";
import { testHost, testWorld } from "../support/test-host.ts";

type Form = RoutineCode["parameters"][number]["form"];

/** A machine and a call of `routine main(<type>) -> any` whose parameter has a full type. */
function caller(type: string, form?: Form): (args: readonly Value[]) => string {
  const program = assemble(`routine main(x ${type}) -> any\nreg r any\nMove r x\nReturn r`);
  const [main] = program.routines;
  const code = required(main, "main");
  const routine = form === undefined ? code : { ...code, parameters: code.parameters.map((row) => ({ ...row, form })) };
  const loaded = load(required(verify({ ...program, routines: [routine] }).value, "a sound program"));
  const machine: Machine = createMachine({ host: testHost(testWorld()) });
  return (args) => {
    try {
      return printQuoted(machine.call(required(loaded.routines[0], "main"), args));
    } catch (error) {
      if (error instanceof Trap) return error.message;
      throw error;
    }
  };
}

test("arguments of the right kind pass", () => {
  expect(caller("int")([5])).toBe("5");
  expect(caller("int")([2n ** 62n])).toBe("4611686018427387904");
  expect(caller("float")([new FloatBox(2)])).toBe("2.0");
  expect(caller("int?")([null])).toBe("null");
  expect(caller("any")([new ListValue([1, "a"])])).toBe('[1, "a"]');
});

test("arguments of other kinds are cast", () => {
  expect(caller("int")(["17"])).toBe("17");
  expect(caller("float")([3])).toBe("3.0");
  expect(caller("string")([3])).toBe('"3"');
  expect(caller("int")(["x"])).toBe('InvalidCast: Parameter x of main: "x" cannot be cast to int.');
  expect(caller("int")([null])).toBe("InvalidCast: Parameter x of main: null where int is needed.");
});

test("arguments fit their parameter's full type", () => {
  const small = caller("int", { name: "int", range: [0n, 255n] });
  expect(small([255])).toBe("255");
  expect(small([256])).toBe("InvalidCast: Parameter x of main: 256 cannot be cast to int.");
  expect(caller("decimal", { name: "decimal", precision: 5, scale: 2 })([new Decimal(12_345n, 3)])).toBe("12.35");
  expect(caller("string", { name: "string", length: 2 })(["abc"])).toBe(
    'InvalidCast: Parameter x of main: "abc" cannot be cast to varchar(2).',
  );
  expect(caller("string", { name: "enum", values: ["a", "b"], typeName: "Mood" })(["c"])).toBe(
    'InvalidCast: Parameter x of main: "c" cannot be cast to Mood.',
  );
  expect(caller("list", { name: "list", element: { name: "int" } })([new ListValue(["1", 2])])).toBe("[1, 2]");
});

test("the number of arguments is checked", () => {
  expect(caller("int")([])).toBe("InvalidCast: main takes 1 argument, found 0.");
  expect(caller("int")([1, 2])).toBe("InvalidCast: main takes 1 argument, found 2.");
  expect(caller("int? optional")([])).toBe("null");
});

test("a call that fails on the way in leaves the machine as it was", () => {
  const call = caller("int");
  expect(call(["x"])).toContain("InvalidCast");
  expect(SPACE.active).toBeUndefined();
  expect(call([1])).toBe("1");
});

test("what a large call leaves in registers is let go", () => {
  const big = "x".repeat(100_000);
  const text = `routine main(x string) -> int\nreg a string string\nreg n int\nConcat a x x\nConcat a+1 a a\nLoadInt n 1\nReturn n`;
  const loaded = load(required(verify(assemble(text)).value, "a sound program"));
  const machine = createMachine({ host: testHost(testWorld()) });
  expect(machine.call(required(loaded.routines[0], "main"), [big])).toBe(1);
  expect(SPACE.values.filter((value) => typeof value === "string")).toEqual([]);
});

test("a lambda that captures is called by its closure only: nothing else fills the registers of its captures", () => {
  const program = assemble(`const by {"kind":"import","reference":{"name":"add","argumentTypes":["any"]}}
routine main(x any) -> any
effects dynamic
CallImport x $by x
Return x
lambda add(x any; by int) -> any
AddAny x x by
Return x`);
  const { routines } = load(required(verify(program).value, "a sound program"));
  const world = testWorld();
  for (const routine of routines) world.routines.set(routine.code.name, routine);
  const machine = createMachine({ host: testHost(world) });
  const ways: readonly ((routine: LoadedRoutine) => Value)[] = [
    (routine) => machine.call(routine, [1]),
    (routine) => machine.series((call) => call(routine, [1])),
  ];
  for (const way of ways)
    for (const routine of routines)
      expect(() => way(routine)).toThrow("add captures values, so only a function value made of it can be called.");
});
