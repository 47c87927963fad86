// All implementations by key and by the number that programs hold, with the null rule applied: what the machine calls.
// A missing or extra implementation does not compile.
import { LimitPassed } from "../../base/value/work.ts";
import type { Value } from "../../base/value/value.ts";
import { intrinsicById, type IntrinsicKey } from "../../bytecode/intrinsics/intrinsics.ts";
import { propagatesNull } from "../../bytecode/intrinsics/signature.ts";
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import { limitTrapOf } from "./arguments.ts";
import { BYTES_FUNCTIONS } from "./bytes.ts";
import { CONVERT_FUNCTIONS } from "./convert.ts";
import { JSON_FUNCTIONS } from "./json.ts";
import { LIST_FUNCTIONS } from "./list.ts";
import { MAP_FUNCTIONS } from "./map.ts";
import { NUMBER_FUNCTIONS } from "./number.ts";
import { OPERATOR_FUNCTIONS } from "./operators.ts";
import { REGEX_FUNCTIONS } from "./regex.ts";
import { TEMPORAL_FUNCTIONS } from "./temporal.ts";
import { TEXT_FUNCTIONS } from "./text.ts";

/** Implementations by key, without the null rule. */
export const INTRINSIC_FUNCTIONS: Readonly<Record<IntrinsicKey, IntrinsicFunction>> = {
  ...TEXT_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...MAP_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...TEMPORAL_FUNCTIONS,
  ...REGEX_FUNCTIONS,
  ...BYTES_FUNCTIONS,
  ...CONVERT_FUNCTIONS,
  ...OPERATOR_FUNCTIONS,
};

/** Null arguments give null, and a value that passes a limit ends the call with the uncatchable LimitExceeded. */
function guarded(row: IntrinsicRow, implementation: IntrinsicFunction): IntrinsicFunction {
  const strict = row.parsed.parameters.flatMap((parameter, index) => (propagatesNull(parameter) ? [index] : []));
  return (context: IntrinsicContext, args: readonly Value[]): Value => {
    for (const index of strict) {
      if (args[index] === null) return null;
    }
    try {
      return implementation(context, args);
    } catch (error) {
      throw error instanceof LimitPassed ? limitTrapOf(error) : error;
    }
  };
}

const GUARDED: (IntrinsicFunction | undefined)[] = [];

/** The implementation of a row by its number; undefined for a number that no row has. Its context charges only what grows with data: the row's static fuel is the caller's. */
export function intrinsicFunction(id: number): IntrinsicFunction | undefined {
  const known = GUARDED[id];
  if (known !== undefined) return known;
  const row = intrinsicById(id);
  if (row === undefined) return undefined;
  const made = guarded(row, INTRINSIC_FUNCTIONS[row.key as IntrinsicKey]);
  GUARDED[id] = made;
  return made;
}
