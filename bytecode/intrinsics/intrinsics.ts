// The intrinsic table: all built-in functions of all areas, with what follows from their signatures.
// The checker finds them by visible name, lowering and the machine's implementations by key, encoded programs by id.
import { InternalError } from "../../base/failure.ts";
import type { IntrinsicDefinition, IntrinsicRow } from "../intrinsic-row.ts";
import { nullable, type RegisterType } from "../register-type.ts";
import { BYTES_INTRINSICS } from "./bytes.ts";
import { CONVERT_INTRINSICS } from "./convert.ts";
import { JSON_INTRINSICS } from "./json.ts";
import { LIST_INTRINSICS } from "./list.ts";
import { MAP_INTRINSICS } from "./map.ts";
import { NUMBER_INTRINSICS } from "./number.ts";
import { OPERATOR_INTRINSICS } from "./operators.ts";
import { REGEX_INTRINSICS } from "./regex.ts";
import { parseSignature, propagatesNull, registerTypeOf, type Signature } from "./signature.ts";
import { TEMPORAL_INTRINSICS } from "./temporal.ts";
import { TEXT_INTRINSICS } from "./text.ts";

/** Every definition by its key. */
export const INTRINSICS = {
  ...TEXT_INTRINSICS,
  ...NUMBER_INTRINSICS,
  ...LIST_INTRINSICS,
  ...MAP_INTRINSICS,
  ...JSON_INTRINSICS,
  ...TEMPORAL_INTRINSICS,
  ...REGEX_INTRINSICS,
  ...BYTES_INTRINSICS,
  ...CONVERT_INTRINSICS,
  ...OPERATOR_INTRINSICS,
} as const satisfies Record<string, IntrinsicDefinition>;

/** Key of an intrinsic. */
export type IntrinsicKey = keyof typeof INTRINSICS;

function registersOf(signature: Signature): { readonly parameters: RegisterType[]; readonly result: RegisterType | "void"; readonly nulls: "propagate" | "handled" } {
  const propagates = signature.parameters.some(propagatesNull);
  const parameters = signature.parameters.map((parameter) => {
    if (parameter.variadic) return "list";
    const type = registerTypeOf(parameter.type);
    return propagatesNull(parameter) ? nullable(type) : type;
  });
  if (signature.result.kind === "void") return { parameters, result: "void", nulls: propagates ? "propagate" : "handled" };
  const result = registerTypeOf(signature.result);
  return { parameters, result: propagates ? nullable(result) : result, nulls: propagates ? "propagate" : "handled" };
}

function rowOf(key: string, definition: IntrinsicDefinition): IntrinsicRow {
  const parsed = parseSignature(definition.signature);
  return { ...definition, key, name: parsed.name, parsed, ...registersOf(parsed), fuel: definition.fuel ?? 2, effects: definition.effects ?? [], raises: definition.raises ?? [] };
}

/** Every row in the order of the tables. */
export const INTRINSIC_ROWS: readonly IntrinsicRow[] = Object.entries<IntrinsicDefinition>(INTRINSICS).map(([key, definition]) => rowOf(key, definition));

const BY_KEY: ReadonlyMap<string, IntrinsicRow> = new Map(INTRINSIC_ROWS.map((row) => [row.key, row]));
const BY_ID: ReadonlyMap<number, IntrinsicRow> = new Map(INTRINSIC_ROWS.map((row) => [row.id, row]));

const BY_NAME: ReadonlyMap<string, readonly IntrinsicRow[]> = (() => {
  const byName = new Map<string, IntrinsicRow[]>();
  for (const row of INTRINSIC_ROWS) {
    if (row.hidden || row.retired) continue;
    for (const name of [row.name, ...(row.aliases ?? [])]) {
      const rows = byName.get(name);
      if (rows === undefined) byName.set(name, [row]);
      else rows.push(row);
    }
  }
  // A row for any value would hide the narrower ones, which may stand in a later table.
  for (const rows of byName.values()) rows.sort((left, right) => generality(left) - generality(right));
  return byName;
})();

function generality(row: IntrinsicRow): number {
  return row.parsed.parameters.filter(({ type }) => type.kind === "any" || (type.kind === "list" && type.element.kind === "any")).length;
}

/** The row with that key. @throws InternalError when there is none. */
export function intrinsicRow(key: string): IntrinsicRow {
  const row = BY_KEY.get(key);
  if (row === undefined) throw new InternalError(`no intrinsic '${key}'`);
  return row;
}

/** The row with that number in encoded programs, or undefined; retired rows included. */
export function intrinsicById(id: number): IntrinsicRow | undefined {
  return BY_ID.get(id);
}

/** The overloads that programs mean by a name (any case), in the order in which they are tried; empty when there are none. */
export function intrinsicsNamed(name: string): readonly IntrinsicRow[] {
  return BY_NAME.get(name.toLowerCase()) ?? [];
}

/** Visible names, aliases included, for completion and "did you mean". */
export function intrinsicNames(): readonly string[] {
  return [...BY_NAME.keys()];
}
