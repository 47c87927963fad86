// Results of statements as listings: values become the texts that are shown, the same for a daemon's answers and for those of a session in this process.
import { cell } from "../../base/value/column.ts";
import { printValue } from "../../base/value/print.ts";
import type { TableValue } from "../../base/value/value.ts";
import type { Failure, Listing } from "./types.ts";

/** Rows of a listing; a list that is longer is cut. */
const ROWS_MAX = 5000;

/** A table in one or several parts as a listing. */
export function listingOf(names: readonly string[], types: readonly string[], parts: readonly TableValue[]): Listing {
  const rows: (string | null)[][] = [];
  for (const part of parts) {
    for (let row = 0; row < part.length && rows.length < ROWS_MAX; row += 1)
      rows.push(
        part.columns.map((column) => {
          const value = cell(column, row);
          return value === null ? null : printValue(value);
        }),
      );
  }
  return { names, types, rows };
}

/** What a source says when it has nobody to ask. */
export const NO_DAEMON: Failure = {
  code: "ServiceUnavailable",
  message: "This needs a daemon; a database file was opened.",
  help: "Mount its folder: gobi mount <folder>.",
  lost: false,
};
