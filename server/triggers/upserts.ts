// ON CONFLICT DO UPDATE and UPSERT INTO where BEFORE UPDATE triggers must see the standing row: SET is computed with `excluded` in scope,
// and the row is updated by itself.
import type { SqlForm, SqlParts } from "../../base/sql-form.ts";
import { StructValue, type Value } from "../../base/value/value.ts";
import { referenceOf, setValues } from "./change-statements.ts";
import { type StandingRow, updateRow } from "./changes.ts";
import { conditionOf, piecesOf, type Pieces, type SetPiece } from "./pieces.ts";
import { columnValue, formOf, identityCondition, identityOf, joined, name, RowForms, storable } from "./row-forms.ts";
import { rowsOf, type RowsJob } from "./rows.ts";
import type { FiringTable } from "./firing-table.ts";

/** One ON CONFLICT clause, also of UPSERT INTO. */
export interface ConflictStep {
  readonly parts: SqlParts;
  readonly target: SqlParts;
  readonly update: boolean;
  readonly sets: readonly SetPiece[];
  readonly where: SqlParts;
}

function list(names: readonly string[]): SqlParts {
  return joined(
    names.map((text) => [name(text)]),
    ", ",
  );
}

/** The clauses of a statement. */
export function conflictClauses(pieces: Pieces): readonly ConflictStep[] {
  const { upsert } = pieces;
  if (upsert === undefined) return pieces.conflicts;
  const keys = new Set(upsert.keys.map((key) => key.toLowerCase()));
  const others = upsert.columns.filter((column) => !keys.has(column.toLowerCase()));
  const sets = others.map((column) => ({ columns: [column], value: ["excluded.", name(column)] }));
  const target: SqlParts = upsert.keys.length === 0 ? [] : [" (", ...list(upsert.keys), ")"];
  const action: SqlParts =
    sets.length === 0
      ? [" DO NOTHING"]
      : [
          " DO UPDATE SET ",
          ...joined(
            sets.map(({ columns, value }) => [...list(columns), " = ", ...value]),
            ", ",
          ),
        ];
  return [
    {
      parts: [" ON CONFLICT", ...target, ...action],
      target,
      update: sets.length > 0,
      sets,
      where: [],
    },
  ];
}

/** What DO UPDATE sets. */
interface StepPlan {
  readonly table: FiringTable;
  readonly form: SqlForm;
  readonly slots: readonly number[];
  /** How the row is updated: what OR says does not count here, as in SQLite. */
  readonly writing: RowForms;
}

const plans = new WeakMap<ConflictStep, StepPlan>();

// Parameters: those of the statement, the values of the storable columns, the identity. Inside the subqueries names mean the target first, as in DO UPDATE.
function planOf(job: RowsJob, table: FiringTable, step: ConflictStep): StepPlan {
  const known = plans.get(step);
  if (known?.table === table) return known;
  const pieces = piecesOf(job.form);
  const offset = job.form.parameterCount;
  const given = storable(table);
  const row = identityCondition(table, referenceOf(job), offset + given.length);
  const values = setValues(step.sets);
  const slots = values.map(({ column }) => table.shape.slotOf(column));
  const subquery = (value: SqlParts): SqlParts => [
    "(SELECT ",
    ...value,
    " FROM ",
    ...pieces.target,
    " WHERE ",
    ...row,
    ")",
  ];
  const applies: SqlParts = step.where.length === 0 ? ["1"] : subquery(["(", ...conditionOf(step.where), ")"]);
  const form = formOf(
    [
      ...pieces.with,
      "SELECT ",
      ...joined([applies, ...values.map(({ value }) => subquery(value))], ", "),
      " FROM (SELECT ",
      ...joined(
        given.map((slot, at): SqlParts => {
          const column = table.table.columns[slot];
          return [columnValue(column, offset + at), " AS ", name(column?.name ?? "")];
        }),
        ", ",
      ),
      ") AS excluded",
    ],
    "query",
    offset + given.length + identityOf(table).length,
    [
      { name: "gobi_applies", type: "any", nullable: true },
      ...slots.flatMap((slot, at) => {
        const column = table.columns[slot];
        return column === undefined
          ? []
          : [{ ...column, name: `gobi_set_${at}`, affinity: table.table.columns[slot]?.affinity ?? "blob" }];
      }),
    ],
  );
  job.world.derived(form, job.form);
  const writing = new RowForms({
    table,
    target: pieces.target,
    reference: referenceOf(job),
    offset,
    or: undefined,
    conflicts: [],
    returning: pieces.returning,
    columns: job.form.columns,
  });
  const plan = { table, form, slots, writing };
  plans.set(step, plan);
  return plan;
}

/** Does what a clause that updates says about the row that stands where `row` was to go. @throws Trap. */
export function updateStanding(job: RowsJob, step: ConflictStep, row: StructValue, standing: StandingRow): void {
  const { table, identity, old } = standing;
  const plan = planOf(job, table, step);
  const parameters: Value[] = [
    ...job.parameters,
    ...storable(table).map((slot) => row.slots[slot] ?? null),
    ...identity,
  ];
  const [values] = rowsOf(job.world.query(plan.form, parameters));
  const applies = values?.[0] ?? null;
  if (values === undefined || applies === null || applies === 0 || applies === false) return;
  const now = new StructValue(table.shape, old.slots.slice());
  plan.slots.forEach((slot, at) => (now.slots[slot] = values[at + 1] ?? null));
  updateRow(job, standing, now, plan.slots, {
    forms: plan.writing,
    parameters: job.parameters,
    own: true,
    or: "abort",
  });
}
