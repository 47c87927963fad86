// Table values in table position: an eponymous virtual table per number of columns, `gobi_table_3(handle)`, whose rows come straight from the value's columns.
// Measured for 100,000 rows x 3 columns (2 cores, 2.1 GHz), per row: this 460 ns, filling a temp table 778 ns, json_each with `->>` 1,041 ns. For a list of
// scalars json_each wins (359 against 514 ns, and 1.5 against 3.3 µs for three items), so lists are bound as JSON (bind.ts).
import type Database from "better-sqlite3";
import { cell } from "../../base/value/column.ts";
import { ListValue, StructValue, TableValue, type Value } from "../../base/value/value.ts";
import { EngineError } from "../engine.ts";
import { type RawValue, rawOfValue } from "./bind.ts";

/** Rows that a statement reads through the table module, by handle, while it runs. */
export interface TableHandles {
  /** Makes the value readable under the number that is bound. @throws EngineError `typeMismatch` when the value is no table and no list of structs. */
  open(value: Value): number;
  releaseAll(): void;
}

/** The connection's table module. */
export interface TableModule extends TableHandles {
  /** Name of the virtual table for this many columns; it is registered when first asked for. */
  moduleFor(columnCount: number): string;
}

interface RowReader {
  readonly length: number;
  read(row: number, into: RawValue[]): void;
}

function readerOf(value: Value): RowReader {
  if (value instanceof TableValue) {
    const { columns } = value;
    return {
      length: value.length,
      read: (row, into) => {
        columns.forEach((column, i) => {
          into[i] =
            column.kind === "floats"
              ? column.nulls?.[row] === 1
                ? null
                : (column.data[row] ?? null)
              : rawOfValue(cell(column, row));
        });
      },
    };
  }
  if (value instanceof ListValue) {
    const { items } = value;
    return {
      length: items.length,
      read: (row, into) => {
        const item = items[row] ?? null;
        if (item instanceof StructValue) item.slots.forEach((slot, i) => (into[i] = rawOfValue(slot)));
        else into[0] = rawOfValue(item);
      },
    };
  }
  if (value === null) return { length: 0, read: () => undefined };
  throw new EngineError("Only a table or a list can be used as a table.", { kind: "typeMismatch", code: "GOBI_VALUE" });
}

/** Results by their arguments: rows whose last column is the result. */
function resultsByArguments(reader: RowReader, argumentCount: number): ReadonlyMap<string, RawValue> {
  const results = new Map<string, RawValue>();
  const row: RawValue[] = new Array<RawValue>(argumentCount + 1).fill(null);
  for (let i = 0; i < reader.length; i += 1) {
    reader.read(i, row);
    results.set(keyOf(row.slice(0, argumentCount)), row[argumentCount] ?? null);
  }
  return results;
}

// Equal keys for equal values: an integral REAL and the INTEGER of the same value are told apart, as `typeof` does.
function keyOf(values: readonly RawValue[]): string {
  return JSON.stringify(
    values.map((value) =>
      value instanceof Uint8Array
        ? ["b", Buffer.from(value).toString("base64")]
        : typeof value === "bigint"
          ? ["i", value.toString()]
          : value,
    ),
  );
}

/** Makes the table module of one connection. */
export function createTableModule(db: Database.Database): TableModule {
  const readers = new Map<number, RowReader>();
  const registered = new Set<number>();
  let nextHandle = 1;
  const register = (columnCount: number, name: string): void => {
    db.table(name, {
      columns: Array.from({ length: columnCount }, (_, i) => `c${i + 1}`),
      parameters: ["handle"],
      directOnly: true,
      *rows(handle: unknown) {
        const reader = readers.get(Number(handle));
        if (reader === undefined)
          throw new EngineError(`${name} is called by the engine only.`, { kind: "other", code: "GOBI_TABLE" });
        const row: RawValue[] = new Array<RawValue>(columnCount).fill(null);
        for (let i = 0; i < reader.length; i += 1) {
          reader.read(i, row);
          yield row;
        }
      },
    });
    registered.add(columnCount);
  };
  const lookups = new Map<number, ReadonlyMap<string, RawValue>>();
  // Called once per row: the table of results becomes a map at the first call. Arguments that were not asked for belong to rows that another condition refuses.
  db.function(
    "gobi_lookup",
    { varargs: true, safeIntegers: true, directOnly: true },
    (handle: unknown, ...args: unknown[]): RawValue => {
      const number = Number(handle);
      const reader = readers.get(number);
      if (reader === undefined)
        throw new EngineError("gobi_lookup is called by the engine only.", { kind: "other", code: "GOBI_TABLE" });
      const known = lookups.get(number) ?? resultsByArguments(reader, args.length);
      lookups.set(number, known);
      return known.get(keyOf(args as RawValue[])) ?? null;
    },
  );
  return {
    moduleFor(columnCount) {
      const name = `gobi_table_${columnCount}`;
      if (!registered.has(columnCount)) register(columnCount, name);
      return name;
    },
    open(value) {
      const handle = nextHandle;
      nextHandle += 1;
      readers.set(handle, readerOf(value));
      return handle;
    },
    releaseAll() {
      if (readers.size > 0) readers.clear();
      if (lookups.size > 0) lookups.clear();
    },
  };
}
