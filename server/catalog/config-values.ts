// Configuration blocks (`key: value` of metadata, triggers, schedules, pipelines) as plain JSON data.
// Only constants have a meaning there: strings, numbers, booleans, null, lists, objects, bare words, and calls such as `retry(max: 3)`.
// The checker has reported everything else; here it becomes its source text, so that nothing that was written is lost.
import type { ConfigBlock, Expression } from "../../compiler/syntax/tree.ts";

/** JSON data. */
export type ConfigValue =
  | null
  | boolean
  | number
  | string
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

/** A block as an object; keys in lower case, as written order. `text` is what the block's spans refer to. */
export function configValues(block: ConfigBlock | undefined, text: string): Readonly<Record<string, ConfigValue>> {
  const values: Record<string, ConfigValue> = {};
  for (const entry of block?.entries ?? []) {
    const value = entry.value;
    values[entry.key.text.toLowerCase()] = isBlock(value)
      ? { ...configValues(value, text) }
      : value.kind === "hole"
        ? null
        : configValue(value, text);
  }
  return values;
}

function isBlock(value: ConfigBlock | Expression): value is ConfigBlock {
  return "entries" in value;
}

/** One value as data. */
export function configValue(expression: Expression, text: string): ConfigValue {
  switch (expression.kind) {
    case "string":
      return expression.value;
    case "number":
      return numberValue(expression.text, "");
    case "boolean":
      return expression.value;
    case "null":
      return null;
    case "name":
      return expression.name.text;
    case "list":
      return expression.elements.map((element) => configValue(element, text));
    case "object":
      return Object.fromEntries(expression.fields.map((field) => [field.name.text, configValue(field.value, text)]));
    case "parenthesized":
      return configValue(expression.inner, text);
    case "temporal":
      return expression.text ?? expression.type;
    case "unary": {
      const { operator, operand, span } = expression;
      return operator === "-" && operand.kind === "number"
        ? numberValue(operand.text, "-")
        : text.slice(span.start, span.end);
    }
    case "call":
      return callValue(expression, text);
    default:
      return text.slice(expression.span.start, expression.span.end);
  }
}

/** A number, or its text when a number of JSON would not be the same: it is cast to what is wanted where it is used. */
function numberValue(written: string, sign: string): number | string {
  const plain = written.replaceAll("_", "").replace(/d$/iu, "");
  const digits = plain.replace(/e.*$/iu, "").replaceAll(/\D/gu, "").replace(/^0+/u, "");
  const value = Number(plain);
  const isSame =
    Number.isSafeInteger(value) ||
    (!Number.isInteger(value) && Number.isFinite(value) && digits.length <= DOUBLE_DIGITS);
  if (!isSame) return `${sign}${plain}`;
  return sign === "-" ? -value : value;
}

/** Digits that a number of JSON keeps whatever they are. */
const DOUBLE_DIGITS = 15;

/** `retry(max: 3, 'x')` as `{do: "retry", max: 3, args: ["x"]}`. */
function callValue(call: Extract<Expression, { kind: "call" }>, text: string): ConfigValue {
  const name =
    call.callee.kind === "name" ? call.callee.name.text : text.slice(call.callee.span.start, call.callee.span.end);
  const named = call.arguments.flatMap((argument) =>
    argument.name === undefined ? [] : [[argument.name.text, configValue(argument.value, text)] as const],
  );
  const positional = call.arguments.flatMap((argument) =>
    argument.name === undefined ? [configValue(argument.value, text)] : [],
  );
  return { do: name, ...Object.fromEntries(named), ...(positional.length === 0 ? {} : { args: positional }) };
}

/** Text of a value: strings as they are, sets `'a|b'` included; undefined for a missing key. */
export function configText(value: ConfigValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A value that may be one word, `'a|b'`, or a list, as its words in lower case. */
export function configWords(value: ConfigValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? (value as readonly ConfigValue[]) : [value];
  return items
    .flatMap((item) => (configText(item) ?? "").split("|"))
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
}
