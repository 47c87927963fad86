// Which overload of a built-in function a call means, and whether a type could stand where a signature wants another.
// Nothing is bound or reported here: the arguments are checked against the chosen one afterwards (call-builtin.ts).
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import type { Signature, SignatureType } from "../../bytecode/intrinsics/signature.ts";
import type { Effects } from "../effects/effects.ts";
import type { Expression } from "../syntax/tree.ts";
import { couldAssign } from "../types/could-assign.ts";
import { listOf, withoutNull } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import type { CallSite } from "./call-site.ts";
import type { Receiver } from "./call-target.ts";
import { intrinsicEffects } from "./intrinsic-types.ts";
import type { WorldFunction } from "./world-functions.ts";

/** The overloads of a name, or one function of the world table. */
export type Builtin =
  | { readonly kind: "intrinsics"; readonly name: string; readonly rows: readonly IntrinsicRow[] }
  | { readonly kind: "world"; readonly row: WorldFunction };

/** The overload that a call means. */
export interface Chosen {
  readonly key: string;
  readonly parsed: Signature;
  readonly updates: boolean;
  readonly effects: Partial<Effects>;
  readonly raises: readonly string[];
}

/** The first overload that could take the arguments; of several that unknowns allow, one for `any` is preferred. */
export function chooseBuiltin(
  builtin: Builtin,
  receiver: Receiver | undefined,
  site: CallSite,
  types: ReadonlyMap<Expression, Type>,
): Chosen {
  if (builtin.kind === "world")
    return {
      key: builtin.row.key,
      parsed: builtin.row.parsed,
      updates: false,
      effects: builtin.row.effects,
      raises: builtin.row.raises,
    };
  const values: (Type | undefined)[] = [];
  if (receiver !== undefined) values.push(receiver.type);
  for (const argument of site.call?.arguments ?? [])
    values.push(argument.name === undefined ? types.get(argument.value) : undefined);
  const fitting = builtin.rows.filter((row) => fits(row.parsed, values));
  const open = values.some((type) => type !== undefined && ["variable", "any"].includes(withoutNull(type).kind));
  const general = open
    ? fitting.find(
        (row) => row.parsed.parameters[0]?.type.kind === "any" || row.parsed.parameters[0]?.type.kind === "variable",
      )
    : undefined;
  const exact = open ? undefined : fitting.find((row) => isExact(row.parsed, values));
  const row = general ?? exact ?? fitting[0] ?? forMessage(builtin.rows, values.length);
  return {
    key: row.key,
    parsed: row.parsed,
    updates: row.updates === true,
    effects: intrinsicEffects(row),
    raises: row.raises,
  };
}

/** Nothing fits: the overload whose parameters a message should name. One that lists what it takes says the most. */
function forMessage(rows: readonly IntrinsicRow[], count: number): IntrinsicRow {
  const enough = rows.filter((row) => row.parsed.parameters.length >= count);
  const listing = enough.find((row) => {
    const first = row.parsed.parameters[0]?.type;
    return (first?.kind === "list" ? first.element : first)?.kind === "any";
  });
  return (listing ?? enough[0] ?? rows[0]) as IntrinsicRow;
}

/** Without conversions of numbers, so that abs(1) is the int one whatever the order. */
function isExact(parsed: Signature, values: readonly (Type | undefined)[]): boolean {
  return values.every((type, index) => {
    const parameter = parsed.parameters[index]?.type;
    if (type === undefined || parameter === undefined) return true;
    const inner = parameter.kind === "nullable" ? parameter.inner : parameter;
    const found = withoutNull(type);
    if (inner.kind === "list" && found.kind === "list") {
      const element = inner.element.kind === "nullable" ? inner.element.inner : inner.element;
      const foundElement = withoutNull(found.element);
      return element.kind !== "scalar" || (foundElement.kind === "scalar" && foundElement.name === element.name);
    }
    return inner.kind !== "scalar" || (found.kind === "scalar" && found.name === inner.name);
  });
}

function fits(parsed: Signature, values: readonly (Type | undefined)[]): boolean {
  const { parameters } = parsed;
  const variadic = parameters.at(-1)?.variadic === true;
  const needed = parameters.filter((parameter) => parameter.default === undefined && !parameter.variadic).length;
  if (values.length < needed || (!variadic && values.length > parameters.length)) return false;
  return values.every((type, index) => {
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    if (type === undefined || parameter === undefined) return true;
    return acceptsType(type, parameter.type);
  });
}

/** Whether a value of the type could be given for a parameter of the signature's type. Unknowns and null could. */
export function acceptsType(type: Type, signature: SignatureType): boolean {
  if (signature.kind === "any" && signature.oneOf !== undefined)
    return signature.oneOf.some((each) => acceptsType(type, each));
  const found = withoutNull(type);
  if (signature.kind === "list" && found.kind === "list") return acceptsType(found.element, signature.element);
  const wanted = roughType(signature);
  return wanted === undefined || couldAssign(type, wanted) || scalarTable(type, wanted);
}

/** Whether only single values are taken, so that a query gives its one. */
export function takesScalarsOnly(signature: SignatureType): boolean {
  return signature.kind === "any" && signature.oneOf?.every((each) => each.kind === "scalar") === true;
}

function scalarTable(type: Type, wanted: Type): boolean {
  return withoutNull(type).kind === "table" && wanted.kind === "scalar";
}

/** A signature type with unknowns as any, for the test of overloads. */
function roughType(type: Signature["parameters"][number]["type"]): Type | undefined {
  switch (type.kind) {
    case "scalar":
      return { kind: "scalar", name: type.name };
    case "list":
      return listOf(roughType(type.element) ?? { kind: "any" });
    case "map":
      return { kind: "map", value: roughType(type.value) ?? { kind: "any" } };
    case "table":
      return { kind: "table", row: undefined };
    case "nullable":
      return roughType(type.inner);
    case "function":
      return {
        kind: "function",
        parameters: type.parameters.map((part) => roughType(part) ?? { kind: "any" }),
        result: { kind: "any" },
      };
    case "struct":
      return {
        kind: "struct",
        name: undefined,
        fields: type.fields.map((field) => ({ name: field.name, type: roughType(field.type) ?? { kind: "any" } })),
        rest: undefined,
      };
    case "error":
      return { kind: "error", name: undefined, fields: [] };
    default:
      return undefined;
  }
}
