// Checks the instructions of one routine in one pass from first to last: operands in range and of the right type, registers assigned on every path, jumps to borders,
// effects declared. One pass is enough because code is structured: a jump goes forward to the end of an open region or back to the start of an open loop, and what is
// assigned at a loop's start is assigned at each return to it.
import { LIMITS } from "../base/limits.ts";
import { argumentTypesOf } from "./verify-arguments.ts";
import { OPCODES, opcodeName, opcodeRow } from "./opcodes.ts";
import { type Picture, picturesOf } from "./picture.ts";
import { type Effect, NO_REGISTER, type Program, type Region, type RoutineCode, STRIDE } from "./program.ts";
import { isAssignable, isNullable, isRaw, type RegisterType } from "./register-type.ts";
import { refuse } from "./refusal.ts";
import { verifyMeaning } from "./verify-meaning.ts";
import { constantOf, placeOf, registerType, type Site } from "./verify-site.ts";
import type { VerifyOptions } from "./verify.ts";

/** Registers that are assigned, as bits; undefined: no path leads here. */
export type Assigned = Uint32Array | undefined;

interface Walk {
  readonly routine: RoutineCode;
  readonly program: Program;
  readonly options: VerifyOptions;
  /** States that jumps carry to instructions that are still to come. */
  readonly pending: Map<number, Uint32Array>;
  readonly open: Region[];
  assigned: Assigned;
  /** Told of each instruction with the registers that are assigned before it. */
  readonly observe: ((pc: number, assigned: Assigned) => void) | undefined;
}

/** @throws Refusal of many kinds (E8020 to E8035). */
export function verifyCode(
  routine: RoutineCode,
  program: Program,
  options: VerifyOptions,
  observe?: (pc: number, assigned: Assigned) => void,
): void {
  const count = routine.code.length / STRIDE;
  const walk: Walk = {
    routine,
    program,
    options,
    pending: new Map(),
    open: [],
    assigned: new Uint32Array((routine.registers.length + 31) >>> 5),
    observe,
  };
  for (let register = 0; register < routine.parameters.length + routine.captureCount; register += 1)
    setBit(walk.assigned, register);
  const rangeStarts = catchesByStart(routine);
  let nextRegion = 0;
  for (let pc = 0; pc < count; pc += 1) {
    while (walk.open.length > 0 && (walk.open.at(-1)?.end ?? 0) <= pc) walk.open.pop();
    for (
      let region = routine.regions[nextRegion];
      region !== undefined && region.start === pc;
      region = routine.regions[nextRegion]
    ) {
      walk.open.push(region);
      nextRegion += 1;
    }
    walk.assigned = meet(walk.assigned, walk.pending.get(pc));
    walk.pending.delete(pc);
    for (const entry of rangeStarts.get(pc) ?? []) carry(walk, entry.handler, withBit(walk.assigned, entry.register));
    walk.observe?.(pc, walk.assigned);
    verifyInstruction(walk, pc);
  }
  if (walk.assigned !== undefined || walk.pending.has(count))
    refuse("CodeFallsOff", { place: `${routine.name} ${count - 1}` });
}

function catchesByStart(
  routine: RoutineCode,
): ReadonlyMap<number, { readonly handler: number; readonly register: number }[]> {
  const byStart = new Map<number, { readonly handler: number; readonly register: number }[]>();
  for (const entry of routine.catches) {
    const rows = byStart.get(entry.start);
    if (rows === undefined) byStart.set(entry.start, [entry]);
    else rows.push(entry);
  }
  return byStart;
}

function verifyInstruction(walk: Walk, pc: number): void {
  const { code } = walk.routine;
  const at = pc * STRIDE;
  const [number = -1, a = 0, b = 0, c = 0] = code.subarray(at, at + STRIDE);
  const name = opcodeName(number);
  if (name === undefined) return refuse("UnknownOpcode", { place: `${walk.routine.name} ${pc}`, code: number });
  const site: Site = {
    routine: walk.routine,
    program: walk.program,
    options: walk.options,
    pc,
    name,
    operands: [a, b, c],
  };
  verifyOperands(walk, site);
  verifyArguments(walk, site);
  verifyMeaning(site, (register) => read(walk, site, register));
  verifyEffects(site);
  assignResults(walk, site);
  if (opcodeRow(name).ends === true) walk.assigned = undefined;
}

// --- operands ---

function verifyOperands(walk: Walk, site: Site): void {
  const pictures = picturesOf(site.name);
  for (const [index, picture] of pictures.entries()) {
    const value = site.operands[index] ?? 0;
    switch (picture.mode) {
      case "none":
        if (value !== 0) refuse("OperandOutOfRange", { place: placeOf(site), operand: "an unused operand", value });
        break;
      case "in":
      case "update":
        verifyRegister(site, picture, value);
        read(walk, site, value);
        break;
      case "out":
        verifyRegister(site, picture, value);
        break;
      case "out?":
        if (value !== NO_REGISTER) verifyRegister(site, picture, value);
        break;
      case "const":
        constantOf(site, value, picture.kind);
        break;
      case "target":
        verifyForward(walk, site, value);
        break;
      case "loop":
        verifyBackward(walk, site, value);
        break;
      default:
        verifyNumber(site, picture, value);
    }
  }
}

type RegisterPicture = Extract<Picture, { readonly mode: "in" | "out" | "out?" | "update" }>;

function verifyRegister(site: Site, picture: RegisterPicture, register: number): void {
  const found = registerType(site, picture.name, register);
  const updatesRaw = picture.mode === "update" && picture.type === "value" && isRaw(found);
  if (updatesRaw || !fits(site, picture, found))
    refuse("RegisterTypeMismatch", { place: placeOf(site), operand: picture.name, expected: picture.type, found });
}

/** A register that is read holds no more than is wanted; one that is written holds exactly what is written. */
function fits(site: Site, { mode, type: wanted }: RegisterPicture, found: RegisterType): boolean {
  if (wanted === "value") return true;
  if (wanted === "bool*") return found === "bool?" || found === "any" || (found === "bool" && !operandsNullable(site));
  if (mode !== "in") return found === wanted;
  return isRaw(wanted) === isRaw(found) && isAssignable(found, wanted);
}

function operandsNullable(site: Site): boolean {
  return [site.operands[1], site.operands[2]].some((register) => isNullable(site.routine.registers[register] ?? "any"));
}

function verifyNumber(site: Site, picture: Exclude<Picture, { readonly mode: "none" }>, value: number): void {
  const { program, routine } = site;
  const outside = (): never => refuse("OperandOutOfRange", { place: placeOf(site), operand: picture.name, value });
  switch (picture.mode) {
    case "imm":
      if ((site.name === "DivIntImm" || site.name === "ModIntImm") && value === 0) outside();
      if (site.name === "Log" && (value < 0 || value > 3)) outside();
      if (site.name === "AutonomousEnd" && value !== 0 && value !== 1) outside();
      return;
    case "routine":
      if (program.routines[value] === undefined)
        refuse("RoutineOutOfRange", { place: placeOf(site), routine: value, count: program.routines.length });
      return;
    case "intrinsic":
      if (site.options.intrinsic(value) === undefined) refuse("IntrinsicUnknown", { place: placeOf(site), id: value });
      return;
    case "catch":
      if (routine.catches[value] === undefined) outside();
      return;
    case "slot":
    case "count":
      if (value < 0 || value > LIMITS.registersMax.value) outside();
      return;
    default:
      // args: verifyArguments looks at every register.
      return;
  }
}

// --- jumps ---

function verifyForward(walk: Walk, site: Site, target: number): void {
  const leaves = walk.open.some((region) => region.end === target || (region.middle === target && site.pc < target));
  if (target <= site.pc || !leaves) refuse("JumpTargetNotBorder", { place: placeOf(site), target });
  const { catches } = walk.routine;
  for (const entry of catches) {
    const inside = entry.savepoint && entry.start <= site.pc && site.pc < entry.end;
    if (inside && target >= entry.end && !closedBefore(walk.routine, site, catches.indexOf(entry))) {
      refuse("TryUnpaired", { place: placeOf(site), what: "the jump leaves a try with a savepoint without TryEnd" });
    }
  }
  carry(walk, target, walk.assigned);
}

/** Whether an unconditional jump stands behind the TryEnd of an entry. */
function closedBefore(routine: RoutineCode, site: Site, entry: number): boolean {
  if (site.name !== "Jump") return false;
  for (let pc = site.pc - 1; pc >= 0 && routine.code[pc * STRIDE] === OPCODES.TryEnd.code; pc -= 1) {
    if (routine.code[pc * STRIDE + 1] === entry) return true;
  }
  return false;
}

function verifyBackward(walk: Walk, site: Site, target: number): void {
  if (!walk.open.some((region) => region.kind === "loop" && region.start === target))
    refuse("JumpTargetNotBorder", { place: placeOf(site), target });
  for (const entry of walk.routine.catches) {
    const leaves = entry.savepoint && entry.start <= site.pc && site.pc < entry.end && target < entry.start;
    if (leaves)
      refuse("TryUnpaired", { place: placeOf(site), what: "the jump leaves a try with a savepoint without TryEnd" });
  }
}

// --- assignment on all paths ---

function setBit(assigned: Assigned, register: number): void {
  if (assigned !== undefined) assigned[register >>> 5] = (assigned[register >>> 5] ?? 0) | (1 << (register & 31));
}

function withBit(assigned: Assigned, register: number): Assigned {
  const copy = assigned?.slice();
  setBit(copy, register);
  return copy;
}

function meet(left: Assigned, right: Assigned): Assigned {
  if (left === undefined || right === undefined) return (left ?? right)?.slice();
  return left.map((word, index) => word & (right[index] ?? 0));
}

function carry(walk: Walk, target: number, assigned: Assigned): void {
  if (assigned === undefined) return;
  const joined = meet(assigned, walk.pending.get(target));
  if (joined !== undefined) walk.pending.set(target, joined);
}

function read(walk: Walk, site: Site, register: number): void {
  const { assigned } = walk;
  if (assigned !== undefined && ((assigned[register >>> 5] ?? 0) & (1 << (register & 31))) === 0) {
    refuse("RegisterUnassigned", { place: placeOf(site), register });
  }
}

function assignResults(walk: Walk, site: Site): void {
  for (const [index, picture] of picturesOf(site.name).entries()) {
    const register = site.operands[index] ?? 0;
    if ((picture.mode === "out" || picture.mode === "out?") && register !== NO_REGISTER)
      setBit(walk.assigned, register);
  }
}

// --- arguments ---

function verifyArguments(walk: Walk, site: Site): void {
  const expected = argumentTypesOf(site);
  if (expected === undefined) return;
  const { first, types } = expected;
  if (
    types.length === 0
      ? first < 0 || first > site.routine.registers.length
      : site.routine.registers[first] === undefined || site.routine.registers[first + types.length - 1] === undefined
  ) {
    refuse("ArgumentMismatch", {
      place: placeOf(site),
      what: `registers ${first} to ${first + types.length - 1} are not all there`,
    });
  }
  for (const [index, wanted] of types.entries()) {
    const found = registerType(site, "argument", first + index);
    read(walk, site, first + index);
    if (wanted === "value") continue;
    const boxes = site.name === "Intrinsic" || site.name === "ListUpdate" || site.name === "MakeClosure";
    if (!isAssignable(found, wanted) || (!boxes && isRaw(found) !== isRaw(wanted))) {
      refuse("ArgumentMismatch", {
        place: placeOf(site),
        what: `argument ${index + 1} takes ${wanted}, its register holds ${found}`,
      });
    }
  }
}

// --- effects ---

function verifyEffects(site: Site): void {
  for (const effect of effectsOf(site)) {
    if (!site.routine.effects.includes(effect)) refuse("EffectUndeclared", { place: placeOf(site), effect });
  }
}

function effectsOf(site: Site): readonly Effect[] {
  const callee = site.operands[1];
  switch (site.name) {
    case "Call":
    case "MakeClosure":
      return site.program.routines[callee]?.effects ?? [];
    case "Intrinsic":
      return site.options.intrinsic(callee)?.effects ?? [];
    default:
      return opcodeRow(site.name).effects ?? [];
  }
}
