// Try blocks as savepoints, transactions, autonomous blocks, row loops: what the host hears on each way out. Stack traces.
import { describe, expect, test } from "vitest";
import { ErrorValue } from "../../base/value/value.ts";
import { type Trap, trap } from "../../bytecode/trap.ts";
import { benchOf, outcome, type Bench } from "../support/run-program.ts";

const SQL = `const write {"kind":"sql","form":{"parts":["write"],"returnsRows":false,"verb":"update","parameterCount":0}}
const fail {"kind":"sql","form":{"parts":["fail"],"returnsRows":false,"verb":"update","parameterCount":0}}
const rows {"kind":"sql","form":{"parts":["rows"],"returnsRows":true,"verb":"query","parameterCount":0}}
const etl {"kind":"error","name":"ETLError","parents":[]}
`;

function bench(text: string): Bench {
  const made = benchOf(SQL + text);
  made.world.answers.set("write", { names: [], rows: [[]] });
  made.world.answers.set("rows", { names: ["a"], rows: [[1], [2], [3]], batch: 1 });
  made.world.failures.set("fail", trap("UniqueViolation", "Taken."));
  return made;
}

function run(
  text: string,
  args: readonly number[] = [],
): { readonly result: string; readonly events: readonly string[] } {
  const made = bench(text);
  return { result: outcome(made, "main", args), events: made.world.events };
}

const TRY = (body: string, handler: string): string => `routine main() -> int
effects read write
reg e error
reg x int
LoadInt x 0
block done {
try t e savepoint {
${body}
}
Jump done.end
handler t
${handler}
}
Return x`;

describe("a try block", () => {
  test("that only reads takes no savepoint", () => {
    expect(run(TRY("Execute _ $write r0", "LoadInt x 1")).events).toEqual([
      "savepoint 1",
      "execute write ()",
      "release 1",
    ]);
    expect(run(TRY("LoadInt x 5", "LoadInt x 1"))).toEqual({ result: "5", events: [] });
    expect(run(TRY("DivInt x x x", "LoadInt x 1"))).toEqual({ result: "1", events: [] });
  });

  test("that fails is undone before its handler runs", () => {
    expect(run(TRY("Execute _ $write r0\nExecute _ $fail r0", "Execute x $write r0"))).toEqual({
      result: "1",
      events: ["savepoint 1", "execute write ()", "execute fail ()", "rollback 1", "execute write ()"],
    });
  });

  test("inside another: inner savepoints are taken with the outer ones, inner failures undo the inner only", () => {
    const text = `routine main() -> int
effects write
reg e error
reg x int
LoadInt x 0
block done {
try outer e savepoint {
block inside {
try inner e savepoint {
Execute _ $write r0
Execute _ $fail r0
}
Jump inside.end
handler inner
LoadInt x 1
}
Execute _ $write r0
}
Jump done.end
handler outer
LoadInt x 2
}
Return x`;
    expect(run(text)).toEqual({
      result: "1",
      events: [
        "savepoint 1",
        "savepoint 2",
        "execute write ()",
        "execute fail ()",
        "rollback 2",
        "execute write ()",
        "release 1",
      ],
    });
  });

  test("in a callee that fails is undone frame by frame", () => {
    const text = `routine main() -> int
effects write
reg e error
reg x int
block done {
try t e savepoint {
Execute _ $write r0
Call x deep r0
}
Return x
handler t
LoadInt x 7
}
Return x
routine deep() -> int
effects write
reg s int
Savepoint s
Execute _ $fail r0
Release s
Return s`;
    expect(run(text)).toEqual({
      result: "7",
      events: ["savepoint 1", "execute write ()", "savepoint 2", "execute fail ()", "rollback 2", "rollback 1"],
    });
  });

  test("is left by a jump and by a return with its savepoint released", () => {
    const jump = TRY("Execute x $write r0\nleave t\nJump done.end", "LoadInt x 1");
    expect(run(jump)).toEqual({ result: "1", events: ["savepoint 1", "execute write ()", "release 1"] });
    const back = TRY("Execute x $write r0\nReturn x", "LoadInt x 1");
    expect(run(back)).toEqual({ result: "1", events: ["savepoint 1", "execute write ()", "release 1"] });
  });

  test("whose undo fails cannot be caught below", () => {
    const made = bench(TRY("Execute _ $write r0\nExecute _ $fail r0", "LoadInt x 1"));
    const program = outcome(made, "main");
    expect(program).toBe("1");
    const host = made.world;
    host.events.push = (event: string): number => {
      if (event.startsWith("rollback")) throw trap("Deadlock", "The engine ended the transaction.");
      return 0;
    };
    expect(outcome(made, "main")).toBe("UniqueViolation: Taken.");
  });
});

describe("scopes", () => {
  test("open rows are closed when a loop fails or returns", () => {
    const text = `routine main() -> int
effects read
reg c cursor
reg x int
LoadInt x 0
OpenRows c $rows r0
block out {
loop l {
NextRow c out.end
RowCell x c 0
AddIntImm x x -2
DivInt x x x
Loop l.start
}
}
Return x`;
    expect(run(text)).toEqual({ result: "DivisionByZero: Division by zero.", events: ["query rows ()", "close rows"] });
  });

  test("an autonomous block commits on its own way out and rolls back when it fails", () => {
    const block = (statement: string): string => `routine main() -> int
effects write
reg a int
AutonomousBegin a
Execute _ ${statement} r0
AutonomousEnd a 1
Return a`;
    expect(run(block("$write"))).toEqual({ result: "1", events: ["autonomous 1", "execute write ()", "commit 1"] });
    expect(run(block("$fail"))).toEqual({
      result: "UniqueViolation: Taken.",
      events: ["autonomous 1", "execute fail ()", "rollback 1"],
    });
  });
});

describe("errors", () => {
  test("carry the stack of the raise through a rethrow, with lines", () => {
    const text = `routine main() -> int
reg e error
reg x int
try t e {
LoadInt x 0
Call x inner x
}
Return x
handler t
Rethrow e
routine inner(n int) -> int
DivInt n n n
Return n`;
    const made = bench(text);
    try {
      made.machine.call(made.routine("main"), []);
      expect.unreachable();
    } catch (error) {
      const { value } = error as Trap;
      expect(value.code).toBe("DivisionByZero");
      const first = SQL.split("\n").length;
      expect(value.stack.map((frame) => `${frame.routine}:${frame.line - first}`)).toEqual(["inner:11", "main:5"]);
    }
  });

  test("of long stacks keep the innermost frames and the outermost", () => {
    const made = bench(
      "routine main(n int) -> int\nif a {\nJumpIfGtIntImm n 0 a.end\nDivInt n n n\nReturn n\n}\nreg x int\nAddIntImm x n -1\nCall x main x\nReturn x",
    );
    try {
      made.machine.call(made.routine("main"), [5000]);
      expect.unreachable();
    } catch (error) {
      expect((error as Trap).value.stack.length).toBeLessThanOrEqual(66);
      expect((error as Trap).value.stack.length).toBeGreaterThan(60);
    }
  });

  test("thrown twice have two stacks", () => {
    const made = bench(`routine main(e error) -> int
Throw e`);
    const error = new ErrorValue("ETLError", "x");
    const stacks = [0, 1].map(() => {
      try {
        made.machine.call(made.routine("main"), [error]);
        return undefined;
      } catch (caught) {
        return (caught as Trap).value;
      }
    });
    expect(stacks[0]).not.toBe(stacks[1]);
    expect(stacks[0]?.stack.length).toBe(1);
    expect(error.stack.length).toBe(0);
  });
});
