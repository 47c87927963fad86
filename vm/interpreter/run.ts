// The interpreter: one switch over the operations of loaded code, with code, pc, base, fuel and the register files in locals.
// It leaves at loop heads and calls when the slice's fuel is used up, with its state saved, and is called again by the machine's driver: V8 then runs the optimised function
// instead of replacing a giant loop on the stack (ARCHITECTURE.md section 4). Case numbers are literals, because V8 makes a jump table only of those;
// test/vm/operations.test.ts compares them with operations.ts. Exempt from size rules; slow parts of hot operations are in slow-paths.ts, cold operations in handlers/.
// Conventions: `pc` points behind the running instruction; before anything that may throw, look at the frame or charge, `m.pc = pc; m.fuel = fuel` is done.
// Raw ints: see state.ts. Cold operations are left to run-slice.ts: a call of a handler in here had V8 keep the locals in memory (floats took 51 ms instead of 44),
// and its first run threw the optimised code away; leaving and coming back costs 4 ns.
import type { CursorValue, ListValue, MapValue, Shape, TableValue, Value } from "../../base/value/value.ts";
import { type ClosureValue, FloatBox, StructValue } from "../../base/value/value.ts";
import { compareText } from "../../base/value/compare.ts";
import type { LoadedRoutine } from "../load.ts";
import { valueFits } from "./register-kind.ts";
import * as slow from "./slow-paths.ts";
import { SPACE } from "./space.ts";
import * as slots from "./slots.ts";
import type { MachineState, RowsState } from "./state.ts";

/**
 * Runs the current frame until it leaves, and gives the operation at which it did: Halt (the stub frame below the run has received its result), a return whose result
 * the caller wants converted (the frame is still current), a cold operation (not yet run, `m.pc` is at it), or any other: the slice's fuel is used up.
 * @throws Trap (state saved; see unwind.ts), RangeError of the JavaScript engine.
 */
export const run = makeRun(
  SPACE.numbers,
  SPACE.values,
  SPACE.code,
  SPACE.framePcs,
  SPACE.frameBases,
  SPACE.frameStarts,
  SPACE.frame,
  SPACE.constants,
  SPACE.constantNumbers,
  SPACE.shapes,
);

/**
 * Makes `run`. Called once, and the arrays are its parameters, copied into locals of `run`: V8 then treats them as constants of the one closure, with address and length
 * compiled in (fib 50 to 30 ms). Constants of the module would be checked for initialisation at each use, and bundlers turn them into variables; without the copy into
 * locals, V8 meets the accesses before it knows the arrays. `| 0` on an index saves the overflow check of the addition; masks instead of it cost one more operation each.
 */
function makeRun(
  numbers: Float64Array,
  values: Value[],
  units: Int32Array,
  pcs: Int32Array,
  bases: Int32Array,
  starts: Int32Array,
  current: Int32Array,
  literals: readonly Value[],
  literalNumbers: Float64Array,
  literalShapes: readonly (Shape | undefined)[],
): (m: MachineState) => number {
  return function run(m: MachineState): number {
    const N = numbers;
    const V = values;
    const code = units;
    const framePcs = pcs;
    const frameBases = bases;
    const frameStarts = starts;
    const frame = current;
    const constants = literals;
    const constantNumbers = literalNumbers;
    const shapes = literalShapes;
    let pc = m.pc | 0;
    let base = m.base | 0;
    let fuel = m.fuel | 0;
    for (;;) {
      const op = code[pc] as number;
      switch (op) {
        case 0: {
          // Halt
          break;
        }
        case 1: {
          // MoveNumber
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          N[(base + a) | 0] = x;
          if (x !== x) V[(base + a) | 0] = V[(base + b) | 0] as Value;
          continue;
        }
        case 2: {
          // MoveValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = V[(base + b) | 0] as Value;
          continue;
        }
        case 3: {
          // BoxInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          V[(base + a) | 0] = x === x ? x : (V[(base + b) | 0] as Value);
          continue;
        }
        case 4: {
          // BoxFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          V[(base + a) | 0] = Number.isInteger(x) ? new FloatBox(x) : x;
          continue;
        }
        case 5: {
          // LoadSmall
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          N[(base + a) | 0] = b;
          continue;
        }
        case 6: {
          // LoadNumber
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          N[(base + a) | 0] = constantNumbers[b] as number;
          continue;
        }
        case 7: {
          // LoadValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = constants[b] as Value;
          continue;
        }
        case 8: {
          // LoadSmallValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = b;
          continue;
        }
        case 9: {
          // LoadNull
          const a = code[(pc + 1) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = null;
          continue;
        }
        case 10: {
          // LoadTrue
          const a = code[(pc + 1) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = true;
          continue;
        }
        case 11: {
          // LoadFalse
          const a = code[(pc + 1) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = false;
          continue;
        }
        case 12: {
          // AddInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) + (N[(base + c) | 0] as number);
          if (x <= 9007199254740991 && x >= -9007199254740991) {
            N[(base + a) | 0] = x;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.addInt(m, base + a, base + b, base + c);
          continue;
        }
        case 13: {
          // SubInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) - (N[(base + c) | 0] as number);
          if (x <= 9007199254740991 && x >= -9007199254740991) {
            N[(base + a) | 0] = x;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.subtractInt(m, base + a, base + b, base + c);
          continue;
        }
        case 14: {
          // MulInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) * (N[(base + c) | 0] as number);
          if (x <= 9007199254740991 && x >= -9007199254740991) {
            N[(base + a) | 0] = x + 0;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.multiplyInt(m, base + a, base + b, base + c);
          continue;
        }
        case 15: {
          // DivInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          const y = N[(base + c) | 0] as number;
          // The quotient of two safe ints never rounds up to the next integer: the gap below an integer n is at least n / x, above half the distance of floats there.
          if (y !== 0 && x === x && y === y) {
            N[(base + a) | 0] = Math.trunc(x / y) + 0;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.divideInt(m, base + a, base + b, base + c);
          continue;
        }
        case 16: {
          // ModInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          const y = N[(base + c) | 0] as number;
          if (x >= 0 && x <= 0x7fffffff && y > 0 && y <= 0x7fffffff) {
            N[(base + a) | 0] = (x | 0) % (y | 0);
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.remainderInt(m, base + a, base + b, base + c);
          continue;
        }
        case 17: {
          // NegInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          if (x === x) {
            N[(base + a) | 0] = 0 - x;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.negateInt(m, base + a, base + b);
          continue;
        }
        case 18: {
          // AddIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) + c;
          if (x <= 9007199254740991 && x >= -9007199254740991) {
            N[(base + a) | 0] = x;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.addIntImm(m, base + a, base + b, c);
          continue;
        }
        case 19: {
          // MulIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) * c;
          if (x <= 9007199254740991 && x >= -9007199254740991) {
            N[(base + a) | 0] = x + 0;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.multiplyIntImm(m, base + a, base + b, c);
          continue;
        }
        case 20: {
          // DivIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          if (x === x) {
            N[(base + a) | 0] = Math.trunc(x / c) + 0;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.divideIntImm(m, base + a, base + b, c);
          continue;
        }
        case 21: {
          // ModIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          if (x >= 0 && x <= 0x7fffffff && c > 0) {
            N[(base + a) | 0] = (x | 0) % c;
            continue;
          }
          m.pc = pc;
          m.base = base;
          slow.remainderIntImm(m, base + a, base + b, c);
          continue;
        }
        case 22: {
          // IntToFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          N[(base + a) | 0] = x === x ? x : Number(V[(base + b) | 0]);
          continue;
        }
        case 23: {
          // AddFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          N[(base + a) | 0] = (N[(base + b) | 0] as number) + (N[(base + c) | 0] as number);
          continue;
        }
        case 24: {
          // SubFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          N[(base + a) | 0] = (N[(base + b) | 0] as number) - (N[(base + c) | 0] as number);
          continue;
        }
        case 25: {
          // MulFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          N[(base + a) | 0] = (N[(base + b) | 0] as number) * (N[(base + c) | 0] as number);
          continue;
        }
        case 26: {
          // DivFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const y = N[(base + c) | 0] as number;
          if (y !== 0) {
            N[(base + a) | 0] = (N[(base + b) | 0] as number) / y;
            continue;
          }
          m.pc = pc;
          m.base = base;
          throw slow.divisionByZero();
        }
        case 27: {
          // NegFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          N[(base + a) | 0] = -(N[(base + b) | 0] as number);
          continue;
        }
        case 28: {
          // Concat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const left = V[(base + b) | 0] as string;
          const right = V[(base + c) | 0] as string;
          const length = left.length + right.length;
          m.memory += 16 + length;
          if (length > slow.STRING_LENGTH_MAX || m.memory > m.memoryCheck) {
            m.pc = pc;
            m.base = base;
            slow.checkString(m, length);
          }
          V[(base + a) | 0] = left + right;
          continue;
        }
        case 29: {
          // Not
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = V[(base + b) | 0] !== true;
          continue;
        }
        case 30: {
          // IsNull
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = V[(base + b) | 0] === null;
          continue;
        }
        case 31: {
          // EqInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          const y = N[(base + c) | 0] as number;
          V[(base + a) | 0] = x === y || (x !== x && y !== y && V[(base + b) | 0] === V[(base + c) | 0]);
          continue;
        }
        case 32: {
          // NeInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          const y = N[(base + c) | 0] as number;
          V[(base + a) | 0] = x !== y && (x === x || y === y || V[(base + b) | 0] !== V[(base + c) | 0]);
          continue;
        }
        case 33: {
          // LtInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          const y = N[(base + c) | 0] as number;
          V[(base + a) | 0] = x === x && y === y ? x < y : m.intAt(base + b) < m.intAt(base + c);
          continue;
        }
        case 34: {
          // LeInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          const y = N[(base + c) | 0] as number;
          V[(base + a) | 0] = x === x && y === y ? x <= y : m.intAt(base + b) <= m.intAt(base + c);
          continue;
        }
        case 35: {
          // EqFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = (N[(base + b) | 0] as number) === (N[(base + c) | 0] as number);
          continue;
        }
        case 36: {
          // NeFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = (N[(base + b) | 0] as number) !== (N[(base + c) | 0] as number);
          continue;
        }
        case 37: {
          // LtFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = (N[(base + b) | 0] as number) < (N[(base + c) | 0] as number);
          continue;
        }
        case 38: {
          // LeFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = (N[(base + b) | 0] as number) <= (N[(base + c) | 0] as number);
          continue;
        }
        case 39: {
          // EqString
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = V[(base + b) | 0] === V[(base + c) | 0];
          continue;
        }
        case 40: {
          // NeString
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = V[(base + b) | 0] !== V[(base + c) | 0];
          continue;
        }
        case 41: {
          // Jump
          const a = code[(pc + 1) | 0] as number;
          pc = (pc + 4) | 0;
          pc = a;
          continue;
        }
        case 42: {
          // JumpIfTrue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          if (V[(base + a) | 0] === true) pc = b;
          continue;
        }
        case 43: {
          // JumpUnlessTrue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          if (V[(base + a) | 0] !== true) pc = b;
          continue;
        }
        case 44: {
          // JumpIfNull
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          if (V[(base + a) | 0] === null) pc = b;
          continue;
        }
        case 45: {
          // JumpIfNotNull
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          if (V[(base + a) | 0] !== null) pc = b;
          continue;
        }
        case 46: {
          // JumpIfEqInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          const y = N[(base + b) | 0] as number;
          if (x === y || (x !== x && y !== y && V[(base + a) | 0] === V[(base + b) | 0])) pc = c;
          continue;
        }
        case 47: {
          // JumpIfNeInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          const y = N[(base + b) | 0] as number;
          if (x !== y && (x === x || y === y || V[(base + a) | 0] !== V[(base + b) | 0])) pc = c;
          continue;
        }
        case 48: {
          // JumpIfLtInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          const y = N[(base + b) | 0] as number;
          if (x < y) pc = c;
          else if (!(x >= y) && m.intAt(base + a) < m.intAt(base + b)) pc = c;
          continue;
        }
        case 49: {
          // JumpIfLeInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          const y = N[(base + b) | 0] as number;
          if (x <= y) pc = c;
          else if (!(x > y) && m.intAt(base + a) <= m.intAt(base + b)) pc = c;
          continue;
        }
        case 50: {
          // JumpIfEqIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if ((N[(base + a) | 0] as number) === b) pc = c;
          continue;
        }
        case 51: {
          // JumpIfNeIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if ((N[(base + a) | 0] as number) !== b) pc = c;
          continue;
        }
        case 52: {
          // JumpIfLtIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          if (x < b) pc = c;
          else if (!(x >= b) && m.intAt(base + a) < b) pc = c;
          continue;
        }
        case 53: {
          // JumpIfLeIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          if (x <= b) pc = c;
          else if (!(x > b) && m.intAt(base + a) <= b) pc = c;
          continue;
        }
        case 54: {
          // JumpIfGtIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          if (x > b) pc = c;
          else if (!(x <= b) && m.intAt(base + a) > b) pc = c;
          continue;
        }
        case 55: {
          // JumpIfGeIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          if (x >= b) pc = c;
          else if (!(x < b) && m.intAt(base + a) >= b) pc = c;
          continue;
        }
        case 56: {
          // JumpIfEqFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if ((N[(base + a) | 0] as number) === (N[(base + b) | 0] as number)) pc = c;
          continue;
        }
        case 57: {
          // JumpIfNeFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if ((N[(base + a) | 0] as number) !== (N[(base + b) | 0] as number)) pc = c;
          continue;
        }
        case 58: {
          // JumpIfLtFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if ((N[(base + a) | 0] as number) < (N[(base + b) | 0] as number)) pc = c;
          continue;
        }
        case 59: {
          // JumpIfLeFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if ((N[(base + a) | 0] as number) <= (N[(base + b) | 0] as number)) pc = c;
          continue;
        }
        case 60: {
          // JumpUnlessLtFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if (!((N[(base + a) | 0] as number) < (N[(base + b) | 0] as number))) pc = c;
          continue;
        }
        case 61: {
          // JumpUnlessLeFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if (!((N[(base + a) | 0] as number) <= (N[(base + b) | 0] as number))) pc = c;
          continue;
        }
        case 62: {
          // JumpIfEqString
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if (V[(base + a) | 0] === V[(base + b) | 0]) pc = c;
          continue;
        }
        case 63: {
          // JumpIfNeString
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if (V[(base + a) | 0] !== V[(base + b) | 0]) pc = c;
          continue;
        }
        case 64: {
          // JumpIfLtString
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if (compareText(V[(base + a) | 0] as string, V[(base + b) | 0] as string) < 0) pc = c;
          continue;
        }
        case 65: {
          // JumpIfLeString
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          if (compareText(V[(base + a) | 0] as string, V[(base + b) | 0] as string) <= 0) pc = c;
          continue;
        }
        case 66: {
          // Loop
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          pc = a;
          fuel = (fuel - b) | 0;
          if (fuel < 0) break;
          continue;
        }
        case 67: {
          // ForStart
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          const limit = N[(base + a + 1) | 0] as number;
          if (!((N[(base + a + 2) | 0] as number) > 0 && x === x && limit === limit)) {
            m.pc = pc;
            m.base = base;
            if (slow.forStart(m, base + a, false)) pc = b;
          } else if (x > limit) pc = b;
          continue;
        }
        case 68: {
          // ForNext
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + a) | 0] as number) + (N[(base + a + 2) | 0] as number);
          const limit = N[(base + a + 1) | 0] as number;
          // Exact for sums that were rounded too: rounding does not pass the limit, which is safe. The end of a loop is on no slow path, which V8 would not have compiled.
          if (x > limit) continue;
          if (x <= limit && x <= 9007199254740991 && x >= -9007199254740991) {
            N[(base + a) | 0] = x;
          } else if (!slow.forNext(m, base + a, false)) continue;
          pc = b;
          fuel = (fuel - c) | 0;
          if (fuel < 0) break;
          continue;
        }
        case 69: {
          // ForStartDown
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + a) | 0] as number;
          const limit = N[(base + a + 1) | 0] as number;
          if (!((N[(base + a + 2) | 0] as number) > 0 && x === x && limit === limit)) {
            m.pc = pc;
            m.base = base;
            if (slow.forStart(m, base + a, true)) pc = b;
          } else if (x < limit) pc = b;
          continue;
        }
        case 70: {
          // ForNextDown
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + a) | 0] as number) - (N[(base + a + 2) | 0] as number);
          const limit = N[(base + a + 1) | 0] as number;
          if (x < limit) continue;
          if (x >= limit && x <= 9007199254740991 && x >= -9007199254740991) {
            N[(base + a) | 0] = x;
          } else if (!slow.forNext(m, base + a, true)) continue;
          pc = b;
          fuel = (fuel - c) | 0;
          if (fuel < 0) break;
          continue;
        }
        case 71: {
          // NextItemInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          const position = N[(base + b + 1) | 0] as number;
          if (!(position < items.length)) {
            pc = c;
            continue;
          }
          if (position < 0) {
            m.pc = pc;
            m.base = base;
            throw slow.outOfRange(position, items.length);
          }
          N[(base + b + 1) | 0] = position + 1;
          const item = items[position] as Value;
          if (typeof item === "number" && Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 72: {
          // NextItemFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          const position = N[(base + b + 1) | 0] as number;
          if (!(position < items.length)) {
            pc = c;
            continue;
          }
          if (position < 0) {
            m.pc = pc;
            m.base = base;
            throw slow.outOfRange(position, items.length);
          }
          N[(base + b + 1) | 0] = position + 1;
          const item = items[position] as Value;
          if (item instanceof FloatBox) N[(base + a) | 0] = item.value;
          else if (typeof item === "number" && !Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 73: {
          // NextItemValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          const position = N[(base + b + 1) | 0] as number;
          if (!(position < items.length)) {
            pc = c;
            continue;
          }
          if (position < 0) {
            m.pc = pc;
            m.base = base;
            throw slow.outOfRange(position, items.length);
          }
          N[(base + b + 1) | 0] = position + 1;
          const item = items[position] as Value;
          V[(base + a) | 0] = item;
          continue;
        }
        case 74: {
          // NextItemChecked
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          const position = N[(base + b + 1) | 0] as number;
          if (!(position < items.length)) {
            pc = c;
            continue;
          }
          if (position < 0) {
            m.pc = pc;
            m.base = base;
            throw slow.outOfRange(position, items.length);
          }
          N[(base + b + 1) | 0] = position + 1;
          const item = items[position] as Value;
          if (valueFits(item, code[((frame[1] as number) - 6 - a) | 0] as number)) V[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 75: {
          // ListLen
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          N[(base + a) | 0] = (V[(base + b) | 0] as ListValue).items.length;
          continue;
        }
        case 76: {
          // ListGetInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          let index = N[(base + c) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + c, items.length);
          }
          const item = items[index] as Value;
          if (typeof item === "number" && Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 77: {
          // ListGetFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          let index = N[(base + c) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + c, items.length);
          }
          const item = items[index] as Value;
          if (item instanceof FloatBox) N[(base + a) | 0] = item.value;
          else if (typeof item === "number" && !Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 78: {
          // ListGetValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          let index = N[(base + c) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + c, items.length);
          }
          const item = items[index] as Value;
          V[(base + a) | 0] = item;
          continue;
        }
        case 79: {
          // ListGetChecked
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          let index = N[(base + c) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + c, items.length);
          }
          const item = items[index] as Value;
          if (valueFits(item, code[((frame[1] as number) - 6 - a) | 0] as number)) V[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 80: {
          // ListSetBool
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          let list = V[(base + a) | 0] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, base + a);
            fuel = m.fuel | 0;
          }
          const items = list.items;
          let index = N[(base + b) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + b, items.length);
          }
          // A boolean needs no write barrier.
          const item = V[(base + c) | 0] === true;
          items[index] = item;
          continue;
        }
        case 81: {
          // ListSetInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          let list = V[(base + a) | 0] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, base + a);
            fuel = m.fuel | 0;
          }
          const items = list.items;
          let index = N[(base + b) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + b, items.length);
          }
          const x = N[(base + c) | 0] as number;
          const item: Value = x === x ? x : (V[(base + c) | 0] as Value);
          items[index] = item;
          continue;
        }
        case 82: {
          // ListSetFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          let list = V[(base + a) | 0] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, base + a);
            fuel = m.fuel | 0;
          }
          const items = list.items;
          let index = N[(base + b) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + b, items.length);
          }
          const x = N[(base + c) | 0] as number;
          const item: Value = Number.isInteger(x) ? new FloatBox(x) : x;
          items[index] = item;
          continue;
        }
        case 83: {
          // ListSetValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          let list = V[(base + a) | 0] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, base + a);
            fuel = m.fuel | 0;
          }
          const items = list.items;
          let index = N[(base + b) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + b, items.length);
          }
          const item = V[(base + c) | 0] as Value;
          items[index] = item;
          continue;
        }
        case 84: {
          // ListPushInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          let list = V[(base + a) | 0] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, base + a);
            fuel = m.fuel | 0;
          }
          const x = N[(base + b) | 0] as number;
          const item: Value = x === x ? x : (V[(base + b) | 0] as Value);
          if ((m.memory += 12) > m.memoryCheck || list.items.length >= slow.LIST_ITEMS_MAX) {
            m.pc = pc;
            m.base = base;
            slow.checkListGrowth(m, list.items.length + 1);
          }
          list.items.push(item);
          continue;
        }
        case 85: {
          // ListPushFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          let list = V[(base + a) | 0] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, base + a);
            fuel = m.fuel | 0;
          }
          const x = N[(base + b) | 0] as number;
          const item: Value = Number.isInteger(x) ? new FloatBox(x) : x;
          if ((m.memory += 56) > m.memoryCheck || list.items.length >= slow.LIST_ITEMS_MAX) {
            m.pc = pc;
            m.base = base;
            slow.checkListGrowth(m, list.items.length + 1);
          }
          list.items.push(item);
          continue;
        }
        case 86: {
          // ListPushValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          let list = V[(base + a) | 0] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, base + a);
            fuel = m.fuel | 0;
          }
          const item = V[(base + b) | 0] as Value;
          if ((m.memory += 12) > m.memoryCheck || list.items.length >= slow.LIST_ITEMS_MAX) {
            m.pc = pc;
            m.base = base;
            slow.checkListGrowth(m, list.items.length + 1);
          }
          list.items.push(item);
          continue;
        }
        case 87: {
          // StructNew1
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          m.memory += 96 + 12 * 1;
          if (m.memory > m.memoryCheck) {
            m.pc = pc;
            m.base = base;
            slow.checkAllocation(m);
          }
          const x0 = N[(base + c + 0) | 0] as number;
          const kind0 = code[((frame[1] as number) - 6 - c - 0) | 0] as number;
          const item0: Value =
            kind0 === 2
              ? x0 === x0
                ? x0
                : (V[(base + c + 0) | 0] as Value)
              : kind0 === 4
                ? Number.isInteger(x0)
                  ? new FloatBox(x0)
                  : x0
                : (V[(base + c + 0) | 0] as Value);
          V[(base + a) | 0] = new StructValue(shapes[b] as Shape, slots.slots1(item0));
          continue;
        }
        case 88: {
          // StructNew2
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          m.memory += 96 + 12 * 2;
          if (m.memory > m.memoryCheck) {
            m.pc = pc;
            m.base = base;
            slow.checkAllocation(m);
          }
          const x0 = N[(base + c + 0) | 0] as number;
          const kind0 = code[((frame[1] as number) - 6 - c - 0) | 0] as number;
          const item0: Value =
            kind0 === 2
              ? x0 === x0
                ? x0
                : (V[(base + c + 0) | 0] as Value)
              : kind0 === 4
                ? Number.isInteger(x0)
                  ? new FloatBox(x0)
                  : x0
                : (V[(base + c + 0) | 0] as Value);
          const x1 = N[(base + c + 1) | 0] as number;
          const kind1 = code[((frame[1] as number) - 6 - c - 1) | 0] as number;
          const item1: Value =
            kind1 === 2
              ? x1 === x1
                ? x1
                : (V[(base + c + 1) | 0] as Value)
              : kind1 === 4
                ? Number.isInteger(x1)
                  ? new FloatBox(x1)
                  : x1
                : (V[(base + c + 1) | 0] as Value);
          V[(base + a) | 0] = new StructValue(shapes[b] as Shape, slots.slots2(item0, item1));
          continue;
        }
        case 89: {
          // StructNew3
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          m.memory += 96 + 12 * 3;
          if (m.memory > m.memoryCheck) {
            m.pc = pc;
            m.base = base;
            slow.checkAllocation(m);
          }
          const x0 = N[(base + c + 0) | 0] as number;
          const kind0 = code[((frame[1] as number) - 6 - c - 0) | 0] as number;
          const item0: Value =
            kind0 === 2
              ? x0 === x0
                ? x0
                : (V[(base + c + 0) | 0] as Value)
              : kind0 === 4
                ? Number.isInteger(x0)
                  ? new FloatBox(x0)
                  : x0
                : (V[(base + c + 0) | 0] as Value);
          const x1 = N[(base + c + 1) | 0] as number;
          const kind1 = code[((frame[1] as number) - 6 - c - 1) | 0] as number;
          const item1: Value =
            kind1 === 2
              ? x1 === x1
                ? x1
                : (V[(base + c + 1) | 0] as Value)
              : kind1 === 4
                ? Number.isInteger(x1)
                  ? new FloatBox(x1)
                  : x1
                : (V[(base + c + 1) | 0] as Value);
          const x2 = N[(base + c + 2) | 0] as number;
          const kind2 = code[((frame[1] as number) - 6 - c - 2) | 0] as number;
          const item2: Value =
            kind2 === 2
              ? x2 === x2
                ? x2
                : (V[(base + c + 2) | 0] as Value)
              : kind2 === 4
                ? Number.isInteger(x2)
                  ? new FloatBox(x2)
                  : x2
                : (V[(base + c + 2) | 0] as Value);
          V[(base + a) | 0] = new StructValue(shapes[b] as Shape, slots.slots3(item0, item1, item2));
          continue;
        }
        case 90: {
          // StructNew4
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          m.memory += 96 + 12 * 4;
          if (m.memory > m.memoryCheck) {
            m.pc = pc;
            m.base = base;
            slow.checkAllocation(m);
          }
          const x0 = N[(base + c + 0) | 0] as number;
          const kind0 = code[((frame[1] as number) - 6 - c - 0) | 0] as number;
          const item0: Value =
            kind0 === 2
              ? x0 === x0
                ? x0
                : (V[(base + c + 0) | 0] as Value)
              : kind0 === 4
                ? Number.isInteger(x0)
                  ? new FloatBox(x0)
                  : x0
                : (V[(base + c + 0) | 0] as Value);
          const x1 = N[(base + c + 1) | 0] as number;
          const kind1 = code[((frame[1] as number) - 6 - c - 1) | 0] as number;
          const item1: Value =
            kind1 === 2
              ? x1 === x1
                ? x1
                : (V[(base + c + 1) | 0] as Value)
              : kind1 === 4
                ? Number.isInteger(x1)
                  ? new FloatBox(x1)
                  : x1
                : (V[(base + c + 1) | 0] as Value);
          const x2 = N[(base + c + 2) | 0] as number;
          const kind2 = code[((frame[1] as number) - 6 - c - 2) | 0] as number;
          const item2: Value =
            kind2 === 2
              ? x2 === x2
                ? x2
                : (V[(base + c + 2) | 0] as Value)
              : kind2 === 4
                ? Number.isInteger(x2)
                  ? new FloatBox(x2)
                  : x2
                : (V[(base + c + 2) | 0] as Value);
          const x3 = N[(base + c + 3) | 0] as number;
          const kind3 = code[((frame[1] as number) - 6 - c - 3) | 0] as number;
          const item3: Value =
            kind3 === 2
              ? x3 === x3
                ? x3
                : (V[(base + c + 3) | 0] as Value)
              : kind3 === 4
                ? Number.isInteger(x3)
                  ? new FloatBox(x3)
                  : x3
                : (V[(base + c + 3) | 0] as Value);
          V[(base + a) | 0] = new StructValue(shapes[b] as Shape, slots.slots4(item0, item1, item2, item3));
          continue;
        }
        case 91: {
          // StructGetInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const item = (V[(base + b) | 0] as StructValue).slots[c];
          if (item === undefined) {
            m.pc = pc;
            m.base = base;
            throw slow.noSlot(m, base + b, c);
          }
          if (typeof item === "number" && Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 92: {
          // StructGetFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const item = (V[(base + b) | 0] as StructValue).slots[c];
          if (item === undefined) {
            m.pc = pc;
            m.base = base;
            throw slow.noSlot(m, base + b, c);
          }
          if (item instanceof FloatBox) N[(base + a) | 0] = item.value;
          else if (typeof item === "number" && !Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 93: {
          // StructGetValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const item = (V[(base + b) | 0] as StructValue).slots[c];
          if (item === undefined) {
            m.pc = pc;
            m.base = base;
            throw slow.noSlot(m, base + b, c);
          }
          V[(base + a) | 0] = item;
          continue;
        }
        case 94: {
          // StructGetChecked
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const item = (V[(base + b) | 0] as StructValue).slots[c];
          if (item === undefined) {
            m.pc = pc;
            m.base = base;
            throw slow.noSlot(m, base + b, c);
          }
          if (valueFits(item, code[((frame[1] as number) - 6 - a) | 0] as number)) V[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 95: {
          // StructSetInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          let struct = V[(base + a) | 0] as StructValue;
          if (struct.shared) {
            m.pc = pc;
            m.base = base;
            struct = slow.ownStruct(m, base + a);
          }
          if (b >= struct.slots.length) {
            m.pc = pc;
            m.base = base;
            throw slow.noSlot(m, base + a, b);
          }
          const x = N[(base + c) | 0] as number;
          const item: Value = x === x ? x : (V[(base + c) | 0] as Value);
          struct.slots[b] = item;
          continue;
        }
        case 96: {
          // StructSetFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          let struct = V[(base + a) | 0] as StructValue;
          if (struct.shared) {
            m.pc = pc;
            m.base = base;
            struct = slow.ownStruct(m, base + a);
          }
          if (b >= struct.slots.length) {
            m.pc = pc;
            m.base = base;
            throw slow.noSlot(m, base + a, b);
          }
          const x = N[(base + c) | 0] as number;
          const item: Value = Number.isInteger(x) ? new FloatBox(x) : x;
          struct.slots[b] = item;
          continue;
        }
        case 97: {
          // StructSetValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          let struct = V[(base + a) | 0] as StructValue;
          if (struct.shared) {
            m.pc = pc;
            m.base = base;
            struct = slow.ownStruct(m, base + a);
          }
          if (b >= struct.slots.length) {
            m.pc = pc;
            m.base = base;
            throw slow.noSlot(m, base + a, b);
          }
          const item = V[(base + c) | 0] as Value;
          struct.slots[b] = item;
          continue;
        }
        case 98: {
          // MapGetInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const item = (V[(base + b) | 0] as MapValue).entries.get(V[(base + c) | 0] as string) ?? null;
          if (typeof item === "number" && Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 99: {
          // MapGetValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const item = (V[(base + b) | 0] as MapValue).entries.get(V[(base + c) | 0] as string) ?? null;
          V[(base + a) | 0] = item;
          continue;
        }
        case 100: {
          // MapGetChecked
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const item = (V[(base + b) | 0] as MapValue).entries.get(V[(base + c) | 0] as string) ?? null;
          if (valueFits(item, code[((frame[1] as number) - 6 - a) | 0] as number)) V[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 101: {
          // UnboxInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const item = V[(base + b) | 0] as Value;
          if (typeof item === "number" && Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 102: {
          // UnboxFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const item = V[(base + b) | 0] as Value;
          if (item instanceof FloatBox) N[(base + a) | 0] = item.value;
          else if (typeof item === "number" && !Number.isInteger(item)) N[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        case 103: {
          // NarrowNonNull
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const item = V[(base + b) | 0] as Value;
          if (item === null) {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          V[(base + a) | 0] = item;
          continue;
        }
        case 104: {
          // Share
          const a = code[(pc + 1) | 0] as number;
          pc = (pc + 4) | 0;
          slow.share(V[(base + a) | 0] as Value);
          continue;
        }
        case 105: {
          // MoveShared
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const item = V[(base + b) | 0] as Value;
          slow.share(item);
          V[(base + a) | 0] = item;
          continue;
        }
        case 106: {
          // Call
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const callee = b;
          const depth = frame[0] as number;
          const start = frame[1] as number;
          if (depth >= m.depthMax) {
            m.pc = pc;
            m.base = base;
            throw slow.tooDeep(m);
          }
          const next = base + (code[(start - 2) | 0] as number);
          const size = code[(callee - 2) | 0] as number;
          if (next + size > V.length) {
            m.pc = pc;
            m.base = base;
            slow.growRegisters(next, size);
          }
          const count = code[(callee - 3) | 0] as number;
          const from = base + c;
          let raw = code[(callee - 5) | 0] as number;
          for (let i = 0; i < count; i += 1) {
            if ((raw & 1) !== 0) {
              const x = N[(from + i) | 0] as number;
              N[(next + i) | 0] = x;
              if (x !== x) V[(next + i) | 0] = V[(from + i) | 0] as Value;
            } else V[(next + i) | 0] = V[(from + i) | 0] as Value;
            raw >>= 1;
          }
          framePcs[depth] = pc;
          frameBases[depth] = base;
          frameStarts[depth] = start;
          frame[0] = depth + 1;
          frame[1] = callee;
          base = next;
          pc = callee;
          fuel = (fuel - (code[(callee - 4) | 0] as number)) | 0;
          if (fuel < 0) break;
          continue;
        }
        case 107: {
          // CallNumbers
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const callee = b;
          const depth = frame[0] as number;
          const start = frame[1] as number;
          if (depth >= m.depthMax) {
            m.pc = pc;
            m.base = base;
            throw slow.tooDeep(m);
          }
          const next = base + (code[(start - 2) | 0] as number);
          const size = code[(callee - 2) | 0] as number;
          if (next + size > V.length) {
            m.pc = pc;
            m.base = base;
            slow.growRegisters(next, size);
          }
          const count = code[(callee - 3) | 0] as number;
          const from = base + c;
          for (let i = 0; i < count; i += 1) {
            const x = N[(from + i) | 0] as number;
            N[(next + i) | 0] = x;
            if (x !== x) V[(next + i) | 0] = V[(from + i) | 0] as Value;
          }
          framePcs[depth] = pc;
          frameBases[depth] = base;
          frameStarts[depth] = start;
          frame[0] = depth + 1;
          frame[1] = callee;
          base = next;
          pc = callee;
          fuel = (fuel - (code[(callee - 4) | 0] as number)) | 0;
          if (fuel < 0) break;
          continue;
        }
        case 108: {
          // CallClosure
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const closure = V[(base + b) | 0] as ClosureValue;
          const lambda = closure.code as LoadedRoutine;
          if (lambda.signature !== c >> 8 || lambda.codeStart < 0) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            slow.callClosure(m, a, b, c & 255);
            pc = m.pc | 0;
            base = m.base | 0;
            fuel = m.fuel | 0;
            if (fuel < 0) break;
            continue;
          }
          const callee = lambda.codeStart;
          const depth = frame[0] as number;
          const start = frame[1] as number;
          if (depth >= m.depthMax) {
            m.pc = pc;
            m.base = base;
            throw slow.tooDeep(m);
          }
          const next = base + (code[(start - 2) | 0] as number);
          const size = code[(callee - 2) | 0] as number;
          if (next + size > V.length) {
            m.pc = pc;
            m.base = base;
            slow.growRegisters(next, size);
          }
          const count = c & 255;
          const from = base + b + 1;
          let raw = code[(callee - 5) | 0] as number;
          for (let i = 0; i < count; i += 1) {
            if ((raw & 1) !== 0) {
              const x = N[(from + i) | 0] as number;
              N[(next + i) | 0] = x;
              if (x !== x) V[(next + i) | 0] = V[(from + i) | 0] as Value;
            } else V[(next + i) | 0] = V[(from + i) | 0] as Value;
            raw >>= 1;
          }
          const captures = closure.captures;
          for (let i = 0; i < captures.length; i += 1) {
            const item = captures[i] as Value;
            if ((raw & 1) === 0) V[(next + count + i) | 0] = item;
            else if (typeof item === "number") N[(next + count + i) | 0] = item;
            else slow.unboxCapture(m, next + count + i, item);
            raw >>= 1;
          }
          framePcs[depth] = pc;
          frameBases[depth] = base;
          frameStarts[depth] = start;
          frame[0] = depth + 1;
          frame[1] = callee;
          base = next;
          pc = callee;
          fuel = (fuel - (code[(callee - 4) | 0] as number)) | 0;
          if (fuel < 0) break;
          continue;
        }
        case 109: {
          // ReturnNumber
          const a = code[(pc + 1) | 0] as number;
          pc = (pc + 4) | 0;
          const from = base + a;
          const depth = (frame[0] as number) - 1;
          const back = framePcs[depth] as number;
          // The call wants the result converted (see frames in registers.ts).
          if (back < 0) break;
          frame[0] = depth;
          frame[1] = frameStarts[depth] as number;
          base = frameBases[depth] as number;
          pc = back;
          const to = base + (code[(pc - 3) | 0] as number);
          const x = N[from] as number;
          N[to] = x;
          if (x !== x) V[to | 0] = V[from | 0] as Value;
          continue;
        }
        case 110: {
          // ReturnValue
          const a = code[(pc + 1) | 0] as number;
          pc = (pc + 4) | 0;
          const from = base + a;
          const depth = (frame[0] as number) - 1;
          const back = framePcs[depth] as number;
          // The call wants the result converted (see frames in registers.ts).
          if (back < 0) break;
          frame[0] = depth;
          frame[1] = frameStarts[depth] as number;
          base = frameBases[depth] as number;
          pc = back;
          V[(base + (code[(pc - 3) | 0] as number)) | 0] = V[from | 0] as Value;
          continue;
        }
        case 111: {
          // ReturnVoid
          pc = (pc + 4) | 0;
          const depth = (frame[0] as number) - 1;
          const back = framePcs[depth] as number;
          // The call wants the result converted (see frames in registers.ts).
          if (back < 0) break;
          frame[0] = depth;
          frame[1] = frameStarts[depth] as number;
          base = frameBases[depth] as number;
          pc = back;
          continue;
        }
        case 112: {
          // NextRow
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const rows = (V[(base + a) | 0] as CursorValue).source as RowsState;
          rows.row += 1;
          if (rows.row < rows.length) continue;
          m.pc = pc;
          m.base = base;
          m.fuel = fuel;
          if (!slow.nextBatch(m, rows)) pc = b;
          fuel = m.fuel | 0;
          if (fuel < 0) break;
          continue;
        }
        case 113: {
          // RowCellInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const rows = (V[(base + b) | 0] as CursorValue).source as RowsState;
          const column = rows.columns[c];
          if (column === undefined || !(rows.row >= 0 && rows.row < rows.length)) {
            m.pc = pc;
            m.base = base;
            throw slow.noCell(c);
          }
          if (
            column.kind === "ints" &&
            column.type === "int" &&
            (column.nulls === undefined || column.nulls[rows.row] === 0)
          )
            N[(base + a) | 0] = column.data[rows.row] as number;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, rows.row);
          }
          continue;
        }
        case 114: {
          // RowCellFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const rows = (V[(base + b) | 0] as CursorValue).source as RowsState;
          const column = rows.columns[c];
          if (column === undefined || !(rows.row >= 0 && rows.row < rows.length)) {
            m.pc = pc;
            m.base = base;
            throw slow.noCell(c);
          }
          if (column.kind === "floats" && (column.nulls === undefined || column.nulls[rows.row] === 0))
            N[(base + a) | 0] = column.data[rows.row] as number;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, rows.row);
          }
          continue;
        }
        case 115: {
          // RowCellValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const rows = (V[(base + b) | 0] as CursorValue).source as RowsState;
          const column = rows.columns[c];
          if (column === undefined || !(rows.row >= 0 && rows.row < rows.length)) {
            m.pc = pc;
            m.base = base;
            throw slow.noCell(c);
          }
          if (column.kind === "values" && column.nulls === undefined)
            V[(base + a) | 0] = column.data[rows.row] as Value;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, rows.row);
          }
          continue;
        }
        case 116: {
          // RowCellChecked
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const rows = (V[(base + b) | 0] as CursorValue).source as RowsState;
          const column = rows.columns[c];
          if (column === undefined || !(rows.row >= 0 && rows.row < rows.length)) {
            m.pc = pc;
            m.base = base;
            throw slow.noCell(c);
          }
          if (
            column.kind === "values" &&
            column.nulls === undefined &&
            valueFits(column.data[rows.row] as Value, code[((frame[1] as number) - 6 - a) | 0] as number)
          )
            V[(base + a) | 0] = column.data[rows.row] as Value;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, rows.row);
          }
          continue;
        }
        case 117: {
          // TableCellInt
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const table = V[(base + b) | 0] as TableValue;
          const column = table.columns[c];
          let row = N[(base + b + 1) | 0] as number;
          if (column === undefined || !(row >= 0 && row < table.length)) {
            m.pc = pc;
            m.base = base;
            if (column === undefined) throw slow.noCell(c);
            row = slow.itemIndex(m, base + b + 1, table.length);
          }
          if (
            column.kind === "ints" &&
            column.type === "int" &&
            (column.nulls === undefined || column.nulls[row] === 0)
          )
            N[(base + a) | 0] = column.data[row] as number;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, row);
          }
          continue;
        }
        case 118: {
          // TableCellFloat
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const table = V[(base + b) | 0] as TableValue;
          const column = table.columns[c];
          let row = N[(base + b + 1) | 0] as number;
          if (column === undefined || !(row >= 0 && row < table.length)) {
            m.pc = pc;
            m.base = base;
            if (column === undefined) throw slow.noCell(c);
            row = slow.itemIndex(m, base + b + 1, table.length);
          }
          if (column.kind === "floats" && (column.nulls === undefined || column.nulls[row] === 0))
            N[(base + a) | 0] = column.data[row] as number;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, row);
          }
          continue;
        }
        case 119: {
          // TableCellValue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const table = V[(base + b) | 0] as TableValue;
          const column = table.columns[c];
          let row = N[(base + b + 1) | 0] as number;
          if (column === undefined || !(row >= 0 && row < table.length)) {
            m.pc = pc;
            m.base = base;
            if (column === undefined) throw slow.noCell(c);
            row = slow.itemIndex(m, base + b + 1, table.length);
          }
          if (column.kind === "values" && column.nulls === undefined) V[(base + a) | 0] = column.data[row] as Value;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, row);
          }
          continue;
        }
        case 120: {
          // TableCellChecked
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const table = V[(base + b) | 0] as TableValue;
          const column = table.columns[c];
          let row = N[(base + b + 1) | 0] as number;
          if (column === undefined || !(row >= 0 && row < table.length)) {
            m.pc = pc;
            m.base = base;
            if (column === undefined) throw slow.noCell(c);
            row = slow.itemIndex(m, base + b + 1, table.length);
          }
          if (
            column.kind === "values" &&
            column.nulls === undefined &&
            valueFits(column.data[row] as Value, code[((frame[1] as number) - 6 - a) | 0] as number)
          )
            V[(base + a) | 0] = column.data[row] as Value;
          else {
            m.pc = pc;
            m.base = base;
            slow.cellInto(m, a, column, row);
          }
          continue;
        }
        case 121: {
          // AddIntLoop
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) + (N[(base + c) | 0] as number);
          if (x <= 9007199254740991 && x >= -9007199254740991) N[(base + a) | 0] = x;
          else {
            m.pc = pc;
            m.base = base;
            slow.addInt(m, base + a, base + b, base + c);
          }
          fuel = (fuel - (code[(pc + 2) | 0] as number)) | 0;
          pc = code[(pc + 1) | 0] as number;
          if (fuel < 0) break;
          continue;
        }
        case 122: {
          // AddIntImmLoop
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) + c;
          if (x <= 9007199254740991 && x >= -9007199254740991) N[(base + a) | 0] = x;
          else {
            m.pc = pc;
            m.base = base;
            slow.addIntImm(m, base + a, base + b, c);
          }
          fuel = (fuel - (code[(pc + 2) | 0] as number)) | 0;
          pc = code[(pc + 1) | 0] as number;
          if (fuel < 0) break;
          continue;
        }
        case 123: {
          // AddIntForNext
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = (N[(base + b) | 0] as number) + (N[(base + c) | 0] as number);
          if (x <= 9007199254740991 && x >= -9007199254740991) N[(base + a) | 0] = x;
          else {
            m.pc = pc;
            m.base = base;
            slow.addInt(m, base + a, base + b, base + c);
          }
          const counter = base + (code[(pc + 1) | 0] as number);
          const target = code[(pc + 2) | 0] as number;
          const cost = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const next = (N[counter] as number) + (N[(counter + 2) | 0] as number);
          const limit = N[(counter + 1) | 0] as number;
          if (next > limit) continue;
          if (next <= limit && next <= 9007199254740991 && next >= -9007199254740991) {
            N[counter] = next;
          } else if (!slow.forNext(m, counter, false)) continue;
          pc = target;
          fuel = (fuel - cost) | 0;
          if (fuel < 0) break;
          continue;
        }
        case 124: {
          // ModIntImmJumpIfNeIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          if (x >= 0 && x <= 0x7fffffff && c > 0) N[(base + a) | 0] = (x | 0) % c;
          else {
            m.pc = pc;
            m.base = base;
            slow.remainderIntImm(m, base + a, base + b, c);
          }
          const tested = N[(base + (code[(pc + 1) | 0] as number)) | 0] as number;
          pc = tested !== (code[(pc + 2) | 0] as number) ? (code[(pc + 3) | 0] as number) : pc + 4;
          continue;
        }
        case 125: {
          // ModIntImmJumpIfEqIntImm
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          if (x >= 0 && x <= 0x7fffffff && c > 0) N[(base + a) | 0] = (x | 0) % c;
          else {
            m.pc = pc;
            m.base = base;
            slow.remainderIntImm(m, base + a, base + b, c);
          }
          const tested = N[(base + (code[(pc + 1) | 0] as number)) | 0] as number;
          pc = tested === (code[(pc + 2) | 0] as number) ? (code[(pc + 3) | 0] as number) : pc + 4;
          continue;
        }
        case 126: {
          // MoveNumberMoveNumber
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          N[(base + a) | 0] = x;
          if (x !== x) V[(base + a) | 0] = V[(base + b) | 0] as Value;
          const to = base + (code[(pc + 1) | 0] as number);
          const from = base + (code[(pc + 2) | 0] as number);
          pc = (pc + 4) | 0;
          const y = N[from] as number;
          N[to] = y;
          if (y !== y) V[to | 0] = V[from | 0] as Value;
          continue;
        }
        case 127: {
          // MoveValueMoveNumber
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          V[(base + a) | 0] = V[(base + b) | 0] as Value;
          const to = base + (code[(pc + 1) | 0] as number);
          const from = base + (code[(pc + 2) | 0] as number);
          pc = (pc + 4) | 0;
          const y = N[from] as number;
          N[to] = y;
          if (y !== y) V[to | 0] = V[from | 0] as Value;
          continue;
        }
        case 128: {
          // MoveNumberLoadTrue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 4) | 0;
          const x = N[(base + b) | 0] as number;
          N[(base + a) | 0] = x;
          if (x !== x) V[(base + a) | 0] = V[(base + b) | 0] as Value;
          V[(base + (code[(pc + 1) | 0] as number)) | 0] = true;
          pc = (pc + 4) | 0;
          continue;
        }
        case 129: {
          // ListGetBoolJumpIfTrue
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          let index = N[(base + c) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + c, items.length);
          }
          const item = items[index] as Value;
          if (item === true || item === false) V[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          const tested = V[(base + (code[(pc + 1) | 0] as number)) | 0];
          pc = tested === true ? (code[(pc + 2) | 0] as number) : (pc + 4) | 0;
          continue;
        }
        case 130: {
          // MoveNumberLoadTrueListSetBool
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          pc = (pc + 12) | 0;
          const x = N[(base + b) | 0] as number;
          N[(base + a) | 0] = x;
          if (x !== x) V[(base + a) | 0] = V[(base + b) | 0] as Value;
          V[(base + (code[(pc - 7) | 0] as number)) | 0] = true;
          const at = (base + (code[(pc - 3) | 0] as number)) | 0;
          let list = V[at] as ListValue;
          if (list.shared) {
            m.pc = pc;
            m.base = base;
            m.fuel = fuel;
            list = slow.ownList(m, at);
            fuel = m.fuel | 0;
          }
          const items = list.items;
          let index = x;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + a, items.length);
          }
          items[index] = true;
          continue;
        }
        case 131: {
          // ListGetBool
          const a = code[(pc + 1) | 0] as number;
          const b = code[(pc + 2) | 0] as number;
          const c = code[(pc + 3) | 0] as number;
          pc = (pc + 4) | 0;
          const items = (V[(base + b) | 0] as ListValue).items;
          let index = N[(base + c) | 0] as number;
          if (!(index >= 0 && index < items.length)) {
            m.pc = pc;
            m.base = base;
            index = slow.itemIndex(m, base + c, items.length);
          }
          const item = items[index] as Value;
          if (item === true || item === false) V[(base + a) | 0] = item;
          else {
            m.pc = pc;
            m.base = base;
            slow.deliver(m, a, item);
          }
          continue;
        }
        default:
      }
      // The only way out, so that V8 compiles it once and has seen it before a call ends.
      m.pc = pc;
      m.base = base;
      m.fuel = fuel;
      return op;
    }
  };
}
