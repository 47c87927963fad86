// The types of literals in SQL: numbers by what is written, and the clock's values.
import type { Expression } from "../../syntax/tree.ts";
import { BOOL, BYTES, DECIMAL, FLOAT, INT, NULL, scalar } from "../../types/make.ts";
import { computedDecimal } from "../../types/numbers.ts";
import type { Type } from "../../types/type.ts";
import { neverNull, valueOf, type SqlValue } from "./scope.ts";
import type { SqlCheck } from "./state.ts";

/** The value of a literal; CURRENT_TIMESTAMP and its kin read the clock. */
export function literalValue(
  sq: SqlCheck,
  node: Extract<Expression, { kind: "number" | "bytes" | "boolean" | "null" | "temporal" }>,
): SqlValue {
  switch (node.kind) {
    case "number":
      return neverNull(
        node.form === "int" ? intLiteralType(node.text) : node.form === "float" ? FLOAT : decimalLiteralType(node.text),
      );
    case "bytes":
      return neverNull(BYTES);
    case "boolean":
      return neverNull(BOOL);
    case "null":
      return valueOf(NULL);
    case "temporal":
      if (node.text === undefined) sq.facts.clock = true;
      return neverNull(scalar(node.type));
  }
}

/** Literals beyond 64 bits are floats to SQLite. */
function intLiteralType(text: string): Type {
  const clean = text.replace(/_/g, "");
  if (/^0x/i.test(clean)) return INT;
  return clean.length > 18 && BigInt(clean) > 9_223_372_036_854_775_807n ? FLOAT : INT;
}

/** A decimal as written has the digits that are written. */
function decimalLiteralType(text: string): Type {
  const [whole = "", fraction = ""] = text.replace(/_|d$/gi, "").split(".");
  const precision = whole.length + fraction.length;
  return computedDecimal(fraction.length, [{ ...DECIMAL, precision }], /e/i.test(text));
}
