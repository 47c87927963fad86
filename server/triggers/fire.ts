// Statements that write, with the triggers of ours that they fire: before-statement, the rows (managed row by row where a BEFORE ROW trigger wants it, else the
// statement as it is), then after per row, after-statement (LANGUAGE.md 15.24). All of it in the statement's transaction; an error goes to whoever ran the statement,
// whose savepoint or transaction undoes everything. Statements of a database without triggers never come here.
import { required } from "../../base/failure.ts";
import type { DatabaseSchema } from "../../base/schema.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import type { CapturedRows, Connection } from "../../storage/engine.ts";
import { emptyTable, fireAfter, type FiredStatement, statementTriggers } from "./after.ts";
import { type Bodies, makeBodies, type BodyWorld, type Counts } from "./bodies.ts";
import { fireByHand, type HandFired, type HandFiring } from "./by-hand.ts";
import { changeRows } from "./change-statements.ts";
import { planFirings, type PlannedFiring } from "./firing-plan.ts";
import { insertRows } from "./insert-statements.ts";
import { deleteReaches, needsRows, updateReaches } from "./reach.ts";
import type { RowsJob, RowsWorld, WrittenRows } from "./rows.ts";
import type { FiringTable } from "./firing-table.ts";
import { putBack, takeOut, withTaken } from "./engine-taken.ts";
import { type FiringTables, type NativeTrigger, readTables } from "./tables.ts";

/** What firing needs from the session. */
export interface FiringWorld extends Omit<BodyWorld, "execute">, Omit<RowsWorld, "takeOut"> {
  readonly connection: Connection;
  schema(): DatabaseSchema;
  /** Moves when the schema may have changed. */
  generation(): number;
}

/** Fires the triggers of one session. */
export interface Firing {
  /** False while no trigger of ours is enabled anywhere. Then nothing else may be asked. */
  active(): boolean;
  /** Runs a statement that writes. `remember`: when nothing can fire, the same statement is calm until the catalog changes. @throws Trap. */
  execute(form: SqlForm, parameters: readonly Value[], options?: { readonly remember: boolean }): WrittenRows;
  /** Runs a statement that is known to fire nothing; undefined when that is not known. What a statement costs on a table without triggers. @throws Trap. */
  executeCalm(form: SqlForm, parameters: readonly Value[]): WrittenRows | undefined;
  /** Nothing can fire for this statement until the catalog changes. */
  rememberCalm(form: SqlForm): void;
  /** Runs work that may write rows in a way that we don't look into, and then the AFTER triggers of what it wrote. */
  around<T>(work: () => T): T;
  /** Refuses a statement that we could not read when it names a table, or one behind a cascade, whose triggers must see its rows before they are written. @throws Trap SqlError. */
  refuseUnread(names: ReadonlySet<string>, reason: string): void;
  /** What a statement would fire. */
  plan(form: SqlForm, parameters: readonly Value[]): readonly PlannedFiring[];
  /** Fires one trigger for rows that are given, without a statement. @throws Trap. */
  byHand(firing: HandFiring): HandFired;
  /** Takes the capture triggers away, before the schema changes. */
  release(): void;
}

interface Known {
  readonly registryGeneration: number;
  readonly generation: number;
  readonly tables: FiringTables;
}

function fold(name: string): string {
  return name.toLowerCase();
}

/** The statement as triggers see it. */
function statementOf(tables: FiringTables, form: SqlForm, parameters: readonly Value[]): FiredStatement {
  const { dml } = form;
  if (dml === undefined) return { target: undefined, event: "update", upsert: false, columns: [] };
  const names = dml.table ?? tableParameter(form, parameters);
  const table = names.at(-1) ?? "";
  return {
    target: tables.find(names.length > 1 ? names[0] : undefined, table),
    event: dml.event,
    upsert: dml.upsert,
    columns: dml.columns.map(fold),
  };
}

/** How a statement is done: as it is, with nothing that could fire; as it is, and then what was captured; row by row. */
type Doing = "quiet" | "engine" | "rows";

interface KnownStatement {
  readonly tables: FiringTables;
  readonly statement: FiredStatement;
  readonly doing: Doing;
}

/** Statements whose table stands in their text. */
const statements = new WeakMap<SqlForm, KnownStatement>();

function doingOf(tables: FiringTables, statement: FiredStatement, form: SqlForm, alwaysByRows: boolean): Doing {
  const { target } = statement;
  if (target === undefined) return "engine";
  if (alwaysByRows && target.table.kind === "table" && target.triggers.length > 0) return "rows";
  if (needsRows(tables, { ...statement, or: form.dml?.or })) return "rows";
  const firesNothing = target.triggers.every(({ way }) => way === "native") && target.refusal === undefined;
  // What cascades and native triggers write is captured.
  return firesNothing && target.children.length === 0 && tables.nativeOn(target.table).length === 0
    ? "quiet"
    : "engine";
}

function knownStatement(
  tables: FiringTables,
  form: SqlForm,
  parameters: readonly Value[],
  alwaysByRows: boolean,
): KnownStatement {
  const known = statements.get(form);
  if (known?.tables === tables) return known;
  const statement = statementOf(tables, form, parameters);
  const found = { tables, statement, doing: doingOf(tables, statement, form, alwaysByRows) };
  if (form.dml?.table !== undefined) statements.set(form, found);
  return found;
}

/** The rows of a statement, each by itself. */
function writeByRows(
  world: RowsWorld,
  bodies: Bodies,
  tables: FiringTables,
  statement: FiredStatement,
  work: { readonly form: SqlForm; readonly parameters: readonly Value[]; readonly counts: Counts },
): WrittenRows {
  const job: RowsJob = {
    world,
    bodies,
    tables,
    counts: work.counts,
    target: required(statement.target, "the table of a statement that is done by rows"),
    form: work.form,
    parameters: [...work.parameters],
    upsert: statement.upsert,
    gone: new Set(),
    changes: 0,
    returned: [],
    names: [],
  };
  const { event } = statement;
  return bodies.rows("before", () => (event === "insert" ? insertRows(job) : changeRows(job, event)));
}

/** The table that a string names at run time: `t` or `schema.t`. */
function tableParameter(form: SqlForm, parameters: readonly Value[]): readonly string[] {
  for (const part of form.parts) {
    if (typeof part === "string") continue;
    const inner = part.p === "upsert" ? part.table : part.p === "piece" && part.piece === "target" ? part.parts : [];
    for (const piece of inner) {
      const name = typeof piece === "object" && piece.p === "tableName" ? parameters[piece.index] : undefined;
      if (typeof name === "string") return name.split(".");
    }
  }
  return [];
}

/** Whether only a statement that we understand may write: captured rows tell everything but what comes before them, and what was an upsert. */
function mustBeRead(tables: FiringTables, table: FiringTable): boolean {
  const captured = table.triggers.every(
    ({ timing, each, events }) =>
      timing === "after" && each === "row" && events.every(({ event }) => event !== "upsert"),
  );
  return (
    !captured || table.engine.length > 0 || deleteReaches(tables, table) || updateReaches(tables, table, undefined)
  );
}

function fireBeforeStatement(bodies: Bodies, statement: FiredStatement, counts: Counts): void {
  const triggers = statementTriggers(statement, "before");
  if (triggers.length === 0 || statement.target === undefined) return;
  const none = emptyTable(statement.target);
  for (const trigger of triggers) bodies.fire(trigger, statement.event, [none, none], counts);
}

/** Firing for a session without triggers yet. */
export function makeFiring(world: FiringWorld): Firing {
  const bodies = makeBodies({ ...world, execute: (form, parameters) => void firing.execute(form, parameters) });
  let known: Known | undefined;
  // Rows captured so far for the statements that are running, innermost last: a body that writes in the middle of a statement must not mix with it.
  const open: CapturedRows[][] = [];
  const setAside = (): void => {
    const rows = world.connection.takeCaptured();
    // Outside of statements it is what the session itself wrote: that fires nothing.
    if (rows !== undefined) open.at(-1)?.push(rows);
  };
  // Statements that fire nothing, with the generation of the catalog in which that was found; triggers and schema change with it.
  const calm = new WeakMap<SqlForm, number>();
  const rememberCalm = (form: SqlForm): void => {
    if (form.dml?.table !== undefined) calm.set(form, world.generation());
  };
  // The engine's own triggers that are out of the file while the statement runs that needs it.
  let out: readonly NativeTrigger[] | undefined;
  const change = (sql: string): void => void world.text(sql, []);
  const rowsWorld: RowsWorld = {
    ...world,
    takeOut: ({ taken }) => {
      if (out !== undefined) return;
      out = taken;
      takeOut(taken, change);
    },
  };
  /** Puts back what `work` took out. */
  const withPutBack = <T>(work: () => T): T => {
    if (out !== undefined) return work();
    try {
      return work();
    } finally {
      const taken = out;
      out = undefined;
      if (taken !== undefined) putBack(world.connection, taken, change);
    }
  };
  const tablesNow = (): FiringTables => {
    const registryGeneration = world.registry().generation();
    const generation = world.generation();
    if (known?.registryGeneration !== registryGeneration || known.generation !== generation)
      known = {
        registryGeneration,
        generation,
        tables: readTables(world.registry(), withTaken(world.schema(), out ?? [])),
      };
    return known.tables;
  };
  const capture = (tables: FiringTables): void => {
    setAside();
    world.connection.captureRows(tables.requests);
  };
  const withAfter = <T>(tables: FiringTables, statement: FiredStatement, counts: Counts, work: () => T): T => {
    const captured: CapturedRows[] = [];
    open.push(captured);
    try {
      let result: T;
      try {
        result = work();
      } finally {
        setAside();
        open.pop();
      }
      fireAfter(bodies, tables, statement, captured, counts);
      return result;
    } finally {
      bodies.report(counts);
    }
  };
  const firing: Firing = {
    active: () => !world.registry().empty() || known !== undefined,
    executeCalm: (form, parameters) =>
      calm.get(form) === world.generation() ? quietly(world, form, parameters) : undefined,
    rememberCalm,
    execute: (form, parameters, options) => {
      const tables = tablesNow();
      const { statement, doing } = knownStatement(tables, form, parameters, world.alwaysByRows);
      if (doing === "quiet") {
        if (options?.remember === true) rememberCalm(form);
        return quietly(world, form, parameters);
      }
      world.bulk.flush();
      capture(tables);
      if (statement.target?.refusal !== undefined) throw statement.target.refusal;
      const counts: Counts = new Map();
      return withAfter(tables, statement, counts, () => {
        fireBeforeStatement(bodies, statement, counts);
        return doing === "rows"
          ? withPutBack(() => writeByRows(rowsWorld, bodies, tables, statement, { form, parameters, counts }))
          : world.plain(form, parameters);
      });
    },
    around: (work) => {
      world.bulk.flush();
      const tables = tablesNow();
      capture(tables);
      return withAfter(tables, statementOf(tables, NO_FORM, []), new Map(), work);
    },
    refuseUnread: (names, reason) => {
      const tables = tablesNow();
      const found = [...names]
        .flatMap((name) => tables.find(undefined, name) ?? [])
        .find((table) => mustBeRead(tables, table));
      if (found !== undefined)
        throw trap(
          "SqlError",
          `The text of execute could not be read, and ${found.table.name} has triggers that must see what it does: ${reason}`,
        );
    },
    plan: (form, parameters) => {
      const tables = tablesNow();
      return planFirings(tables, knownStatement(tables, form, parameters, false).statement, form.dml?.or);
    },
    byHand: (hand) => {
      world.bulk.flush();
      const tables = tablesNow();
      capture(tables);
      return withAfter(tables, statementOf(tables, NO_FORM, []), new Map(), () => {
        const fired = fireByHand({ rows: rowsWorld, bodies, tables }, hand);
        world.bulk.flush();
        return fired;
      });
    },
    release: () => {
      if (known === undefined) return;
      known = undefined;
      setAside();
      world.connection.captureRows([]);
    },
  };
  return firing;
}

const ONE_ROW: WrittenRows = { changes: 1, rows: undefined };

function quietly(world: FiringWorld, form: SqlForm, parameters: readonly Value[]): WrittenRows {
  if (world.bulk.add(form, parameters)) return ONE_ROW;
  world.bulk.flush();
  return world.plain(form, parameters);
}

const NO_FORM: SqlForm = { parts: [], returnsRows: false, columns: undefined, verb: "other", parameterCount: 0 };
