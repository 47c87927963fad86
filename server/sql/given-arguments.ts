// Values that come with a text by name: each must be for something that the text names. Else it is a slip of who gives them, and nobody would notice.
import { mentions } from "../../base/mentioned-names.ts";
import { sqlTokens } from "./dynamic-sql.ts";

/** What is wrong with values that the text does not use, as a sentence; undefined when it uses all. */
export function unusedArgument(text: string, args: Readonly<Record<string, unknown>>): string | undefined {
  const unused = Object.keys(args).find((name) => !mentions(text, name));
  if (unused === undefined) return undefined;
  const parameters = sqlTokens(text).filter(({ kind }) => kind === "parameter");
  const known = [...new Set(parameters.map((token) => token.text))];
  return `The text does not use ${unused}; ${parametersText(known)}.`;
}

/** What there is instead of a name that is not there. */
export function parametersText(names: readonly string[]): string {
  return names.length === 0 ? "it has no parameters" : `its parameters are ${names.join(", ")}`;
}
