// Capture triggers: TEMP triggers of this connection that hand the old and new values of written rows to a function, which only appends them to memory columns.
// They see what the engine itself writes: cascades, the deletions of REPLACE, native triggers. Nothing runs while the statement does; who asked takes the rows afterwards.
// Which `UPDATE OF` lists a statement met is told by BEFORE triggers (in what order TEMP triggers of one moment fire is not said) and kept for the row that follows.
import type { SqlColumn, SqlType } from "../../base/sql-form.ts";
import type Database from "better-sqlite3";
import { required } from "../../base/failure.ts";
import type { CapturedRows, CaptureRequest } from "../engine.ts";
import { Batches } from "./batches.ts";
import type { RawValue } from "./bind.ts";
import { Delivery } from "./deliver.ts";
import { quoteName, quoteText } from "./identifiers.ts";
import type { RowTarget } from "./row-sink.ts";

/** Names of the triggers and functions begin with this. */
export const CAPTURE_PREFIX = "gobi_capture_";

/** One table and event that is captured. */
interface Capture {
  readonly request: CaptureRequest;
  /** Its triggers, in the order of creation. */
  readonly triggers: readonly { readonly name: string; readonly text: string }[];
  readonly delivery: Delivery;
  batches: Batches | undefined;
  /** Bits for the row that is being written. */
  pending: number;
  marks: number[];
}

function keyOf(request: CaptureRequest): string {
  return JSON.stringify([
    request.schema,
    request.table,
    request.event,
    request.old,
    request.new,
    request.only,
    request.columnSets,
    request.refusal !== undefined,
  ]);
}

/** Types whose values are the same as JavaScript numbers and as bigints, once ints beyond 2^53 come as text. */
const PLAIN_TYPES: ReadonlySet<SqlType> = new Set<SqlType>([
  "int",
  "bool",
  "float",
  "string",
  "bytes",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
  "uuid",
]);

/** Whether integers must arrive as bigints, which costs 50 ns each. */
function isExact(request: CaptureRequest): boolean {
  return [...request.old, ...request.new].some((column) => !PLAIN_TYPES.has(column.type));
}

const SAFE = Number.MAX_SAFE_INTEGER;

function valueText(row: "OLD" | "NEW", column: SqlColumn, exact: boolean): string {
  const value = `${row}.${quoteName(column.name)}`;
  return exact || column.type !== "int"
    ? value
    : `CASE WHEN ${value} BETWEEN -${SAFE} AND ${SAFE} THEN ${value} ELSE CAST(${value} AS TEXT) END`;
}

function valuesOf(request: CaptureRequest, exact: boolean): readonly string[] {
  return [
    ...request.old.map((column) => valueText("OLD", column, exact)),
    ...request.new.map((column) => valueText("NEW", column, exact)),
  ];
}

/** How the values are read: an int that came as text is one again. */
function readColumns(request: CaptureRequest, exact: boolean): readonly SqlColumn[] {
  return [...request.old, ...request.new].map((column) =>
    exact || column.type !== "int" ? column : { ...column, affinity: "integer" },
  );
}

function triggerText(
  name: string,
  timing: "BEFORE" | "AFTER",
  request: CaptureRequest,
  columns: readonly string[],
  call: string,
): string {
  const of = columns.length === 0 ? "" : ` OF ${columns.map(quoteName).join(", ")}`;
  return (
    `CREATE TEMP TRIGGER ${quoteName(name)} ${timing} ${request.event.toUpperCase()}${of} ` +
    `ON ${quoteName(request.schema)}.${quoteName(request.table)} BEGIN SELECT ${call}; END`
  );
}

type CaptureFunction = (...row: RawValue[]) => null;

/** A function of exactly so many parameters, as better-sqlite3 wants it; a few widths without an array for each row. */
function captureFunction(count: number, rows: RowTarget, arrive: () => void, noted: () => null): CaptureFunction {
  switch (count) {
    case 1:
      return (a) => {
        arrive();
        rows.sink(a as RawValue);
        return noted();
      };
    case 2:
      return (a, b) => {
        arrive();
        rows.sink(a as RawValue, b as RawValue);
        return noted();
      };
    case 3:
      return (a, b, c) => {
        arrive();
        rows.sink(a as RawValue, b as RawValue, c as RawValue);
        return noted();
      };
    case 4:
      return (a, b, c, d) => {
        arrive();
        rows.sink(a as RawValue, b as RawValue, c as RawValue, d as RawValue);
        return noted();
      };
    default: {
      const call: CaptureFunction = (...row) => {
        arrive();
        rows.sink(...row);
        return noted();
      };
      Object.defineProperty(call, "length", { value: count });
      return call;
    }
  }
}

/** The capture triggers of one database handle. */
export class Captures {
  readonly #db: Database.Database;
  readonly #bytesMax: number;
  #requests: readonly CaptureRequest[] = [];
  #captures: readonly Capture[] = [];
  /** A rollback may have taken triggers away, or brought dropped ones back. */
  #doubtful = false;
  #nextId = 1;
  /** Which capture each row went to, as runs: number of the capture, count of rows. */
  #runs: number[] = [];

  constructor(db: Database.Database, bytesMax: number) {
    this.#db = db;
    this.#bytesMax = bytesMax;
  }

  /** Captures exactly these from now on. Asking again for the same list costs nothing. */
  set(requests: readonly CaptureRequest[]): void {
    if (requests === this.#requests && !this.#doubtful) return;
    const known = new Map(this.#captures.map((capture) => [keyOf(capture.request), capture]));
    // Numbers are given anew: a row says where in the list its request stands.
    this.take();
    this.#captures = requests.map((request, at) => this.#captureOf(request, at, known.get(keyOf(request))));
    this.#requests = requests;
    this.#makeTriggers();
    this.#doubtful = false;
  }

  /** What SQLite has may differ from what was made: after a rollback. */
  doubt(): void {
    if (this.#captures.length > 0 || this.#nextId > 1) this.#doubtful = true;
  }

  /** The rows since the last time; undefined when there are none. */
  take(): CapturedRows | undefined {
    if (this.#runs.length === 0) return undefined;
    const runs = this.#runs;
    this.#runs = [];
    const rows = this.#captures.map((capture) => {
      const { batches, marks } = capture;
      if (batches === undefined) return undefined;
      capture.delivery.end();
      capture.batches = undefined;
      capture.pending = 0;
      capture.marks = [];
      return { source: batches, marks };
    });
    return { requests: this.#requests, runs, rows };
  }

  #captureOf(request: CaptureRequest, at: number, known: Capture | undefined): Capture {
    const triggers = known?.triggers ?? this.#triggersOf(request);
    const exact = isExact(request);
    const columns = readColumns(request, exact);
    const capture: Capture = {
      request,
      triggers,
      delivery: new Delivery(columns.map((column) => ({ column, hint: undefined }))),
      batches: undefined,
      pending: 0,
      marks: [],
    };
    const main = required(triggers.at(-1), "the trigger of a capture").name;
    this.#define(main, exact, this.#sinkOf(capture, at, columns));
    request.columnSets.forEach((_, set) => {
      this.#define(`${main}_${set}`, false, () => {
        capture.pending |= 1 << set;
        return null;
      });
    });
    return capture;
  }

  #triggersOf(request: CaptureRequest): Capture["triggers"] {
    const main = `${CAPTURE_PREFIX}${this.#nextId}`;
    this.#nextId += 1;
    const marks = request.columnSets.map((columns, set) => {
      const name = `${main}_${set}`;
      return { name, text: triggerText(name, "BEFORE", request, columns, `${quoteName(name)}()`) };
    });
    const call = `${quoteName(main)}(${valuesOf(request, isExact(request)).join(", ")})`;
    return [...marks, { name: main, text: triggerText(main, "AFTER", request, request.only, call) }];
  }

  #sinkOf(capture: Capture, at: number, columns: readonly SqlColumn[]): CaptureFunction {
    const { delivery, request } = capture;
    const marked = request.columnSets.length > 0;
    const arrive = (): void => {
      if (request.refusal !== undefined) throw request.refusal;
      if (capture.batches !== undefined) return;
      capture.batches = new Batches(columns, this.#bytesMax);
      delivery.begin(capture.batches, true, undefined);
    };
    const noted = (): null => {
      if (marked) {
        capture.marks.push(capture.pending);
        capture.pending = 0;
      }
      const runs = this.#runs;
      const last = runs.length - 2;
      if (last >= 0 && runs[last] === at) runs[last + 1] = (runs[last + 1] ?? 0) + 1;
      else runs.push(at, 1);
      return null;
    };
    return captureFunction(columns.length, delivery, arrive, noted);
  }

  #define(name: string, exact: boolean, call: CaptureFunction): void {
    this.#db.function(name, { safeIntegers: exact, deterministic: false }, call);
  }

  #makeTriggers(): void {
    const wanted = this.#captures.flatMap((capture) => capture.triggers);
    const names = new Set(wanted.map((trigger) => trigger.name));
    const found = this.#db
      .prepare<unknown[], string>(
        `SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' AND name GLOB ${quoteText(`${CAPTURE_PREFIX}*`)}`,
      )
      .pluck()
      .all();
    for (const name of found) if (!names.has(name)) this.#db.exec(`DROP TRIGGER temp.${quoteName(name)}`);
    const there = new Set(found);
    for (const { name, text } of wanted) if (!there.has(name)) this.#db.exec(text);
  }
}
