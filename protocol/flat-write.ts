// FlatBuffers as far as Arrow's metadata needs them, written front to back: a parent stands before what it points to.
// Format: flatbuffers.dev/internals. Only for templates, which are made once per shape; nothing here is hot.

/** One slot of a table: a number of 1, 2, 4 or 8 bytes, or a place for an offset. */
export interface Slot {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly value: number;
}

/** A slot that points to something written later with `point`. */
export const OFFSET: Slot = { bytes: 4, value: 0 };

const INITIAL_BYTES = 512;

/** A growing buffer that begins with the offset of its root table. */
export class FlatWriter {
  #view = new DataView(new ArrayBuffer(INITIAL_BYTES));
  #at = 4;

  /** Writes a table of the slots by number (undefined: left out, the default). Gives the position of each slot. */
  table(slots: readonly (Slot | undefined)[]): readonly number[] {
    const vtableBytes = 4 + 2 * slots.length;
    const positions = slots.map(() => 0);
    const order = slots
      .map((slot, number) => ({ slot, number }))
      .filter((entry): entry is { slot: Slot; number: number } => entry.slot !== undefined)
      .sort((a, b) => b.slot.bytes - a.slot.bytes);
    this.#align(2, 0);
    const vtable = this.#take(vtableBytes);
    // The table begins with four bytes; those of 8 that follow must be aligned.
    this.#align(8, 4);
    const table = this.#take(4);
    this.#view.setInt32(table, table - vtable, true);
    for (const { slot, number } of order) {
      this.#align(slot.bytes, 0);
      const at = this.#take(slot.bytes);
      positions[number] = at;
      this.#view.setUint16(vtable + 4 + 2 * number, at - table, true);
      this.#put(at, slot);
    }
    this.#view.setUint16(vtable, vtableBytes, true);
    this.#view.setUint16(vtable + 2, this.#at - table, true);
    this.#lastTable = table;
    return positions;
  }

  #lastTable = 0;
  /** Position of the table that was written last, for `point`. */
  get lastTable(): number {
    return this.#lastTable;
  }

  /** Makes the offset at `slot` point to `target`. */
  point(slot: number, target: number): void {
    this.#view.setUint32(slot, target - slot, true);
  }

  /** Makes `target` the root. */
  root(target: number): void {
    this.point(0, target);
  }

  /** A text; gives its position. */
  text(text: string): number {
    const bytes = Buffer.from(text, "utf8");
    this.#align(4, 0);
    const at = this.#take(4 + bytes.length + 1);
    this.#view.setUint32(at, bytes.length, true);
    new Uint8Array(this.#view.buffer).set(bytes, at + 4);
    return at;
  }

  /** A vector of offsets; gives the position of the vector and of its elements. */
  offsets(count: number): { readonly at: number; readonly elements: readonly number[] } {
    this.#align(4, 0);
    const at = this.#take(4 + 4 * count);
    this.#view.setUint32(at, count, true);
    return { at, elements: Array.from({ length: count }, (_, index) => at + 4 + 4 * index) };
  }

  /** A vector of structs of two 64-bit numbers, zero for now; gives its position. The first struct stands four bytes later. */
  pairs(count: number): number {
    this.#align(8, 4);
    const at = this.#take(4 + 16 * count);
    this.#view.setUint32(at, count, true);
    return at;
  }

  /** The bytes, padded to a multiple of 8. */
  finish(): Uint8Array {
    this.#align(8, 0);
    return new Uint8Array(this.#view.buffer, 0, this.#at).slice();
  }

  /** Moves on until the position plus `behind` is a multiple of `bytes`. */
  #align(bytes: number, behind: number): void {
    const over = (this.#at + behind) % bytes;
    if (over > 0) this.#take(bytes - over);
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#view.byteLength) {
      const larger = new Uint8Array(this.#at * 2);
      larger.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  #put(at: number, slot: Slot): void {
    switch (slot.bytes) {
      case 1:
        return this.#view.setUint8(at, slot.value);
      case 2:
        return this.#view.setInt16(at, slot.value, true);
      case 4:
        return this.#view.setInt32(at, slot.value, true);
      case 8:
        return this.#view.setBigInt64(at, BigInt(slot.value), true);
    }
  }
}
