// Checks regions and catch tables of a routine: everything nests, handlers stand where structured code may enter, TryBegin and TryEnd pair up.
// Jumps themselves are checked in verify-code.ts, which walks the code with the open regions at hand.
import { OPCODES, opcodeName } from "./opcodes.ts";
import { type CatchEntry, type Region, type RoutineCode, STRIDE } from "./program.ts";
import { baseOf } from "./register-type.ts";
import { refuse } from "./refusal.ts";

/** @throws Refusal RegionNesting, CatchTableBroken, TryUnpaired. */
export function verifyStructure(routine: RoutineCode): void {
  verifyRegions(routine);
  for (const [index, entry] of routine.catches.entries()) verifyCatch(routine, entry, index);
  verifyTryOpcodes(routine);
}

const KINDS: ReadonlySet<string> = new Set(["block", "if", "loop", "try"]);

function verifyRegions(routine: RoutineCode): void {
  const count = routine.code.length / STRIDE;
  const open: Region[] = [];
  let previous: Region | undefined;
  for (const region of routine.regions) {
    const broken = (what: string): never =>
      refuse("RegionNesting", { place: `${routine.name} region ${region.start}..${region.end}`, what });
    if (!KINDS.has(region.kind)) broken("its kind is unknown");
    if (
      ![region.start, region.end].every(Number.isInteger) ||
      region.start < 0 ||
      region.end > count ||
      region.start >= region.end
    )
      broken("it is empty or leaves the code");
    if (
      region.middle !== undefined &&
      (region.kind !== "if" ||
        !Number.isInteger(region.middle) ||
        region.middle <= region.start ||
        region.middle > region.end)
    ) {
      broken("its else part does not lie inside");
    }
    if (previous !== undefined && region.start < previous.start) broken("regions are not ordered");
    previous = region;
    while (open.length > 0 && (open.at(-1)?.end ?? 0) <= region.start) open.pop();
    const outer = open.at(-1);
    if (outer !== undefined && region.end > outer.end) broken("it overlaps another region");
    if (outer?.middle !== undefined && region.start < outer.middle && region.end > outer.middle)
      broken("it lies across the else of another region");
    open.push(region);
  }
}

function verifyCatch(routine: RoutineCode, entry: CatchEntry, index: number): void {
  const count = routine.code.length / STRIDE;
  const broken = (what: string): never => refuse("CatchTableBroken", { place: `${routine.name} catch ${index}`, what });
  const { start, end, handler, register } = entry;
  if (![start, end, handler, register].every(Number.isInteger) || start < 0 || end > count || start >= end)
    broken("its range is empty or leaves the code");
  if (handler < end || handler >= count) broken("its handler does not stand after the range");
  const type = routine.registers[register];
  if (type === undefined || baseOf(type) !== "error") broken("its register does not hold an error");
  const first = entry.savepoint ? start - 1 : start;
  if (!routine.regions.some((region) => region.kind === "try" && region.start === first && region.end === end))
    broken("its range is not a try region");
  for (const region of routine.regions) {
    const entersInside = region.start < handler && handler < region.end && handler !== region.middle;
    if (entersInside && !(region.start <= start && end <= region.end))
      broken("its handler lies inside a region that its range is not part of");
    if (handler === region.middle && !(region.start <= start && end <= region.end))
      broken("its handler is the else of a region that its range is not part of");
  }
  for (const [other, row] of routine.catches.entries()) {
    if (other <= index) continue;
    const disjoint = row.end <= start || end <= row.start;
    if (!disjoint && !(row.start <= start && end <= row.end)) broken("ranges are not ordered from inner to outer");
  }
}

function verifyTryOpcodes(routine: RoutineCode): void {
  const begins = new Set<number>();
  const { code, catches } = routine;
  const count = code.length / STRIDE;
  const opAt = (pc: number): number => code[pc * STRIDE] ?? -1;
  for (let pc = 0; pc < count; pc += 1) {
    const op = opAt(pc);
    if (op !== OPCODES.TryBegin.code && op !== OPCODES.TryEnd.code) continue;
    const index = code[pc * STRIDE + 1] ?? -1;
    const entry = catches[index];
    const broken = (what: string): never => refuse("TryUnpaired", { place: `${routine.name} ${pc}`, what });
    if (entry === undefined || !entry.savepoint)
      return broken(`${opcodeName(op)} names no catch entry with a savepoint`);
    if (op === OPCODES.TryBegin.code) {
      if (entry.start !== pc + 1 || begins.has(index)) broken("TryBegin does not stand directly before its range");
      begins.add(index);
    } else verifyTryEnd(routine, entry, pc, broken);
  }
  for (const [index, entry] of catches.entries()) {
    if (entry.savepoint && !begins.has(index))
      refuse("TryUnpaired", { place: `${routine.name} catch ${index}`, what: "it has a savepoint but no TryBegin" });
  }
}

/** After TryEnd the range must be left at once; nothing may land between the two. */
function verifyTryEnd(routine: RoutineCode, entry: CatchEntry, pc: number, broken: (what: string) => never): void {
  if (pc < entry.start || pc >= entry.end) broken("TryEnd stands outside of its range");
  if (pc + 1 === entry.end) return;
  const next = routine.code[(pc + 1) * STRIDE] ?? -1;
  const leaves: readonly number[] = [
    OPCODES.TryEnd.code,
    OPCODES.Jump.code,
    OPCODES.Return.code,
    OPCODES.ReturnVoid.code,
  ];
  if (!leaves.includes(next)) broken("TryEnd is not followed by the way out");
  if (routine.regions.some((region) => region.start === pc + 1 || region.end === pc + 1 || region.middle === pc + 1))
    broken("a jump could land between TryEnd and the way out");
}
