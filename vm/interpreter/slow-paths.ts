// Slow parts of the operations that run.ts writes out: ints beyond the safe range, errors, shared containers, results that need conversion.
// Indexes are absolute register indexes unless the name says operand. Callers have stored `m.pc`.
import { LIMITS } from "../../base/limits.ts";
import { cell, type Column } from "../../base/value/column.ts";
import * as ints from "../../base/value/int.ts";
import { ClosureValue, type Int, ListValue, MapValue, StructValue, type Value } from "../../base/value/value.ts";
import { limitTrap, trap, type Trap } from "../../bytecode/trap.ts";
import type { LoadedRoutine } from "../load.ts";
import {
  chargeMemory,
  checkItems,
  checkStringLength,
  columnsBytes,
  recount,
  RECORD_BYTES,
  SLOT_BYTES,
} from "./memory.ts";
import { doesNotFit, kindName, widened } from "./register-kind.ts";
import { HOT_OPERATIONS } from "./operations.ts";
import {
  deliver as deliverOperand,
  ensureRegisters,
  popFrame,
  pushFrame,
  read,
  readRegister,
  writeRegister,
} from "./registers.ts";
import { SPACE } from "./space.ts";
import type { MachineState, RowsState } from "./state.ts";

export { deliver, tooDeep } from "./registers.ts";

/** Longest string, in UTF-16 code units: each takes at least one byte. */
export const STRING_LENGTH_MAX = LIMITS.stringBytesMax.value;
/** Most items of a list. */
export const LIST_ITEMS_MAX = LIMITS.listItemsMax.value;

// --- ints ---

function store(m: MachineState, to: number, value: Int | undefined, what: string): void {
  if (value === undefined) throw trap("Overflow", `The ${what} does not fit 64 bits.`);
  m.setInt(to, value);
}

export function addInt(m: MachineState, to: number, left: number, right: number): void {
  store(m, to, ints.addInt(m.intAt(left), m.intAt(right)), "sum");
}
export function subtractInt(m: MachineState, to: number, left: number, right: number): void {
  store(m, to, ints.subtractInt(m.intAt(left), m.intAt(right)), "difference");
}
export function multiplyInt(m: MachineState, to: number, left: number, right: number): void {
  store(m, to, ints.multiplyInt(m.intAt(left), m.intAt(right)), "product");
}
export function divideInt(m: MachineState, to: number, left: number, right: number): void {
  const divisor = m.intAt(right);
  if (divisor === 0) throw divisionByZero();
  store(m, to, ints.divideInt(m.intAt(left), divisor), "quotient");
}
export function remainderInt(m: MachineState, to: number, left: number, right: number): void {
  const divisor = m.intAt(right);
  if (divisor === 0) throw divisionByZero();
  m.setInt(to, ints.remainderInt(m.intAt(left), divisor));
}
export function negateInt(m: MachineState, to: number, from: number): void {
  store(m, to, ints.negateInt(m.intAt(from)), "negative");
}
export function addIntImm(m: MachineState, to: number, left: number, right: number): void {
  store(m, to, ints.addInt(m.intAt(left), right), "sum");
}
export function multiplyIntImm(m: MachineState, to: number, left: number, right: number): void {
  store(m, to, ints.multiplyInt(m.intAt(left), right), "product");
}
export function divideIntImm(m: MachineState, to: number, left: number, right: number): void {
  store(m, to, ints.divideInt(m.intAt(left), right), "quotient");
}
export function remainderIntImm(m: MachineState, to: number, left: number, right: number): void {
  m.setInt(to, ints.remainderInt(m.intAt(left), right));
}

/** What a division by zero raises. */
export function divisionByZero(): Trap {
  return trap("DivisionByZero", "Division by zero.");
}

// --- counted loops ---

/** Start of a counted loop whose quick test did not answer: true when the loop is not entered. @throws Trap OutOfRange for a step that is not positive. */
export function forStart(m: MachineState, counter: number, down: boolean): boolean {
  const step = m.intAt(counter + 2);
  if (step <= 0) throw trap("OutOfRange", `The step of a loop must be above 0, found ${step}.`, step);
  return down ? m.intAt(counter) < m.intAt(counter + 1) : m.intAt(counter) > m.intAt(counter + 1);
}

/** Steps a counter exactly: false when the loop is over. A step beyond 64 bits is beyond every limit. */
export function forNext(m: MachineState, counter: number, down: boolean): boolean {
  const current = m.intAt(counter);
  const step = m.intAt(counter + 2);
  const limit = m.intAt(counter + 1);
  const next = down ? ints.subtractInt(current, step) : ints.addInt(current, step);
  if (next === undefined || (down ? next < limit : next > limit)) return false;
  m.setInt(counter, next);
  return true;
}

// --- containers ---

/** The index that a register means for a length: negative counts from the end. @throws Trap OutOfRange. */
export function itemIndex(m: MachineState, register: number, length: number): number {
  return indexIn(m.intAt(register), length);
}

/** The index that an int means for a length. @throws Trap OutOfRange. */
export function indexIn(index: Int, length: number): number {
  const position = typeof index === "number" && index < 0 ? index + length : index;
  if (typeof position === "bigint" || position < 0 || position >= length) throw outOfRange(index, length);
  return position;
}

export function outOfRange(index: Int, length: number): Trap {
  return trap("OutOfRange", `Index ${index} is outside of ${length} item${length === 1 ? "" : "s"}.`, index);
}

/** A list's own copy in its register. Items that are containers are now in two lists and so become shared. */
export function ownList(m: MachineState, register: number): ListValue {
  const copy = copyList(m, m.values[register] as ListValue);
  m.values[register] = copy;
  return copy;
}

/** A copy that may be changed; the items' containers become shared. */
export function copyList(m: MachineState, list: ListValue): ListValue {
  chargeMemory(m, RECORD_BYTES + list.items.length * SLOT_BYTES);
  m.fuel -= list.items.length >> 4;
  const items = list.items.slice();
  shareAll(items);
  return new ListValue(items);
}

function shareAll(items: readonly Value[]): void {
  for (const item of items) {
    // Scalars are by far the most common: one typeof answers for them.
    if (typeof item === "object") share(item);
  }
}

/** A struct's own copy in its register. */
export function ownStruct(m: MachineState, register: number): StructValue {
  const copy = copyStruct(m, m.values[register] as StructValue);
  m.values[register] = copy;
  return copy;
}

/** A copy that may be changed; the fields' containers become shared. */
export function copyStruct(m: MachineState, struct: StructValue): StructValue {
  chargeMemory(m, RECORD_BYTES + struct.slots.length * SLOT_BYTES);
  const slots = struct.slots.slice();
  shareAll(slots);
  return new StructValue(struct.shape, slots);
}

/** Marks a container so that the next write copies it. */
export function share(value: Value): void {
  if (value instanceof ListValue || value instanceof MapValue || value instanceof StructValue) value.shared = true;
}

/** What a slot beyond a struct's fields raises. */
export function noSlot(m: MachineState, register: number, slot: number): Trap {
  const struct = m.values[register] as StructValue;
  return trap("InvalidCast", `The struct has ${struct.slots.length} fields, field ${slot + 1} is wanted.`, struct);
}

// --- strings and growth ---

/** @throws Trap LimitExceeded for a string that is too long, or for the memory limit. */
export function checkString(m: MachineState, length: number): void {
  checkStringLength(length);
  recount(m, length);
}

/** @throws Trap LimitExceeded for the memory limit: something small was charged. */
export function checkAllocation(m: MachineState): void {
  recount(m, RECORD_BYTES);
}

/** @throws Trap LimitExceeded for a list with too many items, or for the memory limit. */
export function checkListGrowth(m: MachineState, count: number): void {
  checkItems(count);
  if (m.memory > m.memoryCheck) recount(m, SLOT_BYTES);
}

// --- calls ---

/** Makes room for a frame's registers. @throws Trap LimitExceeded. */
export function growRegisters(base: number, size: number): void {
  ensureRegisters(base, size);
}

/** Whether an operation of run.ts is a return: `run` leaves there when the result is to be converted. */
export function isReturn(operation: number): boolean {
  return operation >= HOT_OPERATIONS.ReturnNumber && operation <= HOT_OPERATIONS.ReturnVoid;
}

/** Carries out the return before `m.pc`, whose result the caller wants converted. @throws Trap InvalidCast, in the caller's frame. */
export function returnConverted(m: MachineState): void {
  const from = SPACE.code[m.pc - 3] ?? 0;
  leaveFrame(m, m.routine.resultKind < 0 ? null : read(m, from));
}

/** Leaves the frame and stores the result where the call wants it. @throws Trap InvalidCast, in the caller's frame. */
export function leaveFrame(m: MachineState, result: Value): void {
  const converted = (SPACE.framePcs[m.depth - 1] ?? 0) < 0;
  const { resultKind } = m.routine;
  popFrame(m);
  const dst = SPACE.code[m.pc - 3] ?? 0;
  if (converted) deliverOperand(m, dst, result);
  else if (resultKind >= 0) writeRegister(m, m.base + dst, resultKind, result);
}

/** A closure call whose types differ from the closure's: arguments are checked and converted. @throws Trap InvalidCast. */
export function callClosure(m: MachineState, _dst: number, first: number, count: number): void {
  const closure = m.values[m.base + first] ?? null;
  if (!(closure instanceof ClosureValue)) throw trap("InvalidCast", `${kindName(closure)} is not a function.`, closure);
  const args: Value[] = [];
  for (let i = 1; i <= count; i += 1) args.push(readRegister(m, m.base + first + i, m.routine.kinds[first + i] ?? 1));
  enterClosure(m, closure, args);
}

/** Pushes the frame of a closure and fills its parameters and captures. @throws Trap InvalidCast when the arguments do not fit. */
export function enterClosure(m: MachineState, closure: ClosureValue, args: readonly Value[]): void {
  const callee = closure.code as LoadedRoutine;
  enterConverted(m, callee, args, closure.captures);
}

const NO_CAPTURES: readonly Value[] = [];

/**
 * Pushes the frame of a routine and fills its parameters and captures with self-describing values; left-out optional parameters become null.
 * @throws Trap InvalidCast when they do not fit, or when only a closure can call the routine; the caller's frame is then still current.
 */
export function enterConverted(
  m: MachineState,
  callee: LoadedRoutine,
  args: readonly Value[],
  captures: readonly Value[] = NO_CAPTURES,
): void {
  const { parameters, name, captureCount } = callee.code;
  if (captures.length !== captureCount)
    throw trap("InvalidCast", `${name} captures values, so only a function value made of it can be called.`);
  if (args.length > parameters.length || args.length < callee.requiredCount) {
    throw trap(
      "InvalidCast",
      `${name} takes ${parameters.length} argument${parameters.length === 1 ? "" : "s"}, found ${args.length}.`,
    );
  }
  for (let i = 0; i < parameters.length; i += 1) {
    const kind = callee.kinds[i] ?? 1;
    if (widened(args[i] ?? null, kind) === undefined) throw doesNotFit(args[i] ?? null, kind);
  }
  pushFrame(m, callee, "converted");
  for (let i = 0; i < parameters.length; i += 1) writeRegister(m, m.base + i, callee.kinds[i] ?? 1, args[i] ?? null);
  for (const [index, value] of captures.entries()) {
    const register = parameters.length + index;
    writeRegister(m, m.base + register, callee.kinds[register] ?? 1, value);
  }
}

/** Stores a captured int or float that is not a plain number. */
export function unboxCapture(m: MachineState, register: number, value: Value): void {
  if (typeof value === "bigint") m.setInt(register, value);
  else m.numbers[register] = (value as { readonly value: number }).value;
}

// --- rows ---

/** Takes the next batch: false at the end (the rows are then closed). @throws Trap of the host, LimitExceeded (rows, memory). */
export function nextBatch(m: MachineState, rows: RowsState): boolean {
  if (rows.closed) throw trap("InvalidCast", "The cursor is closed.");
  if (rows.ended) return false;
  const batch = rows.source.next();
  if (batch === undefined || batch.length === 0) {
    rows.ended = true;
    rows.length = 0;
    rows.source.close();
    return false;
  }
  rows.columns = batch.columns;
  rows.length = batch.length;
  rows.row = 0;
  chargeRows(m, batch.columns, batch.length);
  return true;
}

/** Charges rows that arrive from the host; gives their bytes. @throws Trap LimitExceeded. */
export function chargeRows(m: MachineState, columns: readonly Column[], count: number): number {
  m.rows += count;
  m.fuel -= count;
  if (m.rows > m.rowsMax)
    throw limitTrap("LimitExceeded", `The call read more than ${m.rowsMax} rows (limit rowsMax).`);
  let bytes = columnsBytes(columns, count);
  for (const column of columns) {
    if (column.kind !== "values") continue;
    for (const value of column.data) if (typeof value === "string") bytes += 16 + value.length;
  }
  chargeMemory(m, bytes);
  return bytes;
}

/** Delivers a cell into an operand. @throws Trap InvalidCast. */
export function cellInto(m: MachineState, operand: number, column: Column, row: number): void {
  deliverOperand(m, operand, cell(column, row));
}

/** What a column beyond the row's raises. */
export function noCell(column: number): Trap {
  return trap("OutOfRange", `There is no current row with a column ${column + 1}.`);
}
