// Text that grows piece by piece under a limit: printing and JSON writing of values that may share parts and so be far larger than their memory.
// Pieces are charged to the meter as they come; the limit is in characters (UTF-16 code units), a lower bound of the bytes of the text.
import { LIMITS } from "../limits.ts";
import { LimitPassed, type Work } from "./work.ts";

// Pieces are joined into flat chunks: a text made of many small additions would be a tree of many times its size.

const CHUNK_PIECES = 1024;

/** A text under construction. */
export class TextBuilder {
  readonly #work: Work | undefined;
  readonly #chunks: string[] = [];
  #pieces: string[] = [];
  #length = 0;
  constructor(work: Work | undefined) {
    this.#work = work;
  }
  /** Appends a piece. @throws LimitPassed stringBytesMax. */
  add(piece: string): void {
    this.#work?.spend(1 + (piece.length >> 4));
    this.#length += piece.length;
    if (this.#length > LIMITS.stringBytesMax.value) throw new LimitPassed("stringBytesMax");
    this.#pieces.push(piece);
    if (this.#pieces.length >= CHUNK_PIECES) {
      this.#chunks.push(this.#pieces.join(""));
      this.#pieces = [];
    }
  }
  /** The text so far. */
  get text(): string {
    return this.#chunks.join("") + this.#pieces.join("");
  }
}
