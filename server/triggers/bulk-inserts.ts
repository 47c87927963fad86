// Single-row INSERTs of AFTER ROW bodies, kept back and inserted many rows at a time: one row by itself costs 600 ns, in a statement of 50 rows 250 (an audit row of
// two columns; a table module 560, json_each 780). Only inserts of which nobody can tell: plain values into a table where nothing fires, outside of try and transaction
// blocks, in bodies that print nothing. Whatever else reaches the database first lets them go; a row that the engine refuses is then reported for its statement.
import type { SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { withGetter } from "../../base/with-getter.ts";
import type { WrittenRows } from "./rows.ts";

const ROWS_MAX = 50;
/** SQLite takes 32,766 parameters; many more than this make a statement no cheaper. */
const PARAMETERS_MAX = 2000;

/** Rows of one statement when each has so many parameters. */
export function bulkRows(parameterCount: number): number {
  return Math.max(1, Math.min(ROWS_MAX, Math.floor(PARAMETERS_MAX / Math.max(1, parameterCount))));
}

interface BulkForm {
  readonly parameterCount: number;
  readonly rowsMax: number;
  readonly before: SqlParts;
  /** One row: `(…)`. */
  readonly row: SqlParts;
  readonly sized: Map<number, SqlForm>;
}

const bulkForms = new WeakMap<SqlForm, BulkForm | null>();

/** Parts whose value depends on nothing but the parameters. */
function isPlain(part: SqlPart): boolean {
  if (typeof part === "string") return !part.includes("), (") && !/\bselect\b/i.test(part);
  switch (part.p) {
    case "parameter":
    case "text":
    case "bool":
    case "bytes":
    case "temporal":
      return true;
    case "operator":
      return part.left.every(isPlain) && part.right.every(isPlain);
    case "cast":
      return part.value.every(isPlain);
    default:
      return false;
  }
}

function shifted(parts: SqlParts, by: number): SqlParts {
  return parts.map((part): SqlPart => {
    if (typeof part === "string") return part;
    switch (part.p) {
      case "parameter":
        return { ...part, index: part.index + by };
      case "operator":
        return { ...part, left: shifted(part.left, by), right: shifted(part.right, by) };
      case "cast":
        return { ...part, value: shifted(part.value, by) };
      default:
        return part;
    }
  });
}

function bulkFormOf(form: SqlForm): BulkForm | null {
  const { dml, parts, parameterCount } = form;
  if (dml?.event !== "insert" || dml.upsert || dml.or !== undefined || dml.table === undefined || form.returnsRows)
    return null;
  const at = parts.findIndex((part) => typeof part === "object" && part.p === "piece" && part.piece === "source");
  const source = parts[at];
  // Behind the source stands ON CONFLICT, before it WITH.
  if (at !== parts.length - 1 || typeof source !== "object" || source.p !== "piece") return null;
  if (parts.some((part) => typeof part === "object" && part.p === "piece" && part.piece === "with")) return null;
  const [first, ...rest] = source.parts;
  if (typeof first !== "string" || !first.startsWith("VALUES (") || !source.parts.every(isPlain)) return null;
  return {
    parameterCount,
    rowsMax: bulkRows(parameterCount),
    before: parts.slice(0, at),
    row: [first.slice("VALUES ".length), ...rest],
    sized: new Map(),
  };
}

function knownBulkForm(form: SqlForm): BulkForm | null {
  let known = bulkForms.get(form);
  if (known === undefined) {
    known = bulkFormOf(form);
    bulkForms.set(form, known);
  }
  return known;
}

function formFor(form: SqlForm, bulk: BulkForm, rows: number): SqlForm {
  if (rows === 1) return form;
  let sized = bulk.sized.get(rows);
  if (sized === undefined) {
    const values = Array.from(
      { length: rows },
      (_, row): SqlParts => [row === 0 ? "VALUES " : ", ", ...shifted(bulk.row, row * bulk.parameterCount)],
    ).flat();
    sized = {
      parts: [...bulk.before, ...values],
      returnsRows: false,
      columns: undefined,
      verb: "insert",
      parameterCount: rows * bulk.parameterCount,
    };
    bulk.sized.set(rows, sized);
  }
  return sized;
}

/** The inserts that a session keeps back. */
export interface BulkInserts {
  /** Whether some wait. */
  readonly waiting: boolean;
  /** Keeps an INSERT back; false when it must be run now. */
  add(form: SqlForm, parameters: readonly Value[]): boolean;
  /**
   * Where the parameters of one more row go, for the statement that was kept back last: without asking anew whether it may be. `added` must follow.
   * Undefined when another one came or something else ran since.
   */
  again(form: SqlForm): Value[] | undefined;
  added(): void;
  /** Inserts what waits, because something else is to run. @throws Trap. */
  flush(): void;
  /** Runs work that keeps rows of a statement back by itself: `let go` inserts them, whenever something else is to run. @throws Trap. */
  holding<T>(letGo: () => void, work: () => T): T;
  /** Runs the loop over the rows of one statement; inserts are kept back inside while `allowed` says so. What waits at its end is inserted, also when it fails. @throws Trap. */
  during<T>(work: () => T): T;
  /** Whether the body that runs now lets inserts wait. Gives what was said before. */
  allow(allowed: boolean): boolean;
  /** A savepoint was taken (+1) or is gone (-1): inside of one nothing waits. */
  savepoint(by: 1 | -1): void;
}

/** Nothing waits. */
export function makeBulkInserts(plain: (form: SqlForm, parameters: readonly Value[]) => WrittenRows): BulkInserts {
  let form: SqlForm | undefined;
  let bulk: BulkForm | undefined;
  let values: Value[] = [];
  let rows = 0;
  let looping = false;
  let allowed = false;
  let savepoints = 0;
  // True while only the same INSERT came.
  let same = false;
  const insert = (): void => {
    if (form === undefined || bulk === undefined || rows === 0) return;
    const given = values;
    const count = rows;
    values = [];
    rows = 0;
    const width = bulk.parameterCount;
    if (count === bulk.rowsMax) plain(formFor(form, bulk, count), given);
    // Other sizes are not worth a statement of their own.
    else for (let row = 0; row < count; row += 1) plain(form, given.slice(row * width, (row + 1) * width));
  };
  // Rows of statements that are running, outermost first.
  const held: (() => void)[] = [];
  const flush = (): void => {
    same = false;
    for (const letGo of held) letGo();
    insert();
  };
  const added = (): void => {
    rows += 1;
    if (rows === bulk?.rowsMax) insert();
  };
  const methods: Omit<BulkInserts, "waiting"> = {
    add: (next, parameters) => {
      if (!looping || !allowed || savepoints > 0) return false;
      if (next !== form) {
        flush();
        form = next;
        bulk = knownBulkForm(next) ?? undefined;
      }
      if (bulk === undefined) return false;
      same = true;
      for (const value of parameters) values.push(value);
      added();
      return true;
    },
    again: (next) => (next !== form || !same || !looping || !allowed || savepoints > 0 ? undefined : values),
    added,
    flush,
    holding: (letGo, work) => {
      held.push(letGo);
      try {
        return work();
      } finally {
        held.pop();
        // Also when a body fails: a row before it that the engine refuses comes first.
        letGo();
      }
    },
    during: (work) => {
      flush();
      const outer = { looping, allowed, savepoints };
      looping = true;
      allowed = false;
      savepoints = 0;
      try {
        return work();
      } finally {
        looping = outer.looping;
        allowed = outer.allowed;
        savepoints = outer.savepoints;
        flush();
      }
    },
    allow: (next) => {
      const before = allowed;
      allowed = next;
      return before;
    },
    savepoint: (by) => {
      flush();
      savepoints += by;
    },
  };
  return withGetter(methods, "waiting", () => rows > 0 || held.length > 0);
}
