// The catch table from the tries of a RoutineBuilder.
import { InternalError } from "../base/failure.ts";
import { OPCODES } from "./opcodes.ts";
import { type CatchEntry, STRIDE } from "./program.ts";

/** What of a try its catch entry needs. */
export interface BuiltTry {
  readonly rangeStart: number;
  readonly rangeEnd: number;
  readonly handler: { readonly at: number };
  readonly register: number;
  readonly savepoint: boolean;
}

/** Catch entries of the tries, inner before outer, and the entry of each try's number. @throws InternalError when a try has no handler. */
export function orderCatches(tries: readonly BuiltTry[]): {
  readonly catches: readonly CatchEntry[];
  readonly indexes: readonly number[];
} {
  // Later-opened tries are never outside earlier ones, so reversing puts inner before outer.
  const ordered = [...tries].reverse();
  const catches = ordered.map((row): CatchEntry => {
    if (row.handler.at < 0) throw new InternalError("a try has no handler");
    return {
      start: row.rangeStart,
      end: row.rangeEnd,
      handler: row.handler.at,
      register: row.register,
      savepoint: row.savepoint,
    };
  });
  return { catches, indexes: tries.map((row) => ordered.indexOf(row)) };
}

/** Puts entry numbers into TryBegin and TryEnd. */
export function renumberTries(code: Int32Array, indexes: readonly number[]): void {
  for (let at = 0; at < code.length; at += STRIDE) {
    const op = code[at];
    if (op === OPCODES.TryBegin.code || op === OPCODES.TryEnd.code) code[at + 1] = indexes[code[at + 1] ?? 0] ?? 0;
  }
}
