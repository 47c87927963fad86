// Limits of stored programs: at each limit the verifier accepts a program, one over it the program is refused with its code.
// Rows of the limits table: constantsMax, routinesMax, instructionsMax, registersMax, regionsMax, catchesMax.
import { describe, expect, it } from "vitest";
import { DIAGNOSTICS } from "../../base/diagnostics/diagnostics.ts";
import { required } from "../../base/failure.ts";
import { LIMITS, type LimitName } from "../../base/limits.ts";
import { RoutineBuilder } from "../../bytecode/builder.ts";
import { decode } from "../../bytecode/decode.ts";
import { encode } from "../../bytecode/encode.ts";
import { OPCODES } from "../../bytecode/opcodes.ts";
import { type Constant, type Program, type RoutineCode, STRIDE } from "../../bytecode/program.ts";
import { verify } from "../../bytecode/verify.ts";

function builder(): RoutineBuilder {
  return new RoutineBuilder({ name: "main", kind: "function", result: "void" });
}

function programOf(routine: RoutineCode): Program {
  return { constants: [], routines: [routine], sources: [], globals: [], sqlFunctions: [], entry: -1 };
}

function finished(build: (routine: RoutineBuilder) => void): Program {
  const routine = builder();
  build(routine);
  routine.emit("ReturnVoid");
  return programOf(routine.finish());
}

function codesOf(program: Program): readonly string[] {
  return verify(program).problems.map((problem) => problem.code);
}

/** For each limit a program that needs exactly so many. */
const PROGRAMS = {
  constantsMax: (count) => ({
    ...finished(() => undefined),
    constants: Array.from({ length: count }, (_, value): Constant => ({ kind: "int", value })),
  }),
  routinesMax: (count) => {
    const program = finished(() => undefined);
    return { ...program, routines: Array.from({ length: count }, () => required(program.routines[0], "main")) };
  },
  instructionsMax: (count) => {
    const main = required(
      finished((routine) => void routine.emit("LoadNull", routine.register("any"))).routines[0],
      "main",
    );
    const code = new Int32Array(count * STRIDE);
    for (let at = 0; at < code.length; at += STRIDE) code[at] = OPCODES.LoadNull.code;
    code[code.length - STRIDE] = OPCODES.ReturnVoid.code;
    return programOf({ ...main, code });
  },
  registersMax: (count) =>
    finished((routine) => void routine.registers(Array.from({ length: count }, () => "int" as const))),
  regionsMax: (count) =>
    finished((routine) => {
      const register = routine.register("any");
      for (let i = 0; i < count; i += 1) {
        const region = routine.open("block");
        routine.emit("LoadNull", register);
        routine.close(region);
      }
    }),
  catchesMax: (count) =>
    finished((routine) => {
      const error = routine.register("error");
      const register = routine.register("any");
      for (let i = 0; i < count; i += 1) {
        const outer = routine.open("block");
        const attempt = routine.openTry(error, false);
        routine.emit("LoadNull", register);
        routine.closeTry(attempt);
        routine.emit("Jump", outer.end);
        routine.startHandler(attempt);
        routine.emit("LoadNull", register);
        routine.close(outer);
      }
    }),
} as const satisfies Partial<Record<LimitName, (count: number) => Program>>;

describe("a program", () => {
  it.each(Object.entries(PROGRAMS))("%s: accepted at the limit, refused one over it", (name, program) => {
    const { value, beyond } = LIMITS[name as keyof typeof PROGRAMS];
    const { code } = DIAGNOSTICS[beyond];
    expect(codesOf(program(value))).toEqual([]);
    expect(codesOf(program(value + 1))).toContain(code);
  });
});

describe("stored bytes", () => {
  // The others hold too much to be written here; the reader counts them with the same function.
  it.each(["registersMax", "catchesMax", "constantsMax"] as const)("%s: read at the limit, not one over it", (name) => {
    const { value } = LIMITS[name];
    expect(decode(encode(PROGRAMS[name](value))).problems).toEqual([]);
    expect(decode(encode(PROGRAMS[name](value + 1))).problems.map((problem) => problem.name)).toEqual([
      "BytecodeTooLarge",
    ]);
  });
});
