// Comparison, three-valued logic, type tests, casts, narrowing, text in one piece.
import { compareSql, compareText, compareTotal, equalSql, equalValues } from "../../../base/value/compare.ts";
import { compareDecimal } from "../../../base/value/decimal.ts";
import { printValue } from "../../../base/value/print.ts";
import type { Decimal, Value } from "../../../base/value/value.ts";
import { trap } from "../../../bytecode/trap.ts";
import type { ConstantOf } from "../../../bytecode/program.ts";
import { castTo, typeIs } from "../cast.ts";
import { chargeMemory, checkStringLength, STRING_BYTES } from "../memory.ts";
import { kindName } from "../register-kind.ts";
import { deliver, read } from "../registers.ts";
import type { MachineState } from "../state.ts";
import type { Handler, HandlerTable } from "./handler.ts";

type Names =
  | "EqAny"
  | "NeAny"
  | "LtAny"
  | "LeAny"
  | "SameAny"
  | "CompareAny"
  | "NotNullable"
  | "AndNullable"
  | "OrNullable"
  | "TypeIs"
  | "LtString"
  | "LeString"
  | "CompareDecimal"
  | "CastTo"
  | "NarrowChecked"
  | "Interpolate";

export const LOGIC_HANDLERS: HandlerTable<Names> = {
  EqAny: (m, a, b, c) => setValue(m, a, equalSql(read(m, b), read(m, c), m.work)),
  NeAny: (m, a, b, c) => {
    const equal = equalSql(read(m, b), read(m, c), m.work);
    setValue(m, a, equal === null ? null : !equal);
  },
  LtAny: ordered((order) => order < 0),
  LeAny: ordered((order) => order <= 0),
  SameAny: (m, a, b, c) => setValue(m, a, equalValues(read(m, b), read(m, c), m.work)),
  CompareAny: (m, a, b, c) => {
    m.numbers[m.base + a] = Math.sign(compareTotal(read(m, b), read(m, c), m.work));
  },
  NotNullable: (m, a, b) => {
    const value = m.values[m.base + b];
    setValue(m, a, value === null ? null : value !== true);
  },
  AndNullable: (m, a, b, c) => {
    const left = m.values[m.base + b];
    const right = m.values[m.base + c];
    setValue(m, a, left === false || right === false ? false : left === null || right === null ? null : true);
  },
  OrNullable: (m, a, b, c) => {
    const left = m.values[m.base + b];
    const right = m.values[m.base + c];
    setValue(m, a, left === true || right === true ? true : left === null || right === null ? null : false);
  },
  TypeIs: (m, a, b, c) => setValue(m, a, typeIs(m, read(m, b), typeConstant(m, c))),
  LtString: (m, a, b, c) =>
    setValue(m, a, compareText(m.values[m.base + b] as string, m.values[m.base + c] as string) < 0),
  LeString: (m, a, b, c) =>
    setValue(m, a, compareText(m.values[m.base + b] as string, m.values[m.base + c] as string) <= 0),
  CompareDecimal: (m, a, b, c) => {
    m.numbers[m.base + a] = Math.sign(compareDecimal(m.values[m.base + b] as Decimal, m.values[m.base + c] as Decimal));
  },
  CastTo: (m, a, b, c) => deliver(m, a, castTo(m, read(m, b), typeConstant(m, c))),
  NarrowChecked: (m, a, b) => deliver(m, a, read(m, b)),
  Interpolate: (m, a, b, c) => {
    let text = "";
    for (let i = 0; i < c; i += 1) {
      text += printValue(read(m, b + i), m.work);
      checkStringLength(text.length);
    }
    chargeMemory(m, STRING_BYTES + text.length);
    m.values[m.base + a] = text;
  },
};

function setValue(m: MachineState, operand: number, value: Value): void {
  m.values[m.base + operand] = value;
}

function typeConstant(m: MachineState, index: number): ConstantOf<"type">["type"] {
  return (m.routine.owner.program.constants[index] as ConstantOf<"type">).type;
}

function ordered(holds: (order: number) => boolean): Handler {
  return (m, a, b, c) => {
    const left = read(m, b);
    const right = read(m, c);
    const order = compareSql(left, right, m.work);
    if (order === undefined)
      throw trap("InvalidCast", `${kindName(left)} and ${kindName(right)} have no common order.`, left);
    setValue(m, a, order === null ? null : holds(order));
  };
}
