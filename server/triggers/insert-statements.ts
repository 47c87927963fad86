// INSERT and UPSERT done row by row: a query delivers the new rows with their defaults, read as the columns would keep them; each then goes through the BEFORE bodies
// and is inserted by itself. On a conflict that updates, the standing row goes through its own BEFORE bodies (LANGUAGE.md 15.24). On a view the INSTEAD OF bodies insert.
import type { SqlColumn, SqlForm, SqlParts } from "../../base/sql-form.ts";
import { StructValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { bulkRows } from "./bulk-inserts.ts";
import { inlineInsert, type InlineInsert, insertInline } from "./inline-inserts.ts";
import { piecesOf, type Pieces } from "./pieces.ts";
import { deleteReaches, engineTriggersFor, updateReaches } from "./reach.ts";
import { type EngineChange, withEngineTriggers } from "./engine-fire.ts";
import { type Finding, findingOf } from "./finding.ts";
import { deleteReplaced } from "./replace.ts";
import { formOf, joined, name, RowForms, storable } from "./row-forms.ts";
import { eachRow, fireBefore, resultOf, type RowsJob, written, type WrittenRows } from "./rows.ts";
import type { FiringTable } from "./firing-table.ts";
import { conflictClauses, type ConflictStep, updateStanding } from "./upserts.ts";
import { returnRow } from "./view-rows.ts";

/** What a statement looks like on its table; kept per form. */
interface InsertPlan {
  readonly table: FiringTable;
  readonly source: SqlForm;
  readonly forms: RowForms;
  readonly slots: readonly number[];
  /** Where rows in the way must be updated or deleted by themselves: the clauses, and how such a row is found. */
  readonly conflicts: { readonly steps: readonly ConflictStep[]; readonly finding: Finding } | undefined;
  /** The statement with the bodies as functions in it, where they only compute. */
  readonly inline: InlineInsert | undefined;
}

const plans = new WeakMap<SqlForm, InsertPlan>();

/** Numbers of the columns that the source gives, in its order. */
function givenSlots(table: FiringTable, form: SqlForm, pieces: Pieces): readonly number[] {
  const names = pieces.upsert?.columns ?? form.dml?.columns ?? [];
  if (names.length === 0) return storable(table);
  return names.map((column) => {
    const slot = table.shape.slotOf(column);
    if (slot >= 0) return slot;
    const key = table.table.rowidColumn;
    if (key !== undefined && ["rowid", "oid", "_rowid_"].includes(column.toLowerCase())) return table.shape.slotOf(key);
    throw trap("NoSuchColumn", `There is no column ${column} in ${table.table.name} that triggers could see.`);
  });
}

function sourceOf(table: FiringTable, form: SqlForm, pieces: Pieces): SqlForm {
  const given = pieces.source === undefined ? [] : givenSlots(table, form, pieces);
  const columns: readonly SqlColumn[] = table.columns.map((column, slot) => ({
    ...column,
    affinity: table.table.columns[slot]?.affinity ?? "blob",
  }));
  const values = table.table.columns.map((column, slot): SqlParts => {
    const at = given.indexOf(slot);
    if (at >= 0) return [`c${at}`];
    return [column.generated || column.defaultText === undefined ? "NULL" : `(${column.defaultText})`];
  });
  const list = joined(values, ", ");
  if (pieces.source === undefined) return formOf(["SELECT ", ...list], "query", form.parameterCount, columns);
  return formOf(
    [
      `WITH gobi_source(${given.map((_, at) => `c${at}`).join(", ")}) AS (`,
      ...pieces.with,
      ...pieces.source,
      ") SELECT ",
      ...list,
      " FROM gobi_source",
    ],
    "query",
    form.parameterCount,
    columns,
  );
}

function conflictsOf(job: RowsJob, clauses: readonly ConflictStep[]): InsertPlan["conflicts"] {
  const { target: table, form, tables } = job;
  if (table.table.kind === "view") return undefined;
  const replaces = form.dml?.or === "replace" && deleteReaches(tables, table);
  // Where the engine's triggers are ours to fire, an update must not be taken for an insert.
  const isOurs = updateReaches(tables, table, undefined) || engineTriggersFor(table, "insert", undefined).length > 0;
  const updates = job.upsert && isOurs;
  if (!replaces && !updates) return undefined;
  // A clause without a target is the last one, and leaves nothing to be replaced.
  const rest = replaces && clauses.every(({ target }) => target.length > 0) ? [REPLACED] : [];
  return { steps: clauses, finding: findingOf(job.world, table, [...clauses, ...rest]) };
}

/** OR REPLACE, as a clause behind those of the statement. */
const REPLACED = { target: [], update: true };

function planOf(job: RowsJob): InsertPlan {
  const { target: table, form } = job;
  const known = plans.get(form);
  if (known?.table === table) return known;
  const pieces = piecesOf(form);
  const clauses = conflictClauses(pieces);
  const source = sourceOf(table, form, pieces);
  const conflicts = conflictsOf(job, clauses);
  const isAlone = conflicts === undefined && engineTriggersFor(table, "insert", undefined).length === 0;
  const plain = table.table.kind === "table" && !job.world.alwaysByRows && isAlone;
  const plan: InsertPlan = {
    table,
    source,
    forms: new RowForms({
      table,
      target: pieces.target,
      reference: [name(form.dml?.alias ?? table.table.name)],
      offset: form.parameterCount,
      or: form.dml?.or,
      conflicts: clauses.flatMap((clause) => clause.parts),
      returning: pieces.returning,
      columns: form.columns,
    }),
    slots: storable(table),
    conflicts,
    inline: plain ? inlineInsert(job, source, (definition) => job.world.define(definition)) : undefined,
  };
  if (plan.inline !== undefined) job.world.derived(plan.inline.form, form);
  job.world.derived(source, form);
  plans.set(form, plan);
  return plan;
}

/** Does an INSERT. @throws Trap. */
export function insertRows(job: RowsJob): WrittenRows {
  const plan = planOf(job);
  const { target: table } = job;
  // What is recorded is done again without bodies: it must hold what they gave.
  if (plan.inline !== undefined && !job.world.recording()) return insertInline(job, plan.inline);
  const isView = table.table.kind === "view";
  const timing = isView ? "instead of" : "before";
  const waiting = isView || !mayWait(plan) ? undefined : new WaitingRows(job, plan);
  const insertAll = (): void =>
    eachRow(job.world.query(plan.source, job.parameters), (values) => {
      const now = new StructValue(table.shape, values);
      const row = fireBefore(job, { table, timing, event: "insert", now, old: null, columns: undefined });
      if (row === undefined) return;
      if (waiting !== undefined) waiting.add(row);
      else withEngineTriggers(job, insertOf(job, row), () => (isView ? viewRow(job, row) : insertRow(job, plan, row)));
    });
  if (waiting === undefined) insertAll();
  else job.bodies.holding(() => waiting.flush(), insertAll);
  return resultOf(job);
}

function insertOf({ target: table, form }: RowsJob, row: StructValue): EngineChange {
  return {
    table,
    event: "insert",
    now: row,
    old: null,
    identity: undefined,
    columns: undefined,
    or: form.dml?.or,
  };
}

function viewRow(job: RowsJob, row: StructValue): number {
  job.changes += 1;
  returnRow(job, row);
  return 1;
}

/** Whether rows may be inserted some at a time; they are let go before a body does anything in the database. */
function mayWait(plan: InsertPlan): boolean {
  return plan.conflicts === undefined && engineTriggersFor(plan.table, "insert", undefined).length === 0;
}

/** Rows that are inserted some at a time: in a statement of many a row costs a third (bulk-inserts.ts). */
class WaitingRows {
  readonly #job: RowsJob;
  readonly #plan: InsertPlan;
  readonly #rowsMax: number;
  #values: Value[] = [];
  #rows = 0;

  constructor(job: RowsJob, plan: InsertPlan) {
    this.#job = job;
    this.#plan = plan;
    this.#rowsMax = bulkRows(plan.slots.length);
  }

  add(row: StructValue): void {
    for (const slot of this.#plan.slots) this.#values.push(row.slots[slot] ?? null);
    this.#rows += 1;
    if (this.#rows === this.#rowsMax) this.flush();
  }

  flush(): void {
    const values = this.#values;
    const rows = this.#rows;
    this.#values = [];
    this.#rows = 0;
    const width = this.#plan.slots.length;
    if (rows === this.#rowsMax) this.#insert(rows, values);
    else for (let row = 0; row < rows; row += 1) this.#insert(1, values.slice(row * width, (row + 1) * width));
  }

  #insert(rows: number, values: readonly Value[]): void {
    const { world, parameters } = this.#job;
    const given = parameters.length === 0 ? values : [...parameters, ...values];
    written(this.#job, world.plain(this.#plan.forms.insert({ rows }), given));
  }
}

/** Inserts a row, or does what the statement says about one in its way; gives the number of rows inserted. */
function insertRow(job: RowsJob, plan: InsertPlan, row: StructValue): number {
  const { conflicts, forms, table } = plan;
  const values: Value[] = [...job.parameters];
  for (const slot of plan.slots) values.push(row.slots[slot] ?? null);
  if (conflicts === undefined) {
    return written(job, job.world.plain(forms.insert(), values));
  }
  const { steps, finding } = conflicts;
  const form = forms.insert({ conflicts: finding.clauses });
  // A row pushes out one row for each key at most; more: bodies put rows in its way as fast as they go.
  for (let replaced = 0; replaced <= KEYS_MAX; replaced += 1) {
    const count = written(job, job.world.plain(form, values));
    const found = count > 0 ? undefined : finding.take(job);
    if (found === undefined) return count;
    const step = steps[found.clause];
    if (step !== undefined) {
      updateStanding(job, step, row, found.row);
      return 0;
    }
    deleteReplaced(job, found.row);
  }
  throw trap("UniqueViolation", `BEFORE triggers of ${table.table.name} put rows in the way of one that replaces.`);
}

/** Keys that a table may have for REPLACE. */
const KEYS_MAX = 64;
