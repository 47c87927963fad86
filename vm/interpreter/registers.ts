// Reading and writing registers of any type with self-describing values; entering and leaving frames off the hot path.
import { boxFloat, FloatBox, type Value } from "../../base/value/value.ts";
import { STRIDE } from "../../bytecode/program.ts";
import { limitTrap, type Trap } from "../../bytecode/trap.ts";
import type { LoadedRoutine } from "../load.ts";
import { doesNotFit, FLOAT_KIND, INT_KIND, type RegisterKind, widened } from "./register-kind.ts";
import { noValues, slots1, slots2, slots3 } from "./slots.ts";
import { SPACE } from "./space.ts";
import type { MachineState } from "./state.ts";

/** The self-describing value in a register (absolute index) of a kind. */
export function readRegister(m: MachineState, index: number, kind: RegisterKind): Value {
  if (kind === INT_KIND) return m.intAt(index);
  if (kind === FLOAT_KIND) return boxFloat(m.numbers[index] ?? 0);
  return m.values[index] ?? null;
}

/** Stores a self-describing value into a register. @throws Trap InvalidCast when it does not fit; ints widen to float and decimal. */
export function writeRegister(m: MachineState, index: number, kind: RegisterKind, value: Value): void {
  const fitting = widened(value, kind);
  if (fitting === undefined) throw doesNotFit(value, kind);
  if (kind === INT_KIND) m.setInt(index, fitting as number | bigint);
  else if (kind === FLOAT_KIND) m.numbers[index] = fitting instanceof FloatBox ? fitting.value : (fitting as number);
  else m.values[index] = fitting;
}

/** The value of an operand of the current frame. */
export function read(m: MachineState, register: number): Value {
  return readRegister(m, m.base + register, m.routine.kinds[register] ?? 1);
}

/** Delivers into an operand of the current frame. @throws Trap InvalidCast. */
export function deliver(m: MachineState, register: number, value: Value): void {
  writeRegister(m, m.base + register, m.routine.kinds[register] ?? 1, value);
}

/** Values of consecutive registers. */
export function readAll(m: MachineState, first: number, count: number): Value[] {
  return readAllOf(m, m.routine, first, count);
}

/** Values of consecutive registers of the current frame, whose routine the caller has at hand. */
export function readAllOf(m: MachineState, { kinds }: LoadedRoutine, first: number, count: number): Value[] {
  const read = (register: number): Value => readRegister(m, m.base + register, kinds[register] ?? 1);
  // An array that grows by pushing takes room for 17 items at once: small ones are made in one piece.
  switch (count) {
    case 1:
      return slots1(read(first));
    case 2:
      return slots2(read(first), read(first + 1));
    case 3:
      return slots3(read(first), read(first + 1), read(first + 2));
    default: {
      const values = noValues();
      for (let i = 0; i < count; i += 1) values.push(read(first + i));
      return count > 3 ? values.slice() : values;
    }
  }
}

/** Makes room for a frame at `base`. @throws Trap LimitExceeded. */
export function ensureRegisters(base: number, size: number): void {
  if (base + size > SPACE.values.length) SPACE.growValues(base + size);
}

/** Instruction number of a code offset that points behind it, within its routine. */
export function instructionOf(routine: LoadedRoutine, pc: number): number {
  return Math.max(0, (pc - routine.codeStart) / STRIDE - 1);
}

/** How a frame's result reaches its caller: as it is, or converted to the kind of the caller's register (the saved pc is then stored inverted). */
export type ResultDelivery = "plain" | "converted";

/**
 * Saves the current frame and makes `callee` current at the next base, its registers not yet filled.
 * @throws Trap LimitExceeded (depth).
 */
export function pushFrame(m: MachineState, callee: LoadedRoutine, delivery: ResultDelivery): void {
  if (m.depth >= m.depthMax) throw tooDeep(m);
  const start = SPACE.startOf(callee);
  const base = m.base + m.routine.frameSize;
  ensureRegisters(base, callee.frameSize);
  SPACE.framePcs[m.depth] = delivery === "plain" ? m.pc : ~m.pc;
  SPACE.frameBases[m.depth] = m.base;
  SPACE.frameStarts[m.depth] = m.start;
  m.depth += 1;
  m.base = base;
  m.start = start;
  m.pc = start;
  m.fuel -= callee.entryFuel;
}

/** What passing the depth limit raises. */
export function tooDeep(m: MachineState): Trap {
  return limitTrap("LimitExceeded", `The call depth passed ${m.callDepthMax} (limit callDepthMax).`);
}

/** Makes the caller current again. */
export function popFrame(m: MachineState): void {
  m.depth -= 1;
  const pc = SPACE.framePcs[m.depth] ?? 0;
  m.pc = pc < 0 ? ~pc : pc;
  m.base = SPACE.frameBases[m.depth] ?? 0;
  m.start = SPACE.frameStarts[m.depth] ?? 0;
}
