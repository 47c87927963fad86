// SQL statements through the host: rows into tables, structs, scalars and loops; statements that write.
import { cell, type Column } from "../../../base/value/column.ts";
import { CursorValue, Shape, StructValue, TableValue, type Value } from "../../../base/value/value.ts";
import type { ConstantOf } from "../../../bytecode/program.ts";
import { trap, type Trap } from "../../../bytecode/trap.ts";
import type { HostRows } from "../../host.ts";
import { chargeMemory, recount, RECORD_BYTES, SLOT_BYTES } from "../memory.ts";
import { LINKS } from "../links.ts";
import type { LoadedRoutine, LoadedStatement } from "../../load.ts";
import { deliver, readAll, readAllOf } from "../registers.ts";
import { beforeWrite, closeRows, openScope } from "../scopes.ts";
import { chargeRows, nextBatch } from "../slow-paths.ts";
import { type MachineState, RowsState } from "../state.ts";
import type { HandlerTable } from "./handler.ts";

type Names =
  | "Query"
  | "QueryFirst"
  | "QueryOne"
  | "QueryScalar"
  | "QueryExists"
  | "OpenRows"
  | "RowStruct"
  | "CloseRows"
  | "Execute"
  | "ExecuteReturning"
  | "ExecuteText"
  | "RowCount"
  | "Fetch";

export const SQL_HANDLERS: HandlerTable<Names> = {
  Query: (m, a, b, c) => {
    const table = collect(m, b, query(m, b, c));
    m.rowCount = table.length;
    m.values[m.base + a] = table;
  },
  QueryFirst: (m, a, b, c) => {
    m.values[m.base + a] = withRows(query(m, b, c), (rows) => firstRow(m, b, rows, false));
  },
  QueryOne: (m, a, b, c) => {
    m.values[m.base + a] = withRows(query(m, b, c), (rows) => firstRow(m, b, rows, true));
  },
  QueryScalar: (m, a, b, c) =>
    deliver(
      m,
      a,
      withRows(query(m, b, c), (rows) => scalar(m, rows)),
    ),
  QueryExists: (m, a, b, c) => {
    const found = withRows(query(m, b, c), (rows) => (rows.next()?.length ?? 0) > 0);
    m.rowCount = found ? 1 : 0;
    m.values[m.base + a] = found;
  },
  OpenRows: (m, a, b, c) => {
    const source = query(m, b, c);
    const rows = new RowsState(source, rowShape(m, b, source.names));
    openScope(m, "rows", -1, { rows });
    m.values[m.base + a] = new CursorValue(rows);
  },
  RowStruct: (m, a, b) => {
    const rows = rowsAt(m, b);
    if (rows.row < 0 || rows.row >= rows.length) throw trap("OutOfRange", "There is no current row.");
    m.values[m.base + a] = structAt(m, rows.shape, rows.columns, rows.row);
  },
  CloseRows: (m, a) => {
    const rows = rowsAt(m, a);
    closeRows(rows);
    const position = m.scopes.findLastIndex((scope) => scope.rows === rows);
    if (position >= 0) m.scopes.splice(position, 1);
  },
  Execute: (m, a, b, c) => {
    beforeWrite(m);
    const { routine } = m;
    const statement = statementOf(routine, b);
    const { changes } = m.host.execute(statement.form, readAllOf(m, routine, c, statement.parameterCount));
    // Rows that are written change no routine, but what they fire may: that runs in the host, which is visited when it ends.
    if (!statement.writesRows) LINKS.visit(m.host);
    m.rowCount = changes;
    if (a < routine.kinds.length) deliver(m, a, changes);
  },
  ExecuteReturning: (m, a, b, c) => {
    beforeWrite(m);
    const { routine } = m;
    const { form, parameterCount } = statementOf(routine, b);
    const { changes, rows } = m.host.execute(form, readAllOf(m, routine, c, parameterCount));
    LINKS.visit(m.host);
    m.rowCount = changes;
    if (rows !== undefined) chargeRows(m, rows.columns, rows.length);
    m.values[m.base + a] = rows ?? new TableValue(new Shape("", []), [], 0);
  },
  ExecuteText: (m, a, b, c) => {
    beforeWrite(m);
    const { names } = m.routine.owner.program.constants[b] as ConstantOf<"names">;
    const text = m.values[m.base + c] as string;
    const { rows, changes } = m.host.executeText(
      text,
      names.map((name) => name ?? undefined),
      readAll(m, c + 1, names.length),
    );
    LINKS.visit(m.host);
    m.rowCount = rows?.length ?? changes;
    if (rows !== undefined) chargeRows(m, rows.columns, rows.length);
    deliver(m, a, rows ?? changes);
  },
  RowCount: (m, a) => m.setInt(m.base + a, m.rowCount),
  Fetch: (m, a, b) => {
    const rows = rowsAt(m, b);
    rows.row += 1;
    const found = rows.row < rows.length || nextBatch(m, rows);
    m.rowCount = found ? 1 : 0;
    m.values[m.base + a] = found;
  },
};

function statementOf(routine: LoadedRoutine, constant: number): LoadedStatement {
  return routine.owner.statements[constant] as LoadedStatement;
}

function query(m: MachineState, constant: number, first: number): HostRows {
  const { routine } = m;
  const { form, parameterCount } = statementOf(routine, constant);
  return m.host.query(form, readAllOf(m, routine, first, parameterCount));
}

/** The shape of a statement's rows. It is kept with the statement: making one costs more than a small query, and fields are looked up by shape. */
function rowShape(m: MachineState, constant: number, names: readonly string[]): Shape {
  const statement = statementOf(m.routine, constant);
  const known = statement.rowShape;
  if (
    known !== undefined &&
    known.fields.length === names.length &&
    known.fields.every((field, slot) => field === names[slot])
  )
    return known;
  const shape = new Shape("", names);
  statement.rowShape = shape;
  return shape;
}

function withRows<T>(rows: HostRows, use: (rows: HostRows) => T): T {
  try {
    return use(rows);
  } finally {
    rows.close();
  }
}

function rowsAt(m: MachineState, operand: number): RowsState {
  return (m.values[m.base + operand] as CursorValue).source as RowsState;
}

function structAt(m: MachineState, shape: Shape, columns: readonly Column[], row: number): StructValue {
  chargeMemory(m, RECORD_BYTES + columns.length * SLOT_BYTES);
  return new StructValue(
    shape,
    columns.map((column) => cell(column, row)),
  );
}

function tooMany(): Trap {
  return trap("TooManyRows", "The query gave more than one row where one was expected.");
}

function firstRow(m: MachineState, constant: number, rows: HostRows, only: boolean): StructValue | null {
  const batch = rows.next();
  m.rowCount = batch === undefined || batch.length === 0 ? 0 : 1;
  if (batch === undefined || batch.length === 0) return null;
  if (only && (batch.length > 1 || (rows.next()?.length ?? 0) > 0)) throw tooMany();
  chargeRows(m, batch.columns, 1);
  return structAt(m, rowShape(m, constant, rows.names), batch.columns, 0);
}

function scalar(m: MachineState, rows: HostRows): Value {
  const batch = rows.next();
  m.rowCount = batch === undefined || batch.length === 0 ? 0 : 1;
  if (batch === undefined || batch.length === 0) return null;
  if (batch.length > 1 || (rows.next()?.length ?? 0) > 0) throw tooMany();
  chargeRows(m, batch.columns, 1);
  const [column] = batch.columns;
  return column === undefined ? null : cell(column, 0);
}

/** All rows of a query as one table. */
function collect(m: MachineState, constant: number, source: HostRows): TableValue {
  return withRows(source, (rows) => {
    const batches: { readonly columns: readonly Column[]; readonly length: number }[] = [];
    let held = 0;
    for (let batch = rows.next(); batch !== undefined && batch.length > 0; batch = rows.next()) {
      held += chargeRows(m, batch.columns, batch.length);
      // No register holds the batches yet: a recount would not find them.
      if (held > m.memoryMax) recount(m, held);
      batches.push(batch);
    }
    const shape = rowShape(m, constant, rows.names);
    const [only] = batches;
    if (only !== undefined && batches.length === 1) return new TableValue(shape, only.columns, only.length);
    const length = batches.reduce((sum, batch) => sum + batch.length, 0);
    return new TableValue(
      shape,
      rows.names.map((_name, column) =>
        joined(batches.map((batch) => ({ column: batch.columns[column], length: batch.length }))),
      ),
      length,
    );
  });
}

/** One column of the pieces of several batches; typed arrays when all pieces have them. */
function joined(pieces: readonly { readonly column: Column | undefined; readonly length: number }[]): Column {
  const [first] = pieces;
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const kind = first?.column?.kind;
  const alike =
    kind !== undefined &&
    pieces.every((piece) => piece.column?.kind === kind && piece.column.type === first?.column?.type);
  if (!alike || kind === "values" || kind === "bigs" || first?.column === undefined) {
    const data: Value[] = [];
    for (const { column, length } of pieces)
      for (let row = 0; row < length; row += 1) data.push(column === undefined ? null : cell(column, row));
    return { kind: "values", type: alike ? (first?.column?.type ?? "any") : "any", data, nulls: undefined };
  }
  const data = new Float64Array(total);
  const nulls = pieces.some((piece) => piece.column?.nulls !== undefined) ? new Uint8Array(total) : undefined;
  let at = 0;
  for (const { column, length } of pieces) {
    if (column === undefined || column.kind === "values" || column.kind === "bigs") continue;
    data.set(column.data.subarray(0, length), at);
    if (nulls !== undefined && column.nulls !== undefined) nulls.set(column.nulls.subarray(0, length), at);
    at += length;
  }
  return first.column.kind === "floats"
    ? { kind: "floats", type: "float", data, nulls }
    : { kind: "ints", type: first.column.type === "bool" ? "bool" : "int", data, nulls };
}
