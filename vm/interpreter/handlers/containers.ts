// Lists, maps, structs and tables off the hot path: making them, access by any index or name, nested assignment, tables from and to lists.
// Values got out of a container are borrowed (see opcodes.ts); Own operations make a contained container safe to change in place.
import { cell, type Column } from "../../../base/value/column.ts";
import { required } from "../../../base/failure.ts";
import { valueOfJson } from "../../../base/value/json.ts";
import { isInt } from "../../../base/value/kind.ts";
import {
  ErrorValue,
  Interval,
  Json,
  ListValue,
  MapValue,
  type Shape,
  StructValue,
  TableValue,
  type Value,
} from "../../../base/value/value.ts";
import { intrinsicById } from "../../../bytecode/intrinsics/intrinsics.ts";
import type { ConstantOf } from "../../../bytecode/program.ts";
import { trap, type Trap } from "../../../bytecode/trap.ts";
import { listUpdate } from "../../intrinsics/list-updates.ts";
import { tableToList } from "../cast.ts";
import { chargeMemory, checkItems, ENTRY_BYTES, RECORD_BYTES, SLOT_BYTES, STRING_BYTES } from "../memory.ts";
import { kindName, shortPrint } from "../register-kind.ts";
import { deliver, read, readAll } from "../registers.ts";
import { copyList, copyStruct, indexIn, noSlot, share } from "../slow-paths.ts";
import { noValues } from "../slots.ts";
import type { MachineState } from "../state.ts";
import type { HandlerTable } from "./handler.ts";
import { slice } from "./slice.ts";
import { stackText } from "../unwind.ts";

type Names =
  | "ListNew"
  | "ListUpdate"
  | "Slice"
  | "IndexGet"
  | "IndexSet"
  | "OwnItem"
  | "MapNew"
  | "MapSet"
  | "MapLen"
  | "StructNew"
  | "FieldGet"
  | "FieldSet"
  | "OwnSlot"
  | "OwnField"
  | "Reshape"
  | "TableLen"
  | "TableRow"
  | "TableToList"
  | "TableColumn"
  | "TableFromList";

export const CONTAINER_HANDLERS: HandlerTable<Names> = {
  ListNew: (m, a, b, c) => {
    chargeMemory(m, RECORD_BYTES + c * SLOT_BYTES);
    m.values[m.base + a] = new ListValue(readAll(m, b, c));
  },
  ListUpdate: (m, a, b, c) => {
    const update = required(listUpdate(b), "a verified intrinsic that works in place");
    const args = readAll(m, c, (intrinsicById(b)?.parameters.length ?? 1) - 1);
    // Before the list is made its register's own: it may be its own item.
    for (const value of args) share(value);
    const list = ownOperand(m, a) as ListValue;
    update(m.context, list.items, args);
  },
  Slice: (m, a, b, c) => deliver(m, a, slice(m, read(m, b), read(m, c), read(m, c + 1))),
  IndexGet: (m, a, b, c) => deliver(m, a, itemOf(m, read(m, b), read(m, c))),
  IndexSet: (m, a, b, c) => {
    const subject = ownOperand(m, a);
    setItem(m, subject, read(m, b), read(m, c));
  },
  OwnItem: (m, a, b, c) => {
    const subject = ownOperand(m, b);
    const index = read(m, c);
    const owned = ownValue(m, itemOf(m, subject, index));
    setItem(m, subject, index, owned);
    deliver(m, a, owned);
  },
  MapNew: (m, a) => {
    chargeMemory(m, RECORD_BYTES);
    m.values[m.base + a] = new MapValue(new Map());
  },
  MapSet: (m, a, b, c) => {
    const item = read(m, c);
    setEntry(m, ownOperand(m, a) as MapValue, m.values[m.base + b] as string, item);
  },
  MapLen: (m, a, b) => {
    m.numbers[m.base + a] = (m.values[m.base + b] as MapValue).entries.size;
  },
  StructNew: (m, a, b, c) => {
    const shape = m.routine.owner.shapes[b] as Shape;
    const count = shape.fields.length;
    m.memory += RECORD_BYTES + count * SLOT_BYTES;
    if (m.memory > m.memoryCheck) chargeMemory(m, 0);
    m.values[m.base + a] = new StructValue(shape, readAll(m, c, count));
  },
  FieldGet: (m, a, b, c) => deliver(m, a, namedField(m, read(m, b), c)),
  FieldSet: (m, a, b, c) => setField(m, ownOperand(m, a), fieldName(m, b), read(m, c)),
  OwnSlot: (m, a, b, c) => {
    const subject = ownOperand(m, b) as StructValue;
    const item = subject.slots[c];
    if (item === undefined) throw noSlot(m, m.base + b, c);
    const owned = ownValue(m, item);
    subject.slots[c] = owned;
    deliver(m, a, owned);
  },
  OwnField: (m, a, b, c) => {
    const subject = ownOperand(m, b);
    const owned = ownValue(m, namedField(m, subject, c));
    setField(m, subject, fieldName(m, c), owned);
    deliver(m, a, owned);
  },
  Reshape: (m, a, b, c) => {
    m.values[m.base + a] = reshape(m, read(m, b), m.routine.owner.shapes[c] as Shape);
  },
  TableLen: (m, a, b) => {
    m.numbers[m.base + a] = (m.values[m.base + b] as TableValue).length;
  },
  TableRow: (m, a, b, c) => {
    const table = m.values[m.base + b] as TableValue;
    m.values[m.base + a] = rowOf(m, table, indexIn(m.intAt(m.base + c), table.length));
  },
  TableToList: (m, a, b) => {
    m.values[m.base + a] = tableToList(m, m.values[m.base + b] as TableValue);
  },
  TableColumn: (m, a, b, c) => {
    const table = m.values[m.base + b] as TableValue;
    const column = table.columns[c];
    if (column === undefined)
      throw trap("OutOfRange", `The table has ${table.columns.length} columns, column ${c + 1} is wanted.`);
    chargeMemory(m, RECORD_BYTES + table.length * SLOT_BYTES);
    m.fuel -= table.length;
    const items = noValues();
    for (let row = 0; row < table.length; row += 1) items.push(cell(column, row));
    m.values[m.base + a] = new ListValue(items);
  },
  TableFromList: (m, a, b, c) => {
    m.values[m.base + a] = tableFromList(m, m.values[m.base + b] as ListValue, m.routine.owner.shapes[c] as Shape);
  },
};

// --- reading ---

function itemOf(m: MachineState, subject: Value, index: Value): Value {
  if (subject instanceof ListValue) return subject.items[indexIn(wholeNumber(index), subject.items.length)] ?? null;
  if (subject instanceof MapValue) return subject.entries.get(keyOf(index)) ?? null;
  if (typeof subject === "string") return pointAt(m, subject, wholeNumber(index));
  if (subject instanceof Uint8Array) return subject[indexIn(wholeNumber(index), subject.length)] ?? null;
  if (subject instanceof Json) return itemOf(m, valueOfJson(subject, m.work), index);
  if (subject instanceof TableValue) return rowOf(m, subject, indexIn(wholeNumber(index), subject.length));
  if (subject instanceof StructValue) return fieldByName(m, subject, keyOf(index));
  throw trap("InvalidCast", `${kindName(subject)} has no items.`, subject);
}

function wholeNumber(index: Value): number | bigint {
  if (!isInt(index)) throw trap("InvalidCast", `An index is an int, found ${kindName(index)}.`, index);
  return index;
}

function keyOf(index: Value): string {
  if (typeof index !== "string") throw trap("InvalidCast", `A key is a string, found ${kindName(index)}.`, index);
  return index;
}

/** A character by code points. Texts without surrogates are indexed directly; others are walked. */
function pointAt(m: MachineState, text: string, index: number | bigint): string {
  const isPlain = !/[\ud800-\udfff]/.test(text);
  m.fuel -= text.length >> 6;
  if (isPlain) return text.charAt(indexIn(index, text.length));
  const points = Array.from(text);
  m.fuel -= points.length >> 2;
  return points[indexIn(index, points.length)] ?? "";
}

function rowOf(m: MachineState, table: TableValue, row: number): StructValue {
  chargeMemory(m, RECORD_BYTES + table.columns.length * SLOT_BYTES);
  return new StructValue(
    table.shape,
    table.columns.map((column) => cell(column, row)),
  );
}

function fieldName(m: MachineState, constant: number): string {
  return (m.routine.owner.program.constants[constant] as ConstantOf<"string">).value;
}

/** A field by the name in a constant; the slot is remembered per constant for the shape it was found in. */
function namedField(m: MachineState, subject: Value, constant: number): Value {
  const { owner } = m.routine;
  if (!(subject instanceof StructValue)) return fieldByName(m, subject, fieldName(m, constant));
  if (owner.fieldShapes[constant] !== subject.shape) {
    const slot = subject.shape.slotOf(fieldName(m, constant));
    if (slot < 0) throw noField(subject, fieldName(m, constant));
    owner.fieldShapes[constant] = subject.shape;
    owner.fieldSlots[constant] = slot;
  }
  return subject.slots[owner.fieldSlots[constant] ?? 0] ?? null;
}

function fieldByName(m: MachineState, subject: Value, name: string): Value {
  if (subject instanceof StructValue) {
    const slot = subject.shape.slotOf(name);
    if (slot < 0) throw noField(subject, name);
    return subject.slots[slot] ?? null;
  }
  if (subject instanceof MapValue) return subject.entries.get(name) ?? null;
  if (subject instanceof ErrorValue) return errorField(m, subject, name);
  if (subject instanceof Json) {
    const opened = valueOfJson(subject, m.work);
    if (opened instanceof MapValue) return opened.entries.get(name) ?? null;
  }
  if (subject instanceof Interval && (name === "months" || name === "days" || name === "micros")) return subject[name];
  throw noField(subject, name);
}

function errorField(m: MachineState, error: ErrorValue, name: string): Value {
  switch (name.toLowerCase()) {
    case "code":
      return error.code;
    case "message":
      return error.message;
    case "detail":
      return error.detail;
    case "stack":
      return stackText(error);
    default: {
      const { detail } = error;
      if (detail instanceof StructValue) {
        const slot = detail.shape.slotOf(name);
        if (slot >= 0) return detail.slots[slot] ?? null;
      }
      if (detail instanceof MapValue) return detail.entries.get(name) ?? null;
      // Engine errors have these fields; where the engine gave none they are null.
      if (["sqlstate", "constraint", "table", "column"].includes(name.toLowerCase())) return null;
      m.work.spend(1);
      throw noField(error, name);
    }
  }
}

function noField(subject: Value, name: string): Trap {
  const fields = subject instanceof StructValue ? `; it has ${subject.shape.fields.join(", ")}` : "";
  return trap(
    "InvalidCast",
    `${kindName(subject)} has no field ${name}${fields}.`,
    subject instanceof StructValue ? null : subject,
  );
}

// --- writing ---

/** The container in an operand, safe to change in place: a shared one is replaced by a copy. */
function ownOperand(m: MachineState, operand: number): Value {
  const owned = ownValue(m, m.values[m.base + operand] ?? null);
  m.values[m.base + operand] = owned;
  return owned;
}

function ownValue(m: MachineState, value: Value): Value {
  if (value instanceof ListValue) return value.shared ? copyList(m, value) : value;
  if (value instanceof StructValue) return value.shared ? copyStruct(m, value) : value;
  if (value instanceof MapValue) return value.shared ? copyMap(m, value) : value;
  throw trap("InvalidCast", `${value === null ? "null" : kindName(value)} has nothing to assign to.`, value);
}

function copyMap(m: MachineState, map: MapValue): MapValue {
  chargeMemory(m, RECORD_BYTES + map.entries.size * ENTRY_BYTES);
  m.fuel -= map.entries.size >> 2;
  for (const item of map.entries.values()) if (typeof item === "object") share(item);
  return new MapValue(new Map(map.entries));
}

function setItem(m: MachineState, subject: Value, index: Value, item: Value): void {
  if (subject instanceof ListValue) subject.items[indexIn(wholeNumber(index), subject.items.length)] = item;
  else if (subject instanceof MapValue) setEntry(m, subject, keyOf(index), item);
  else if (subject instanceof StructValue) setField(m, subject, keyOf(index), item);
  else throw trap("InvalidCast", `${kindName(subject)} has no items to assign to.`, subject);
}

function setEntry(m: MachineState, map: MapValue, key: string, item: Value): void {
  if (!map.entries.has(key)) {
    checkItems(map.entries.size + 1);
    chargeMemory(m, ENTRY_BYTES + STRING_BYTES + key.length);
  }
  map.entries.set(key, item);
}

function setField(m: MachineState, subject: Value, name: string, item: Value): void {
  if (subject instanceof MapValue) return setEntry(m, subject, name, item);
  if (!(subject instanceof StructValue))
    throw trap("InvalidCast", `${kindName(subject)} has no fields to assign to.`, subject);
  const slot = subject.shape.slotOf(name);
  if (slot < 0) throw noField(subject, name);
  subject.slots[slot] = item;
}

function reshape(m: MachineState, subject: Value, shape: Shape): StructValue {
  chargeMemory(m, RECORD_BYTES + shape.fields.length * SLOT_BYTES);
  if (!(subject instanceof StructValue) && !(subject instanceof MapValue))
    throw trap("InvalidCast", `${shortPrint(subject)} has no fields.`, subject);
  const slots = shape.fields.map((field) => {
    const item = subject instanceof MapValue ? subject.entries.get(field) : subject.slots[subject.shape.slotOf(field)];
    if (item === undefined) throw noField(subject, field);
    if (typeof item === "object") share(item);
    return item;
  });
  return new StructValue(shape, slots);
}

function tableFromList(m: MachineState, list: ListValue, shape: Shape): TableValue {
  const count = list.items.length;
  const width = shape.fields.length;
  chargeMemory(m, RECORD_BYTES + count * width * SLOT_BYTES);
  m.fuel -= count;
  const data: Value[][] = shape.fields.map(() => []);
  for (const item of list.items) {
    const isRow = item instanceof StructValue || item instanceof MapValue;
    if (!isRow && width !== 1) throw trap("InvalidCast", `A row is a struct, found ${kindName(item)}.`, item);
    shape.fields.forEach((field, column) => {
      const value =
        item instanceof StructValue
          ? item.slots[item.shape.slotOf(field)]
          : item instanceof MapValue
            ? item.entries.get(field)
            : item;
      if (value === undefined) throw noField(item, field);
      data[column]?.push(value);
    });
  }
  const columns = data.map((values): Column => ({ kind: "values", type: "any", data: values, nulls: undefined }));
  return new TableValue(shape, columns, count);
}
