// UPDATE and DELETE done row by row: a query delivers the rows as of the statement's start with the values that SET gives them, then each is changed by itself.
// On a view the INSTEAD OF bodies do the changing.
import { required } from "../../base/failure.ts";
import type { SqlColumn, SqlForm, SqlParts } from "../../base/sql-form.ts";
import { StructValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { deleteRow, type RowWriting, updateRow } from "./changes.ts";
import { withEngineTriggers } from "./engine-fire.ts";
import { piecesOf, type Pieces, type SetPiece } from "./pieces.ts";
import { formOf, identityColumns, identityOf, joined, name, RowForms } from "./row-forms.ts";
import { eachRow, fireBefore, oldRow, resultOf, rowKey, type RowsJob, type WrittenRows } from "./rows.ts";
import { replaceRows } from "./replace.ts";
import type { FiringTable } from "./firing-table.ts";
import { returnRow } from "./view-rows.ts";

/** What a statement looks like on its table; kept per form. */
interface ChangePlan {
  readonly table: FiringTable;
  readonly query: SqlForm;
  readonly writing: RowForms;
  /** Numbers of the columns that are set, in the order of the query. */
  readonly slots: readonly number[];
  readonly identityCount: number;
  /** The statement joins other tables, so that a row may be found twice. */
  readonly joins: boolean;
  readonly replaces: boolean;
}

const plans = new WeakMap<SqlForm, ChangePlan>();

/** Names of the target in expressions. */
export function referenceOf(job: RowsJob): SqlParts {
  return [name(job.form.dml?.alias ?? job.target.table.name)];
}

function slotOf(table: FiringTable, column: string): number {
  const slot = table.shape.slotOf(column);
  if (slot < 0) throw trap("NoSuchColumn", `There is no column ${column} in ${table.table.name}.`);
  return slot;
}

/** One expression for each column of SET: a subquery for several columns is taken apart. */
export function setValues(sets: readonly SetPiece[]): readonly { readonly column: string; readonly value: SqlParts }[] {
  return sets.flatMap(({ columns, value }) =>
    columns.length === 1
      ? columns.map((column) => ({ column, value }))
      : columns.map((column, at) => ({
          column,
          value: [
            `(WITH gobi_set(${columns.map((_, number) => `c${number}`).join(", ")}) AS `,
            ...value,
            ` SELECT c${at} FROM gobi_set)`,
          ],
        })),
  );
}

function planOf(job: RowsJob): ChangePlan {
  const known = plans.get(job.form);
  if (known?.table === job.target) return known;
  const pieces = piecesOf(job.form);
  const { target: table, form } = job;
  const reference = referenceOf(job);
  const isView = table.table.kind === "view";
  const identity = isView ? [] : identityOf(table);
  const values = setValues(pieces.sets);
  const slots = values.map(({ column }) => slotOf(table, column));
  const plan: ChangePlan = {
    table,
    query: queryOf(form, pieces, { table, reference, identity, values: values.map(({ value }) => value), slots }),
    writing: new RowForms({
      table,
      target: pieces.target,
      reference,
      offset: form.parameterCount,
      or: form.dml?.or,
      conflicts: [],
      returning: pieces.returning,
      columns: form.columns,
    }),
    slots,
    identityCount: identity.length,
    joins: pieces.from.length > 0,
    replaces: form.dml?.or === "replace",
  };
  job.world.derived(plan.query, form);
  plans.set(form, plan);
  return plan;
}

interface QueryParts {
  readonly table: FiringTable;
  readonly reference: SqlParts;
  readonly identity: readonly string[];
  readonly values: readonly SqlParts[];
  readonly slots: readonly number[];
}

function queryOf(form: SqlForm, pieces: Pieces, parts: QueryParts): SqlForm {
  const { table, reference, identity, values, slots } = parts;
  const names = [...identity, ...table.shape.fields];
  const columns: readonly SqlColumn[] = [
    ...(identity.length === 0 ? [] : identityColumns(table)),
    ...table.columns,
    ...slots.map((slot, at) => ({
      ...required(table.columns[slot], "a column that is set"),
      name: `gobi_set_${at}`,
      affinity: table.table.columns[slot]?.affinity ?? "blob",
    })),
  ];
  return formOf(
    [
      ...pieces.with,
      "SELECT ",
      ...joined([...names.map((column): SqlParts => [...reference, ".", name(column)]), ...values], ", "),
      " FROM ",
      ...pieces.target,
      ...othersOf(pieces.from),
      ...pieces.where,
      ...pieces.order,
    ],
    "query",
    form.parameterCount,
    columns,
  );
}

// A RIGHT or FULL join among the others must stay among them; other joins mean the same behind a comma.
function othersOf(from: SqlParts): SqlParts {
  if (from.length === 0) return [];
  const isolated = from.some((part) => typeof part === "string" && /\b(?:RIGHT|FULL)\b/i.test(part));
  return isolated ? [", (", ...from, ")"] : [", ", ...from];
}

/** Does an UPDATE or DELETE. @throws Trap. */
export function changeRows(job: RowsJob, event: "update" | "delete"): WrittenRows {
  const plan = planOf(job);
  const seen = new Set<string>();
  const writing: RowWriting = { forms: plan.writing, parameters: job.parameters, own: true, or: job.form.dml?.or };
  eachRow(job.world.query(plan.query, job.parameters), (values) => {
    if (job.target.table.kind === "view") insteadOf(job, plan, event, values);
    else changeRow(job, plan, event, values, writing, seen);
  });
  return resultOf(job);
}

function changeRow(
  job: RowsJob,
  plan: ChangePlan,
  event: "update" | "delete",
  values: readonly Value[],
  writing: RowWriting,
  seen: Set<string>,
): void {
  const { target: table } = job;
  const identity = values.slice(0, plan.identityCount);
  if (plan.joins || job.gone.size > 0) {
    const key = rowKey(table, identity);
    if (job.gone.has(key)) return;
    if (seen.has(key))
      throw trap(
        "TooManyRows",
        `Several rows of FROM match one row of ${table.table.name}: which one counts is not said.`,
      );
    seen.add(key);
  }
  const old = oldRow(table, values.slice(plan.identityCount, plan.identityCount + table.shape.fields.length));
  const row = { table, identity, old };
  if (event === "delete") {
    deleteRow(job, row, writing);
    return;
  }
  const now = newRow(plan, old, values);
  const before = plan.replaces ? (wanted: StructValue) => replaceRows(job, table, wanted, identity) : undefined;
  updateRow(job, row, now, plan.slots, before === undefined ? writing : { ...writing, before });
}

function newRow(plan: ChangePlan, old: StructValue, values: readonly Value[]): StructValue {
  const now = new StructValue(old.shape, old.slots.slice());
  const first = plan.identityCount + old.slots.length;
  plan.slots.forEach((slot, at) => (now.slots[slot] = values[first + at] ?? null));
  return now;
}

function insteadOf(job: RowsJob, plan: ChangePlan, event: "update" | "delete", values: Value[]): void {
  const { target: table } = job;
  const old = oldRow(table, values.slice(0, table.shape.fields.length));
  const now = event === "delete" ? null : newRow(plan, old, values);
  const columns = new Set(plan.slots.map((slot) => (table.shape.fields[slot] ?? "").toLowerCase()));
  const row = fireBefore(job, { table, timing: "instead of", event, now, old, columns });
  if (row === undefined) return;
  const change = { table, event, now: event === "delete" ? null : row, old, identity: undefined, columns } as const;
  withEngineTriggers(job, { ...change, or: job.form.dml?.or }, () => {
    job.changes += 1;
    returnRow(job, row);
    return 1;
  });
}
