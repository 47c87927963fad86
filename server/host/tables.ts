// Rows of the engine as table values: one batch, or all batches of a source joined.
import { required } from "../../base/failure.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import { cell } from "../../base/value/column.ts";
import { Shape, TableValue, type Value } from "../../base/value/value.ts";
import type { RowBatch } from "../../storage/engine.ts";

const namesOfColumns = new WeakMap<readonly SqlColumn[], readonly string[]>();
const shapesOfColumns = new WeakMap<readonly SqlColumn[], Shape>();

/** Names of result columns, made once. */
export function namesOf(columns: readonly SqlColumn[]): readonly string[] {
  let names = namesOfColumns.get(columns);
  if (names === undefined) {
    names = columns.map((column) => column.name);
    namesOfColumns.set(columns, names);
  }
  return names;
}

function shapeOf(columns: readonly SqlColumn[]): Shape {
  let shape = shapesOfColumns.get(columns);
  if (shape === undefined) {
    shape = new Shape("", namesOf(columns));
    shapesOfColumns.set(columns, shape);
  }
  return shape;
}

/** A batch as a table value. */
export function tableOf(columns: readonly SqlColumn[], batch: RowBatch): TableValue {
  return new TableValue(shapeOf(columns), batch.columns, batch.length);
}

/** All rows of a source as one table; closes it. */
export function wholeTable(source: {
  readonly columns: readonly SqlColumn[];
  next(): RowBatch | undefined;
  close(): void;
}): TableValue {
  try {
    const first = source.next();
    const empty: RowBatch = {
      columns: source.columns.map((column) => ({ kind: "values", type: column.type, data: [], nulls: undefined })),
      length: 0,
    };
    if (first === undefined) return tableOf(source.columns, empty);
    const second = source.next();
    if (second === undefined) return tableOf(source.columns, first);
    const batches = [first, second];
    for (let batch = source.next(); batch !== undefined; batch = source.next()) batches.push(batch);
    return tableOf(source.columns, joinBatches(batches));
  } finally {
    source.close();
  }
}

/** Batches of the same columns, one after the other. Columns become self-describing values: the batches may differ in representation. */
function joinBatches(batches: readonly RowBatch[]): RowBatch {
  const count = batches[0]?.columns.length ?? 0;
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  const columns = Array.from({ length: count }, (_, column) => {
    const data: Value[] = [];
    for (const batch of batches) for (let row = 0; row < batch.length; row += 1) data.push(cellOf(batch, column, row));
    return {
      kind: "values" as const,
      type: batches[0]?.columns[column]?.type ?? ("any" as const),
      data,
      nulls: undefined,
    };
  });
  return { columns, length };
}

function cellOf(batch: RowBatch, column: number, row: number): Value {
  return cell(required(batch.columns[column], "a column of a batch"), row);
}
