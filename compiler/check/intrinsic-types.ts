// Signatures of intrinsics as types: converted per use, with fresh unknowns for their type variables.
import type { IntrinsicRow } from "../../bytecode/intrinsic-row.ts";
import type { Effect } from "../../bytecode/program.ts";
import type { SignatureType } from "../../bytecode/intrinsics/signature.ts";
import { assertNever } from "../../base/failure.ts";
import type { Effects } from "../effects/effects.ts";
import { ANY, VOID, freshVariable, listOf, mapOf, nullable, scalar, structOf, tableOf } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";

/** What the type variables of one use of a signature stand for. */
export type SignatureVariables = Map<string, Type>;

/** A signature's type as a type; the same letter is the same unknown within `variables`. */
export function signatureType(ctx: CheckContext, type: SignatureType, variables: SignatureVariables): Type {
  const convert = (part: SignatureType): Type => signatureType(ctx, part, variables);
  switch (type.kind) {
    case "scalar":
      return scalar(type.name);
    case "any":
      return ANY;
    case "void":
      return VOID;
    case "error":
      return { kind: "error", name: undefined, fields: [] };
    case "variable": {
      const known = variables.get(type.name) ?? freshVariable(ctx.state.supply, ctx.level);
      variables.set(type.name, known);
      return known;
    }
    case "list":
      return listOf(convert(type.element));
    case "map":
      return mapOf(convert(type.value));
    case "struct":
      return structOf(type.fields.map((field) => ({ name: field.name, type: convert(field.type) })));
    case "table": {
      const row = type.row === undefined ? undefined : convert(type.row);
      return tableOf(row?.kind === "struct" || row?.kind === "variable" ? row : undefined);
    }
    case "function":
      return { kind: "function", parameters: type.parameters.map(convert), result: convert(type.result) };
    case "nullable":
      return nullable(convert(type.inner));
    default:
      return assertNever(type, "signatureType");
  }
}

/** A signature's type in words: `int, float or decimal`. */
export function showSignature(type: SignatureType): string {
  switch (type.kind) {
    case "scalar":
    case "variable":
      return type.name;
    case "any": {
      const names = type.oneOf?.map(showSignature) ?? ["any"];
      return names.length === 1 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
    }
    case "list":
      return type.element.kind === "any" && type.element.oneOf === undefined
        ? "list"
        : `list of ${showSignature(type.element)}`;
    case "nullable":
      return `${showSignature(type.inner)}?`;
    default:
      return type.kind;
  }
}

/** The intrinsic as a function value. */
export function intrinsicFunctionType(ctx: CheckContext, row: IntrinsicRow): Type {
  const variables: SignatureVariables = new Map();
  const required = row.parsed.parameters.filter((parameter) => parameter.default === undefined && !parameter.variadic);
  return {
    kind: "function",
    parameters: required.map((parameter) => signatureType(ctx, parameter.type, variables)),
    result: signatureType(ctx, row.parsed.result, variables),
  };
}

const EFFECT_FIELDS: Readonly<Record<Effect, Partial<Effects>>> = {
  read: {},
  write: {},
  output: { output: true },
  clock: { clock: true },
  random: { random: true },
  jobs: { jobs: true },
  session: { manages: true },
  dynamic: { dynamic: true },
};

/** What calling the intrinsic may do. */
export function intrinsicEffects(row: IntrinsicRow): Partial<Effects> {
  return Object.assign({}, ...row.effects.map((effect) => EFFECT_FIELDS[effect])) as Partial<Effects>;
}
