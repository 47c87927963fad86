// Statements of the REPL on a session of this process.
import type { SourceFile } from "../../base/source.ts";
import type { Session } from "../../server/session-types.ts";
import { drawError } from "../output/errors.ts";
import { drawProblems } from "../output/problems.ts";
import { printResult } from "../output/results.ts";
import type { Style } from "../output/style.ts";
import type { ReplTarget } from "./engine.ts";

/** A target that runs texts on the session. `style` is that of errors. */
export function sessionTarget(session: Session, style: Style): ReplTarget {
  return {
    prompt: "grz",
    get inTransaction() {
      return session.inTransaction;
    },
    run(text, printer, writeError) {
      const file: SourceFile = { name: "<repl>", text };
      const outcome = session.executeStatement(text, { onResult: (event) => printResult(printer, event.result) });
      const problems = outcome.problems.filter((problem) => problem.severity !== "hint");
      if (problems.length > 0) writeError(`${drawProblems(style, file, problems)}\n`);
      if (outcome.kind === "failed") writeError(`${drawError(style, outcome.error)}\n`);
      return outcome.kind === "completed";
    },
  };
}
