// Text that grows piece by piece under a limit: printing and JSON writing of values that may share parts and so be far larger than their memory.
// Pieces are charged to the meter as they come; the limit is in characters (UTF-16 code units), a lower bound of the bytes of the text.
import { LIMITS } from "../limits.ts";
import { LimitPassed, type Work } from "./work.ts";

/** A text under construction. */
export class TextBuilder {
  readonly #work: Work | undefined;
  #text = "";
  constructor(work: Work | undefined) {
    this.#work = work;
  }
  /** Appends a piece. @throws LimitPassed stringBytesMax. */
  add(piece: string): void {
    this.#work?.spend(1 + (piece.length >> 4));
    this.#text += piece;
    if (this.#text.length > LIMITS.stringBytesMax.value) throw new LimitPassed("stringBytesMax");
  }
  /** The text so far. */
  get text(): string {
    return this.#text;
  }
}
