// What single opcodes ask for beyond their operand pictures: assignable moves, literals that fit, the registers beside a loop counter, results.
import { NO_REGISTER, type RoutineCode } from "./program.ts";
import { baseOf, isAssignable, isNullable, nullable, type RegisterType } from "./register-type.ts";
import { refuse } from "./refusal.ts";
import { constantOf, placeOf, registerType, type Site } from "./verify-site.ts";
import type { IntrinsicSignature } from "./verify.ts";

/** Checks what the pictures do not say. `read` is told of registers that are read besides those of the operands. @throws Refusal E8022, E8034, E8035. */
export function verifyMeaning(site: Site, read: (register: number) => void): void {
  const [a, b, c] = site.operands;
  const mismatch = (operand: string, expected: string, found: string): never =>
    refuse("RegisterTypeMismatch", { place: placeOf(site), operand, expected, found });
  const typeAt = (register: number, operand: string): RegisterType => registerType(site, operand, register);
  const needInt = (register: number, operand: string): void => {
    const found = typeAt(register, operand);
    if (found !== "int") mismatch(operand, "int", found);
    read(register);
  };
  switch (site.name) {
    case "Move":
    case "MoveShared":
      if (!isAssignable(typeAt(b, "src"), typeAt(a, "dst"))) mismatch("dst", typeAt(b, "src"), typeAt(a, "dst"));
      return;
    case "Narrow":
      if (
        baseOf(typeAt(a, "dst")) !== baseOf(typeAt(b, "src")) &&
        typeAt(a, "dst") !== "any" &&
        typeAt(b, "src") !== "any"
      )
        mismatch("dst", typeAt(b, "src"), typeAt(a, "dst"));
      return;
    case "LoadConst":
      return needAssignable(site, constantOf(site, b, "literal").kind as RegisterType);
    case "LoadInt":
      return needAssignable(site, "int");
    case "LoadTrue":
    case "LoadFalse":
      return needAssignable(site, "bool");
    case "LoadNull":
      if (!isNullable(typeAt(a, "dst"))) mismatch("dst", nullable(typeAt(a, "dst")), typeAt(a, "dst"));
      return;
    case "ForStart":
    case "ForNext":
    case "ForStartDown":
    case "ForNextDown":
      needInt(a + 1, "limit");
      return needInt(a + 2, "step");
    case "NextItem":
    case "TableCell":
      return needInt(b + 1, "position");
    case "Return":
      return verifyReturn(site, typeAt(a, "result"));
    case "ReturnVoid":
      return verifyReturn(site, "void");
    case "ListUpdate":
      if (site.options.intrinsic(b)?.inPlace !== true)
        refuse("ArgumentMismatch", { place: placeOf(site), what: `intrinsic ${b} updates no list in place` });
      return;
    case "Call":
    case "Intrinsic":
      return verifyResultWanted(site);
    case "TableFromList":
      if ((constantOf(site, c, "shape") as { readonly fields: readonly string[] }).fields.length === 0)
        refuse("OperandOutOfRange", { place: placeOf(site), operand: "shape", value: c });
      return;
    case "LoadGlobal":
      globalType(site, b);
      return;
    case "StoreGlobal":
      if (!isAssignable(typeAt(b, "src"), globalType(site, a))) mismatch("src", globalType(site, a), typeAt(b, "src"));
      return;
    default:
      return;
  }
}

function globalType(site: Site, slot: number): RegisterType {
  const row = site.program.globals[slot];
  return row === undefined
    ? refuse("OperandOutOfRange", { place: placeOf(site), operand: "global", value: slot })
    : row.type;
}

function needAssignable(site: Site, source: RegisterType): void {
  const found = registerType(site, "dst", site.operands[0]);
  if (!isAssignable(source, found))
    refuse("RegisterTypeMismatch", { place: placeOf(site), operand: "dst", expected: source, found });
}

function verifyReturn(site: Site, found: RegisterType | "void"): void {
  const expected = site.routine.result;
  const right = expected === "void" || found === "void" ? expected === found : isAssignable(found, expected);
  if (!right) refuse("ReturnMismatch", { place: placeOf(site), expected, found });
}

function verifyResultWanted(site: Site): void {
  const [dst, callee] = site.operands;
  const row: Pick<RoutineCode, "result"> | IntrinsicSignature | undefined =
    site.name === "Call" ? site.program.routines[callee] : site.options.intrinsic(callee);
  if (row?.result === "void" && dst !== NO_REGISTER)
    refuse("ReturnMismatch", { place: placeOf(site), expected: "void", found: registerType(site, "dst", dst) });
}
