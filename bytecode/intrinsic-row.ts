// The shape of a row of the intrinsic table (bytecode/intrinsics/). Programs name intrinsics by number; the machine finds the implementation in vm/intrinsics.
import type { Effect } from "./program.ts";
import type { RegisterType } from "./register-type.ts";

/** One built-in function. */
export interface IntrinsicRow {
  /** Number in encoded programs. Never reused; a removed row stays with `retired: true`. */
  readonly id: number;
  /** Signature in the language, for checker and documentation: `split(text string, by string) returns list<string>`. */
  readonly signature: string;
  /** Register types of the parameters: the emitter passes registers assignable to them (a raw int or float also to its nullable or any). The arity is fixed: the emitter fills defaults, variadics are one list. */
  readonly parameters: readonly RegisterType[];
  /** What it delivers; the destination may be any register, the value is checked against its type. */
  readonly result: RegisterType | "void";
  /** Static cost; implementations charge work that grows with data through their context. */
  readonly fuel: number;
  readonly effects: readonly Effect[];
  readonly retired?: true;
}
