// Operand pictures of the opcode table, parsed once: `out int dst` becomes { mode, type, name }.
import { InternalError } from "../base/failure.ts";
import type { ConstantKind } from "./program.ts";
import { REGISTER_BASES, type RegisterType } from "./register-type.ts";
import { OPCODE_NAMES, type OpcodeName, opcodeRow } from "./opcodes.ts";

/** What a register operand may be: a type, `value` (any register) or `bool*` (see opcodes.ts). */
export type PictureType = RegisterType | "value" | "bool*";

/** One operand. */
export type Picture =
  | { readonly mode: "out" | "out?" | "in" | "update"; readonly type: PictureType; readonly name: string }
  | { readonly mode: "const"; readonly kind: ConstantKind | "literal"; readonly name: string }
  | {
      readonly mode: "imm" | "args" | "target" | "loop" | "routine" | "intrinsic" | "catch" | "slot" | "count";
      readonly name: string;
    }
  | { readonly mode: "none" };

/** Operands a, b, c of an instruction. */
export type Pictures = readonly [Picture, Picture, Picture];

const REGISTER_MODES: ReadonlySet<string> = new Set(["out", "out?", "in", "update"]);
const TYPES: ReadonlySet<string> = new Set([
  "value",
  "bool*",
  ...REGISTER_BASES,
  ...REGISTER_BASES.filter((base) => base !== "any").map((base) => `${base}?`),
]);
const OTHER_MODES: ReadonlySet<string> = new Set([
  "imm",
  "args",
  "target",
  "loop",
  "routine",
  "intrinsic",
  "catch",
  "slot",
  "count",
]);

/** Parses one picture. @throws InternalError when the table is malformed. */
export function parsePicture(text: string | undefined): Picture {
  if (text === undefined) return { mode: "none" };
  const [mode = "", second = "", third = ""] = text.split(" ");
  if (REGISTER_MODES.has(mode) && TYPES.has(second) && third !== "")
    return { mode, type: second, name: third } as Picture;
  if (mode === "const" && third !== "") return { mode, kind: second, name: third } as Picture;
  if (OTHER_MODES.has(mode) && second !== "" && third === "") return { mode, name: second } as Picture;
  throw new InternalError(`opcode table: picture '${text}'`);
}

const PICTURES: ReadonlyMap<OpcodeName, Pictures> = new Map(
  OPCODE_NAMES.map((name) => {
    const row = opcodeRow(name);
    return [name, [parsePicture(row.a), parsePicture(row.b), parsePicture(row.c)]] as const;
  }),
);

/** The operands of an instruction. */
export function picturesOf(name: OpcodeName): Pictures {
  const pictures = PICTURES.get(name);
  if (pictures === undefined) throw new InternalError(`no opcode ${name}`);
  return pictures;
}
