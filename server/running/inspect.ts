// Looking without running: checking a file against the session's database, and the instructions of routines.
import type { SourceFile } from "../../base/source.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { compile, withCompileProblems } from "../../compiler/compile.ts";
import { confirmable, confirmProgram } from "../programs/confirm.ts";
import { checkText, disassembleProgram, disassembleRoutine, hasErrors } from "../programs/pipeline.ts";
import type { SessionCore } from "./core.ts";
import { parseReference } from "./call.ts";
import { prepareScript } from "./execute.ts";

/** A file with everything the checker knows. @throws EngineError when the schema cannot be read. */
export function analyzeFile(core: SessionCore, file: SourceFile): CheckedModule {
  core.begin();
  const live = core.gobi.view(core.catalog.view());
  const input = core.checkInput(live, core.variables.size === 0 ? undefined : [...core.variables.values()]);
  const checked = withCompileProblems(checkText(file, input), input.catalog);
  if (hasErrors(checked.problems)) return checked;
  const statements = confirmable(checked, live);
  if (statements.length === 0) return checked;
  const { program } = compile(checked, input.catalog);
  if (program === undefined) return checked;
  const refused = confirmProgram(statements, program, file.name, core.runtime.connection);
  if (refused.length === 0) return checked;
  return {
    ...checked,
    problems: [...checked.problems, ...refused].sort((left, right) => left.span.start - right.span.start),
  };
}

/** Instructions of a routine or of a whole file; undefined when there is none of that name, or the file has errors. @throws Trap for a stored routine that no longer fits. */
export function disassembleNamed(
  core: SessionCore,
  name: string | undefined,
  file: SourceFile | undefined,
): string | undefined {
  core.begin();
  if (file !== undefined) {
    const { code } = prepareScript(core, file, []);
    if (code === undefined) return undefined;
    if (name === undefined) return disassembleProgram(code.loaded.program);
    const routine = code.loaded.routines.find((candidate) => candidate.code.name.toLowerCase() === name.toLowerCase());
    return routine === undefined ? undefined : disassembleRoutine(routine);
  }
  if (name === undefined) return undefined;
  const reference = parseReference(name);
  const stored = core.catalog.routines(reference.name);
  return stored.length === 0 ? undefined : disassembleRoutine(core.programs.resolve(reference));
}
