// The program format as plain data: what the emitter makes, the encoder writes, the verifier checks and the machine loads.
// Everything here is cloneable (numbers, strings, bigints, arrays, typed arrays); nothing refers to the machine.
import type { ScalarName } from "../base/scalar.ts";
import type { SqlForm } from "../base/sql-form.ts";
import type { RegisterType } from "./register-type.ts";

/** Version of the encoded form. A reader refuses other versions with BytecodeVersion. */
export const FORMAT_VERSION = 1;

/** Units of code per instruction: opcode, a, b, c. Jump targets, ranges and spans count instructions, not units. */
export const STRIDE = 4;

/** Operand value of an optional destination that is not wanted. */
export const NO_REGISTER = -1;

/** What a routine may do beyond computing. Declared per routine; the verifier checks that it covers every opcode, direct call and closure made. */
export const EFFECTS = ["read", "write", "output", "clock", "random", "jobs", "session", "dynamic"] as const;

/** One effect: `dynamic` = calls routines known only at run time, `session` = management statements. */
export type Effect = (typeof EFFECTS)[number];

/** A type as data, for casts, type tests and parameter checks of late-bound calls. */
export interface TypeForm {
  readonly name:
    | ScalarName
    | "any"
    | "list"
    | "map"
    | "struct"
    | "table"
    | "closure"
    | "error"
    | "cursor"
    | "handle"
    | "enum";
  readonly nullable?: boolean;
  /** decimal(p, s). */
  readonly precision?: number;
  readonly scale?: number;
  /** char(n) and varchar(n): length in code points; `padded` for char. */
  readonly length?: number;
  readonly padded?: boolean;
  /** Range of a narrow integer name (u8, int4). */
  readonly range?: readonly [bigint, bigint];
  /** Values of an enum, in order. */
  readonly values?: readonly string[];
  /** Element of a list, value of a map. */
  readonly element?: TypeForm;
  /** Fields of a struct or table; `typeName` is the declared name of a named struct, enum or error. */
  readonly fields?: readonly { readonly name: string; readonly type: TypeForm }[];
  readonly typeName?: string;
}

/** A routine by name, bound at the first call: what `host.resolve` gets. */
export interface ImportForm {
  readonly name: string;
  readonly receiver: string | undefined;
  readonly version: number | undefined;
  /** Types of the argument registers at this call; converted to the callee's parameter types with a check when they differ. */
  readonly argumentTypes: readonly RegisterType[];
}

/** What an asynchronous call starts. */
export interface JobForm {
  /** Index of a routine of this program, or a name bound late. */
  readonly callee:
    | { readonly kind: "routine"; readonly routine: number }
    | { readonly kind: "import"; readonly reference: ImportForm };
  readonly argumentCount: number;
  readonly detached: boolean;
}

/** A management statement (`verb` and its fields) with the number of its run-time arguments. */
export interface ManagementConstant {
  readonly form: { readonly verb: string; readonly [field: string]: unknown };
  readonly argumentCount: number;
}

/** Constants, told apart by `kind`; an opcode's operand says which kind it takes (`const string`, `const sql` …). */
export type Constant =
  | { readonly kind: "int"; readonly value: number | bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "decimal"; readonly unscaled: bigint; readonly scale: number }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "date"; readonly days: number }
  | { readonly kind: "time"; readonly micros: number }
  | { readonly kind: "timestamp"; readonly micros: number | bigint }
  | { readonly kind: "interval"; readonly months: number; readonly days: number; readonly micros: number }
  | { readonly kind: "json"; readonly text: string }
  /** Fields of a struct in slot order; `name` is the declared type or "". */
  | { readonly kind: "shape"; readonly name: string; readonly fields: readonly string[] }
  /** An error type: its name and its ancestors, nearest first, without Exception. */
  | { readonly kind: "error"; readonly name: string; readonly parents: readonly string[] }
  | { readonly kind: "type"; readonly type: TypeForm }
  | { readonly kind: "sql"; readonly form: SqlForm }
  /** Parameters of `execute`: one entry each, a name or null for positional. */
  | { readonly kind: "names"; readonly names: readonly (string | null)[] }
  | { readonly kind: "import"; readonly reference: ImportForm }
  | { readonly kind: "job"; readonly job: JobForm }
  | { readonly kind: "management"; readonly management: ManagementConstant };

/** Kind of a constant. */
export type ConstantKind = Constant["kind"];
/** The constant of one kind. */
export type ConstantOf<K extends ConstantKind> = Extract<Constant, { readonly kind: K }>;

/**
 * A structured region of code, in instructions, half-open. Regions nest.
 * A forward jump goes to the `end` of a region that encloses it (block, if, loop, try), or from the first part of an `if` to its `middle` (the else part).
 * Backward jumps (Loop, ForNext, ForNextDown) go to the `start` of an enclosing loop. So `break` = jump to the loop's end,
 * `continue` of a counted loop = jump to the end of a block that wraps the body.
 */
export interface Region {
  readonly kind: "block" | "if" | "loop" | "try";
  readonly start: number;
  readonly end: number;
  /** Start of the else part of an `if` that has one. */
  readonly middle?: number;
}

/**
 * One handler: an error raised in [start, end) continues at `handler` with the error in `register` (type error).
 * Entries are ordered inner before outer; ranges nest; the handler lies outside its own range. Handlers test the error with ErrorIs and Rethrow what is not theirs.
 * Each entry has a `try` region of its own: [start, end), or [start - 1, end) with `savepoint`: the instruction before `start` is then `TryBegin entry`, and each way out
 * of the range passes `TryEnd entry` first, directly before an unconditional Jump, a Return or the range's end (RoutineBuilder does this).
 * The machine takes the host's savepoint before the first write inside and rolls back before the handler runs.
 * `finally` is emitted once, behind a try region without savepoint, with a pending register: each way out of the region sets it (0 falls through, 1 returns, 2 raises,
 * 3.. leave for a label) and jumps to the region's end; the handler sets 2 and does the same; after the finally code, tests of the register continue.
 */
export interface CatchEntry {
  readonly start: number;
  readonly end: number;
  readonly handler: number;
  readonly register: number;
  readonly savepoint: boolean;
}

/** A parameter. Parameters are the first registers, in order. An `out` or `inout` parameter's last value is found in the result (see RoutineCode.result). */
export interface ParameterRow {
  readonly name: string;
  readonly type: RegisterType;
  /** Full type for arguments that come from outside (clients, late-bound calls): they are cast to it. */
  readonly form: TypeForm;
  readonly mode: "in" | "out" | "inout";
  /** True when a caller may leave it out; the routine then gets null and starts with the default's code behind JumpIfNotNull on `defaulted`. */
  readonly optional: boolean;
}

/** Name of a local variable while it lives, in instructions, half-open. */
export interface LocalName {
  readonly name: string;
  readonly register: number;
  readonly start: number;
  readonly end: number;
}

/** Code of one routine. */
export interface RoutineCode {
  readonly name: string;
  readonly kind: "function" | "procedure" | "trigger" | "lambda" | "script" | "test";
  readonly parameters: readonly ParameterRow[];
  /** Lambdas: number of captured values; they follow the parameters in the register file. */
  readonly captureCount: number;
  /** Type of each register: parameters, captures, then locals. */
  readonly registers: readonly RegisterType[];
  /** Type of what Return delivers; "void" for ReturnVoid. With out parameters: a struct of `result` (when not void) and the out parameters in order. */
  readonly result: RegisterType | "void";
  /** STRIDE units per instruction. */
  readonly code: Int32Array;
  readonly catches: readonly CatchEntry[];
  /** Ordered by start, outer before inner. */
  readonly regions: readonly Region[];
  readonly effects: readonly Effect[];
  /** Triples (first instruction, span start, span end), ascending; spans are offsets into the source. */
  readonly spans: Int32Array;
  readonly locals: readonly LocalName[];
  /** Index into Program.sources, or -1. */
  readonly source: number;
  /** Offset of this routine's declaration in the source; spans are relative to it. */
  readonly sourceOffset: number;
}

/** A source file that traces refer to; `lineStarts` as base/source.ts lineStarts gives them, so that the text need not be stored. */
export interface SourceReference {
  readonly file: string;
  readonly lineStarts: readonly number[];
}

/** A script-level variable: a slot that all routines of a loaded program share. It starts as null, or as the zero of a type that cannot be null. */
export interface GlobalRow {
  readonly name: string;
  readonly type: RegisterType;
}

/** A routine that SQL statements of the program call: `routine` parts of its forms name it. The host registers it on the connection. */
export interface SqlFunctionRow {
  readonly name: string;
  readonly routine: number;
  /** False when two calls with equal arguments may differ. */
  readonly deterministic: boolean;
}

/** A program: constants and routines. `entry` is the routine of a script's top level, or -1. */
export interface Program {
  readonly constants: readonly Constant[];
  readonly routines: readonly RoutineCode[];
  readonly sources: readonly SourceReference[];
  readonly globals: readonly GlobalRow[];
  readonly sqlFunctions: readonly SqlFunctionRow[];
  readonly entry: number;
}
