// The intrinsic table: all built-in functions of all areas, with what follows from their signatures.
// The checker finds them by visible name, lowering and the machine's implementations by key, encoded programs by id.
import { InternalError } from "../../base/failure.ts";
import type { IntrinsicDefinition, IntrinsicRow } from "../intrinsic-row.ts";
import type { Effect } from "../program.ts";
import { nullable, type RegisterType } from "../register-type.ts";
import type { StandardErrorName } from "../trap.ts";
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

interface Derived {
  readonly parsed: Signature;
  readonly parameters: readonly RegisterType[];
  readonly result: RegisterType | "void";
  readonly nulls: "propagate" | "handled";
}

function derive(definition: IntrinsicDefinition): Derived {
  const parsed = parseSignature(definition.signature);
  const propagates = parsed.parameters.some(propagatesNull);
  const parameters = parsed.parameters.map((parameter): RegisterType => {
    if (parameter.variadic) return "list";
    const type = registerTypeOf(parameter.type);
    return propagatesNull(parameter) ? nullable(type) : type;
  });
  const nulls = propagates ? "propagate" : "handled";
  if (parsed.result.kind === "void") return { parsed, parameters, result: "void", nulls };
  const result = registerTypeOf(parsed.result);
  return { parsed, parameters, result: propagates ? nullable(result) : result, nulls };
}

// Signatures are parsed when a row is first looked into, and the getters stand on a prototype: otherwise every start of the program would pay 10 ms for the table.
class LazyRow {
  readonly key: string;
  readonly name: string;
  readonly fuel: number;
  readonly effects: readonly Effect[];
  readonly raises: readonly StandardErrorName[];
  readonly #definition: IntrinsicDefinition;
  #derived: Derived | undefined;
  constructor(key: string, definition: IntrinsicDefinition) {
    this.key = key;
    this.name = definition.signature.slice("fn ".length, definition.signature.indexOf("("));
    this.fuel = definition.fuel ?? 2;
    this.effects = definition.effects ?? [];
    this.raises = definition.raises ?? [];
    this.#definition = definition;
  }
  get #parts(): Derived {
    return (this.#derived ??= derive(this.#definition));
  }
  get parsed(): Signature {
    return this.#parts.parsed;
  }
  get parameters(): readonly RegisterType[] {
    return this.#parts.parameters;
  }
  get result(): RegisterType | "void" {
    return this.#parts.result;
  }
  get nulls(): "propagate" | "handled" {
    return this.#parts.nulls;
  }
}

function rowOf(key: string, definition: IntrinsicDefinition): IntrinsicRow {
  return Object.assign(new LazyRow(key, definition), definition);
}

/** Every row in the order of the tables. */
export const INTRINSIC_ROWS: readonly IntrinsicRow[] = Object.entries<IntrinsicDefinition>(INTRINSICS).map(
  ([key, definition]) => rowOf(key, definition),
);

const BY_KEY: ReadonlyMap<string, IntrinsicRow> = new Map(INTRINSIC_ROWS.map((row) => [row.key, row]));
const BY_ID: readonly (IntrinsicRow | undefined)[] = (() => {
  const rows: (IntrinsicRow | undefined)[] = [];
  for (const row of INTRINSIC_ROWS) rows[row.id] = row;
  return rows;
})();

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
  return byName;
})();

const SORTED = new Map<string, readonly IntrinsicRow[]>();

function generality(row: IntrinsicRow): number {
  return row.parsed.parameters.filter(
    ({ type }) => type.kind === "any" || (type.kind === "list" && type.element.kind === "any"),
  ).length;
}

/** The row with that key. @throws InternalError when there is none. */
export function intrinsicRow(key: string): IntrinsicRow {
  const row = BY_KEY.get(key);
  if (row === undefined) throw new InternalError(`no intrinsic '${key}'`);
  return row;
}

/** The row with that number in encoded programs, or undefined; retired rows included. */
export function intrinsicById(id: number): IntrinsicRow | undefined {
  return BY_ID[id];
}

/** The overloads that programs mean by a name (any case), in the order in which they are tried; empty when there are none. A row for any value comes last: it would hide the narrower ones. */
export function intrinsicsNamed(name: string): readonly IntrinsicRow[] {
  const key = name.toLowerCase();
  const rows = BY_NAME.get(key);
  if (rows === undefined) return [];
  const known = SORTED.get(key) ?? rows.toSorted((left, right) => generality(left) - generality(right));
  SORTED.set(key, known);
  return known;
}

/** Visible names, aliases included, for completion and "did you mean". */
export function intrinsicNames(): readonly string[] {
  return [...BY_NAME.keys()];
}
