// The parts of Core that hold no code: kinds of registers, variables, constants, operators, places, parameters.
// core.ts builds expressions and statements of them.
import type { ConstantOf, TypeForm } from "../../bytecode/program.ts";
import type { RegisterType } from "../../bytecode/register-type.ts";

/** Kind of register. Lowering uses the non-null kinds, `bool?`, and `any` for whatever else may be null. */
export type Rep = RegisterType;

/** A variable of one routine, compared by identity. `hidden` ones are made by lowering and not shown by a debugger. */
export interface Local {
  readonly name: string;
  readonly rep: Rep;
  readonly hidden: boolean;
}
/** A script-level variable: a slot of the program, shared by the entry routines of its items. */
export interface Global {
  readonly name: string;
  readonly rep: Rep;
  readonly slot: number;
}
/** A place to break out of or to continue at, compared by identity. */
export interface Label {
  readonly name: string;
}

/** A constant as data; 64-bit ints and decimals are exact text. */
export type Constant =
  | { readonly kind: "null" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "decimal"; readonly unscaled: bigint; readonly scale: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "temporal"; readonly constant: TemporalConstant };
/** A date, time, timestamp or interval, as bytecode keeps it. */
export type TemporalConstant = ConstantOf<"date" | "time" | "timestamp" | "interval">;

/** Arithmetic; int and float operands are of one rep, `any` takes every mix, gives null for null and knows dates and decimals. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
/** Comparisons; typed ones give bool, those of `any` give null when an operand is null. */
export type CompareOperator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** What a query gives: all rows; the one cell; the one row as a struct; or whether there is a row. `scalar` and `row`: null when none, TooManyRows when several. */
export type SqlResult = "table" | "scalar" | "row" | "exists";

/** Field names in slot order. */
export interface CoreShape {
  readonly name: string;
  readonly fields: readonly string[];
}
/** A management statement as data; args are numbered. */
export interface ManageForm {
  readonly verb: string;
  readonly [field: string]: unknown;
}
/** Where a value can be stored whole. */
export type Place =
  | { readonly kind: "local"; readonly local: Local }
  | { readonly kind: "global"; readonly global: Global };

/** A parameter; `optional`: null arrives when the caller leaves it out, and the body starts with the default. */
export interface CoreParameter {
  readonly local: Local;
  readonly form: TypeForm;
  readonly mode: "in" | "out" | "inout";
  readonly optional: boolean;
}
