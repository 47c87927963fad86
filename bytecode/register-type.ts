// Static types of registers. Each register of a routine has one of them for its whole life.
// `int` and `float` without `?` are raw: they live in the machine's number file. All others are boxed: they hold a self-describing Value.

/** Bases of register types. The position is the number used in encoded programs: append only. */
export const REGISTER_BASES = [
  "any",
  "int",
  "float",
  "bool",
  "string",
  "decimal",
  "bytes",
  "date",
  "time",
  "timestamp",
  "interval",
  "json",
  "list",
  "map",
  "struct",
  "table",
  "closure",
  "error",
  "cursor",
  "handle",
] as const;

/** What a register holds, null aside. */
export type RegisterBase = (typeof REGISTER_BASES)[number];

/** `T`, or `T?` when the register may hold null. `any` may always hold null and has no `?`. uuid and enum values are strings, timestamptz is timestamp. */
export type RegisterType = RegisterBase | `${Exclude<RegisterBase, "any">}?`;

/** The type without its `?`. */
export function baseOf(type: RegisterType): RegisterBase {
  return (type.endsWith("?") ? type.slice(0, -1) : type) as RegisterBase;
}

/** Whether a register of this type may hold null. */
export function isNullable(type: RegisterType): boolean {
  return type === "any" || type.endsWith("?");
}

/** Whether a register of this type lives in the number file: `int` and `float` that cannot be null. */
export function isRaw(type: RegisterType): boolean {
  return type === "int" || type === "float";
}

/** `T?` of `T`; nullable types stay as they are. */
export function nullable(type: RegisterType): RegisterType {
  return isNullable(type) ? type : (`${type}?` as RegisterType);
}

/** Whether every value of `source` is one of `target`, so that `Move` may carry it: equal, `T` to `T?`, anything to `any`. */
export function isAssignable(source: RegisterType, target: RegisterType): boolean {
  return target === "any" || source === target || nullable(source) === target;
}

const ALL_TYPES: ReadonlySet<string> = new Set([
  ...REGISTER_BASES,
  ...REGISTER_BASES.filter((base) => base !== "any").map((base) => `${base}?`),
]);

/** Whether a text is a register type. */
export function isRegisterType(text: unknown): text is RegisterType {
  return typeof text === "string" && ALL_TYPES.has(text);
}
