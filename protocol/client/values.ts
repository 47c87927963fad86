// Collected results as values of JavaScript, as the library gives them.
import { GrizzlyError, type JsObject, type JsValue } from "../../base/library/grizzly-error.ts";
import { tableToJs, toJs, type ValueOptions } from "../../base/library/js-values.ts";
import type { RawResult } from "./answers.ts";
import type { RemoteResult, Row } from "./types.ts";

type RawTable = RawResult & { readonly kind: "table" };

function rowsOfTable({ parts }: RawTable, options: ValueOptions): readonly JsObject[] {
  const [only, second] = parts;
  if (only === undefined) return [];
  return second === undefined ? tableToJs(only, options) : parts.flatMap((part) => tableToJs(part, options));
}

/** Rows of the last result. @throws GrizzlyError `NotAQuery` when it has none. */
export function rowsOfLast(results: readonly RawResult[], options: ValueOptions): readonly Row[] {
  const last = results.at(-1);
  if (last?.kind === "table") return rowsOfTable(last, options);
  throw new GrizzlyError("NotAQuery", "The text gives no rows.", {
    help: "Use execute() for statements without rows, and call() for procedures.",
  });
}

/** What a call gave: its value; with out parameters an object of them; rows when it returns a table; null when it returns nothing. */
export function valueOfCall(results: readonly RawResult[], options: ValueOptions): JsValue {
  const last = results.at(-1);
  if (last?.kind === "value") return valueOf(last, options);
  return last?.kind === "table" ? rowsOfTable(last, options) : null;
}

function valueOf({ value, type, outs }: RawResult & { readonly kind: "value" }, options: ValueOptions): JsValue {
  const own = toJs(value, options);
  if (outs.length === 0) return own;
  const given = Object.fromEntries(outs.map((out) => [out.name, toJs(out.value, options)]));
  return type === "void" ? given : { result: own, ...given };
}

/** All results in order. */
export function allResults(results: readonly RawResult[], options: ValueOptions): readonly RemoteResult[] {
  return results.map((result): RemoteResult => {
    switch (result.kind) {
      case "table":
        return {
          kind: "rows",
          rows: rowsOfTable(result, options),
          columns: result.columns.map(({ name, type }) => ({ name, type })),
        };
      case "value":
        return { kind: "value", value: valueOf(result, options), type: result.type };
      case "changes":
        return { kind: "changes", changes: result.changes };
      case "done":
        return result;
    }
  });
}

/** Rows that all statements changed. */
export function changesOf(results: readonly RawResult[]): { readonly changes: number } {
  return { changes: results.reduce((sum, result) => sum + (result.kind === "changes" ? result.changes : 0), 0) };
}
