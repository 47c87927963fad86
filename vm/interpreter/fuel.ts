// Static fuel of a routine: what its instructions cost. Defined on stored opcodes, so that it is the same in every tier.
// A routine's entry charges every instruction once, which pays for the first pass through each loop; each return to a loop's start charges the loop's body again
// (inner loops' first pass included). Branches not taken are charged too: the price is known before running and needs no counting per block.
import { intrinsicById } from "../../bytecode/intrinsics/intrinsics.ts";
import { opcodeName, opcodeRow } from "../../bytecode/opcodes.ts";
import { type RoutineCode, STRIDE } from "../../bytecode/program.ts";

/** Static fuel of a routine. */
export interface StaticFuel {
  readonly entry: number;
  /** By instruction number of a loop's start: fuel of one more iteration. */
  readonly loops: ReadonlyMap<number, number>;
}

/** Sums up a routine's fuel. */
export function staticFuel(routine: RoutineCode): StaticFuel {
  const count = routine.code.length / STRIDE;
  const prefix = new Float64Array(count + 1);
  for (let pc = 0; pc < count; pc += 1) {
    prefix[pc + 1] = (prefix[pc] ?? 0) + instructionFuel(routine.code, pc * STRIDE);
  }
  const costOf = (start: number, end: number): number => (prefix[end] ?? 0) - (prefix[start] ?? 0);
  const loops = new Map<number, number>();
  for (const region of routine.regions) {
    if (region.kind !== "loop") continue;
    // Two loops with one start are one loop for the program; the outer one's body contains the inner one's.
    loops.set(region.start, Math.max(loops.get(region.start) ?? 0, costOf(region.start, region.end)));
  }
  return { entry: costOf(0, count), loops };
}

/** Static fuel of the instruction that begins at a unit of the code. */
export function instructionFuel(code: Int32Array, at: number): number {
  const name = opcodeName(code[at] ?? -1);
  if (name === undefined) return 0;
  const callee = name === "Intrinsic" || name === "ListUpdate" ? (intrinsicById(code[at + 2] ?? -1)?.fuel ?? 0) : 0;
  return opcodeRow(name).fuel + callee;
}
