// Memory accounting. Every allocation adds its size class to a counter; when the counter passes the limit, the live values are counted again by walking the frames'
// assigned registers, closures and containers, and only if they truly take more than the limit allows the call ends. Deterministic: sizes are ours, not V8's.
import { LIMITS } from "../../base/limits.ts";
import type { Column } from "../../base/value/column.ts";
import {
  ClosureValue,
  CursorValue,
  Decimal,
  ErrorValue,
  FloatBox,
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

// Sizes follow what V8 takes, rounded up a little, so that our limit is met before its own, which ends the process.
/** Bytes of one value's own record: for a container the object, its array and the array's header. */
export const RECORD_BYTES = 96;
/** Bytes of one slot in a list or struct, with the room that growing arrays keep. */
export const SLOT_BYTES = 12;
/** Bytes of a float, or of an int beyond 31 bits, outside of the number registers. */
const NUMBER_BYTES = 16;
/** Bytes of one map entry besides its key. */
export const ENTRY_BYTES = 64;
/** Bytes of a string besides its characters; a character counts one byte. */
export const STRING_BYTES = 24;

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

/** Values whose parts are being counted. A stack of these stays as short as values are deep, however many items they have. */
interface Walk {
  readonly values: readonly Value[];
  next: number;
}

/** Strings of this length and more are counted once however often they occur. */
const LONG_STRING = 256;
/** A Set of V8 holds some 16 million entries. What does not fit is counted at each reference: too much, never too little. */
const SEEN_MAX = 8_000_000;

/** Bytes of everything reachable from the frames. */
export function liveBytes(m: MachineState): number {
  const top = m.base + m.routine.frameSize;
  // Registers beyond the top frame hold leftovers of returned calls: dropping them here keeps them from living on.
  for (let index = top; index < m.values.length; index += 1) m.values[index] = null;
  return (top - m.baseStart) * SLOT_BYTES + reachableBytes(m.values.slice(m.baseStart, top));
}

function reachableBytes(roots: readonly Value[]): number {
  const seen = new Set<object | string>();
  const stack: Walk[] = [{ values: roots, next: 0 }];
  let total = 0;
  for (let walk = stack.at(-1); walk !== undefined; walk = stack.at(-1)) {
    if (walk.next >= walk.values.length) {
      stack.pop();
      continue;
    }
    const value = walk.values[walk.next] ?? null;
    walk.next += 1;
    if (mayRecur(value)) {
      if (seen.has(value)) continue;
      if (seen.size < SEEN_MAX) seen.add(value);
    }
    total += ownBytes(value);
    if (typeof value !== "object" || value === null) continue;
    for (const parts of partsOf(value)) if (parts.length > 0) stack.push({ values: parts, next: 0 });
  }
  return total;
}

/** Whether a value may be met again: containers that are not shared have one reference (see base/value/value.ts), small scalars do not matter. */
function mayRecur(value: Value): value is Exclude<Value, null | boolean | number | bigint> {
  if (typeof value === "string") return value.length >= LONG_STRING;
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof ListValue || value instanceof StructValue || value instanceof MapValue) return value.shared;
  return !(value instanceof FloatBox || value instanceof Decimal);
}

/** Bytes of a value without what it refers to. */
export function ownBytes(value: Value): number {
  if (typeof value === "string") return STRING_BYTES + value.length;
  if (typeof value === "number") return (value | 0) === value ? 0 : NUMBER_BYTES;
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? RECORD_BYTES : 0;
  if (value instanceof ListValue) return RECORD_BYTES + value.items.length * SLOT_BYTES;
  if (value instanceof StructValue) return RECORD_BYTES + value.slots.length * SLOT_BYTES;
  if (value instanceof MapValue) return RECORD_BYTES + value.entries.size * ENTRY_BYTES;
  if (value instanceof Uint8Array) return RECORD_BYTES + value.byteLength;
  if (value instanceof Json) return RECORD_BYTES + value.text.length;
  if (value instanceof TableValue) return RECORD_BYTES + columnsBytes(value.columns, value.length);
  if (value instanceof CursorValue && value.source instanceof RowsState) {
    return RECORD_BYTES + columnsBytes(value.source.columns, value.source.length);
  }
  return value instanceof FloatBox ? RECORD_BYTES / 2 : RECORD_BYTES;
}

/** What a value refers to. */
function partsOf(value: Value): readonly (readonly Value[])[] {
  if (value instanceof ListValue) return [value.items];
  if (value instanceof StructValue) return [value.slots];
  if (value instanceof ClosureValue) return [value.captures];
  if (value instanceof ErrorValue) return [[value.detail, value.message]];
  if (value instanceof MapValue) return [[...value.entries.keys()], [...value.entries.values()]];
  if (value instanceof TableValue) return columnValues(value.columns);
  if (value instanceof CursorValue && value.source instanceof RowsState) return columnValues(value.source.columns);
  return [];
}

function columnValues(columns: readonly Column[]): readonly (readonly Value[])[] {
  return columns.flatMap((column) => (column.kind === "values" ? [column.data] : []));
}

/** Bytes of columns without the values that they refer to. */
export function columnsBytes(columns: readonly Column[], rows: number): number {
  let total = 0;
  for (const column of columns) total += rows * SLOT_BYTES + (column.nulls === undefined ? 0 : rows);
  return total;
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
