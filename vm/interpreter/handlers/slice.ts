// subject[from:to]: half-open, negative bounds count from the end, bounds outside clip; strings by code points.
import { isInt } from "../../../base/value/kind.ts";
import { ListValue, type Value } from "../../../base/value/value.ts";
import { trap } from "../../../bytecode/trap.ts";
import { chargeMemory, RECORD_BYTES, SLOT_BYTES, STRING_BYTES } from "../memory.ts";
import { kindName } from "../register-kind.ts";
import { share } from "../slow-paths.ts";
import type { MachineState } from "../state.ts";

/** The slice; null when the subject is null. @throws Trap InvalidCast for other subjects or bounds. */
export function slice(m: MachineState, subject: Value, from: Value, to: Value): Value {
  if (subject === null) return null;
  if (subject instanceof ListValue) {
    const [start, end] = bounds(from, to, subject.items.length);
    chargeMemory(m, RECORD_BYTES + (end - start) * SLOT_BYTES);
    m.fuel -= (end - start) >> 4;
    const items = subject.items.slice(start, end);
    for (const item of items) if (typeof item === "object") share(item);
    return new ListValue(items);
  }
  if (typeof subject === "string") {
    m.fuel -= subject.length >> 6;
    if (/[\ud800-\udfff]/.test(subject)) return sliceText(m, Array.from(subject), from, to);
    const [start, end] = bounds(from, to, subject.length);
    chargeMemory(m, STRING_BYTES + end - start);
    return subject.slice(start, end);
  }
  if (subject instanceof Uint8Array) {
    const [start, end] = bounds(from, to, subject.length);
    chargeMemory(m, RECORD_BYTES + end - start);
    return subject.slice(start, end);
  }
  throw trap("InvalidCast", `${kindName(subject)} has no slices.`, subject);
}

function sliceText(m: MachineState, points: readonly string[], from: Value, to: Value): string {
  const [start, end] = bounds(from, to, points.length);
  chargeMemory(m, STRING_BYTES + 2 * (end - start));
  return points.slice(start, end).join("");
}

function bounds(from: Value, to: Value, length: number): readonly [number, number] {
  const start = bound(from, 0, length);
  return [start, Math.max(start, bound(to, length, length))];
}

function bound(value: Value, open: number, length: number): number {
  if (value === null) return open;
  if (!isInt(value)) throw trap("InvalidCast", `A bound of a slice is an int, found ${kindName(value)}.`, value);
  const position = Number(value);
  return Math.min(length, Math.max(0, position < 0 ? position + length : position));
}
