// Values given on the command line: JSON where the text is JSON, else the text itself.
import { parseJson } from "../base/value/json-parse.ts";
import type { Value } from "../base/value/value.ts";
import { splitAssignment } from "./quantities.ts";

/** `3` is an int, `1.5` a float, `true`, `null`, `[1,2]`, `{"a":1}` and `"text"` as JSON; `2026-01-31` and `source` are text. */
export function valueFromText(text: string): Value {
  const parsed = parseJson(text);
  return parsed.fault === undefined ? parsed.value : text;
}

/** `name=value` pairs as a record. @throws UsageError. */
export function namedValues(pairs: readonly string[]): Record<string, Value> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, text] = splitAssignment(pair);
      return [name, valueFromText(text)];
    }),
  );
}
