// The VM's port to the world, on one connection: SQL with bound values, savepoints, routines by name, jobs, output, clock and random.
// Errors of the engine become traps that programs catch by name; grants decide what programs may touch besides the database.
import { required } from "../../base/failure.ts";
import type { Problem } from "../../base/problem.ts";
import type { DatabaseSchema } from "../../base/schema.ts";
import type { SqlColumn, SqlForm } from "../../base/sql-form.ts";
import { cell } from "../../base/value/column.ts";
import { SYSTEM_TABLES } from "../../base/system-tables.ts";
import { Shape, TableValue, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { EngineError, type Connection, type RowBatch } from "../../storage/engine.ts";
import type { Host, HostRows, ManagementForm, RoutineReference } from "../../vm/host.ts";
import type { LoadedRoutine } from "../../vm/load.ts";
import { ensureSystemViews, rewriteSystemNames, viewName } from "../catalog/system-views.ts";
import type { DynamicProgram } from "../programs/dynamic-statements.ts";
import type { OutputSink, SessionGrants } from "../session-types.ts";
import { prepareDynamic, sqlTokens } from "../sql/dynamic-sql.ts";
import { trapOf } from "../sql/engine-errors.ts";
import { CATALOG_PREFIX, catalogWriteTrap, factsOf } from "../sql/forms.ts";
import { withColumnsOfValues } from "../sql/open-rows.ts";
import type { Transactions } from "../sql/transactions.ts";
import { makeBulkInserts } from "../triggers/bulk-inserts.ts";
import { type Firing, makeFiring } from "../triggers/fire.ts";
import type { TriggerRegistry, TriggerWay } from "../triggers/types.ts";
import type { Jobs } from "./jobs.ts";
import type { SqlFunctions } from "./sql-functions.ts";

/** What the host is made of. Fields without `readonly` are replaced by the session between statements. */
export interface HostWorld {
  readonly connection: Connection;
  readonly transactions: Transactions;
  readonly functions: SqlFunctions;
  readonly jobs: Jobs;
  readonly output: OutputSink;
  readonly grants: SessionGrants;
  /** Microseconds since 1970, fixed for the outermost call. */
  callNowMicros(): number;
  random(): number;
  resolve(reference: RoutineReference): LoadedRoutine;
  manage(form: ManagementForm, args: readonly Value[]): Value;
  emit(rows: TableValue): void;
  /** The schema may have changed. */
  schemaChanged(): void;
  /** Most rows one query may deliver; undefined: no bound. */
  rowsMax(): number | undefined;
  /** Moves when routines must be bound anew. */
  generation(): number;
  triggers(): TriggerRegistry;
  /** For tests: how triggers fire where several ways would do. */
  readonly triggerWay: TriggerWay | undefined;
  /** The program of a text of `execute` that writes, or why our compiler does not understand it. */
  statement(sql: string): DynamicProgram | readonly Problem[];
  schema(): DatabaseSchema;
  /** Runs a routine inside the running call. @throws Trap. */
  call(routine: LoadedRoutine, args: readonly Value[]): Value;
  /** Many such calls in a row; see Machine.series. */
  series<T>(work: (call: HostWorld["call"]) => T): T;
  elapsedMs(): number;
}

const namesOfColumns = new WeakMap<readonly SqlColumn[], readonly string[]>();
const shapesOfColumns = new WeakMap<readonly SqlColumn[], Shape>();

function namesOf(columns: readonly SqlColumn[]): readonly string[] {
  let names = namesOfColumns.get(columns);
  if (names === undefined) {
    names = columns.map((column) => column.name);
    namesOfColumns.set(columns, names);
  }
  return names;
}

function shapeOf(columns: readonly SqlColumn[]): Shape {
  let shape = shapesOfColumns.get(columns);
  if (shape === undefined) {
    shape = new Shape("", namesOf(columns));
    shapesOfColumns.set(columns, shape);
  }
  return shape;
}

/** A batch as a table value. */
export function tableOf(columns: readonly SqlColumn[], batch: RowBatch): TableValue {
  return new TableValue(shapeOf(columns), batch.columns, batch.length);
}

/** What a failure of the engine is for the program; it may have ended the transaction. @throws Trap. */
function failed(world: HostWorld, error: unknown): never {
  if (!(error instanceof EngineError)) throw error;
  world.transactions.noticeError(error);
  throw trapOf(error);
}

/** Runs engine work. @throws Trap. */
function guarded<T>(world: HostWorld, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return failed(world, error);
  }
}

function checkTableNames(form: SqlForm, indexes: readonly number[], parameters: readonly Value[]): void {
  for (const index of indexes) {
    const name = parameters[index];
    if (typeof name !== "string") throw trap("NoSuchTable", "The name of a table is null.");
    const last = name.toLowerCase().split(".").at(-1) ?? "";
    if (last.startsWith(CATALOG_PREFIX))
      throw form.verb === "query"
        ? trap(
            "PermissionDenied",
            `${name} is a table of the catalog; read system.${last.slice(CATALOG_PREFIX.length)}.`,
          )
        : catalogWriteTrap(last);
  }
}

/** Everything that must hold before a statement goes to the engine; gives the statement to run. */
function prepared(world: HostWorld, form: SqlForm, parameters: readonly Value[]): SqlForm {
  if (world.functions.running())
    throw trap("NotImplemented", "A function that SQL calls cannot run SQL itself on sqlite.");
  const facts = factsOf(form);
  if (facts.plain) return form;
  const complete =
    facts.openRowsParameters.length === 0 ? form : withColumnsOfValues(form, facts.openRowsParameters, parameters);
  if (facts.functions.length > 0) world.functions.prepare(form);
  if (facts.tableNameParameters.length > 0) checkTableNames(form, facts.tableNameParameters, parameters);
  if (form.verb !== "query") {
    const written = facts.catalogNames[0] ?? (form.verb === "other" ? undefined : facts.systemTables[0]);
    if (written !== undefined && (facts.catalogNames.length > 0 || firstTarget(form) === "system"))
      throw catalogWriteTrap(written);
  }
  if (facts.systemTables.length === 0) return complete;
  ensureSystemViews(world.connection, facts.systemTables);
  return rewriteSystemNames(complete);
}

/** The first name in a statement that writes: the schema or table it writes. */
function firstTarget(form: SqlForm): string | undefined {
  for (const part of form.parts) {
    if (typeof part === "string") continue;
    if (part.p === "name") return part.name.toLowerCase();
    if (part.p === "piece" && part.piece !== "target") continue;
    if (part.p !== "upsert" && part.p !== "piece") return undefined;
    const first = part.p === "piece" ? part.parts[0] : part.table[0];
    return typeof first === "object" && first.p === "name" ? first.name.toLowerCase() : undefined;
  }
  return undefined;
}

function query(world: HostWorld, form: SqlForm, parameters: readonly Value[]): HostRows {
  try {
    const statement = prepared(world, form, parameters);
    const rowsMax = world.rowsMax();
    const source = world.connection.query(statement, parameters, rowsMax === undefined ? undefined : { rowsMax });
    return {
      names: namesOf(source.columns),
      next: () => guarded(world, () => source.next()),
      close: () => source.close(),
    };
  } catch (error) {
    return failed(world, error);
  }
}

/** The system table that `CREATE TABLE system.x` names: it is there already (listings 02 and 13). */
function builtinTable(form: SqlForm): string | undefined {
  const [name] = factsOf(form).systemTables;
  const [first] = form.parts;
  const creates = typeof first === "string" && /^\s*create\s+table\b/i.test(first) && firstTarget(form) === "system";
  return creates && name !== undefined && Object.hasOwn(SYSTEM_TABLES, name) ? name : undefined;
}

function execute(
  world: HostWorld,
  firing: Firing,
  form: SqlForm,
  parameters: readonly Value[],
): ReturnType<Host["execute"]> {
  if (!firing.active()) return executePlain(world, form, parameters);
  if (form.dml !== undefined) {
    const triggers = world.triggers();
    return triggers.mustBeApart(form) && world.connection.inTransaction
      ? triggers.apart(() => firing.execute(form, parameters))
      : firing.execute(form, parameters);
  }
  // A table with capture triggers could not be altered.
  if (form.verb === "ddl") firing.release();
  return executePlain(world, form, parameters);
}

function executePlain(world: HostWorld, form: SqlForm, parameters: readonly Value[]): ReturnType<Host["execute"]> {
  const { isDdl } = factsOf(form);
  const builtin = isDdl ? builtinTable(form) : undefined;
  if (builtin !== undefined) {
    world.output.notice(`system.${builtin} is a built-in table; nothing was changed.`);
    return { changes: 0, rows: undefined };
  }
  try {
    const statement = prepared(world, form, parameters);
    const follow = isDdl ? world.triggers().watchSchema() : undefined;
    const result = world.connection.run(statement, parameters);
    if (isDdl) world.schemaChanged();
    follow?.();
    if (world.transactions.recording()) {
      // The VM reuses the argument array.
      const copy = [...parameters];
      world.transactions.record(() => {
        world.connection.run(statement, copy);
        // What its triggers did is done again by records of their own.
        world.connection.takeCaptured();
      });
    }
    const rows =
      result.rows === undefined || result.columns === undefined ? undefined : tableOf(result.columns, result.rows);
    return { changes: result.changes, rows };
  } catch (error) {
    return failed(world, error);
  }
}

/** Refuses writes to the catalog in a text, makes the system views it reads, and puts their names in. */
function dynamicText(
  world: HostWorld,
  sql: string,
  verb: "query" | "write" | "ddl",
  names: ReadonlySet<string>,
): string {
  for (const name of names) if (name.startsWith(CATALOG_PREFIX) && verb !== "query") throw catalogWriteTrap(name);
  if (!names.has("system")) return sql;
  const tokens = sqlTokens(sql);
  let text = "";
  let copied = 0;
  tokens.forEach((token, index) => {
    const table = tokens[index + 2];
    if (
      token.text.toLowerCase() !== "system" ||
      token.kind === "string" ||
      tokens[index + 1]?.text !== "." ||
      table === undefined
    )
      return;
    if (verb !== "query") throw catalogWriteTrap(table.text.toLowerCase());
    ensureSystemViews(world.connection, [table.text.toLowerCase()]);
    text += `${sql.slice(copied, token.start)}temp."${viewName(table.text)}"`;
    copied = table.end;
  });
  return text + sql.slice(copied);
}

/** A text that our compiler understands, as the statement it is. */
function runProgram(
  world: HostWorld,
  program: DynamicProgram,
  values: readonly Value[],
): ReturnType<Host["executeText"]> {
  program.preset(values);
  const value = world.call(program.routine, []);
  if (value instanceof TableValue) return { rows: value, changes: value.length };
  return { rows: undefined, changes: typeof value === "number" ? value : 0 };
}

function executeText(
  world: HostWorld,
  firing: Firing,
  sql: string,
  names: readonly (string | undefined)[],
  parameters: readonly Value[],
): ReturnType<Host["executeText"]> {
  return guarded(world, () => {
    if (world.functions.running())
      throw trap("NotImplemented", "A function that SQL calls cannot run SQL itself on sqlite.");
    const statement = prepareDynamic(sql, names);
    const text = dynamicText(world, statement.sql, statement.verb, statement.names);
    const values = statement.order.map((index) => parameters[index] ?? null);
    if (statement.verb === "ddl" && firing.active()) firing.release();
    const follow = statement.verb === "ddl" ? world.triggers().watchSchema() : undefined;
    const run = (): ReturnType<Connection["runText"]> => world.connection.runText(text, values);
    const fires = statement.verb === "write" && firing.active();
    if (fires) {
      const program = world.statement(statement.sql);
      if ("routine" in program) return runProgram(world, program, values);
      firing.refuseUnread(statement.names, program[0]?.message ?? "");
    }
    const { source, changes } = fires ? firing.around(run) : run();
    if (statement.verb === "ddl") world.schemaChanged();
    follow?.();
    if (statement.verb !== "query" && world.transactions.recording())
      world.transactions.record(() => {
        run().source?.close();
        world.connection.takeCaptured();
      });
    if (source === undefined) return { rows: undefined, changes };
    const rows = wholeTable(source);
    return { rows, changes: statement.verb === "query" ? rows.length : changes };
  });
}

/** All rows of a source as one table; closes it. */
export function wholeTable(source: {
  readonly columns: readonly SqlColumn[];
  next(): RowBatch | undefined;
  close(): void;
}): TableValue {
  try {
    const first = source.next();
    const empty: RowBatch = {
      columns: source.columns.map((column) => ({ kind: "values", type: column.type, data: [], nulls: undefined })),
      length: 0,
    };
    if (first === undefined) return tableOf(source.columns, empty);
    const second = source.next();
    if (second === undefined) return tableOf(source.columns, first);
    const batches = [first, second];
    for (let batch = source.next(); batch !== undefined; batch = source.next()) batches.push(batch);
    return tableOf(source.columns, joinBatches(batches));
  } finally {
    source.close();
  }
}

/** Batches of the same columns, one after the other. Columns become self-describing values: the batches may differ in representation. */
function joinBatches(batches: readonly RowBatch[]): RowBatch {
  const count = batches[0]?.columns.length ?? 0;
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  const columns = Array.from({ length: count }, (_, column) => {
    const data: Value[] = [];
    for (const batch of batches) for (let row = 0; row < batch.length; row += 1) data.push(cellOf(batch, column, row));
    return {
      kind: "values" as const,
      type: batches[0]?.columns[column]?.type ?? ("any" as const),
      data,
      nulls: undefined,
    };
  });
  return { columns, length };
}

function cellOf(batch: RowBatch, column: number, row: number): Value {
  return cell(required(batch.columns[column], "a column of a batch"), row);
}

/** The host of a session, and what fires behind it. */
export interface SessionHost extends Host {
  readonly firing: Firing;
}

/** The host of a session. */
export function makeHost(session: HostWorld): SessionHost {
  const { transactions, jobs, output, grants } = session;
  // Number of schema changes so far: a savepoint that is undone takes those since it back.
  let changes = 0;
  const world: HostWorld = {
    ...session,
    schemaChanged: () => {
      changes += 1;
      session.schemaChanged();
    },
  };
  const marks = new Map<number, { readonly jobs: number; readonly changes: number }>();
  const opened = (token: number): number => {
    marks.set(token, { jobs: jobs.mark(), changes });
    return token;
  };
  const undone = (token: number): void => {
    const mark = marks.get(token);
    marks.delete(token);
    if (mark === undefined) return;
    jobs.undoTo(mark.jobs);
    if (mark.changes !== changes) session.schemaChanged();
  };
  const closed = (token: number): void => void marks.delete(token);
  const bulk = makeBulkInserts((form, parameters) => executePlain(world, form, parameters));
  const savepoint = (): number => {
    bulk.savepoint(1);
    return opened(transactions.savepoint());
  };
  const release = (token: number): void => {
    bulk.savepoint(-1);
    closed(token);
    transactions.release(token);
  };
  const rollbackTo = (token: number): void => {
    bulk.savepoint(-1);
    transactions.rollbackTo(token);
    undone(token);
  };
  // The rows that a statement writes are no result of a query.
  const unlimited: HostWorld = { ...world, rowsMax: () => undefined };
  const firing = makeFiring({
    connection: world.connection,
    schema: () => world.schema(),
    generation: () => world.generation(),
    registry: () => world.triggers(),
    alwaysByRows: world.triggerWay === "managed",
    plain: (form, parameters) => executePlain(world, form, parameters),
    query: (form, parameters) => query(unlimited, form, parameters),
    derived: (form, from) => world.functions.derived(form, from),
    call: (routine, args) => world.call(routine, args),
    series: (work) => world.series(work),
    elapsedMs: () => world.elapsedMs(),
    bulk,
    log: (text) => output.log("error", text),
    savepoint,
    release,
    rollbackTo,
  });
  return {
    firing,
    query: (form, parameters) => {
      if (bulk.waiting) bulk.flush();
      return query(world, form, parameters);
    },
    execute: (form, parameters) => execute(world, firing, form, parameters),
    executeText: (sql, names, parameters) => {
      bulk.flush();
      return executeText(world, firing, sql, names, parameters);
    },
    savepoint,
    release,
    rollbackTo,
    beginAutonomous: () => {
      bulk.savepoint(1);
      return opened(transactions.beginAutonomous());
    },
    endAutonomous: (token, outcome) => {
      bulk.savepoint(-1);
      transactions.endAutonomous(token, outcome);
      if (outcome === "rollback") undone(token);
      else closed(token);
    },
    epoch: () => world.generation(),
    resolve: (reference) => world.resolve(reference),
    startAsync: (routine, args, options) => jobs.start(routine, args, options),
    await: (handle) => jobs.await(handle),
    manage: (statement, args) => {
      bulk.flush();
      return world.manage(statement, args);
    },
    print: (text) => output.print(text),
    log: (level, text) => output.log(level, text),
    emit: (rows) => world.emit(rows),
    nowMicros: () => {
      if (!grants.clock) throw trap("PermissionDenied", "This session may not read the clock.");
      return world.callNowMicros();
    },
    random: () => {
      if (!grants.random) throw trap("PermissionDenied", "This session may not draw random numbers.");
      return world.random();
    },
  };
}
