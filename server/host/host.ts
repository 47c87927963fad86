// The VM's port to the world, on one connection: SQL with bound values, savepoints, routines by name, jobs, output, clock and random.
// Errors of the engine become traps that programs catch by name; grants decide what programs may touch besides the database.
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import type { RowSource } from "../../storage/engine.ts";
import type { Host } from "../../vm/host.ts";
import { makeBulkInserts } from "../triggers/bulk-inserts.ts";
import { type Firing, makeFiring } from "../triggers/fire.ts";
import { execute, executePlain, query, stream } from "./statements.ts";
import { executeText, triggerTexts } from "./texts.ts";
import type { HostWorld } from "./world.ts";

/** The host of a session, and what fires behind it. */
export interface SessionHost extends Host {
  readonly firing: Firing;
  /** Rows of a query as they come. @throws Trap. */
  stream(form: SqlForm, parameters: readonly Value[]): RowSource;
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
    define: (definition) => world.connection.defineFunction(definition),
    derived: (form, from) => world.functions.derived(form, from),
    ...triggerTexts(world),
    recording: () => transactions.recording(),
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
    stream: (form, parameters) => stream(world, form, parameters),
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
    hiddenFrames: () => world.authority()?.hiddenFrames() ?? 0,
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
