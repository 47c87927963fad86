// Text literals that stand for values of other types: enum values must exist, dates and times must read as such.
import type { Expression } from "../../syntax/tree.ts";
import { prune } from "../../types/make.ts";
import type { Type } from "../../types/type.ts";
import { nearest, replaceFix } from "../findings.ts";
import { reportSql, type SqlCheck } from "./state.ts";
import { unparenthesized } from "./walk.ts";

/** What text must look like to be read back as a value of the type; types that are missing here take any text. */
const READABLE: Readonly<Partial<Record<string, RegExp>>> = {
  date: /^[+-]?\d{4}-\d{2}-\d{2}([ T].*)?$/,
  timestamp: /^[+-]?\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i,
  timestamptz: /^[+-]?\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i,
  time: /^\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/,
  uuid: /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
};

/** Reports an enum value that does not exist; used where text meets an enum. */
export function checkEnumText(sq: SqlCheck, type: Type, node: Expression | undefined): void {
  const wanted = prune(type);
  const literal = node === undefined ? undefined : unparenthesized(node);
  if (wanted.kind !== "enum" || literal?.kind !== "string" || wanted.values.includes(literal.value)) return;
  const near = nearest(literal.value, wanted.values);
  reportSql(
    sq,
    "UnknownEnumValue",
    literal.span,
    { value: `'${literal.value}'`, type: wanted.name },
    {
      help:
        near === undefined
          ? `Its values are ${wanted.values.map((value) => `'${value}'`).join(", ")}.`
          : `Did you mean '${near}'?`,
      fixes: near === undefined ? [] : [replaceFix(`Change to '${near}'`, literal.span, `'${near}'`)],
    },
  );
}

/** True when a text literal can be read back from a column of the type. */
export function isReadableText(type: string, literal: Expression | undefined): boolean {
  const pattern = READABLE[type];
  return literal?.kind !== "string" || pattern === undefined || pattern.test(literal.value.trim());
}
