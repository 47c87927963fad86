// One connection to an SQLite database: plans by form, binding, delivery, transactions, functions.
// Everything is synchronous. A statement cannot be interrupted: a connection with `interrupt` makes its statements ask (ticks.ts).
import type Database from "better-sqlite3";
import { InternalError, required } from "../../base/failure.ts";
import { LIMITS } from "../../base/limits.ts";
import type { DatabaseSchema } from "../../base/schema.ts";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import {
  type CapturedRows,
  type CaptureRequest,
  type Connection,
  type ConnectOptions,
  type RowSource,
  type SqlFunction,
  type WriteResult,
} from "../engine.ts";
import { joinBatches, sourceOf } from "../rows.ts";
import { backupDatabase, restoreFile, restoreInTransaction, restoreMemory } from "./backup.ts";
import { Batches, SpilledBatches } from "./batches.ts";
import { bindSlots } from "./bind.ts";
import { Captures } from "./capture.ts";
import { SQLITE_CAPABILITIES } from "./capabilities.ts";
import { ChangedRows } from "./changed-rows.ts";
import { CommitSign } from "./commit-sign.ts";
import { ControlStatements } from "./control-statements.ts";
import { createPushDoor, type PushDoor } from "./deliver.ts";
import { engineErrorOf, isSqliteError, nestedStatement } from "./errors.ts";
import { registerDefinition, registerFunctions, standIn } from "./functions.ts";
import { quoteName } from "./identifiers.ts";
import { introspectDatabase } from "./introspect.ts";
import { isMemory, openDatabase } from "./open.ts";
import { PlanCache } from "./plan-cache.ts";
import type { Plan } from "./plans.ts";
import { printStatement } from "./print.ts";
import { refusedStatement } from "./refusal.ts";
import { runBound, runPlan } from "./run-plan.ts";
import { SchemaLookup } from "./schema-lookup.ts";
import { streamRows } from "./stream.ts";
import { createTableModule, type TableModule } from "./table-module.ts";
import { createTicks } from "./ticks.ts";

/** Opens a connection. @throws EngineError as `Engine.connect` says. */
export const connectSqlite = (options: ConnectOptions): Connection => new SqliteConnection(options);

class SqliteConnection implements Connection {
  readonly capabilities = SQLITE_CAPABILITIES;
  readonly target: string;
  readonly #options: ConnectOptions;
  readonly #cursorBytesMax: number;
  readonly #nowMicros: () => number;
  readonly spilled = new SpilledBatches();
  readonly #functions = new Map<string, SqlFunction>();
  #db: Database.Database;
  #door: PushDoor;
  #tables: TableModule;
  #lookup: SchemaLookup;
  #plans: PlanCache;
  #tick: (() => void) | undefined;
  #captures: Captures;
  #control: ControlStatements;
  #inTransaction = false;
  #readyToWrite = false;
  /** True while SQLite works for us: functions that it calls meanwhile cannot use this connection. */
  #running = false;
  readonly #sign: CommitSign | undefined;
  #stream: RowSource | undefined;
  readonly changed = new ChangedRows();

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.target = options.target;
    this.#cursorBytesMax = options.cursorBytesMax ?? LIMITS.cursorBytesMax.value;
    this.#nowMicros = options.nowMicros ?? (() => Date.now() * 1000);
    this.#db = openDatabase(options);
    this.#sign = options.keptOpen === true ? new CommitSign(options.target) : undefined;
    this.#door = createPushDoor(this.#db);
    this.#tables = createTableModule(this.#db);
    this.#lookup = new SchemaLookup(this.#db);
    this.#plans = new PlanCache(this.#db, this.#lookup, this.#tables, { ticks: options.interrupt !== undefined });
    this.#tick = options.interrupt && createTicks(this.#db, options.interrupt);
    this.#captures = new Captures(this.#db, this.#cursorBytesMax);
    this.#control = new ControlStatements(this.#db);
    registerFunctions(this.#db, this.#nowMicros);
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  get hasWritten(): boolean {
    return this.#guard("", () => this.changed.has(this.#control));
  }

  query(form: SqlForm, parameters: readonly Value[], options?: { readonly rowsMax?: number }): RowSource {
    this.#checkIdle();
    const plan = this.#plans.ofForm(form, parameters, true);
    if (plan.mode === "run") {
      this.#execute(plan, parameters);
      return sourceOf([], []);
    }
    return this.#rows(plan, parameters, options?.rowsMax);
  }

  stream(form: SqlForm, parameters: readonly Value[], options?: { readonly rowsMax?: number }): RowSource {
    this.#checkIdle();
    const plan = this.#plans.ofForm(form, parameters, true);
    // What cannot stand in a WITH clause, or is one row at most, gains nothing by a cursor.
    if (plan.mode !== "push") return this.query(form, parameters, options);
    this.#stream = streamRows({
      db: this.#db,
      door: this.#door,
      plan,
      parameters,
      tables: this.#tables,
      rowsMax: options?.rowsMax,
      tick: this.#tick,
      busy: (busy) => void (this.#running = busy),
      failure: (error) => this.#failure(error, plan.text, plan),
    });
    return this.#stream;
  }

  run(form: SqlForm, parameters: readonly Value[]): WriteResult {
    this.#checkIdle();
    const { plan, mayChangeSchema } = this.#plans.written(form, parameters);
    const result = this.#write(plan, parameters);
    if (mayChangeSchema) this.#refresh();
    return result;
  }

  check(form: SqlForm): void {
    this.#checkIdle();
    this.#plans.check(form, (name, count) => {
      // A stand-in until the host defines the function: what is only prepared never calls it.
      if (!this.#functions.has(`${name.toLowerCase()}/${count}`)) this.defineFunction(standIn(name, count));
    });
  }

  runText(
    sql: string,
    parameters: readonly Value[],
  ): { readonly source: RowSource | undefined; readonly changes: number } {
    this.#checkIdle();
    const plan = this.#plans.ofText(sql, parameters.length);
    try {
      if (plan.mode === "push" || plan.mode === "one")
        return { source: this.#rows(plan, parameters, undefined), changes: 0 };
      const { changes, rows } = this.#write(plan, parameters);
      return {
        source: plan.mode === "run" ? undefined : sourceOf(plan.columns, rows === undefined ? [] : [rows]),
        changes,
      };
    } finally {
      this.#refresh();
    }
  }

  print(form: SqlForm): string {
    return printStatement(form, {
      tableName: (index) => `{${index}}`,
      moduleFor: (count) => this.#tables.moduleFor(count),
    }).text;
  }

  begin(mode: "deferred" | "immediate" | "exclusive"): void {
    if (mode !== "deferred") this.#prepareToWrite();
    this.#runControl(`BEGIN ${mode.toUpperCase()}`);
  }
  commit(): void {
    this.#runControl("COMMIT");
  }
  rollback(): void {
    this.#runControl("ROLLBACK");
    this.#captures.doubt();
  }
  savepoint(name: string): void {
    this.#runControl(`SAVEPOINT ${quoteName(name)}`);
  }
  release(name: string): void {
    this.#runControl(`RELEASE ${quoteName(name)}`);
  }
  rollbackTo(name: string): void {
    this.#runControl(`ROLLBACK TO ${quoteName(name)}`);
    this.#captures.doubt();
  }

  defineFunction(definition: SqlFunction): void {
    this.#functions.set(`${definition.name.toLowerCase()}/${definition.parameterCount}`, definition);
    registerDefinition(this.#db, definition);
  }

  captureRows(requests: readonly CaptureRequest[]): void {
    this.#guard("", () => this.#captures.set(requests));
  }

  takeCaptured(): CapturedRows | undefined {
    return this.#captures.take();
  }

  introspect(): DatabaseSchema {
    return this.#guard("", () => introspectDatabase(this.#db));
  }

  dataVersion(): number {
    const read = (): number =>
      this.#guard("", () => this.#control.get("PRAGMA main.data_version").pluck().get() as number);
    return this.#sign === undefined ? read() : this.#sign.version(read, this.#db.inTransaction);
  }

  schemaVersion(): string {
    return this.#lookup.version();
  }

  attach(file: string, alias: string, readOnly = false): void {
    this.#guard("", () => this.#db.prepare("ATTACH ? AS ?").run(file, alias));
    this.#plans.attached(alias, readOnly);
    this.#refresh();
  }

  detach(alias: string): void {
    this.#guard("", () => this.#db.prepare("DETACH ?").run(alias));
    this.#refresh();
  }

  backup(file: string): void {
    this.#guard("", () => backupDatabase(this.#db, this.target, file));
  }

  restore(file: string): void {
    if (this.#db.inTransaction) throw restoreInTransaction();
    this.changed.note({ changesData: true });
    if (isMemory(this.target)) this.#reopen(restoreMemory(file));
    else this.#guard("", () => restoreFile(this.#db, this.target, file));
    this.#refresh();
  }

  close(): void {
    this.#stream?.close();
    this.spilled.close();
    this.#db.close();
  }

  #rows(plan: Plan, parameters: readonly Value[], rowsMax: number | undefined): RowSource {
    const { delivery } = plan;
    if (delivery === undefined) throw new InternalError("a plan without rows was asked for rows");
    const batches = new Batches(plan.columns, this.#cursorBytesMax);
    if (plan.changesData) this.#prepareToWrite();
    this.changed.note(plan);
    this.#running = true;
    try {
      const bound = bindSlots(plan.slots, parameters, this.#tables);
      runPlan({ db: this.#db, door: this.#door, plan, delivery, batches, bound, rowsMax, tick: this.#tick });
    } catch (error) {
      batches.close();
      throw this.#failure(error, plan.text, plan);
    } finally {
      this.#running = false;
      this.#tables.releaseAll();
    }
    this.spilled.keep(batches);
    return batches;
  }

  #write(plan: Plan, parameters: readonly Value[]): WriteResult {
    if (plan.mode === "run") return { changes: this.#execute(plan, parameters), rows: undefined, columns: undefined };
    const source = this.#rows(plan, parameters, undefined);
    const changes = plan.changesData ? (this.#control.get("SELECT changes()").pluck().get() as number) : 0;
    return { changes, rows: joinBatches(source), columns: plan.columns };
  }

  #execute(plan: Plan, parameters: readonly Value[]): number {
    if (plan.changesData && !this.#readyToWrite) this.#prepareToWrite();
    this.changed.note(plan);
    this.#running = true;
    try {
      const statement = required(plan.statement, "the statement of a plan without rows");
      return runBound(statement, plan.slots, parameters, this.#tables);
    } catch (error) {
      throw this.#failure(error, plan.text, plan);
    } finally {
      this.#running = false;
      this.#tables.releaseAll();
    }
  }

  #runControl(text: string): void {
    this.#guard(text, () => this.#control.get(text).run());
    this.#inTransaction = this.#db.inTransaction;
  }

  /** Write-ahead logging, once, before the first write: readers and the writer then don't wait for each other. A file that cannot have it is used without. */
  #prepareToWrite(): void {
    if (this.#readyToWrite || this.#db.inTransaction) return;
    this.#readyToWrite = true;
    if (isMemory(this.target) || this.#options.readOnly === true) return;
    try {
      this.#db.pragma("journal_mode = WAL");
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      // Another program has the file open in its old mode: both work, only slower. The next connection tries again.
    }
  }

  #refresh(): void {
    this.#inTransaction = this.#db.inTransaction;
    this.#lookup.refresh();
  }

  /** @throws EngineError when a function that SQL calls uses the connection that calls it. */
  #checkIdle(): void {
    if (this.#running) throw nestedStatement();
  }

  #guard<T>(text: string, action: () => T): T {
    this.#checkIdle();
    try {
      return action();
    } catch (error) {
      throw this.#failure(error, text, undefined);
    }
  }

  /** What to throw for an error while running. With a plan, a bare SQLITE_ERROR is explained by preparing the statement again: the schema may have changed. */
  #failure(error: unknown, text: string, plan: Plan | undefined): unknown {
    const open = this.#db.open && this.#db.inTransaction;
    const transactionEnded = this.#inTransaction && !open;
    if (transactionEnded) this.#captures.doubt();
    this.#inTransaction = open;
    if (!isSqliteError(error) || error.code !== "SQLITE_ERROR") return engineErrorOf(error, { transactionEnded });
    if (plan !== undefined) this.#plans.checkColumns(plan);
    return refusedStatement(error, text, this.#lookup, "other", transactionEnded);
  }

  /** Takes over another database handle (RESTORE of an in-memory database): everything that hangs on the handle is made anew. */
  #reopen(db: Database.Database): void {
    this.#db.close();
    this.#db = db;
    this.#door = createPushDoor(db);
    this.#tables = createTableModule(db);
    this.#lookup = new SchemaLookup(db);
    this.#plans = new PlanCache(db, this.#lookup, this.#tables, { ticks: this.#options.interrupt !== undefined });
    this.#tick = this.#options.interrupt && createTicks(db, this.#options.interrupt);
    this.#captures = new Captures(db, this.#cursorBytesMax);
    this.#control = new ControlStatements(db);
    registerFunctions(db, this.#nowMicros);
    for (const definition of this.#functions.values()) registerDefinition(db, definition);
  }
}
