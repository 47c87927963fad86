// Each way in which a program can be unsound is refused with its own code.
import { describe, expect, test } from "vitest";
import { InternalError, required } from "../../base/failure.ts";
import { BYTECODE_DIAGNOSTICS } from "../../base/diagnostics/bytecode.ts";
import { OPCODES } from "../../bytecode/opcodes.ts";
import type { Constant, Program, RoutineCode } from "../../bytecode/program.ts";
import { isVerified, verify } from "../../bytecode/verify.ts";
import { load } from "../../vm/load.ts";
import { assemble } from "../support/assemble.ts";

const GOOD = `const shape {"kind":"shape","name":"","fields":["a"]}
const sql {"kind":"sql","form":{"parts":["q ",{"p":"parameter","index":0,"type":"int","place":"value"}],"returnsRows":true,"verb":"query","parameterCount":1}}
const job {"kind":"job","job":{"callee":{"kind":"routine","routine":1},"argumentCount":1,"detached":false}}
routine main(n int) -> int
effects read write jobs
reg e error
reg x int int
reg t table
reg s struct
reg h handle
LoadInt x 0
loop l {
block b {
if i {
JumpIfGeIntImm x 3 i.else
AddIntImm x x 1
Jump i.end
} else {
Jump l.end
}
try t1 e savepoint {
Query t $sql x
DivIntImm x x 1
}
Jump b.end
handler t1
LoadInt x 5
}
Loop l.start
}
StructNew s $shape x
StartAsync h $job x
Call x other x
Return x
routine other(n int) -> int
reg y int
Move y n
Return y
lambda inc(n int; by int) -> int
AddInt n n by
Return n`;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function mainOf(change: (main: Mutable<RoutineCode>, program: Mutable<Program>) => void, text = GOOD): Program {
  const program: Mutable<Program> = { ...assemble(text) };
  const main: Mutable<RoutineCode> = { ...required(program.routines[0], "main") };
  main.code = main.code.slice();
  program.routines = [main, ...program.routines.slice(1)];
  change(main, program);
  return program;
}

/** Index of the first instruction with an opcode. */
function find(main: RoutineCode, name: keyof typeof OPCODES): number {
  for (let at = 0; at < main.code.length; at += 4) if (main.code[at] === OPCODES[name].code) return at;
  throw new InternalError(`no ${name}`);
}

function codesOf(program: Program): readonly string[] {
  return verify(program).problems.map((problem) => problem.code);
}

function text(body: string, header = "routine main(n int) -> int"): Program {
  return assemble(`${header}\n${body}`);
}

const constant = (value: unknown): Program =>
  mainOf((_main, program) => void (program.constants = [...program.constants, value as Constant]));

/** Programs by the code that refuses them. */
const REFUSED: Readonly<Record<string, readonly (readonly [what: string, program: Program])[]>> = {
  E8005: [
    [
      "too many routines",
      mainOf((main, program) => void (program.routines = Array.from({ length: 262_145 }, () => main))),
    ],
  ],
  E8020: [["an unknown opcode", mainOf((main) => void (main.code[0] = 9999))]],
  E8021: [["a register beyond the last", mainOf((main) => void (main.code[1] = 99))]],
  E8022: [
    ["a register of the wrong type", mainOf((main) => void (main.code[find(main, "AddIntImm") + 1] = 1))],
    [
      "a raw register where a boxed one is read",
      text('reg m map\nreg k string\nMapNew m\nLoadConst k "a"\nMapGet n m k\nMapLen n m\nListLen n m\nReturn n'),
    ],
    [
      "a nullable move into a type that is not",
      text("reg a int?\nreg b string?\nreg c string\nLoadNull b\nMove c b\nReturn n"),
    ],
    ["null into a type that has none", text("reg c string\nLoadNull c\nReturn n")],
    ["a nullable comparison into bool", text("reg a int?\nreg b bool\nLoadNull a\nEqAny b a n\nReturn n")],
    [
      "a row that may be missing into a struct",
      assemble(
        'const sql {"kind":"sql","form":{"parts":["q"],"returnsRows":true,"verb":"query","parameterCount":0}}\nroutine main() -> struct\neffects read\nreg s struct\nQueryFirst s $sql r0\nReturn s',
      ),
    ],
    ["three-valued logic into a bool", text("reg a bool?\nreg b bool\nLoadNull a\nNotNullable b a\nReturn n")],
    ["narrowing between two types", text('reg a string\nreg b list\nLoadConst a "x"\nNarrow b a\nReturn n')],
    [
      "a counted loop over floats",
      text("reg c int float int\nLoadInt c 1\nblock out {\nForStart c out.end\n}\nReturn n"),
    ],
    ["an int literal into a string", text("reg c string\nLoadInt c 1\nReturn n")],
    ["assignment into a raw register", text("reg c int\nLoadInt c 1\nIndexSet c n n\nReturn n")],
  ],
  E8023: [
    ["a register read before it is assigned", text("reg x int\nAddInt n n x\nReturn n")],
    [
      "a register assigned on one path only",
      text("reg x int\nif i {\nJumpIfGeIntImm n 3 i.end\nLoadInt x 1\n}\nReturn x"),
    ],
    [
      "a register assigned inside a try, read in its handler",
      text("reg e error\nreg x int\ntry t e {\nLoadInt x 1\n}\nReturn n\nhandler t\nReturn x"),
    ],
    [
      "a register assigned in a loop that may not run",
      text("reg x int\nloop l {\nJumpIfGeIntImm n 3 l.end\nLoadInt x 1\nLoop l.start\n}\nReturn x"),
    ],
    ["an argument that is not assigned", text("reg x int\nCall n main x\nReturn n")],
  ],
  E8024: [["a constant of another kind", mainOf((main) => void (main.code[find(main, "StructNew") + 2] = 1))]],
  E8025: [
    ["a jump into a region", mainOf((main) => void (main.code[find(main, "Jump") + 1] = 8))],
    ["a jump back", mainOf((main) => void (main.code[find(main, "Jump") + 1] = 0))],
    ["a loop to no loop's start", mainOf((main) => void (main.code[find(main, "Loop") + 1] = 2))],
    [
      "a loop from outside of it",
      mainOf((main) => {
        const loop = required(
          main.regions.find((region) => region.kind === "loop"),
          "a loop",
        );
        main.regions = main.regions.map((region) =>
          region === loop ? { ...loop, end: find(main, "Loop") / 4 } : region,
        );
      }),
    ],
  ],
  E8026: [
    ["code without an end", text("AddIntImm n n 1")],
    ["a branch without an end", text("if i {\nJumpIfGeIntImm n 3 i.end\nReturn n\n}")],
  ],
  E8027: [
    ["an empty region", mainOf((main) => void (main.regions = [{ kind: "block", start: 3, end: 3 }]))],
    [
      "overlapping regions",
      mainOf(
        (main) =>
          void (main.regions = [
            { kind: "block", start: 0, end: 3 },
            { kind: "block", start: 2, end: 5 },
          ]),
      ),
    ],
    ["regions out of order", mainOf((main) => void (main.regions = [...main.regions].reverse()))],
    ["an else outside", mainOf((main) => void (main.regions = [{ kind: "if", start: 0, end: 3, middle: 4 }]))],
    ["an unknown kind", mainOf((main) => void (main.regions = [{ kind: "while" as "loop", start: 0, end: 3 }]))],
  ],
  E8028: [
    [
      "a handler inside its range",
      mainOf((main) => void (main.catches = main.catches.map((entry) => ({ ...entry, handler: entry.start })))),
    ],
    [
      "a handler that is no instruction",
      mainOf((main) => void (main.catches = main.catches.map((entry) => ({ ...entry, handler: 999 })))),
    ],
    [
      "a register that holds no error",
      mainOf((main) => void (main.catches = main.catches.map((entry) => ({ ...entry, register: 0 })))),
    ],
    [
      "a range that is no try region",
      mainOf((main) => void (main.catches = main.catches.map((entry) => ({ ...entry, end: entry.end - 1 })))),
    ],
  ],
  E8029: [
    [
      "TryBegin away from its range",
      mainOf((main) => void (main.code[find(main, "TryBegin")] = OPCODES.LoadNull.code)),
    ],
    [
      "TryEnd followed by more",
      mainOf((main) => {
        const at = find(main, "TryEnd");
        main.code.copyWithin(at - 4, at, at + 4);
        main.code.set([OPCODES.LoadInt.code, 2, 0, 0], at);
      }),
    ],
    [
      "a conditional jump out",
      text(
        "reg e error\nblock out {\ntry t e savepoint {\nJumpIfGeIntImm n 1 out.end\n}\nReturn n\nhandler t\nRethrow e\n}\nReturn n",
      ),
    ],
    [
      "an unclosed jump out",
      text(
        "reg e error\nblock out {\ntry t e savepoint {\nJump out.end\n}\nReturn n\nhandler t\nRethrow e\n}\nReturn n",
      ),
    ],
  ],
  E8030: [
    ["an effect of an opcode", mainOf((main) => void (main.effects = ["write", "jobs"]))],
    [
      "an effect of a callee",
      assemble(
        "routine main(n int) -> int\nCall n out n\nReturn n\nroutine out(n int) -> int\neffects output\nReturn n",
      ),
    ],
    [
      "an effect of a closure",
      assemble(
        "routine main(n int) -> int\nreg c closure\nMakeClosure c out n\nReturn n\nlambda out(n int;) -> int\neffects output\nPrint n\nReturn n",
      ),
    ],
  ],
  E8031: [
    ["a callee that is not there", mainOf((main) => void (main.code[find(main, "Call") + 2] = 7))],
    ["an entry that is not there", mainOf((_main, program) => void (program.entry = 5))],
    [
      "a SQL function that is not there",
      mainOf((_main, program) => void (program.sqlFunctions = [{ name: "f", routine: -1, deterministic: true }])),
    ],
  ],
  E8032: [["an unknown intrinsic", mainOf((main) => main.code.set([OPCODES.Intrinsic.code, 2, 999_999, 0], 0))]],
  E8033: [
    [
      "an update in place by a function that has none",
      assemble("routine main(n int) -> list\nreg l list\nListNew l r0 0\nListUpdate l push n\nReturn l"),
    ],
    ["arguments beyond the registers", mainOf((main) => void (main.code[find(main, "StructNew") + 3] = 999))],
    [
      "an argument of another type",
      assemble('routine main(n int) -> int\nreg s string\nLoadConst s "a"\nCall n main s\nReturn n'),
    ],
    [
      "a call of a lambda without the closure that holds its captures",
      mainOf((main) => void (main.code[find(main, "Call") + 2] = 2)),
    ],
    [
      "a job of a lambda without the closure that holds its captures",
      mainOf((_main, program) => {
        const job = { callee: { kind: "routine", routine: 2 }, argumentCount: 1, detached: false } as const;
        program.constants = program.constants.map((row) => (row.kind === "job" ? { ...row, job } : row));
      }),
    ],
    [
      "a closure over a function",
      mainOf((main, program) => {
        program.routines = [{ ...main, registers: [...main.registers, "closure"] }, ...program.routines.slice(1)];
        required(program.routines[0], "main").code.set([OPCODES.MakeClosure.code, main.registers.length, 1, 0], 0);
      }),
    ],
  ],
  E8034: [
    ["a result of another type", text('reg s string\nLoadConst s "a"\nReturn s')],
    ["no result", text("ReturnVoid")],
    ["a result of void", text("Return n", "routine main(n int) -> void")],
    [
      "the result of a void call",
      assemble("routine main(n int) -> int\nCall n none r0\nReturn n\nroutine none() -> void\nReturnVoid"),
    ],
  ],
  E8035: [
    ["division by an immediate 0", text("DivIntImm n n 0\nReturn n")],
    ["remainder by an immediate 0", text("ModIntImm n n 0\nReturn n")],
    ["a log level", text("effects output\nLog n 4\nReturn n")],
    ["an outcome of an autonomous block", text("effects write\nAutonomousBegin n\nAutonomousEnd n 2\nReturn n")],
    ["a used unused operand", mainOf((main) => void (main.code[find(main, "Loop") + 3] = 1))],
  ],
  E8036: [
    ["an unsafe int", constant({ kind: "int", value: 2 ** 53 })],
    ["a big int that is safe", constant({ kind: "int", value: 5n })],
    ["an int of 65 bits", constant({ kind: "int", value: 2n ** 64n })],
    ["a negative zero", constant({ kind: "int", value: -0 })],
    ["a decimal with a negative scale", constant({ kind: "decimal", unscaled: 1n, scale: -1 })],
    ["a decimal too long", constant({ kind: "decimal", unscaled: 10n ** 1001n, scale: 0 })],
    ["a day beyond the calendar", constant({ kind: "date", days: 1e9 })],
    ["a time beyond the day", constant({ kind: "time", micros: 86_400_000_000 })],
    ["an instant beyond the calendar", constant({ kind: "timestamp", micros: 2n ** 62n })],
    ["an interval beyond use", constant({ kind: "interval", months: 1e9, days: 0, micros: 0 })],
    ["JSON that is none", constant({ kind: "json", text: "{" })],
    ["a shape with a number", constant({ kind: "shape", name: "", fields: [1] })],
    ["a type without a name", constant({ kind: "type", type: {} })],
    ["an enum without values", constant({ kind: "type", type: { name: "enum" } })],
    [
      "a SQL part of no kind",
      constant({
        kind: "sql",
        form: { parts: [{ p: "constructor" }], returnsRows: true, verb: "query", parameterCount: 0 },
      }),
    ],
    [
      "a SQL parameter that is not there",
      constant({
        kind: "sql",
        form: {
          parts: [{ p: "parameter", index: 0, type: "int", place: "value" }],
          returnsRows: true,
          verb: "query",
          parameterCount: 0,
        },
      }),
    ],
    ["an import without types", constant({ kind: "import", reference: { name: "f" } })],
    ["an import that is nothing", constant({ kind: "import", reference: null })],
    ["a job without callee", constant({ kind: "job", job: { argumentCount: 0, detached: false } })],
    [
      "a management statement without verb",
      constant({ kind: "management", management: { form: {}, argumentCount: 0 } }),
    ],
    ["a constant of no kind", constant({ kind: "regex" })],
  ],
  E8037: [
    [
      "a parameter that is no register",
      mainOf((main) => void (main.registers = ["string", ...main.registers.slice(1)])),
    ],
    ["captures outside of a lambda", mainOf((main) => void (main.captureCount = 1))],
    [
      "a SQL function that captures",
      mainOf((_main, program) => void (program.sqlFunctions = [{ name: "inc", routine: 2, deterministic: true }])),
    ],
    ["half an instruction", mainOf((main) => void (main.code = main.code.slice(0, -1)))],
    ["no code", mainOf((main) => void (main.code = new Int32Array(0)))],
    ["an unknown effect", mainOf((main) => void (main.effects = ["read", "read"]))],
    ["a source that is not there", mainOf((main) => void (main.source = 3))],
    ["an entry with arguments", mainOf((_main, program) => void (program.entry = 0))],
    [
      "an optional parameter without null",
      mainOf((main) => void (main.parameters = main.parameters.map((row) => ({ ...row, optional: true })))),
    ],
    [
      "out parameters without a struct",
      mainOf((main) => void (main.parameters = main.parameters.map((row) => ({ ...row, mode: "out" as const })))),
    ],
  ],
  E8038: [
    ["spans that go back", mainOf((main) => void (main.spans = Int32Array.of(3, 0, 1, 2, 0, 1)))],
    ["half a span", mainOf((main) => void (main.spans = Int32Array.of(3, 0)))],
    [
      "a variable without register",
      mainOf((main) => void (main.locals = [{ name: "x", register: 99, start: 0, end: 1 }])),
    ],
    ["lines that go back", mainOf((_main, program) => void (program.sources = [{ file: "a", lineStarts: [0, 5, 5] }]))],
  ],
};

test("the program that the others are made from is accepted", () => {
  expect(codesOf(assemble(GOOD))).toEqual([]);
});

describe("refused", () => {
  for (const [code, programs] of Object.entries(REFUSED)) {
    for (const [what, program] of programs) {
      test(`${code} ${what}`, () => {
        const checked = verify(program);
        expect(checked.value).toBeUndefined();
        expect(checked.problems.map((problem) => problem.code)).toContain(code);
      });
    }
  }
  test("with every code of the verifier", () => {
    const codes = Object.values(BYTECODE_DIAGNOSTICS)
      .map((row) => row.code)
      .filter((code) => code >= "E8020");
    expect(codes.filter((code) => !(code in REFUSED))).toEqual([]);
  });
});

test("the loader takes nothing that the verifier has not accepted", () => {
  const program = assemble(GOOD);
  expect(isVerified(program)).toBe(false);
  expect(() => load(program as never)).toThrow(InternalError);
});

test("all problems of a program are found, one per routine", () => {
  const program = assemble(
    "routine a() -> int\nreg x int\nReturn x\nroutine b() -> int\nreg x string\nLoadInt x 1\nReturn x",
  );
  expect(codesOf(program)).toEqual(["E8023", "E8022"]);
});
