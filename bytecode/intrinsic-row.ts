// The shape of a row of the intrinsic table (bytecode/intrinsics/). Programs name intrinsics by number; the machine finds the implementation in vm/intrinsics.
// A definition is what stands in the tables; a row adds what follows from its signature.
// Null rule: a null argument for a parameter that is written without `?` and is neither `any` nor a type variable gives null, and the result is then `T?`.
// `any!` is any value but null: null passes through the call there too.
import type { Signature } from "./intrinsics/signature.ts";
import type { Effect } from "./program.ts";
import type { RegisterType } from "./register-type.ts";
import type { StandardErrorName } from "./trap.ts";

/** One built-in function as its table has it. */
export interface IntrinsicDefinition {
  /** Number in encoded programs. Never reused; a removed row stays with `retired: true`. */
  readonly id: number;
  /**
   * Signature in the language: `fn split(text: string, by: string) -> list<string>`. The name is the visible one; rows that share it are overloads,
   * tried in the order of the table (a row for `any` is last). Single capital letters are type variables; `name: T = literal` is a default; a last `name: T...` takes the rest as one list.
   */
  readonly signature: string;
  /** Other names under which programs know it. */
  readonly aliases?: readonly string[];
  /** True when it is found only as a method, `x.f(a)`, because the name means something else at the start of a call. */
  readonly method?: true;
  /** True for building blocks of lowering and of the standard library: programs cannot name them. */
  readonly hidden?: true;
  /** True when a statement `xs.f(a)` on something assignable stores the result back into it; lists and maps are values. */
  readonly updates?: true;
  /** True when the instruction ListUpdate can do it to its first argument, a list (vm/intrinsics/list-updates.ts). */
  readonly inPlace?: true;
  readonly effects?: readonly Effect[];
  /** Standard errors that it raises itself. InvalidCast for an `any` argument of the wrong kind and limit errors are not listed. */
  readonly raises?: readonly StandardErrorName[];
  /** Static cost, 2 when missing. Work that grows with data is charged in addition: one unit per item, row or 16 characters. */
  readonly fuel?: number;
  /** Callable inside SQL on SQLite: by the engine's own function of that name, or by a function that we register. */
  readonly sql?: "native" | "udf";
  /** What it does, in one or two sentences; the reference page prints it. */
  readonly doc: string;
  /** `expression  -- printed result`; runs as a test. A result of `raises X` names the error; `-- ...` alone says that the result varies. */
  readonly example: string;
  readonly retired?: true;
}

/** One built-in function with what follows from its signature. */
export interface IntrinsicRow extends IntrinsicDefinition {
  /** Key of the row in the tables: what lowering names. */
  readonly key: string;
  /** Visible name. */
  readonly name: string;
  readonly parsed: Signature;
  /** Register types of the parameters: the emitter passes registers assignable to them (a raw int or float also to its nullable or any). The arity is fixed: the emitter fills defaults, variadics are one list. */
  readonly parameters: readonly RegisterType[];
  /** What it delivers; the destination may be any register, the value is checked against its type. */
  readonly result: RegisterType | "void";
  /** `propagate` when a null argument for some parameter gives null (the null rule above). */
  readonly nulls: "propagate" | "handled";
  readonly fuel: number;
  readonly effects: readonly Effect[];
  readonly raises: readonly StandardErrorName[];
}
