// Values on their way into a column, read as the column would keep them: SQLite applies the column's affinity when it stores, a query that only delivers them does not.
// Rules: https://sqlite.org/datatype3.html section 3.
import type { SqlColumn } from "../../base/sql-form.ts";
import type { Affinity } from "../../base/sqlite-types.ts";
import { printFloat } from "../../base/value/print.ts";
import type { RawValue } from "./bind.ts";
import { MISFIT, type Reader, readerOf } from "./read.ts";

type RawPresent = Exclude<RawValue, null>;

const INTEGER_TEXT = /^\s*[+-]?\d+\s*$/;
const NUMBER_TEXT = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const INT_LIMIT = 2n ** 63n;
/** A REAL below this that is whole becomes an INTEGER. */
const EXACT_LIMIT = 2 ** 53;

function wholeToInteger(value: number): RawPresent {
  return Number.isInteger(value) && Math.abs(value) < EXACT_LIMIT ? BigInt(value) : value;
}

function textToNumber(text: string): RawPresent {
  if (INTEGER_TEXT.test(text)) {
    const value = BigInt(text.trim().replace(/^\+/, ""));
    return value >= -INT_LIMIT && value < INT_LIMIT ? value : Number(value);
  }
  return NUMBER_TEXT.test(text) ? wholeToInteger(Number(text)) : text;
}

/** A value as a column of the affinity keeps it. */
export function withAffinity(raw: RawPresent, affinity: Affinity): RawPresent {
  switch (affinity) {
    case "text":
      return typeof raw === "number" ? printFloat(raw) : typeof raw === "bigint" ? raw.toString() : raw;
    case "integer":
    case "numeric":
      return typeof raw === "string" ? textToNumber(raw) : typeof raw === "number" ? wholeToInteger(raw) : raw;
    case "real": {
      const number = typeof raw === "string" ? textToNumber(raw) : raw;
      return typeof number === "bigint" ? Number(number) : number;
    }
    case "blob":
      return raw;
  }
}

/** The reader of a column that values are to be stored into. */
export function storingReader(column: SqlColumn, affinity: Affinity): Reader {
  const read = readerOf(column.type, column.scale);
  // Called for each row of a statement with a function in it: text, the most common, is what it is.
  if (column.type === "string")
    return (raw) => {
      if (typeof raw === "string") return raw;
      const value = read(raw);
      return value === MISFIT ? read(withAffinity(raw, affinity)) : value;
    };
  return (raw) => {
    const value = column.type === "any" ? MISFIT : read(raw);
    return value === MISFIT ? read(withAffinity(raw, affinity)) : value;
  };
}
