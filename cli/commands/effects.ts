// gobic effects: what each routine, trigger, schedule and statement reads, writes, calls and raises.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import type { Effects } from "../../compiler/effects/effects.ts";
import { printEffects } from "../../compiler/effects/print.ts";
import { openAnalyzer } from "../analyze.ts";
import { readSources } from "../files.ts";
import { drawProblems } from "../output/problems.ts";
import { type CommandHandler, EXIT, flag, list } from "./context.ts";

interface NamedEffects {
  readonly name: string;
  readonly effects: Effects;
}

/** Routines and automation by name, in file order, then statements by their line. */
function effectsOf(checked: CheckedModule): NamedEffects[] {
  const named = [...checked.routines.values()]
    .filter((routine) => routine.origin === "module")
    .map((routine) => ({ name: routine.name, effects: routine.effects }));
  const declared = new Set([...checked.routines.values()].map((routine) => routine.item));
  const statements = [...checked.effects].flatMap(([item, effects]) =>
    declared.has(item) ? [] : [{ name: firstLine(item.text), effects }],
  );
  return [...named, ...statements];
}

function firstLine(text: string): string {
  const line = text.trim().split(/\r\n|\n|\r/u)[0] ?? "";
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** Prints effects; a file with errors prints its errors and what is known. */
export const effectsCommand: CommandHandler = async (context, input) => {
  const files = await readSources(context, list(input.arguments[0]));
  const analyzer = await openAnalyzer(context, input);
  const json: object[] = [];
  let failed = false;
  try {
    for (const file of files) {
      const checked = analyzer.analyze(file);
      const errors = checked.problems.filter((problem) => problem.severity === "error");
      if (errors.length > 0) {
        failed = true;
        context.writeError(`${drawProblems(context.errorStyle, file, errors)}\n\n`);
      }
      for (const { name, effects } of effectsOf(checked)) {
        if (flag(input, "json")) json.push({ file: file.name, name, effects });
        else
          context.write(
            `${[context.style.bold(name), ...printEffects(effects).map((line) => `  ${line}`)].join("\n")}\n`,
          );
      }
    }
  } finally {
    analyzer.close();
  }
  if (flag(input, "json")) context.write(`${JSON.stringify(json, null, 2)}\n`);
  return failed ? EXIT.failed : EXIT.ok;
};
