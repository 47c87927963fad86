// Memory accounting. Every allocation adds its size class to a counter; when the counter passes the limit, the live values are counted again by walking the frames'
// assigned registers, closures and containers, and only if they truly take more than the limit allows the call ends. Deterministic: sizes are ours, not V8's.
import { LIMITS } from "../../base/limits.ts";
import type { Column } from "../../base/value/column.ts";
import {
  ClosureValue,
  CursorValue,
  Decimal,
  ErrorValue,
  Json,
  ListValue,
  MapValue,
  StructValue,
  TableValue,
  type Value,
} from "../../base/value/value.ts";
import { limitTrap, type Trap } from "../../bytecode/trap.ts";
import { assignedRegisters, isVerified } from "../../bytecode/verify.ts";
import { FLOAT_KIND, INT_KIND } from "./register-kind.ts";
import { instructionOf } from "./registers.ts";
import { SPACE } from "./space.ts";
import { type MachineState, RowsState } from "./state.ts";

/** Bytes of one value's own record. */
export const RECORD_BYTES = 48;
/** Bytes of one slot in a list or struct. */
export const SLOT_BYTES = 8;
/** Bytes of one map entry besides its key. */
export const ENTRY_BYTES = 64;
/** Bytes of a string besides its characters; a character counts one byte. */
export const STRING_BYTES = 16;

/** Adds an allocation. @throws Trap LimitExceeded (uncatchable). */
export function chargeMemory(m: MachineState, bytes: number): void {
  m.memory += bytes;
  if (m.memory > m.memoryCheck) recount(m, bytes);
}

/** Counts live values again. `incoming` bytes were charged but are not yet reachable. @throws Trap LimitExceeded when they are too many. */
export function recount(m: MachineState, incoming: number): void {
  m.memoryPeak = Math.max(m.memoryPeak, Math.min(m.memory, m.memoryMax));
  let live = liveBytes(m) + incoming;
  if (live > m.memoryMax) {
    dropUnassigned(m);
    live = liveBytes(m) + incoming;
  }
  if (live > m.memoryMax) throw memoryTrap(m);
  m.memory = live;
  // A quarter of headroom keeps recounts rare when the live values stay just below the limit.
  m.memoryCheck = Math.max(m.memoryMax, live + m.memoryMax / 4);
}

/** Forgets values in registers that their frame has not assigned yet: leftovers of calls that had the same registers. */
function dropUnassigned(m: MachineState): void {
  dropInFrame(m.start, m.pc, m.base);
  for (let depth = m.depth - 1; depth >= m.depthStart; depth -= 1) {
    const pc = SPACE.framePcs[depth] ?? 0;
    dropInFrame(SPACE.frameStarts[depth] ?? 0, pc < 0 ? ~pc : pc, SPACE.frameBases[depth] ?? 0);
  }
}

function dropInFrame(start: number, pc: number, base: number): void {
  const routine = SPACE.routineAt(start);
  const { program } = routine.owner;
  if (!isVerified(program)) return;
  const assigned = assignedRegisters(program, routine.code, instructionOf(routine, pc));
  for (let register = 0; register < routine.frameSize; register += 1) {
    const kind = routine.kinds[register];
    const isRaw = (kind === INT_KIND || kind === FLOAT_KIND) && typeof SPACE.values[base + register] !== "bigint";
    if (isRaw || ((assigned[register >>> 5] ?? 0) & (1 << (register & 31))) === 0) SPACE.values[base + register] = null;
  }
}

/** What passing the memory limit raises. */
export function memoryTrap(m: MachineState): Trap {
  return limitTrap("LimitExceeded", `The call's values passed ${m.memoryMax} bytes (limit memoryBytesMax).`);
}

/** Bytes of everything reachable from the frames. */
export function liveBytes(m: MachineState): number {
  const seen = new Set<object>();
  const todo: Value[] = [];
  const top = m.base + m.routine.frameSize;
  let total = (top - m.baseStart) * SLOT_BYTES * 2;
  for (let index = m.baseStart; index < top; index += 1) todo.push(m.values[index] ?? null);
  // Registers beyond the top frame hold leftovers of returned calls: dropping them here keeps them from living on.
  for (let index = top; index < m.values.length; index += 1) m.values[index] = null;
  for (let value = todo.pop(); value !== undefined; value = todo.pop()) {
    if (typeof value === "object" && value !== null) {
      if (seen.has(value)) continue;
      seen.add(value);
    }
    total += ownBytes(value);
    pushParts(todo, value);
  }
  return total;
}

/** Bytes of a value without what it refers to. */
export function ownBytes(value: Value): number {
  if (typeof value === "string") return STRING_BYTES + value.length;
  if (typeof value === "bigint") return RECORD_BYTES;
  if (typeof value !== "object" || value === null) return 0;
  if (value instanceof ListValue) return RECORD_BYTES + value.items.length * SLOT_BYTES;
  if (value instanceof StructValue) return RECORD_BYTES + value.slots.length * SLOT_BYTES;
  if (value instanceof MapValue) return RECORD_BYTES + value.entries.size * ENTRY_BYTES;
  if (value instanceof Uint8Array) return RECORD_BYTES + value.byteLength;
  if (value instanceof Json) return RECORD_BYTES + value.text.length;
  if (value instanceof TableValue) return RECORD_BYTES + columnsBytes(value.columns, value.length);
  if (value instanceof CursorValue && value.source instanceof RowsState)
    return RECORD_BYTES + columnsBytes(value.source.columns, value.source.length);
  if (value instanceof Decimal) return RECORD_BYTES * 2;
  return RECORD_BYTES;
}

/** Bytes of columns without the values that they refer to. */
export function columnsBytes(columns: readonly Column[], rows: number): number {
  let total = 0;
  for (const column of columns) total += rows * SLOT_BYTES + (column.nulls === undefined ? 0 : rows);
  return total;
}

function pushParts(todo: Value[], value: Value): void {
  if (value instanceof ListValue) pushAll(todo, value.items);
  else if (value instanceof StructValue) pushAll(todo, value.slots);
  else if (value instanceof ClosureValue) pushAll(todo, value.captures);
  else if (value instanceof ErrorValue) todo.push(value.detail, value.message);
  else if (value instanceof MapValue) {
    for (const [key, item] of value.entries) todo.push(key, item);
  } else if (value instanceof TableValue) pushColumns(todo, value.columns);
  else if (value instanceof CursorValue && value.source instanceof RowsState) pushColumns(todo, value.source.columns);
}

function pushColumns(todo: Value[], columns: readonly Column[]): void {
  for (const column of columns) if (column.kind === "values") pushAll(todo, column.data);
}

function pushAll(todo: Value[], values: readonly Value[]): void {
  for (const value of values)
    if (typeof value === "string" || (typeof value === "object" && value !== null) || typeof value === "bigint")
      todo.push(value);
}

/** Checks the length of a string that is about to be made. @throws Trap LimitExceeded. */
export function checkStringLength(length: number): void {
  if (length > LIMITS.stringBytesMax.value)
    throw limitTrap("LimitExceeded", `A string passed ${LIMITS.stringBytesMax.value} bytes (limit stringBytesMax).`);
}

/** Checks the number of items of a list or map that is about to grow. @throws Trap LimitExceeded. */
export function checkItems(count: number): void {
  if (count > LIMITS.listItemsMax.value)
    throw limitTrap("LimitExceeded", `A list or map passed ${LIMITS.listItemsMax.value} items (limit listItemsMax).`);
}
