// Whether emitted code keeps within what the verifier accepts. The verifier would refuse it as well, but it cannot tell the user where.
import { LIMITS } from "../../base/limits.ts";
import { type Problem, report } from "../../base/problem.ts";
import type { Span } from "../../base/source.ts";
import { type RoutineCode, STRIDE } from "../../bytecode/program.ts";
import type { Emitted } from "./emit.ts";

interface Part {
  readonly what: string;
  readonly max: number;
  count(code: RoutineCode): number;
}

const PARTS: readonly Part[] = [
  { what: "registers", max: LIMITS.registersMax.value, count: (code) => code.registers.length },
  { what: "instructions", max: LIMITS.instructionsMax.value, count: (code) => code.code.length / STRIDE },
  { what: "loops and branches", max: LIMITS.regionsMax.value, count: (code) => code.regions.length },
  { what: "try blocks", max: LIMITS.catchesMax.value, count: (code) => code.catches.length },
];

/** The problems of a program that is too large, at its first statement or at the routine. */
export function sizeProblems({ program, indexes }: Emitted): readonly Problem[] {
  const problems: Problem[] = [];
  const tooLarge = (span: Span, name: string, count: number, what: string, max: number): void => {
    if (count > max) report(problems, "CodeTooLarge", span, { name, count, what, max });
  };
  const start: Span = { start: 0, end: 1 };
  tooLarge(start, "This file", program.routines.length, "routines and statements", LIMITS.routinesMax.value);
  tooLarge(start, "This file", program.constants.length, "different constants", LIMITS.constantsMax.value);
  tooLarge(start, "This file", program.globals.length, "variables outside of routines", LIMITS.globalsMax.value);
  for (const [routine, index] of indexes) {
    const code = program.routines[index];
    if (code === undefined) continue;
    const at = routine.item.offset + routine.span.start;
    const name = routine.kind === "entry" ? "This statement" : routine.name;
    for (const { what, max, count } of PARTS) tooLarge({ start: at, end: at + 1 }, name, count(code), what, max);
  }
  return problems;
}
