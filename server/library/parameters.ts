// Positional parameters of the library: each `?` of a text becomes `:_1`, `:_2`, …, so that values are bound as script variables of those names.
import { sqlTokens } from "../sql/dynamic-sql.ts";

/** A text with named parameters and the names in order of the `?`. */
export interface NumberedText {
  readonly source: string;
  readonly names: readonly string[];
}

const numbered = new Map<string, NumberedText>();
const KEPT_MAX = 200;

/** Replaces the positional parameters of a text. */
export function numberParameters(text: string): NumberedText {
  const known = numbered.get(text);
  if (known !== undefined) return known;
  const names: string[] = [];
  let source = "";
  let copied = 0;
  for (const token of sqlTokens(text)) {
    if (token.kind !== "parameter" || token.text !== "?") continue;
    const name = `_${names.length + 1}`;
    names.push(name);
    source += `${text.slice(copied, token.start)}:${name}`;
    copied = token.end;
  }
  const result = { source: source + text.slice(copied), names };
  if (numbered.size >= KEPT_MAX) numbered.clear();
  numbered.set(text, result);
  return result;
}
