// Turns stored opcodes into operations of the interpreter, one for one: the static types of the registers choose the operation, jump targets become code offsets,
// unwanted results go to the scratch register behind the frame. What cannot be specialised keeps a general operation that looks at the register kinds at run time.
import { InternalError } from "../../base/failure.ts";
import { type OpcodeName, opcodeName } from "../../bytecode/opcodes.ts";
import { picturesOf } from "../../bytecode/picture.ts";
import { NO_REGISTER, type Program, type RoutineCode, STRIDE } from "../../bytecode/program.ts";
import { baseOf, isAssignable, isRaw, type RegisterType } from "../../bytecode/register-type.ts";
import type { StaticFuel } from "./fuel.ts";
import { FUSED_OPERATIONS, type OperationName, operationNumber } from "./operations.ts";
import { kindOfRegister } from "./register-kind.ts";
import { RAW_BITS } from "./space.ts";
import { signatureNumber } from "./signature.ts";

/** Most arguments of a closure call that is called without conversions; the count shares its operand with the signature. */
export const CLOSURE_ARGUMENTS_BITS = 8;

interface Site {
  readonly routine: RoutineCode;
  readonly program: Program;
  readonly fuel: StaticFuel;
  readonly scoped: boolean;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

type Operation = readonly [name: OperationName, a: number, b: number, c: number];

/** Operations of a routine, and which of their units are moved when it is installed. */
export interface SpecialisedCode {
  readonly operations: Int32Array;
  readonly targets: Int32Array;
  /** Units that are constant indexes. */
  readonly constants: Int32Array;
}

/** Code of a verified routine as operations. */
export function specialise(routine: RoutineCode, program: Program, fuel: StaticFuel): SpecialisedCode {
  const { code } = routine;
  const operations = new Int32Array(code.length);
  const targets: number[] = [];
  const chosen: OperationName[] = [];
  const constants: number[] = [];
  const scratch = routine.registers.length;
  const names: OpcodeName[] = [];
  for (let at = 0; at < code.length; at += STRIDE) {
    const name = opcodeName(code[at] ?? -1);
    if (name === undefined) throw new InternalError("specialise: unverified code");
    names.push(name);
  }
  const scoped = names.some((name) => SCOPE_OPENERS.has(name));
  for (const [index, name] of names.entries()) {
    const at = index * STRIDE;
    const raw = [code[at + 1] ?? 0, code[at + 2] ?? 0, code[at + 3] ?? 0] as const;
    const [a, b, c] = picturesOf(name).map((picture, position) => {
      const value = raw[position] ?? 0;
      if (picture.mode === "target" || picture.mode === "loop") return value * STRIDE;
      return picture.mode === "out?" && value === NO_REGISTER ? scratch : value;
    });
    const [operation, x, y, z] = operationOf(name, { routine, program, fuel, scoped, a: a ?? 0, b: b ?? 0, c: c ?? 0 });
    operations.set([operationNumber(operation), x, y, z], at);
    const target = TARGET_OPERANDS[operation];
    if (target !== undefined) targets.push(at + target);
    if (CONSTANT_OPERATIONS.has(operation)) constants.push(at + 2);
    chosen.push(operation);
  }
  fuse(operations, chosen);
  return { operations, targets: Int32Array.from(targets), constants: Int32Array.from(constants) };
}

/** Operations that jump: the unit of their target. */
const TARGET_OPERANDS: Readonly<Partial<Record<OperationName, 1 | 2 | 3>>> = {
  Jump: 1,
  Loop: 1,
  JumpIfTrue: 2,
  JumpUnlessTrue: 2,
  JumpIfNull: 2,
  JumpIfNotNull: 2,
  ForStart: 2,
  ForNext: 2,
  ForStartDown: 2,
  ForNextDown: 2,
  NextRow: 2,
  JumpIfEqInt: 3,
  JumpIfNeInt: 3,
  JumpIfLtInt: 3,
  JumpIfLeInt: 3,
  JumpIfEqIntImm: 3,
  JumpIfNeIntImm: 3,
  JumpIfLtIntImm: 3,
  JumpIfLeIntImm: 3,
  JumpIfGtIntImm: 3,
  JumpIfGeIntImm: 3,
  JumpIfEqFloat: 3,
  JumpIfNeFloat: 3,
  JumpIfLtFloat: 3,
  JumpIfLeFloat: 3,
  JumpUnlessLtFloat: 3,
  JumpUnlessLeFloat: 3,
  JumpIfEqString: 3,
  JumpIfNeString: 3,
  JumpIfLtString: 3,
  JumpIfLeString: 3,
  NextItemInt: 3,
  NextItemFloat: 3,
  NextItemValue: 3,
  NextItemChecked: 3,
};

/** Operations that find the constant of operand b in the space. */
const CONSTANT_OPERATIONS: ReadonlySet<OperationName> = new Set<OperationName>([
  "LoadValue",
  "LoadNumber",
  "LoadBig",
  "StructNew1",
  "StructNew2",
  "StructNew3",
  "StructNew4",
]);

/** Lets pairs of neighbours run as one operation. A pair's second half may be the first half of the next: jumps may land on it. */
function fuse(operations: Int32Array, names: readonly OperationName[]): void {
  for (const [index, name] of names.entries()) {
    const next = names[index + 1];
    const fused = next === undefined ? undefined : FUSED_OPERATIONS[name]?.[next];
    const isSetTrue =
      fused === "MoveNumberLoadTrue" && names[index + 2] === "ListSetBool" && setsItem(operations, index * STRIDE);
    if (isSetTrue) operations[index * STRIDE] = operationNumber("MoveNumberLoadTrueListSetBool");
    else if (fused !== undefined) operations[index * STRIDE] = operationNumber(fused);
  }
}

/** Whether a move, a LoadTrue and a ListSetBool are `list[index] = true`: the set uses just the moved index and the loaded value. */
function setsItem(operations: Int32Array, at: number): boolean {
  return operations[at + 1] === operations[at + 10] && operations[at + 5] === operations[at + 11];
}

/** Opcodes after which a return must look for scopes to close. */
const SCOPE_OPENERS: ReadonlySet<OpcodeName> = new Set<OpcodeName>([
  "TryBegin",
  "Savepoint",
  "AutonomousBegin",
  "OpenRows",
]);

function typeAt(site: Site, register: number): RegisterType {
  // The scratch register takes anything.
  return site.routine.registers[register] ?? "any";
}

/** `Int`, `Float` or `Value` variants for a register that is read. */
function bySource(site: Site, register: number): "Int" | "Float" | "Value" {
  const type = typeAt(site, register);
  return type === "int" ? "Int" : type === "float" ? "Float" : "Value";
}

/** Variants for a register that is written with an unknown value: `Checked` where the value must be looked at. */
function byTarget(site: Site, register: number): "Int" | "Float" | "Value" | "Checked" {
  const type = typeAt(site, register);
  return type === "int" ? "Int" : type === "float" ? "Float" : type === "any" ? "Value" : "Checked";
}

function operationOf(name: OpcodeName, site: Site): Operation {
  const { a, b, c } = site;
  switch (name) {
    case "Move":
    case "MoveShared":
      return moveOperation(name, site);
    case "Narrow":
      return narrowOperation(site);
    case "Share":
      return [isRaw(typeAt(site, a)) ? "MoveNumber" : "Share", a, isRaw(typeAt(site, a)) ? a : 0, 0];
    case "LoadConst":
      return loadConstant(site);
    case "LoadInt":
      return isRaw(typeAt(site, a)) ? ["LoadSmall", a, b, 0] : ["LoadSmallValue", a, b, 0];
    case "LoadNull":
      return ["LoadNull", a, 0, 0];
    case "LoadTrue":
      return ["LoadTrue", a, 0, 0];
    case "LoadFalse":
      return ["LoadFalse", a, 0, 0];
    case "IsNull":
      return isRaw(typeAt(site, b)) ? ["LoadFalse", a, 0, 0] : ["IsNull", a, b, 0];
    case "JumpIfNull":
      return isRaw(typeAt(site, a)) ? ["MoveNumber", a, a, 0] : ["JumpIfNull", a, b, 0];
    case "JumpIfNotNull":
      return isRaw(typeAt(site, a)) ? ["Jump", b, 0, 0] : ["JumpIfNotNull", a, b, 0];
    case "Loop":
      return ["Loop", a, loopFuel(site, a), 0];
    case "ForNext":
    case "ForNextDown":
      return [name, a, b, loopFuel(site, b)];
    case "NextItem":
      return [`NextItem${byTarget(site, a)}`, a, b, c];
    case "ListGet":
      return [typeAt(site, a) === "bool" ? "ListGetBool" : `ListGet${byTarget(site, a)}`, a, b, c];
    case "ListSet":
      return [typeAt(site, c) === "bool" ? "ListSetBool" : `ListSet${bySource(site, c)}`, a, b, c];
    case "ListPush":
      return [`ListPush${bySource(site, b)}`, a, b, 0];
    case "StructNew":
      return [structNew(site), a, b, c];
    case "StructGet":
      return [`StructGet${byTarget(site, a)}`, a, b, c];
    case "StructSet":
      return [`StructSet${bySource(site, c)}`, a, b, c];
    case "MapGet":
      return [mapGet(site), a, b, c];
    case "RowCell":
      return [`RowCell${byTarget(site, a)}`, a, b, c];
    case "TableCell":
      return [`TableCell${byTarget(site, a)}`, a, b, c];
    case "Call":
      return callOperation(site);
    case "CallClosure":
      return closureOperation(site);
    case "Return":
      return returnOperation(site);
    case "ReturnVoid":
      return [site.scoped ? "ReturnScoped" : "ReturnVoid", 0, site.scoped ? 1 : 0, 0];
    default:
      return [name, a, b, c];
  }
}

function loopFuel(site: Site, target: number): number {
  return site.fuel.loops.get(target / STRIDE) ?? 0;
}

function moveOperation(name: "Move" | "MoveShared", site: Site): Operation {
  const { a, b } = site;
  const source = typeAt(site, b);
  const target = typeAt(site, a);
  if (isRaw(source)) return [isRaw(target) ? "MoveNumber" : source === "int" ? "BoxInt" : "BoxFloat", a, b, 0];
  return [name === "MoveShared" && mayShare(source) ? "MoveShared" : "MoveValue", a, b, 0];
}

function mayShare(type: RegisterType): boolean {
  return ["any", "list", "map", "struct"].includes(baseOf(type));
}

function narrowOperation(site: Site): Operation {
  const { a, b } = site;
  const source = typeAt(site, b);
  const target = typeAt(site, a);
  if (isAssignable(source, target)) return moveOperation("Move", site);
  if (target === "int") return ["UnboxInt", a, b, 0];
  if (target === "float") return ["UnboxFloat", a, b, 0];
  return [baseOf(source) === baseOf(target) ? "NarrowNonNull" : "NarrowChecked", a, b, 0];
}

function loadConstant(site: Site): Operation {
  const { a, b, program } = site;
  if (!isRaw(typeAt(site, a))) return ["LoadValue", a, b, 0];
  const constant = program.constants[b];
  return [constant?.kind === "int" && typeof constant.value === "bigint" ? "LoadBig" : "LoadNumber", a, b, 0];
}

function structNew(site: Site): OperationName {
  const shape = site.program.constants[site.b];
  switch (shape?.kind === "shape" ? shape.fields.length : 0) {
    case 1:
      return "StructNew1";
    case 2:
      return "StructNew2";
    case 3:
      return "StructNew3";
    case 4:
      return "StructNew4";
    default:
      return "StructNew";
  }
}

function mapGet(site: Site): OperationName {
  const target = typeAt(site, site.a);
  if (target === "any") return "MapGetValue";
  return target === "int" ? "MapGetInt" : "MapGetChecked";
}

function callOperation(site: Site): Operation {
  const { a, b, c, program, routine } = site;
  const callee = program.routines[b];
  if (callee === undefined) throw new InternalError("specialise: unverified call");
  if (!deliversAsIs(callee.result, typeAt(site, a), a === routine.registers.length)) return ["CallChecked", a, b, c];
  if (callee.parameters.every((row) => isRaw(row.type))) return ["CallNumbersLink", a, b, c];
  return [callee.parameters.length > RAW_BITS ? "CallChecked" : "CallLink", a, b, c];
}

/** Whether a result can be stored into a register as the callee leaves it. */
function deliversAsIs(result: RegisterType | "void", target: RegisterType, unwanted: boolean): boolean {
  if (result === "void" || unwanted) return true;
  return isRaw(result) === isRaw(target) && isAssignable(result, target);
}

function closureOperation(site: Site): Operation {
  const { a, b, c, routine } = site;
  const types = routine.registers.slice(b + 1, b + 1 + c);
  const unwanted = a === routine.registers.length;
  // A closure has its captures in the header's bit set too; lambdas with more use the checked call.
  const signature = signatureNumber(types.map(kindOfRegister), unwanted ? -1 : kindOfRegister(typeAt(site, a)));
  if (c >= 1 << CLOSURE_ARGUMENTS_BITS || signature >= 1 << (31 - CLOSURE_ARGUMENTS_BITS))
    return ["CallClosureChecked", a, b, c];
  return ["CallClosure", a, b, (signature << CLOSURE_ARGUMENTS_BITS) | c];
}

function returnOperation(site: Site): Operation {
  const { a, routine, scoped } = site;
  if (scoped) return ["ReturnScoped", a, 0, 0];
  const { result } = routine;
  if (result === "void") throw new InternalError("specialise: unverified return");
  if (isRaw(typeAt(site, a)) !== isRaw(result)) return ["ReturnConverted", a, 0, 0];
  return [isRaw(result) ? "ReturnNumber" : "ReturnValue", a, 0, 0];
}
