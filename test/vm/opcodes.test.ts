// Every opcode runs in at least one program with a known result, and at least one bad use of it is refused by the verifier.
import { describe, expect, test } from "vitest";
import { InternalError } from "../../base/failure.ts";
import { OPCODE_NAMES, OPCODES, type OpcodeName, opcodeName, opcodeRow } from "../../bytecode/opcodes.ts";
import { picturesOf } from "../../bytecode/picture.ts";
import { type Program, STRIDE } from "../../bytecode/program.ts";
import { verify } from "../../bytecode/verify.ts";
import { assemble } from "../support/assemble.ts";
import { benchOf, outcome } from "../support/run-program.ts";
import { testWorld, type TestWorld } from "../support/test-host.ts";
import { OPCODE_PROGRAMS } from "./opcode-programs.ts";

function world(): TestWorld {
  const made = testWorld();
  made.answers.set("select a, b", {
    names: ["a", "b"],
    rows: [
      [1, "x"],
      [2, "y"],
      [3, "z"],
    ],
    batch: 2,
  });
  made.answers.set("select one ?0", { names: ["x"], rows: [[41]] });
  made.answers.set("select none", { names: ["x"], rows: [] });
  made.answers.set("update t", { names: [], rows: [[]] });
  made.answers.set("update t returning", { names: ["id"], rows: [[9]] });
  made.answers.set("delete from t", { names: [], rows: [[], []] });
  return made;
}

describe("programs", () => {
  for (const [name, programs] of Object.entries(OPCODE_PROGRAMS)) {
    programs.forEach((program, index) => {
      test(`${name} ${index}`, () => {
        const bench = benchOf(program.text, { world: world() });
        expect(outcome(bench, "main")).toBe(program.result);
        if (program.events !== undefined) expect(bench.world.events).toEqual(program.events);
        expect(opcodesOf(bench.program.program)).toContain(name);
      });
    });
  }

  test("each opcode has a program", () => {
    expect(OPCODE_NAMES.filter((name) => (OPCODE_PROGRAMS[name] ?? []).length === 0)).toEqual([]);
    expect(Object.keys(OPCODE_PROGRAMS).filter((name) => !(name in OPCODES))).toEqual([]);
  });
});

function opcodesOf(program: Program): ReadonlySet<OpcodeName> {
  const names = new Set<OpcodeName>();
  for (const routine of program.routines) {
    for (let at = 0; at < routine.code.length; at += STRIDE) {
      const name = opcodeName(routine.code[at] ?? -1);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

const OUTSIDE = 1_000_000;

/** A copy of the program in which the first `name` has an operand changed. */
function withOperand(program: Program, name: OpcodeName, position: number, value: number): Program {
  const routines = program.routines.map((routine) => ({ ...routine, code: routine.code.slice() }));
  for (const routine of routines) {
    for (let at = 0; at < routine.code.length; at += STRIDE) {
      if (routine.code[at] !== OPCODES[name].code) continue;
      routine.code[at + 1 + position] = value;
      return { ...program, routines };
    }
  }
  throw new InternalError(`no ${name} in the program`);
}

/** Codes that a bad operand of a mode may be refused with. */
const REFUSED_WITH: Readonly<Record<string, readonly string[]>> = {
  in: ["E8021"],
  out: ["E8021"],
  "out?": ["E8021"],
  update: ["E8021"],
  const: ["E8024"],
  target: ["E8025"],
  loop: ["E8025"],
  routine: ["E8031"],
  intrinsic: ["E8032"],
  catch: ["E8035", "E8029"],
  slot: ["E8035"],
  count: ["E8035", "E8033"],
  args: ["E8033"],
  none: ["E8035"],
};

describe("refusals", () => {
  for (const name of OPCODE_NAMES) {
    const pictures = picturesOf(name);
    pictures.forEach((picture, position) => {
      // Any number is good for most immediate operands; the others are tested in verify.test.ts.
      if (picture.mode === "imm") return;
      // An argument base is free where no argument is taken.
      const text = OPCODE_PROGRAMS[name]?.[0]?.text ?? "";
      if (picture.mode === "args" && / r0$/m.test(text)) return;
      test(`${name} refuses a bad ${picture.mode === "none" ? "unused operand" : picture.name}`, () => {
        const good = assemble(text);
        expect(verify(good).problems).toEqual([]);
        const bad = verify(withOperand(good, name, position, picture.mode === "slot" ? -2 : OUTSIDE));
        expect(bad.value).toBeUndefined();
        expect(REFUSED_WITH[picture.mode]).toContain(bad.problems[0]?.code);
      });
    });
  }

  test("numbers are unique and every row has a sentence", () => {
    const codes = OPCODE_NAMES.map((name) => OPCODES[name].code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const name of OPCODE_NAMES) expect(opcodeRow(name).doc).toMatch(/\.$/);
  });
});
