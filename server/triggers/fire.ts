// Statements that write, with the triggers of ours that they fire: before-statement, the rows (managed row by row where a BEFORE ROW trigger wants it, else the
// statement as it is), then after per row, after-statement (LANGUAGE.md 15.24). All of it in the statement's transaction; an error goes to whoever ran the statement,
// whose savepoint or transaction undoes everything. Statements of a database without triggers never come here.
import type { DatabaseSchema } from "../../base/schema.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { TableValue, Value } from "../../base/value/value.ts";
import type { Connection } from "../../storage/engine.ts";
import { fireAfter, type FiredStatement, statementTriggers } from "./after.ts";
import { makeBodies, type BodyWorld, type Counts } from "./bodies.ts";
import { type FiringTables, readTables } from "./tables.ts";

/** What a statement gave. */
export interface WrittenRows {
  readonly changes: number;
  readonly rows: TableValue | undefined;
}

/** What firing needs from the session. */
export interface FiringWorld extends BodyWorld {
  readonly connection: Connection;
  schema(): DatabaseSchema;
  /** Moves when the schema may have changed. */
  generation(): number;
  /** Runs a statement without looking at triggers. @throws Trap. */
  plain(form: SqlForm, parameters: readonly Value[]): WrittenRows;
}

/** Fires the triggers of one session. */
export interface Firing {
  /** False while no trigger of ours is enabled anywhere. Then nothing else may be asked. */
  readonly active: boolean;
  /** Runs a statement that writes. @throws Trap. */
  execute(form: SqlForm, parameters: readonly Value[]): WrittenRows;
  /** Runs work that may write rows in a way that we don't look into, and then the AFTER triggers of what it wrote. */
  around<T>(work: () => T): T;
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

/** Firing for a session without triggers yet. */
export function makeFiring(world: FiringWorld): Firing {
  const bodies = makeBodies(world);
  let known: Known | undefined;
  const tablesNow = (): FiringTables => {
    const registryGeneration = world.registry().generation;
    const generation = world.generation();
    if (known?.registryGeneration !== registryGeneration || known.generation !== generation)
      known = { registryGeneration, generation, tables: readTables(world.registry(), world.schema()) };
    world.connection.captureRows(known.tables.requests);
    return known.tables;
  };
  const withAfter = <T>(tables: FiringTables, statement: FiredStatement, counts: Counts, work: () => T): T => {
    // Rows that the session itself wrote since the last statement fire nothing.
    world.connection.takeCaptured();
    try {
      const result = work();
      fireAfter(bodies, tables, statement, world.connection.takeCaptured(), counts);
      return result;
    } catch (error) {
      world.connection.takeCaptured();
      throw error;
    } finally {
      bodies.report(counts);
    }
  };
  return {
    get active() {
      return !world.registry().empty || known !== undefined;
    },
    execute: (form, parameters) => {
      const tables = tablesNow();
      const statement = statementOf(tables, form, parameters);
      if (statement.target?.refusal !== undefined) throw statement.target.refusal;
      const counts: Counts = new Map();
      for (const trigger of statementTriggers(statement, "before"))
        bodies.fire(trigger, statement.event, [null, null], counts);
      return withAfter(tables, statement, counts, () => world.plain(form, parameters));
    },
    around: (work) => {
      const tables = tablesNow();
      return withAfter(tables, statementOf(tables, NO_FORM, []), new Map(), work);
    },
    release: () => {
      if (known === undefined) return;
      known = undefined;
      world.connection.captureRows([]);
    },
  };
}

const NO_FORM: SqlForm = { parts: [], returnsRows: false, columns: undefined, verb: "other", parameterCount: 0 };
