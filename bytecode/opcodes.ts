// The opcode table: encoding, operands, type picture, fuel, effects and meaning of every instruction.
// Verifier, disassembler, assembler, loader, reference page and tests derive from it; vm/interpreter has one handler for each.
//
// An operand is a picture `<mode> <type> <name>`:
//   out T name       writes a register of type T              (`value` = a register of any type: the machine boxes, unboxes and checks; a value that
//   in T name        reads a register of type T                does not fit the register's type raises InvalidCast)
//   update T name    reads and writes the same register
//   out? T name      like out, or NO_REGISTER when the result is not wanted
//   args name        first of consecutive registers of any type; how many follows from another operand (see ARGUMENT_COUNTS)
//   const K name     index of a constant of kind K
//   imm name         a signed 32-bit number
//   target name      instruction to jump forward to           loop name   start of an enclosing loop
//   routine name / intrinsic name / catch name / slot name / count name: an index or number, checked by the verifier
// `bool*` as a destination: `bool?`, or `bool` when no operand's type is nullable. A read of `T?` also takes `T` (boxed types only); `any` takes every boxed type.
import type { Effect } from "./program.ts";

/** One instruction. */
export interface OpcodeRow {
  /** Number in the encoded form. Never reused; a removed row stays with `retired: true`. */
  readonly code: number;
  readonly a?: string;
  readonly b?: string;
  readonly c?: string;
  /** Static cost. Work that grows with data is charged in addition. */
  readonly fuel: number;
  readonly effects?: readonly Effect[];
  /** True when nothing after the instruction is reached from it. */
  readonly ends?: true;
  readonly retired?: true;
  readonly doc: string;
}

/** Every instruction by name. */
export const OPCODES = {
  // --- moves and constants ---
  Move: {
    code: 1,
    a: "out value dst",
    b: "in value src",
    fuel: 1,
    doc: "Copies src to dst, boxing a raw int or float; dst's type must take every value of src's.",
  },
  MoveShared: {
    code: 2,
    a: "out value dst",
    b: "in value src",
    fuel: 1,
    doc: "Move that marks a list, map or struct as shared, so that the next write to either copies it.",
  },
  Share: { code: 3, a: "in value src", fuel: 1, doc: "Marks a list, map or struct in src as shared." },
  Narrow: {
    code: 4,
    a: "out value dst",
    b: "in value src",
    fuel: 1,
    doc: "Copies src to dst, unboxing, and raises InvalidCast when the value does not fit dst's type; used after a null test or type test.",
  },
  LoadConst: { code: 5, a: "out value dst", b: "const literal constant", fuel: 1, doc: "dst = a literal constant." },
  LoadInt: { code: 6, a: "out value dst", b: "imm number", fuel: 1, doc: "dst = a small int." },
  LoadNull: { code: 7, a: "out value dst", fuel: 1, doc: "dst = null." },
  LoadTrue: { code: 8, a: "out value dst", fuel: 1, doc: "dst = true." },
  LoadFalse: { code: 9, a: "out value dst", fuel: 1, doc: "dst = false." },

  // --- int ---
  AddInt: {
    code: 10,
    a: "out int dst",
    b: "in int left",
    c: "in int right",
    fuel: 1,
    doc: "dst = left + right; raises Overflow.",
  },
  SubInt: {
    code: 11,
    a: "out int dst",
    b: "in int left",
    c: "in int right",
    fuel: 1,
    doc: "dst = left - right; raises Overflow.",
  },
  MulInt: {
    code: 12,
    a: "out int dst",
    b: "in int left",
    c: "in int right",
    fuel: 1,
    doc: "dst = left * right; raises Overflow.",
  },
  DivInt: {
    code: 13,
    a: "out int dst",
    b: "in int left",
    c: "in int right",
    fuel: 1,
    doc: "dst = left / right toward zero; raises DivisionByZero, Overflow.",
  },
  ModInt: {
    code: 14,
    a: "out int dst",
    b: "in int left",
    c: "in int right",
    fuel: 1,
    doc: "dst = remainder of left / right with the sign of left; raises DivisionByZero.",
  },
  NegInt: { code: 15, a: "out int dst", b: "in int operand", fuel: 1, doc: "dst = -operand; raises Overflow." },
  BitNotInt: { code: 16, a: "out int dst", b: "in int operand", fuel: 1, doc: "dst = all 64 bits of operand turned." },
  AddIntImm: {
    code: 17,
    a: "out int dst",
    b: "in int left",
    c: "imm right",
    fuel: 1,
    doc: "dst = left + a small int; raises Overflow.",
  },
  MulIntImm: {
    code: 18,
    a: "out int dst",
    b: "in int left",
    c: "imm right",
    fuel: 1,
    doc: "dst = left * a small int; raises Overflow.",
  },
  DivIntImm: {
    code: 19,
    a: "out int dst",
    b: "in int left",
    c: "imm right",
    fuel: 1,
    doc: "dst = left / a small int other than 0 toward zero; raises Overflow.",
  },
  ModIntImm: {
    code: 20,
    a: "out int dst",
    b: "in int left",
    c: "imm right",
    fuel: 1,
    doc: "dst = remainder of left / a small int other than 0.",
  },
  IntToFloat: { code: 21, a: "out float dst", b: "in int src", fuel: 1, doc: "dst = the float nearest to src." },
  IntToDecimal: { code: 22, a: "out decimal dst", b: "in int src", fuel: 1, doc: "dst = src as a decimal of scale 0." },

  // --- float ---
  AddFloat: {
    code: 25,
    a: "out float dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left + right.",
  },
  SubFloat: {
    code: 26,
    a: "out float dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left - right.",
  },
  MulFloat: {
    code: 27,
    a: "out float dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left * right.",
  },
  DivFloat: {
    code: 28,
    a: "out float dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left / right; raises DivisionByZero.",
  },
  ModFloat: {
    code: 29,
    a: "out float dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = remainder of left / right with the sign of left; raises DivisionByZero.",
  },
  NegFloat: { code: 30, a: "out float dst", b: "in float operand", fuel: 1, doc: "dst = -operand." },

  // --- decimal ---
  AddDecimal: {
    code: 32,
    a: "out decimal dst",
    b: "in decimal left",
    c: "in decimal right",
    fuel: 2,
    doc: "dst = left + right with the larger scale.",
  },
  SubDecimal: {
    code: 33,
    a: "out decimal dst",
    b: "in decimal left",
    c: "in decimal right",
    fuel: 2,
    doc: "dst = left - right with the larger scale.",
  },
  MulDecimal: {
    code: 34,
    a: "out decimal dst",
    b: "in decimal left",
    c: "in decimal right",
    fuel: 2,
    doc: "dst = left * right; the scales add.",
  },
  DivDecimal: {
    code: 35,
    a: "out decimal dst",
    b: "in decimal left",
    c: "in decimal right",
    fuel: 4,
    doc: "dst = left / right with scale max(6, scales), rounded half up; raises DivisionByZero.",
  },
  DecimalToFloat: {
    code: 36,
    a: "out float dst",
    b: "in decimal src",
    fuel: 2,
    doc: "dst = the float nearest to src.",
  },

  // --- text ---
  Concat: {
    code: 40,
    a: "out string dst",
    b: "in string left",
    c: "in string right",
    fuel: 1,
    doc: "dst = left followed by right.",
  },
  Interpolate: {
    code: 41,
    a: "out string dst",
    b: "args parts",
    c: "count parts",
    fuel: 2,
    doc: "dst = the printed forms of the parts, joined; null prints `null`, strings print bare.",
  },

  // --- operators on values of any type, null in, null out ---
  AddAny: {
    code: 45,
    a: "out value dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left + right for numbers, strings, dates and intervals; null when one is null.",
  },
  SubAny: {
    code: 46,
    a: "out value dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left - right for numbers, dates and intervals; null when one is null.",
  },
  MulAny: {
    code: 47,
    a: "out value dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left * right for numbers, and interval by int; null when one is null.",
  },
  DivAny: {
    code: 48,
    a: "out value dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left / right; null when one is null; raises DivisionByZero.",
  },
  ModAny: {
    code: 49,
    a: "out value dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left % right; null when one is null; raises DivisionByZero.",
  },
  NegAny: {
    code: 50,
    a: "out value dst",
    b: "in value operand",
    fuel: 2,
    doc: "dst = -operand; null when it is null.",
  },
  ConcatAny: {
    code: 51,
    a: "out value dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left || right: strings, bytes, lists; other scalars in their printed form; null when one is null.",
  },
  EqAny: {
    code: 52,
    a: "out bool* dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left = right; null when one is null.",
  },
  NeAny: {
    code: 53,
    a: "out bool* dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left <> right; null when one is null.",
  },
  LtAny: {
    code: 54,
    a: "out bool* dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left < right; null when one is null; raises InvalidCast for kinds that have no common order.",
  },
  LeAny: {
    code: 55,
    a: "out bool* dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left <= right; null when one is null; raises InvalidCast for kinds that have no common order.",
  },
  SameAny: {
    code: 56,
    a: "out bool dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = left is not distinct from right: null equals null.",
  },
  CompareAny: {
    code: 57,
    a: "out int dst",
    b: "in value left",
    c: "in value right",
    fuel: 3,
    doc: "dst = -1, 0 or 1 in sort order: null first, then by kind and value.",
  },

  // --- booleans ---
  Not: { code: 60, a: "out bool dst", b: "in bool operand", fuel: 1, doc: "dst = not operand." },
  NotNullable: {
    code: 61,
    a: "out bool? dst",
    b: "in bool? operand",
    fuel: 1,
    doc: "dst = not operand; null when it is null.",
  },
  AndNullable: {
    code: 62,
    a: "out bool? dst",
    b: "in bool? left",
    c: "in bool? right",
    fuel: 1,
    doc: "dst = left and right in three-valued logic.",
  },
  OrNullable: {
    code: 63,
    a: "out bool? dst",
    b: "in bool? left",
    c: "in bool? right",
    fuel: 1,
    doc: "dst = left or right in three-valued logic.",
  },
  IsNull: { code: 64, a: "out bool dst", b: "in value operand", fuel: 1, doc: "dst = operand is null." },
  TypeIs: {
    code: 65,
    a: "out bool dst",
    b: "in value operand",
    c: "const type type",
    fuel: 2,
    doc: "dst = operand is a value of the type (not null unless the type is nullable).",
  },
  EqInt: { code: 66, a: "out bool dst", b: "in int left", c: "in int right", fuel: 1, doc: "dst = left = right." },
  NeInt: { code: 67, a: "out bool dst", b: "in int left", c: "in int right", fuel: 1, doc: "dst = left <> right." },
  LtInt: { code: 68, a: "out bool dst", b: "in int left", c: "in int right", fuel: 1, doc: "dst = left < right." },
  LeInt: { code: 69, a: "out bool dst", b: "in int left", c: "in int right", fuel: 1, doc: "dst = left <= right." },
  EqFloat: {
    code: 70,
    a: "out bool dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left = right.",
  },
  NeFloat: {
    code: 71,
    a: "out bool dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left <> right.",
  },
  LtFloat: {
    code: 72,
    a: "out bool dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left < right.",
  },
  LeFloat: {
    code: 73,
    a: "out bool dst",
    b: "in float left",
    c: "in float right",
    fuel: 1,
    doc: "dst = left <= right.",
  },
  EqString: {
    code: 74,
    a: "out bool dst",
    b: "in string left",
    c: "in string right",
    fuel: 1,
    doc: "dst = left = right.",
  },
  NeString: {
    code: 75,
    a: "out bool dst",
    b: "in string left",
    c: "in string right",
    fuel: 1,
    doc: "dst = left <> right.",
  },
  LtString: {
    code: 76,
    a: "out bool dst",
    b: "in string left",
    c: "in string right",
    fuel: 1,
    doc: "dst = left < right by code points.",
  },
  LeString: {
    code: 77,
    a: "out bool dst",
    b: "in string left",
    c: "in string right",
    fuel: 1,
    doc: "dst = left <= right by code points.",
  },
  CompareDecimal: {
    code: 78,
    a: "out int dst",
    b: "in decimal left",
    c: "in decimal right",
    fuel: 2,
    doc: "dst = -1, 0 or 1 as left is below, equal to or above right.",
  },

  // --- jumps ---
  Jump: { code: 80, a: "target target", fuel: 1, ends: true, doc: "Continues at target." },
  JumpIfTrue: { code: 81, a: "in bool? condition", b: "target target", fuel: 1, doc: "Jumps when condition is true." },
  JumpUnlessTrue: {
    code: 82,
    a: "in bool? condition",
    b: "target target",
    fuel: 1,
    doc: "Jumps when condition is false or null.",
  },
  JumpIfNull: { code: 83, a: "in value operand", b: "target target", fuel: 1, doc: "Jumps when operand is null." },
  JumpIfNotNull: {
    code: 84,
    a: "in value operand",
    b: "target target",
    fuel: 1,
    doc: "Jumps when operand is not null.",
  },
  JumpIfEqInt: {
    code: 85,
    a: "in int left",
    b: "in int right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left = right.",
  },
  JumpIfNeInt: {
    code: 86,
    a: "in int left",
    b: "in int right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <> right.",
  },
  JumpIfLtInt: {
    code: 87,
    a: "in int left",
    b: "in int right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left < right.",
  },
  JumpIfLeInt: {
    code: 88,
    a: "in int left",
    b: "in int right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <= right.",
  },
  JumpIfEqIntImm: {
    code: 89,
    a: "in int left",
    b: "imm right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left = a small int.",
  },
  JumpIfNeIntImm: {
    code: 90,
    a: "in int left",
    b: "imm right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <> a small int.",
  },
  JumpIfLtIntImm: {
    code: 91,
    a: "in int left",
    b: "imm right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left < a small int.",
  },
  JumpIfLeIntImm: {
    code: 92,
    a: "in int left",
    b: "imm right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <= a small int.",
  },
  JumpIfGtIntImm: {
    code: 93,
    a: "in int left",
    b: "imm right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left > a small int.",
  },
  JumpIfGeIntImm: {
    code: 94,
    a: "in int left",
    b: "imm right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left >= a small int.",
  },
  JumpIfEqFloat: {
    code: 95,
    a: "in float left",
    b: "in float right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left = right.",
  },
  JumpIfNeFloat: {
    code: 96,
    a: "in float left",
    b: "in float right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <> right.",
  },
  JumpIfLtFloat: {
    code: 97,
    a: "in float left",
    b: "in float right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left < right.",
  },
  JumpIfLeFloat: {
    code: 98,
    a: "in float left",
    b: "in float right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <= right.",
  },
  JumpUnlessLtFloat: {
    code: 99,
    a: "in float left",
    b: "in float right",
    c: "target target",
    fuel: 1,
    doc: "Jumps unless left < right (so also for NaN).",
  },
  JumpUnlessLeFloat: {
    code: 100,
    a: "in float left",
    b: "in float right",
    c: "target target",
    fuel: 1,
    doc: "Jumps unless left <= right (so also for NaN).",
  },
  JumpIfEqString: {
    code: 101,
    a: "in string left",
    b: "in string right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left = right.",
  },
  JumpIfNeString: {
    code: 102,
    a: "in string left",
    b: "in string right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <> right.",
  },
  JumpIfLtString: {
    code: 103,
    a: "in string left",
    b: "in string right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left < right by code points.",
  },
  JumpIfLeString: {
    code: 104,
    a: "in string left",
    b: "in string right",
    c: "target target",
    fuel: 1,
    doc: "Jumps when left <= right by code points.",
  },

  // --- loops: the only backward jumps; each charges the static fuel of the loop's body ---
  Loop: { code: 110, a: "loop head", fuel: 1, ends: true, doc: "Continues at the start of an enclosing loop." },
  ForStart: {
    code: 111,
    a: "update int counter",
    b: "target exit",
    fuel: 1,
    doc: "Counted loop over registers counter, counter+1 (limit) and counter+2 (step): raises OutOfRange unless step > 0, jumps to exit when counter > limit.",
  },
  ForNext: {
    code: 112,
    a: "update int counter",
    b: "loop body",
    fuel: 1,
    doc: "Adds the step to the counter and continues at body while it is not above the limit, else falls through.",
  },
  ForStartDown: {
    code: 113,
    a: "update int counter",
    b: "target exit",
    fuel: 1,
    doc: "Like ForStart for a loop that counts down: jumps to exit when counter < limit.",
  },
  ForNextDown: {
    code: 114,
    a: "update int counter",
    b: "loop body",
    fuel: 1,
    doc: "Subtracts the step from the counter and continues at body while it is not below the limit, else falls through.",
  },
  NextItem: {
    code: 115,
    a: "out value dst",
    b: "in list list",
    c: "target exit",
    fuel: 1,
    doc: "Steps over the list in register b with the int position in register b+1 (start it at 0): dst = the next item, or a jump to exit at the end.",
  },

  // --- lists ---
  ListNew: {
    code: 120,
    a: "out list dst",
    b: "args items",
    c: "count items",
    fuel: 2,
    doc: "dst = a new list of count registers.",
  },
  ListLen: { code: 121, a: "out int dst", b: "in list list", fuel: 1, doc: "dst = number of items." },
  ListGet: {
    code: 122,
    a: "out value dst",
    b: "in list list",
    c: "in int index",
    fuel: 1,
    doc: "dst = item (borrowed: Share it before it is kept); negative counts from the end; raises OutOfRange.",
  },
  ListSet: {
    code: 123,
    a: "update list list",
    b: "in int index",
    c: "in value item",
    fuel: 2,
    doc: "Replaces an item, copying a shared list first; raises OutOfRange.",
  },
  ListPush: {
    code: 124,
    a: "update list list",
    b: "in value item",
    fuel: 2,
    doc: "Appends an item, copying a shared list first.",
  },
  ListUpdate: {
    code: 129,
    a: "update list list",
    b: "intrinsic function",
    c: "args arguments",
    fuel: 2,
    doc: "list = function(list, arguments…) for the functions that the intrinsic table calls inPlace: done in place, copying a shared list first.",
  },
  Slice: {
    code: 125,
    a: "out value dst",
    b: "in value subject",
    c: "args bounds",
    fuel: 3,
    doc: "dst = subject[from:to] of a list, string or bytes; bounds are the registers c and c+1, null for open; clips.",
  },
  IndexGet: {
    code: 126,
    a: "out value dst",
    b: "in value subject",
    c: "in value index",
    fuel: 3,
    doc: "dst = subject[index] of any list, map, string, bytes, JSON or table value (borrowed); a missing map key is null; raises OutOfRange, InvalidCast.",
  },
  IndexSet: {
    code: 127,
    a: "update value subject",
    b: "in value index",
    c: "in value item",
    fuel: 3,
    doc: "subject[index] = item of any list or map value, copying a shared one first; raises OutOfRange, InvalidCast.",
  },
  OwnItem: {
    code: 128,
    a: "out value dst",
    b: "update value subject",
    c: "in value index",
    fuel: 3,
    doc: "dst = subject[index], a list, map or struct made safe to change in place (shared containers on the way are copied); for nested assignment.",
  },

  // --- maps ---
  MapNew: { code: 130, a: "out map dst", fuel: 2, doc: "dst = a new empty map." },
  MapGet: {
    code: 131,
    a: "out value dst",
    b: "in map map",
    c: "in string key",
    fuel: 2,
    doc: "dst = the entry (borrowed), null when it is missing.",
  },
  MapSet: {
    code: 132,
    a: "update map map",
    b: "in string key",
    c: "in value item",
    fuel: 3,
    doc: "Adds or replaces an entry, copying a shared map first.",
  },
  MapLen: { code: 133, a: "out int dst", b: "in map map", fuel: 1, doc: "dst = number of entries." },

  // --- structs ---
  StructNew: {
    code: 135,
    a: "out struct dst",
    b: "const shape shape",
    c: "args fields",
    fuel: 2,
    doc: "dst = a new struct; one register per field of the shape.",
  },
  StructGet: {
    code: 136,
    a: "out value dst",
    b: "in struct subject",
    c: "slot field",
    fuel: 1,
    doc: "dst = the field at a slot (borrowed); raises InvalidCast when the struct has fewer fields.",
  },
  StructSet: {
    code: 137,
    a: "update struct subject",
    b: "slot field",
    c: "in value item",
    fuel: 2,
    doc: "Replaces the field at a slot, copying a shared struct first.",
  },
  FieldGet: {
    code: 138,
    a: "out value dst",
    b: "in value subject",
    c: "const string field",
    fuel: 2,
    doc: "dst = a field by name of any struct, map, error, interval or JSON object (borrowed); raises InvalidCast when there is none.",
  },
  FieldSet: {
    code: 139,
    a: "update value subject",
    b: "const string field",
    c: "in value item",
    fuel: 3,
    doc: "Replaces a field by name of any struct or map value, copying a shared one first.",
  },
  OwnSlot: {
    code: 140,
    a: "out value dst",
    b: "update struct subject",
    c: "slot field",
    fuel: 2,
    doc: "dst = the container in a slot, made safe to change in place; for nested assignment.",
  },
  OwnField: {
    code: 141,
    a: "out value dst",
    b: "update value subject",
    c: "const string field",
    fuel: 3,
    doc: "dst = the container in a named field, made safe to change in place; for nested assignment.",
  },
  Reshape: {
    code: 142,
    a: "out struct dst",
    b: "in value subject",
    c: "const shape shape",
    fuel: 3,
    doc: "dst = the same fields in the order and under the name of a shape; raises InvalidCast when a field is missing.",
  },

  // --- tables ---
  TableLen: { code: 145, a: "out int dst", b: "in table table", fuel: 1, doc: "dst = number of rows." },
  TableRow: {
    code: 146,
    a: "out struct dst",
    b: "in table table",
    c: "in int row",
    fuel: 2,
    doc: "dst = a row as a struct; negative counts from the end; raises OutOfRange.",
  },
  TableCell: {
    code: 147,
    a: "out value dst",
    b: "in table table",
    c: "slot column",
    fuel: 1,
    doc: "dst = the cell of a column in the row whose int number stands in register b+1; raises OutOfRange.",
  },
  TableToList: {
    code: 148,
    a: "out list dst",
    b: "in table table",
    fuel: 3,
    doc: "dst = a list of the rows as structs.",
  },
  TableColumn: {
    code: 149,
    a: "out list dst",
    b: "in table table",
    c: "slot column",
    fuel: 3,
    doc: "dst = the values of one column as a list.",
  },
  TableFromList: {
    code: 150,
    a: "out table dst",
    b: "in list rows",
    c: "const shape shape",
    fuel: 3,
    doc: "dst = a table of structs (by field name) or, for a shape of one field, of scalars.",
  },

  // --- casts ---
  CastTo: {
    code: 155,
    a: "out value dst",
    b: "in value src",
    c: "const type type",
    fuel: 3,
    doc: "dst = src cast to the type, with its precision, length and range; null stays null; raises InvalidCast with the value.",
  },

  // --- calls ---
  Call: {
    code: 160,
    a: "out? value dst",
    b: "routine callee",
    c: "args arguments",
    fuel: 3,
    doc: "Calls a routine of this program; argument registers must have the parameters' types.",
  },
  CallImport: {
    code: 161,
    a: "out? value dst",
    b: "const import reference",
    c: "args arguments",
    fuel: 4,
    effects: ["dynamic"],
    doc: "Calls a routine by name, found at run time; raises NoSuchRoutine.",
  },
  CallClosure: {
    code: 162,
    a: "out? value dst",
    b: "args closure",
    c: "count arguments",
    fuel: 4,
    doc: "Calls the closure in register b with the c registers after it; raises InvalidCast when they do not fit.",
  },
  MakeClosure: {
    code: 163,
    a: "out closure dst",
    b: "routine lambda",
    c: "args captures",
    fuel: 3,
    doc: "dst = a closure over captureCount registers.",
  },
  Intrinsic: {
    code: 164,
    a: "out? value dst",
    b: "intrinsic function",
    c: "args arguments",
    fuel: 2,
    doc: "Calls a built-in function; its effects and further cost stand in the intrinsic table.",
  },
  Return: {
    code: 165,
    a: "in value result",
    fuel: 1,
    ends: true,
    doc: "Returns a value of the routine's result type.",
  },
  ReturnVoid: { code: 166, fuel: 1, ends: true, doc: "Returns from a routine whose result is void." },

  // --- errors and transactions ---
  ErrorNew: {
    code: 170,
    a: "out error dst",
    b: "const error type",
    c: "args parts",
    fuel: 3,
    doc: "dst = an error of the type; register c is the message (string), c+1 the detail.",
  },
  ErrorIs: {
    code: 171,
    a: "out bool dst",
    b: "in error error",
    c: "const string name",
    fuel: 1,
    doc: "dst = error is of the named type or below it.",
  },
  Throw: { code: 172, a: "in error error", fuel: 2, ends: true, doc: "Raises an error with the stack of this place." },
  Rethrow: { code: 173, a: "in error error", fuel: 2, ends: true, doc: "Raises an error again and keeps its stack." },
  TryBegin: {
    code: 174,
    a: "catch entry",
    fuel: 1,
    doc: "Opens the savepoint of a catch entry; it is taken from the host before the first write.",
  },
  TryEnd: { code: 175, a: "catch entry", fuel: 1, doc: "Releases the savepoint of a catch entry on a normal way out." },
  Savepoint: {
    code: 176,
    a: "out int dst",
    fuel: 5,
    effects: ["write"],
    doc: "Opens the savepoint of a transaction block; dst identifies it.",
  },
  Release: { code: 177, a: "in int savepoint", fuel: 5, effects: ["write"], doc: "Releases a savepoint." },
  RollbackTo: {
    code: 178,
    a: "in int savepoint",
    fuel: 5,
    effects: ["write"],
    doc: "Undoes everything since a savepoint and closes it.",
  },
  AutonomousBegin: {
    code: 179,
    a: "out int dst",
    fuel: 5,
    effects: ["write"],
    doc: "Starts an autonomous transaction; dst identifies it.",
  },
  AutonomousEnd: {
    code: 180,
    a: "in int autonomous",
    b: "imm commit",
    fuel: 5,
    effects: ["write"],
    doc: "Ends an autonomous transaction: 1 commits, 0 rolls back.",
  },

  // --- SQL ---
  Query: {
    code: 190,
    a: "out table dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["read"],
    doc: "dst = all rows.",
  },
  QueryFirst: {
    code: 191,
    a: "out struct? dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["read"],
    doc: "dst = the first row, null when there is none.",
  },
  QueryOne: {
    code: 192,
    a: "out struct? dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["read"],
    doc: "dst = the only row, null when there is none; raises TooManyRows.",
  },
  QueryScalar: {
    code: 193,
    a: "out value dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["read"],
    doc: "dst = the first column of the only row, null when there is none; raises TooManyRows.",
  },
  QueryExists: {
    code: 194,
    a: "out bool dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["read"],
    doc: "dst = the query has a row.",
  },
  OpenRows: {
    code: 195,
    a: "out cursor dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["read"],
    doc: "Starts a query for a row loop or cursor; its rows are those of now.",
  },
  NextRow: {
    code: 196,
    a: "in cursor rows",
    b: "target exit",
    fuel: 1,
    doc: "Steps to the next row, or closes the rows and jumps to exit at the end.",
  },
  RowCell: {
    code: 197,
    a: "out value dst",
    b: "in cursor rows",
    c: "slot column",
    fuel: 1,
    doc: "dst = a cell of the current row.",
  },
  RowStruct: {
    code: 198,
    a: "out struct dst",
    b: "in cursor rows",
    fuel: 2,
    doc: "dst = the current row as a struct.",
  },
  CloseRows: { code: 199, a: "in cursor rows", fuel: 1, doc: "Closes rows; closing again does nothing." },
  Execute: {
    code: 200,
    a: "out? int dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["write"],
    doc: "Runs a statement that writes; dst = number of rows changed.",
  },
  ExecuteReturning: {
    code: 201,
    a: "out table dst",
    b: "const sql statement",
    c: "args parameters",
    fuel: 10,
    effects: ["write"],
    doc: "Runs a statement that writes; dst = the rows of its RETURNING.",
  },
  ExecuteText: {
    code: 202,
    a: "out? value dst",
    b: "const names parameters",
    c: "args text",
    fuel: 20,
    effects: ["read", "write"],
    doc: "Runs SQL text in register c with the parameters after it; dst = a table for a query, else the number of rows changed.",
  },
  RowCount: {
    code: 203,
    a: "out int dst",
    fuel: 1,
    doc: "dst = rows changed, or read into values, by this call's last statement: 0 means NOT FOUND.",
  },
  Fetch: {
    code: 204,
    a: "out bool dst",
    b: "in cursor rows",
    fuel: 1,
    doc: "Steps a cursor to its next row; dst = there was one. Closed cursors raise InvalidCast.",
  },

  // --- world ---
  Print: {
    code: 210,
    a: "in value operand",
    fuel: 5,
    effects: ["output"],
    doc: "Writes the printed form of a value as one line.",
  },
  Log: {
    code: 211,
    a: "in value operand",
    b: "imm level",
    fuel: 5,
    effects: ["output"],
    doc: "Writes to the log: level 0 debug, 1 info, 2 warn, 3 error.",
  },
  Emit: { code: 212, a: "in table rows", fuel: 5, effects: ["output"], doc: "Delivers a result set to the client." },
  Now: { code: 213, a: "out timestamp dst", fuel: 1, effects: ["clock"], doc: "dst = the time of the outermost call." },
  Random: {
    code: 214,
    a: "out float dst",
    fuel: 1,
    effects: ["random"],
    doc: "dst = the next random number in [0, 1).",
  },
  StartAsync: {
    code: 215,
    a: "out? handle dst",
    b: "const job job",
    c: "args arguments",
    fuel: 20,
    effects: ["jobs"],
    doc: "Starts an asynchronous call.",
  },
  Await: {
    code: 216,
    a: "out? value dst",
    b: "in handle handle",
    fuel: 20,
    effects: ["jobs"],
    doc: "dst = the result of a job; raises its error.",
  },
  Manage: {
    code: 217,
    a: "out? value dst",
    b: "const management statement",
    c: "args arguments",
    fuel: 50,
    effects: ["session"],
    doc: "Carries out a management or session statement; dst = its result.",
  },

  // --- script-level variables ---
  LoadGlobal: {
    code: 220,
    a: "out value dst",
    b: "slot global",
    fuel: 1,
    doc: "dst = a script-level variable (borrowed).",
  },
  StoreGlobal: {
    code: 221,
    a: "slot global",
    b: "in value src",
    fuel: 1,
    doc: "Sets a script-level variable; src's type must be one of the variable's.",
  },
  Cover: {
    code: 222,
    a: "slot counter",
    fuel: 0,
    doc: "Counts that this place was reached; only in code that was compiled for coverage.",
  },
} as const satisfies Record<string, OpcodeRow>;

/** Name of an instruction. */
export type OpcodeName = keyof typeof OPCODES;

/** Instruction names in table order. */
export const OPCODE_NAMES = Object.keys(OPCODES) as readonly OpcodeName[];

/** The row of a name, with the common type. */
export function opcodeRow(name: OpcodeName): OpcodeRow {
  return OPCODES[name];
}

const NAME_BY_CODE: readonly (OpcodeName | undefined)[] = (() => {
  const names: (OpcodeName | undefined)[] = [];
  for (const name of OPCODE_NAMES) names[OPCODES[name].code] = name;
  return names;
})();

/** The name of an encoded number, or undefined. */
export function opcodeName(code: number): OpcodeName | undefined {
  return NAME_BY_CODE[code];
}

/**
 * Where the number of registers behind an `args` operand comes from.
 * `operand c`: that operand holds it; `sql`, `names`, `import`, `job`, `management`, `shape`: the constant in b; `routine`, `captures`: the routine in b; a number: always that many.
 * `names` and `closure` count one more: the text or closure in the first register; `intrinsic rest` one less: the first argument is the updated register.
 */
export const ARGUMENT_COUNTS = {
  Interpolate: "operand c",
  ListUpdate: "intrinsic rest",
  Slice: 2,
  ListNew: "operand c",
  StructNew: "shape",
  Call: "routine",
  CallImport: "import",
  CallClosure: "closure",
  MakeClosure: "captures",
  Intrinsic: "intrinsic",
  ErrorNew: 2,
  Query: "sql",
  QueryFirst: "sql",
  QueryOne: "sql",
  QueryScalar: "sql",
  QueryExists: "sql",
  OpenRows: "sql",
  Execute: "sql",
  ExecuteReturning: "sql",
  ExecuteText: "names",
  StartAsync: "job",
  Manage: "management",
} as const satisfies Partial<
  Record<
    OpcodeName,
    | number
    | "operand c"
    | "sql"
    | "names"
    | "import"
    | "job"
    | "management"
    | "shape"
    | "routine"
    | "captures"
    | "closure"
    | "intrinsic"
    | "intrinsic rest"
  >
>;
