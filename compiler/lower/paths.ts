// Steps into values: fields by slot where the layout of a struct is settled, kinds of indexing.
import type { Span } from "../../base/source.ts";
import { fieldsOf } from "../types/make.ts";
import type { Type } from "../types/type.ts";
import type { CoreExpression } from "./core.ts";
import { isClosed, registerTypeOf, withoutNull } from "./types.ts";

/** A field of a value: by slot where the layout is known, else by name. Null gives null. */
export function fieldOf(
  object: CoreExpression,
  objectType: Type,
  name: string,
  span: Span,
  type: Type,
): CoreExpression {
  const struct = withoutNull(objectType);
  const rep = registerTypeOf(type);
  const slot = slotOf(objectType, name);
  return {
    kind: "field",
    span,
    rep,
    object,
    name: slot === undefined ? name : canonicalField(struct, slot, name),
    slot,
  };
}

function canonicalField(struct: Type, slot: number, name: string): string {
  return struct.kind === "struct" ? (fieldsOf(struct)[slot]?.name ?? name) : name;
}

/** Slot of a field of a struct type whose layout is settled. */
export function slotOf(type: Type, name: string): number | undefined {
  const struct = withoutNull(type);
  if (struct.kind !== "struct" || !isClosed(struct)) return undefined;
  const slot = fieldsOf(struct).findIndex((field) => field.name.toLowerCase() === name.toLowerCase());
  return slot < 0 ? undefined : slot;
}

/** What an index goes into. */
export function indexedKind(type: Type): "list" | "map" | "string" | "table" | "any" {
  const seen = withoutNull(type);
  if (seen.kind === "list" || seen.kind === "map" || seen.kind === "table") return seen.kind;
  return seen.kind === "scalar" && (seen.name === "string" || seen.name === "bytes") ? "string" : "any";
}
