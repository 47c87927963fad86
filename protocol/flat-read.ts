// FlatBuffers as far as Arrow's metadata needs them, read from bytes that nobody has checked: every position is looked at before it is used.
// Counts are bounded by the bytes there are, so that a vector cannot announce more than it brings.
import { WireFault } from "./wire-fault.ts";

function broken(): never {
  throw new WireFault("payload", "The Arrow metadata points outside of itself.");
}

/** A table in a buffer: position of the table and of its vtable. */
export interface FlatTable {
  readonly at: number;
  readonly vtable: number;
  readonly slots: number;
}

/** Reader of one metadata buffer. Positions are counted from the start of the view. */
export class FlatReader {
  readonly #view: DataView;
  readonly #start: number;
  readonly #end: number;

  /** @param start First byte of the metadata in `view`. @param end Byte after its last. */
  constructor(view: DataView, start: number, end: number) {
    this.#view = view;
    this.#start = start;
    this.#end = end;
  }

  #check(at: number, bytes: number): void {
    if (!(at >= this.#start && at + bytes <= this.#end)) broken();
  }

  /** @throws WireFault, as all below. */
  u8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }
  i16(at: number): number {
    this.#check(at, 2);
    return this.#view.getInt16(at, true);
  }
  #u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, true);
  }
  i32(at: number): number {
    this.#check(at, 4);
    return this.#view.getInt32(at, true);
  }
  #u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, true);
  }
  /** A count or size: from 0 to 2^53. */
  size(at: number): number {
    this.#check(at, 8);
    const high = this.#view.getUint32(at + 4, true);
    if (high >= 0x20_0000) broken();
    return high * 4_294_967_296 + this.#view.getUint32(at, true);
  }

  /** The root table. */
  root(): FlatTable {
    return this.#table(this.#start + this.#u32(this.#start));
  }

  #table(at: number): FlatTable {
    const vtable = at - this.i32(at);
    const bytes = this.#u16(vtable);
    this.#check(vtable, bytes);
    if (bytes < 4) broken();
    return { at, vtable, slots: (bytes - 4) >> 1 };
  }

  /** Position of a slot's content, or undefined when the slot is left out. */
  slot(table: FlatTable, number: number): number | undefined {
    if (number >= table.slots) return undefined;
    const offset = this.#u16(table.vtable + 4 + 2 * number);
    return offset === 0 ? undefined : table.at + offset;
  }

  /** The table that a slot points to. */
  child(table: FlatTable, number: number): FlatTable | undefined {
    const at = this.slot(table, number);
    return at === undefined ? undefined : this.#table(at + this.#u32(at));
  }

  /** The text that a slot points to. */
  text(table: FlatTable, number: number): string | undefined {
    const slot = this.slot(table, number);
    if (slot === undefined) return undefined;
    const at = slot + this.#u32(slot);
    const bytes = this.#u32(at);
    this.#check(at + 4, bytes);
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + at + 4, bytes).toString("utf8");
  }

  /** A vector: how many elements, and where the first one stands. */
  vector(table: FlatTable, number: number, elementBytes: number): { readonly count: number; readonly at: number } {
    const slot = this.slot(table, number);
    if (slot === undefined) return { count: 0, at: 0 };
    const at = slot + this.#u32(slot);
    const count = this.#u32(at);
    this.#check(at + 4, count * elementBytes);
    return { count, at: at + 4 };
  }

  /** The table that an element of a vector of offsets points to. */
  element(at: number): FlatTable {
    return this.#table(at + this.#u32(at));
  }
}
