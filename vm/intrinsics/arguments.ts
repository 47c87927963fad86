// Reading arguments and accounting for results: what all implementations of intrinsics share.
// The machine hands in arguments of the kinds that the table promises; where a row says `any`, a value of the wrong kind raises InvalidCast here.
import { LIMITS } from "../../base/limits.ts";
import { floatOfDecimal } from "../../base/value/decimal.ts";
import { isFloat, isInt, floatIn, kindOf } from "../../base/value/kind.ts";
import { printQuoted } from "../../base/value/print.ts";
import {
  Decimal,
  type Int,
  ListValue,
  MapValue,
  StructValue,
  type TableValue,
  type Value,
} from "../../base/value/value.ts";
import { type LimitPassed, type Work } from "../../base/value/work.ts";
import { limitTrap, trap, type Trap } from "../../bytecode/trap.ts";
import type { IntrinsicContext } from "../intrinsic-context.ts";

/** The argument at a place; a missing one is null. */
export function valueAt(args: readonly Value[], index: number): Value {
  return args[index] ?? null;
}

/** InvalidCast for a value that is not of the wanted kind. */
export function wrongKind(value: Value, wanted: string): Trap {
  const kind = kindOf(value);
  const shown = kind === "string" ? printQuoted((value as string).slice(0, 40)) : kind;
  return trap("InvalidCast", `${wanted} is needed here, found ${shown}.`, value);
}

/** The text at a place. */
export function textAt(args: readonly Value[], index: number): string {
  const value = valueAt(args, index);
  if (typeof value !== "string") throw wrongKind(value, "A string");
  return value;
}

/** The text at a place, undefined for null. */
export function optionalText(args: readonly Value[], index: number): string | undefined {
  return valueAt(args, index) === null ? undefined : textAt(args, index);
}

/** The int at a place. */
export function intAt(args: readonly Value[], index: number): Int {
  const value = valueAt(args, index);
  if (!isInt(value)) throw wrongKind(value, "An int");
  return value;
}

/** The int at a place as a JS number; what lies beyond safe numbers is clipped to them, which is as good for counts and places. */
export function countAt(args: readonly Value[], index: number): number {
  const value = intAt(args, index);
  if (typeof value === "number") return value;
  return value < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
}

/** As `countAt`, undefined for null. */
export function optionalCount(args: readonly Value[], index: number): number | undefined {
  return valueAt(args, index) === null ? undefined : countAt(args, index);
}

/** A number of any kind as a JS float. */
export function floatOf(value: Value): number {
  if (isInt(value)) return Number(value);
  if (isFloat(value)) return floatIn(value);
  if (value instanceof Decimal) return floatOfDecimal(value);
  throw wrongKind(value, "A number");
}

/** The number at a place as a JS float. */
export function floatAt(args: readonly Value[], index: number): number {
  return floatOf(valueAt(args, index));
}

/** The bool at a place. */
export function boolAt(args: readonly Value[], index: number): boolean {
  const value = valueAt(args, index);
  if (typeof value !== "boolean") throw wrongKind(value, "A bool");
  return value;
}

/** The items of the list at a place: not to be changed. */
export function itemsAt(args: readonly Value[], index: number): readonly Value[] {
  const value = valueAt(args, index);
  if (!(value instanceof ListValue)) throw wrongKind(value, "A list");
  return value.items;
}

/** The entries of the map at a place: not to be changed. */
export function entriesAt(args: readonly Value[], index: number): ReadonlyMap<string, Value> {
  const value = valueAt(args, index);
  if (!(value instanceof MapValue)) throw wrongKind(value, "A map");
  return value.entries;
}

/** The bytes at a place. */
export function bytesAt(args: readonly Value[], index: number): Uint8Array {
  const value = valueAt(args, index);
  if (!(value instanceof Uint8Array)) throw wrongKind(value, "A bytes value");
  return value;
}

/** The table at a place. */
export function tableAt(args: readonly Value[], index: number): TableValue {
  const value = valueAt(args, index);
  if (kindOf(value) !== "table") throw wrongKind(value, "A table");
  return value as TableValue;
}

/** Marks a container as referenced from a second place, so that the next write to either copies it; gives the value back. */
export function share(value: Value): Value {
  if (value instanceof ListValue || value instanceof MapValue || value instanceof StructValue) value.shared = true;
  return value;
}

const TEXT_BYTES = 24;
const LIST_BYTES = 48;
const SLOT_BYTES = 8;
const ENTRY_BYTES = 48;

/** A meter of size-proportional work that also looks at the limits from time to time. */
export function workOf(context: IntrinsicContext): Work {
  let sinceLook = 0;
  return {
    spend(units: number): void {
      context.chargeFuel(units);
      sinceLook += units;
      if (sinceLook > 8192) {
        sinceLook = 0;
        context.checkLimits();
      }
    },
    allocate: (bytes) => context.chargeMemory(bytes),
  };
}

/** The uncatchable trap of a limit that a value passed. */
export function limitTrapOf(error: LimitPassed): Trap {
  return limitTrap("LimitExceeded", `A value needs ${error.message}.`);
}

/** Charges for a text of so many units that is about to be made. @throws Trap LimitExceeded. */
export function chargeText(context: IntrinsicContext, units: number): void {
  if (units > LIMITS.stringBytesMax.value)
    throw limitTrap("LimitExceeded", `A string needs more than ${LIMITS.stringBytesMax.value} bytes (stringBytesMax).`);
  context.chargeFuel(1 + Math.ceil(units / 16));
  context.chargeMemory(TEXT_BYTES + units);
}

/** A text that was made, charged for. */
export function madeText(context: IntrinsicContext, text: string): string {
  chargeText(context, text.length);
  return text;
}

/** Charges for a list of so many items that is about to be made. @throws Trap LimitExceeded. */
export function chargeList(context: IntrinsicContext, items: number): void {
  if (items > LIMITS.listItemsMax.value)
    throw limitTrap("LimitExceeded", `A list needs more than ${LIMITS.listItemsMax.value} items (listItemsMax).`);
  context.chargeFuel(1 + items);
  context.chargeMemory(LIST_BYTES + items * SLOT_BYTES);
}

/** Charges for one item more in a list of so many. @throws Trap LimitExceeded. */
export function chargeItem(context: IntrinsicContext, items: number): void {
  if (items >= LIMITS.listItemsMax.value)
    throw limitTrap("LimitExceeded", `A list needs more than ${LIMITS.listItemsMax.value} items (listItemsMax).`);
  context.chargeMemory(SLOT_BYTES);
}

/** A list of values of our own making, charged for. */
export function madeList(context: IntrinsicContext, items: Value[]): ListValue {
  chargeList(context, items.length);
  return new ListValue(items);
}

/** A list of texts of our own making, charged for with the texts. */
export function madeTexts(context: IntrinsicContext, texts: string[]): ListValue {
  let units = 0;
  for (const text of texts) units += text.length;
  chargeText(context, units);
  context.chargeMemory(texts.length * TEXT_BYTES);
  return madeList(context, texts);
}

/** A list of items that live in arguments too, charged for; the items are marked as shared. */
export function listOfShared(context: IntrinsicContext, items: Value[]): ListValue {
  for (const item of items) share(item);
  return madeList(context, items);
}

/** Charges for a map of so many entries. @throws Trap LimitExceeded. */
export function chargeMap(context: IntrinsicContext, entries: number): void {
  chargeList(context, entries);
  context.chargeMemory(entries * ENTRY_BYTES);
}

/** A map whose values live in arguments too, charged for. */
export function mapOfShared(context: IntrinsicContext, entries: Map<string, Value>): MapValue {
  chargeMap(context, entries.size);
  for (const value of entries.values()) share(value);
  return new MapValue(entries);
}

/** OutOfRange with a sentence in the user's words. */
export function outOfRange(message: string, detail: Value = null): Trap {
  return trap("OutOfRange", message, detail);
}

/** The value, or Overflow when there is none. */
export function orOverflow<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw trap("Overflow", `${what} does not fit.`);
  return value;
}
