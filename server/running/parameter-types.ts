// Types of a text's parameters that have no values yet: the text is checked as the body of a procedure that takes them, so that each gets its type from what is done
// with it, as parameters of routines without a written type do. Where that tells nothing, or the text cannot stand in a procedure, the type is any.
import type { RoutineInfo } from "../../compiler/check/checked.ts";
import { compileScript } from "../programs/pipeline.ts";
import { showType } from "../../compiler/types/show.ts";
import { foldName, prune } from "../../compiler/types/make.ts";
import { sqlTokens } from "../sql/dynamic-sql.ts";
import type { SessionCore } from "./core.ts";

/** The name of our type for each parameter, in their order. @throws EngineError when the schema cannot be read. */
export function parameterTypes(core: SessionCore, text: string, names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const view = core.gobi.view(core.catalog.view());
  const file = { name: "<parameters>", text: procedureOf(text, names) };
  const { checked } = compileScript(file, core.checkInput(view, undefined));
  const [routine] = [...checked.routines.values()].filter(({ name }) => name === PROCEDURE);
  return names.map((_, place) => typeOf(routine?.parameters[place]));
}

const PROCEDURE = "described_text";

/** Parameters get names of their own: those of columns would be ambiguous in a procedure. */
function procedureOf(text: string, names: readonly string[]): string {
  const places = new Map(names.map((name, place) => [foldName(name), place]));
  const tokens = sqlTokens(text);
  let body = "";
  let copied = 0;
  for (const { kind, text: word, start, end } of tokens) {
    const place = kind === "parameter" ? places.get(foldName(word.slice(1))) : undefined;
    if (place === undefined) continue;
    body += `${text.slice(copied, start)}:${PROCEDURE}_${place}`;
    copied = end;
  }
  const end = tokens.at(-1)?.text === ";" ? "" : ";";
  const parameters = names.map((_, place) => `${PROCEDURE}_${place}`);
  return `procedure ${PROCEDURE}(${parameters.join(", ")}) {\n${body}${text.slice(copied)}\n${end}}`;
}

function typeOf(parameter: RoutineInfo["parameters"][number] | undefined): string {
  if (parameter === undefined) return "any";
  const type = prune(parameter.type);
  const inner = type.kind === "nullable" ? prune(type.inner) : type;
  return inner.kind === "variable" ? "any" : showType(inner);
}
