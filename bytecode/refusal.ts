// How verifier and decoder leave: a Refusal carries the one problem that was found. It never crosses the folder's doors.
import { type Problem, report } from "../base/problem.ts";
import type { DiagnosticData, DiagnosticName } from "../base/diagnostics/diagnostics.ts";
import { required } from "../base/failure.ts";
import { NO_SPAN } from "../base/source.ts";

/** Thrown inside verifier and decoder, caught at their doors. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Ends the check with a problem. Bytecode has no source of its own, so the span is empty. @throws Refusal always. */
export function refuse<N extends DiagnosticName>(name: N, data: DiagnosticData<N>): never {
  const problems: Problem[] = [];
  report(problems, name, NO_SPAN, data);
  throw new Refusal(required(problems[0], "a reported problem"));
}
