// Rows of a query as they come: `SELECT 1 FROM (query LIMIT -1) WHERE gobi_push(c1, c2, …)` is iterated, and push answers 1 only with the row that fills a batch,
// so that the cursor stops at the borders of batches and keeps its snapshot in between. While it is open the connection can do nothing else.
import type Database from "better-sqlite3";
import { InternalError } from "../../base/failure.ts";
import type { SqlColumn } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import type { RowBatch, RowSource } from "../engine.ts";
import type { BatchBounds } from "./batch-bounds.ts";
import { bindSlots } from "./bind.ts";
import { type BatchStore, type Delivery, type PushDoor, streamText } from "./deliver.ts";
import type { Plan, Prepared } from "./plans.ts";
import type { RowTarget } from "./row-sink.ts";
import type { TableModule } from "./table-module.ts";

/** Small enough that a batch of usual rows fits into the buffer of a socket and the client reads while the next is made, large enough that a batch by itself costs little; rows that are slow to come are not waited for. */
const STREAM_BATCHES: BatchBounds = { rows: 3072, bytes: 1024 * 1024, ms: 8 };

/** What a stream needs of its connection. */
export interface StreamPlace {
  readonly db: Database.Database;
  readonly door: PushDoor;
  readonly plan: Plan;
  readonly parameters: readonly Value[];
  readonly tables: TableModule;
  readonly rowsMax: number | undefined;
  /** Called for each row when the statement must be stoppable. */
  readonly tick: (() => void) | undefined;
  /** Told whether the connection works for the stream. */
  busy(busy: boolean): void;
  /** What to throw for what SQLite threw. */
  failure(error: unknown): unknown;
}

/** By plan: the statement for numbers and the one for bigints. */
const statements = new WeakMap<Plan, { readonly exact: boolean; readonly statement: Prepared }>();

function statementOf(db: Database.Database, plan: Plan): Prepared {
  const { exact, plain } = plan;
  const kept = statements.get(plan);
  if (kept?.exact === exact) return kept.statement;
  const text = streamText(plan.text, plan.columns.length, { exact, plain });
  const statement = db.prepare<unknown[], unknown>(text).pluck();
  statements.set(plan, { exact, statement });
  return statement;
}

/** The answer of the first function when the second one has the word. */
const ONE: RowTarget = { sink: () => 1 };

/** The rows of a push plan as they come. @throws EngineError. */
export function streamRows(place: StreamPlace): RowSource {
  place.busy(true);
  try {
    return new RowStream(place);
  } catch (error) {
    release(place);
    throw place.failure(error);
  }
}

function release({ busy, tables }: StreamPlace): void {
  busy(false);
  tables.releaseAll();
}

class RowStream implements RowSource, BatchStore {
  readonly columns: readonly SqlColumn[];
  readonly #place: StreamPlace;
  readonly #delivery: Delivery;
  readonly #rows: IterableIterator<unknown>;
  /** What the door leads to while this stream works. */
  #sinks: PushDoor;
  #batch: RowBatch | undefined;
  #open = true;
  #done = false;

  constructor(place: StreamPlace) {
    const { plan } = place;
    this.#place = place;
    this.columns = plan.columns;
    if (plan.delivery === undefined) throw new InternalError("a plan without rows was asked for rows");
    this.#delivery = plan.delivery;
    this.#rows = statementOf(place.db, plan).iterate(bindSlots(plan.slots, place.parameters, place.tables));
    const { exact } = plan;
    this.#sinks = exact ? this.#exactly() : { rows: this.#delivery, exactRows: ONE };
    this.#delivery.beginStream(this, {
      exact,
      rowsMax: place.rowsMax,
      tick: place.tick,
      bounds: STREAM_BATCHES,
      onInexact: () => this.#switch(),
    });
  }

  #exactly(): PushDoor {
    return { rows: ONE, exactRows: this.#delivery };
  }

  /** From this row on integers are taken as bigints; the next stream of the plan does so from its first row. */
  #switch(): void {
    this.#place.plan.exact = true;
    this.#sinks = this.#exactly();
    Object.assign(this.#place.door, this.#sinks);
  }

  add(batch: RowBatch): void {
    this.#batch = batch;
  }

  next(): RowBatch | undefined {
    if (!this.#open) return undefined;
    const { door } = this.#place;
    const former = { ...door };
    Object.assign(door, this.#sinks);
    try {
      if (!this.#done && this.#rows.next().done === true) {
        this.#done = true;
        this.#delivery.end();
      }
    } catch (error) {
      this.close();
      throw this.#place.failure(error);
    } finally {
      Object.assign(door, former);
    }
    const batch = this.#batch;
    this.#batch = undefined;
    // A batch that was filled by the very last row is followed by none.
    if (batch === undefined) this.close();
    return batch;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#rows.return?.();
    release(this.#place);
  }
}
