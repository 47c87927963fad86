// Delivery of rows: a query runs as `SELECT count(gobi_push(c1, c2, …)) FROM (query)`, and the registered function puts each row into typed columns.
// Four times cheaper than iterating (PERFORMANCE.md; figures in bench/storage/deliver.ts), and no engine cursor stays open while a program works on the rows.
// Order is kept because SQLite never flattens a subquery with ORDER BY, LIMIT, DISTINCT, windows or compounds into an aggregate (select.c, rules 9 and 16 of
// flattenSubquery), and drops an ORDER BY only under joins or another ORDER BY; test/storage/delivery-order.test.ts guards this.
// Integers arrive as JS numbers while they are exact (102 against 151 ns a row of three ints); at the first one beyond 2^53 the query runs again with bigints.
import type Database from "better-sqlite3";
import { required } from "../../base/failure.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import type { Column } from "../../base/value/column.ts";
import type { Value } from "../../base/value/value.ts";
import { EngineError, type RowBatch } from "../engine.ts";
import { BATCH_ROWS, type BatchBounds, BatchTimer, WHOLE_BATCHES } from "./batch-bounds.ts";
import type { RawValue } from "./bind.ts";
import { storingReader } from "./affinity.ts";
import { type ColumnWriter, FIRST_CAPACITY, valueWriter, writerOf, type WriterContext } from "./columns.ts";
import { makeRowSink, type RowSink, type RowTarget, type SinkParts } from "./row-sink.ts";
import { describeRaw, hintedReaderOf, MISFIT, readerOf, wholeReal } from "./read.ts";

const GROWTH = 4;
/** Typed arrays cost this per row and column at most. */
const CELL_BYTES = 9;

/** Thrown through SQLite when integers turn out to need bigints. Never leaves the engine. */
export class RereadExactly {
  readonly reason = "an integer beyond 2^53";
}
const REREAD = new RereadExactly();

/** Where finished batches go. */
export interface BatchStore {
  /** Takes a batch; `bytes` is what it holds in memory, roughly. */
  add(batch: RowBatch, bytes: number): void;
}

/** The door through which SQLite pushes rows: one per connection. */
export interface PushDoor {
  /** Where rows go while a statement runs: those whose integers arrive as numbers, and those whose integers arrive as bigints. */
  rows: RowTarget;
  exactRows: RowTarget;
}

/** What decides about the form of a stream. */
export interface StreamShape {
  /** Integers come as bigints from the first row on. */
  readonly exact: boolean;
  /** The query gives all rows of one table: a condition around it sees the same rows. Else LIMIT keeps SQLite from looking at the condition inside the query (67 ns a row). */
  readonly plain: boolean;
}

/** The form whose cursor stops at the rows with which a batch is full. A row that `gobi_push` does not answer with 0 goes to `gobi_push_exact` as well. */
export function streamText(query: string, columnCount: number, { exact, plain }: StreamShape): string {
  const names = columnNames(columnCount);
  const pushed = exact
    ? `gobi_push_exact(${names})`
    : `CASE WHEN gobi_push(${names}) THEN gobi_push_exact(${names}) ELSE 0 END`;
  return `WITH gobi_delivered(${names}) AS (SELECT * FROM (${query}\n)${plain ? "" : " LIMIT -1"}) SELECT 1 FROM gobi_delivered WHERE ${pushed}`;
}

function noSink(): never {
  throw new EngineError("gobi_push is called by the engine only.", { kind: "other", code: "GOBI_PUSH" });
}

/** Registers the push functions: `gobi_push` hands integers over as numbers, `gobi_push_exact` as bigints. */
export function createPushDoor(db: Database.Database): PushDoor {
  const closed: RowTarget = { sink: noSink };
  const door: PushDoor = { rows: closed, exactRows: closed };
  register(db, "gobi_push", { safeIntegers: false }, () => door.rows.sink);
  register(db, "gobi_push_exact", { safeIntegers: true }, () => door.exactRows.sink);
  return door;
}

/** Rows up to this width are handed over without an array: 1M rows of five columns cost 100 ms less. */
const FIXED_WIDTH_MAX = 8;

function register(
  db: Database.Database,
  name: string,
  how: { readonly safeIntegers: boolean },
  sink: () => RowSink,
): void {
  const options = { ...how, directOnly: true, deterministic: false };
  db.function(name, options, (a: RawValue) => sink()(a));
  db.function(name, options, (a: RawValue, b: RawValue) => sink()(a, b));
  db.function(name, options, (a: RawValue, b: RawValue, c: RawValue) => sink()(a, b, c));
  db.function(name, options, (a: RawValue, b: RawValue, c: RawValue, d: RawValue) => sink()(a, b, c, d));
  for (let width = 5; width <= FIXED_WIDTH_MAX; width += 1) db.function(name, options, wideDoor(sink, width));
  db.function(name, { ...options, varargs: true }, (...row: RawValue[]) => sink()(...row));
}

/** A door for rows of five to eight columns; the number of its parameters is read from `length`. */
function wideDoor(sink: () => RowSink, width: number): RowSink {
  const wide: RowSink = (a, b, c, d, e, f, g, h) =>
    (sink() as WideSink)(a, b, c, d, e as RawValue, f as RawValue, g as RawValue, h as RawValue);
  return Object.defineProperty(wide, "length", { value: width });
}
type WideSink = (...row: (RawValue | undefined)[]) => number;

/** SQLite's limit on arguments of a function: wider rows are fetched as arrays. */
export const PUSH_COLUMNS_MAX = 1000;

/** The delivering form of a query that gives `columnCount` columns. */
export function pushText(query: string, columnCount: number, exact: boolean): string {
  const names = columnNames(columnCount);
  return `WITH gobi_delivered(${names}) AS (${query}\n) SELECT count(${exact ? "gobi_push_exact" : "gobi_push"}(${names})) FROM gobi_delivered`;
}

function columnNames(columnCount: number): string {
  return Array.from({ length: columnCount }, (_, i) => `c${i + 1}`).join(", ");
}

/** What a result column is read as. */
export interface DeliveredColumn {
  readonly column: SqlColumn;
  /** For columns whose type only the engine knows: read as the declared type where the value fits it. */
  readonly hint: SqlColumn["type"] | undefined;
}

/** The tick of a statement that must be stoppable is called once for so many delivered rows. */
const ROWS_PER_TICK = 64;

/** With so many rows what a sink for its kinds of columns may cost is made up for: 0.2 ms, and 30 to 60 ns a row. */
const KINDS_SINK_ROWS = 4096;

/** How a result is received. */
interface DeliveryOptions {
  readonly exact: boolean;
  readonly rowsMax: number | undefined;
  readonly tick: (() => void) | undefined;
  readonly bounds: BatchBounds;
  /** Called when a row needs bigints: the sink answers 1, and is given the same row with bigints. */
  readonly onInexact: (() => void) | undefined;
}

/** Receives the rows of one result into batches. Reused by its plan: one result at a time. */
export class Delivery implements RowTarget {
  /** For the push door. */
  sink: RowSink;
  readonly #parts: SinkParts;
  /** Rows of all results so far, as long as the sink is for any kinds of columns; then undefined. */
  #received: number | undefined = 0;
  readonly #writers: readonly ColumnWriter[];
  readonly #heap = { bytes: 0, bytesMax: Number.POSITIVE_INFINITY };
  readonly #count: SinkParts["count"] = { row: 0, stop: 1 };
  #rowsBefore = 0;
  #capacity = FIRST_CAPACITY;
  #rowsMax = Number.POSITIVE_INFINITY;
  #batchRows = BATCH_ROWS;
  readonly #timer = new BatchTimer();
  #tick: (() => void) | undefined;
  #exact = true;
  /** Told by a stream's first integer that needs a bigint: its row comes again, with bigints as all after it. Undefined: the whole result does. */
  #onInexact: (() => void) | undefined;
  #comesAgain = false;
  #store: BatchStore | undefined;
  #running = false;

  constructor(columns: readonly DeliveredColumn[]) {
    this.#writers = columns.map((delivered) => {
      const { column, hint } = delivered;
      const context = this.#contextOf(delivered);
      if (column.affinity !== undefined)
        return valueWriter(column.type, storingReader(column, column.affinity), context);
      return hint === undefined
        ? writerOf(column.type, readerOf(column.type, column.scale), context)
        : writerOf("any", hintedReaderOf(hint, column.scale), context);
    });
    this.#parts = { writers: this.#writers, count: this.#count, heap: this.#heap, look: () => this.#look() };
    this.sink = makeRowSink(this.#parts, false);
  }

  /** Takes a row that was fetched as an array. */
  take(row: readonly RawValue[]): void {
    this.sink(...row);
  }

  /** Prepares for a result. `exact`: integers arrive as bigints. @throws RereadExactly out of the sink when they don't and one of them needs it. */
  begin(store: BatchStore, exact: boolean, rowsMax: number | undefined, tick?: () => void): void {
    this.beginStream(store, { exact, rowsMax, tick, bounds: WHOLE_BATCHES, onInexact: undefined });
  }

  /** Prepares for a result in smaller batches. */
  beginStream(store: BatchStore, { exact, rowsMax, tick, bounds, onInexact }: DeliveryOptions): void {
    this.#tick = tick;
    this.#store = store;
    this.#onInexact = onInexact;
    this.#comesAgain = false;
    this.#batchRows = bounds.rows;
    this.#heap.bytesMax = bounds.bytes;
    this.#timer.begin(bounds.ms);
    // A result that failed half way, perhaps within its first row, has left values behind.
    if (this.#running) for (const writer of this.#writers) writer.take();
    this.#running = true;
    this.#exact = exact;
    this.#rowsMax = rowsMax ?? Number.POSITIVE_INFINITY;
    this.#count.row = 0;
    this.#count.stop = 1;
    this.#rowsBefore = 0;
    this.#capacity = Math.min(FIRST_CAPACITY, this.#rowsMax + 1);
    this.#heap.bytes = 0;
  }

  /** Hands the rest over to the store. @throws EngineError `limit` when there were more rows than `rowsMax`. */
  end(): void {
    if (this.#rowsBefore + this.#count.row > this.#rowsMax) this.#makeRoom();
    if (this.#count.row > 0) this.#flush();
    if (this.#received !== undefined) this.#received += this.#rowsBefore;
    this.#store = undefined;
    this.#running = false;
  }

  #contextOf({ column, hint }: DeliveredColumn): WriterContext {
    const type = hint ?? column.type;
    const misfit = (raw: RawValue, row: number): void => {
      // Its own digits belong into the message.
      if (typeof raw === "number" && Number.isInteger(raw) && !Number.isSafeInteger(raw) && !this.#exact)
        return this.#needsBigints();
      const place =
        column.source === undefined ? `Column ${column.name}` : `${column.source.table}.${column.source.column}`;
      throw new EngineError(
        `${place} holds ${describeRaw(raw)} in row ${this.#rowsBefore + row + 1} of the result, which is not of type ${type}.`,
        {
          kind: "invalidCast",
          code: "GOBI_STORED_VALUE",
          table: column.source?.table,
          column: column.source?.column ?? column.name,
          help: "Mend the stored value, or read the column with a cast.",
        },
      );
    };
    const inexact = (raw: number, row: number): Value | undefined => {
      if (this.#exact) {
        const value = wholeReal(type, raw);
        if (value !== MISFIT) return value;
        misfit(raw, row);
      } else this.#needsBigints();
      return undefined;
    };
    return { heap: this.#heap, misfit, inexact };
  }

  #needsBigints(): void {
    if (this.#onInexact === undefined) throw REREAD;
    this.#comesAgain = true;
    this.#count.stop = 0;
  }

  /** Forgets the row that comes again: it is written over, with the same nulls. */
  #undoRow(): number {
    this.#comesAgain = false;
    this.#count.row -= 1;
    this.#exact = true;
    this.#onInexact?.();
    this.#next();
    return 1;
  }

  /** Called when the batch may be full, or something is to be looked at. */
  #look(): number {
    if (this.#comesAgain) return this.#undoRow();
    const { row } = this.#count;
    if (row % ROWS_PER_TICK === 0) this.#tick?.();
    if (row === this.#capacity || this.#heap.bytes > this.#heap.bytesMax || this.#timer.isOver(row))
      return this.#makeRoom();
    this.#next();
    return 0;
  }

  /** When to look again. */
  #next(): void {
    const { row } = this.#count;
    const soon = row < ROWS_PER_TICK ? Math.max(1, row * 2) : (Math.floor(row / ROWS_PER_TICK) + 1) * ROWS_PER_TICK;
    this.#count.stop = Math.min(this.#capacity, soon);
  }

  /** Makes room for more rows; 1 when a batch was handed over. */
  #makeRoom(): number {
    const rows = this.#rowsBefore + this.#count.row;
    if (rows > this.#rowsMax) {
      throw new EngineError(`The query gives more than ${this.#rowsMax} rows.`, {
        kind: "limit",
        code: "GOBI_ROWS_MAX",
        help: "Add a LIMIT, or raise the row limit.",
      });
    }
    this.#settle(rows);
    const full =
      this.#count.row >= this.#batchRows ||
      this.#heap.bytes > this.#heap.bytesMax ||
      this.#timer.isOver(this.#count.row);
    const grown = this.#count.row >= this.#batchRows ? this.#batchRows : this.#capacity * GROWTH;
    if (full) {
      this.#flush();
      this.#timer.again();
    }
    this.#capacity = Math.min(this.#batchRows, grown, this.#rowsMax - this.#rowsBefore + 1);
    for (const writer of this.#writers) writer.grow(this.#capacity, this.#count.row);
    this.#next();
    return full ? 1 : 0;
  }

  #flush(): void {
    const length = this.#count.row;
    const columns: Column[] = [];
    for (const writer of this.#writers) columns.push(writer.take());
    required(this.#store, "the store of a running delivery").add(
      { columns, length },
      this.#heap.bytes + length * columns.length * CELL_BYTES,
    );
    this.#rowsBefore += length;
    this.#count.row = 0;
    this.#count.stop = 1;
    this.#heap.bytes = 0;
  }

  /** A result of many rows, or of a few again and again, is worth a sink for its kinds of columns. */
  #settle(rows: number): void {
    if (this.#received === undefined || this.#received + rows < KINDS_SINK_ROWS) return;
    this.#received = undefined;
    this.sink = makeRowSink(this.#parts, true);
  }
}
