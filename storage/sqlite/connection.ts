// One connection to an SQLite database: plans by form, binding, delivery, transactions, functions.
// Everything is synchronous. better-sqlite3 cannot interrupt a running statement: whoever must stop one ends the process (ARCHITECTURE.md section 5).
import type Database from "better-sqlite3";
import { LIMITS } from "../../base/limits.ts";
import type { DatabaseSchema } from "../../base/schema.ts";
import type { SqlColumn, SqlForm } from "../../base/sql-form.ts";
import { FloatBox, type Value } from "../../base/value/value.ts";
import { type Connection, type ConnectOptions, type EngineCapabilities, EngineError, type RowBatch, type RowSource, type SqlFunction, type WriteResult } from "../engine.ts";
import { joinBatches } from "../rows.ts";
import { backupDatabase, restoreFile, restoreMemory } from "./backup.ts";
import { Batches } from "./batches.ts";
import { bindSlots, type RawValue, rawOfValue } from "./bind.ts";
import { createPushDoor, type PushDoor, RereadExactly } from "./deliver.ts";
import { engineErrorOf, isSqliteError, sentence } from "./errors.ts";
import { registerFunction, registerFunctions } from "./functions.ts";
import { quoteName } from "./identifiers.ts";
import { introspectDatabase } from "./introspect.ts";
import { isMemory, openDatabase } from "./open.ts";
import { columnCountError, makePlan, type Plan, type Prepared, pushStatement } from "./plans.ts";
import { printStatement } from "./print.ts";
import { describeRaw, MISFIT, readerOf } from "./read.ts";
import { refusedStatement } from "./refusal.ts";
import { scanSql, trimStatement } from "./scan.ts";
import { SchemaLookup } from "./schema-lookup.ts";
import { createTableModule, type TableModule } from "./table-module.ts";

/** What SQLite can do. */
export const SQLITE_CAPABILITIES: EngineCapabilities = {
  name: "sqlite",
  independentTransactions: false,
  transactionalDdl: true,
  returning: true,
  fullJoin: true,
  lateral: false,
};

/** Plans of `execute` texts kept per connection; the least recently used goes first. */
const TEXT_PLANS_MAX = 200;

/** Plans of one form: one, or one per combination of the tables that its string parameters name. */
interface FormPlans {
  readonly dynamic: readonly number[];
  readonly byNames: Map<string, Plan>;
}

const NO_ROWS: RowSource = { columns: [], next: () => undefined, close: () => undefined };

/** Opens a connection. @throws EngineError as `Engine.connect` says. */
export function connectSqlite(options: ConnectOptions): Connection {
  return new SqliteConnection(options);
}

class SqliteConnection implements Connection {
  readonly capabilities = SQLITE_CAPABILITIES;
  readonly target: string;
  readonly #options: ConnectOptions;
  readonly #spilled = new Set<Batches>();
  readonly #functions = new Map<string, SqlFunction>();
  #db: Database.Database;
  #door: PushDoor;
  #tables: TableModule;
  #lookup: SchemaLookup;
  #forms = new WeakMap<SqlForm, FormPlans>();
  #texts = new Map<string, Plan>();
  #control = new Map<string, Prepared>();
  #inTransaction = false;
  #readyToWrite = false;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.target = options.target;
    this.#db = openDatabase(options);
    this.#door = createPushDoor(this.#db);
    this.#tables = createTableModule(this.#db);
    this.#lookup = new SchemaLookup(this.#db);
    registerFunctions(this.#db, () => Date.now() * 1000);
  }

  get inTransaction(): boolean {
    return this.#db.inTransaction;
  }

  query(form: SqlForm, parameters: readonly Value[], options?: { readonly rowsMax?: number }): RowSource {
    const plan = this.#planOf(form, parameters, true);
    if (plan.mode === "run") {
      this.#execute(plan, parameters);
      return NO_ROWS;
    }
    return this.#rows(plan, parameters, options?.rowsMax);
  }

  run(form: SqlForm, parameters: readonly Value[]): WriteResult {
    const plan = this.#planOf(form, parameters, form.returnsRows);
    const result = this.#write(plan, parameters);
    if (form.verb === "other" || form.verb === "ddl") this.#refresh();
    return result;
  }

  check(form: SqlForm): void {
    let dynamic = false;
    const tableName = (): string => {
      dynamic = true;
      return "gobi_unknown";
    };
    const { text } = printStatement(form, { tableName, moduleFor: (count) => this.#tables.moduleFor(count) });
    // A statement over a table that is named at run time cannot be prepared before.
    if (!dynamic) this.#prepare(text);
  }

  runText(sql: string, parameters: readonly Value[]): { readonly source: RowSource | undefined; readonly changes: number } {
    const plan = this.#planOfText(sql, parameters.length);
    try {
      if (plan.mode === "push") return { source: this.#rows(plan, parameters, undefined), changes: 0 };
      const { changes, rows } = this.#write(plan, parameters);
      return { source: plan.mode === "run" ? undefined : sourceOf(plan.columns, rows === undefined ? [] : [rows]), changes };
    } finally {
      this.#refresh();
    }
  }

  print(form: SqlForm): string {
    return printStatement(form, { tableName: (index) => `{${index}}`, moduleFor: (count) => this.#tables.moduleFor(count) }).text;
  }

  // --- transactions ---

  begin(mode: "deferred" | "immediate" | "exclusive"): void {
    if (mode !== "deferred") this.#prepareToWrite();
    this.#runControl(`BEGIN ${mode.toUpperCase()}`);
  }
  commit(): void {
    this.#runControl("COMMIT");
  }
  rollback(): void {
    this.#runControl("ROLLBACK");
  }
  savepoint(name: string): void {
    this.#runControl(`SAVEPOINT ${quoteName(name)}`);
  }
  release(name: string): void {
    this.#runControl(`RELEASE ${quoteName(name)}`);
  }
  rollbackTo(name: string): void {
    this.#runControl(`ROLLBACK TO ${quoteName(name)}`);
  }

  // --- functions, schema, files ---

  defineFunction(definition: SqlFunction): void {
    this.#functions.set(`${definition.name.toLowerCase()}/${definition.parameterCount}`, definition);
    registerDefinition(this.#db, definition);
  }

  introspect(): DatabaseSchema {
    return this.#guard("", () => introspectDatabase(this.#db));
  }

  schemaVersion(): string {
    return this.#lookup.version();
  }

  attach(file: string, alias: string): void {
    this.#guard("", () => this.#db.prepare("ATTACH ? AS ?").run(file, alias));
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
    if (this.#db.inTransaction) throw new EngineError("A database cannot be restored inside a transaction.", { kind: "other", code: "GOBI_RESTORE", help: "Commit or roll back first." });
    if (isMemory(this.target)) this.#reopen(restoreMemory(file));
    else this.#guard("", () => restoreFile(this.#db, this.target, file));
    this.#refresh();
  }

  close(): void {
    for (const batches of this.#spilled) batches.clear();
    this.#spilled.clear();
    this.#db.close();
  }

  // --- plans ---

  #planOf(form: SqlForm, parameters: readonly Value[], wantsRows: boolean): Plan {
    const known = this.#forms.get(form);
    if (known !== undefined) {
      const plan = known.byNames.get(known.dynamic.length === 0 ? "" : namesKey(known.dynamic, parameters));
      if (plan !== undefined && (plan.schemaVersion === undefined || plan.schemaVersion === this.#lookup.version())) return plan;
    }
    const dynamic: number[] = [];
    const tableName = (index: number): string => {
      if (!dynamic.includes(index)) dynamic.push(index);
      return this.#lookup.quotedTable(parameters[index] ?? null);
    };
    const printed = printStatement(form, { tableName, moduleFor: (count) => this.#tables.moduleFor(count) });
    const request = { printed, columns: form.columns, wantsRows, schemaVersion: () => this.#lookup.version() };
    const plan = this.#guardPrepare(printed.text, () => makePlan(this.#db, request));
    const plans = known ?? { dynamic, byNames: new Map<string, Plan>() };
    if (known === undefined) this.#forms.set(form, plans);
    plans.byNames.set(dynamic.length === 0 ? "" : namesKey(plans.dynamic, parameters), plan);
    return plan;
  }

  #planOfText(sql: string, parameterCount: number): Plan {
    const known = this.#texts.get(sql);
    if (known !== undefined && known.slots.length === parameterCount && (known.schemaVersion === undefined || known.schemaVersion === this.#lookup.version())) {
      this.#texts.delete(sql);
      this.#texts.set(sql, known);
      return known;
    }
    const text = trimStatement(sql);
    const slots = positionalSlots(text, parameterCount);
    const request = { printed: { text, slots }, columns: undefined, wantsRows: true, schemaVersion: () => this.#lookup.version() };
    const plan = this.#guardPrepare(text, () => makePlan(this.#db, request));
    this.#texts.set(sql, plan);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= TEXT_PLANS_MAX) break;
      this.#texts.delete(oldest);
    }
    return plan;
  }

  // --- running ---

  #rows(plan: Plan, parameters: readonly Value[], rowsMax: number | undefined): RowSource {
    if (plan.mode === "rows") {
      if (plan.changesData) this.#prepareToWrite();
      const batches = this.#guard(plan.text, () => this.#fetch(plan, parameters, rowsMax), plan);
      return this.#sourceOfBatches(plan.columns, batches);
    }
    return this.#sourceOfBatches(plan.columns, this.#guard(plan.text, () => this.#push(plan, parameters, rowsMax), plan));
  }

  #push(plan: Plan, parameters: readonly Value[], rowsMax: number | undefined): Batches {
    const delivery = plan.delivery;
    if (delivery === undefined) throw new EngineError("The statement gives no rows.", { kind: "other", code: "GOBI_NO_ROWS" });
    const batches = new Batches(this.#options.cursorBytesMax ?? LIMITS.cursorBytesMax.value);
    const former = this.#door.sink;
    try {
      const bound = bindSlots(plan.slots, parameters, this.#tables);
      this.#door.sink = delivery.sink;
      for (;;) {
        delivery.begin(batches, plan.exact, rowsMax);
        try {
          pushStatement(this.#db, plan).get(bound);
          delivery.end();
          return batches;
        } catch (error) {
          batches.clear();
          if (!(error instanceof RereadExactly)) throw error;
          plan.exact = true;
        }
      }
    } finally {
      this.#door.sink = former;
      this.#tables.releaseAll();
    }
  }

  /** Rows as arrays: for statements that cannot stand in a WITH clause. A statement that writes must run to its end before anything else may happen. */
  #fetch(plan: Plan, parameters: readonly Value[], rowsMax: number | undefined): Batches {
    const { delivery, exactStatement } = plan;
    if (delivery === undefined || exactStatement === undefined) throw new EngineError("The statement gives no rows.", { kind: "other", code: "GOBI_NO_ROWS" });
    const batches = new Batches(this.#options.cursorBytesMax ?? LIMITS.cursorBytesMax.value);
    try {
      const bound = bindSlots(plan.slots, parameters, this.#tables);
      delivery.begin(batches, true, rowsMax);
      const rows = plan.changesData ? exactStatement.all(bound) : exactStatement.iterate(bound);
      for (const row of rows) delivery.take(row as RawValue[]);
      delivery.end();
      return batches;
    } catch (error) {
      batches.clear();
      throw error;
    } finally {
      this.#tables.releaseAll();
    }
  }

  #write(plan: Plan, parameters: readonly Value[]): WriteResult {
    if (plan.mode === "run") return { changes: this.#execute(plan, parameters), rows: undefined, columns: undefined };
    const source = this.#rows(plan, parameters, undefined);
    const changes = plan.changesData ? this.#changes() : 0;
    return { changes, rows: joinBatches(source), columns: plan.columns };
  }

  #execute(plan: Plan, parameters: readonly Value[]): number {
    if (plan.changesData) this.#prepareToWrite();
    return this.#guard(plan.text, () => {
      try {
        return plan.statement?.run(bindSlots(plan.slots, parameters, this.#tables)).changes ?? 0;
      } finally {
        this.#tables.releaseAll();
      }
    }, plan);
  }

  #changes(): number {
    return this.#controlStatement("SELECT changes()").pluck().get() as number;
  }

  #sourceOfBatches(columns: readonly SqlColumn[], batches: Batches): RowSource {
    if (batches.spilled) this.#spilled.add(batches);
    return {
      columns,
      next: () => batches.next(),
      close: () => {
        batches.clear();
        this.#spilled.delete(batches);
      },
    };
  }

  // --- control and errors ---

  #controlStatement(text: string): Prepared {
    let statement = this.#control.get(text);
    if (statement === undefined) {
      if (this.#control.size >= TEXT_PLANS_MAX) this.#control.clear();
      statement = this.#db.prepare<unknown[], unknown>(text);
      this.#control.set(text, statement);
    }
    return statement;
  }

  #runControl(text: string): void {
    this.#guard(text, () => this.#controlStatement(text).run());
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

  #prepare(text: string): void {
    this.#guardPrepare(text, () => this.#db.prepare(text));
  }

  #guardPrepare<T>(text: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (isSqliteError(error) && error.code === "SQLITE_ERROR") throw refusedStatement(error, text, this.#lookup, "syntax", false);
      // better-sqlite3 itself refuses empty texts and several statements in one.
      if (error instanceof RangeError) throw new EngineError(sentence(error.message), { kind: "syntax", code: "SQLITE_ERROR", cause: error });
      throw engineErrorOf(error, { transactionEnded: false });
    }
  }

  /** Runs an action and turns SQLite's errors into ours. With a plan, a bare SQLITE_ERROR is explained by preparing the statement again: the schema may have changed. */
  #guard<T>(text: string, action: () => T, plan?: Plan): T {
    try {
      return action();
    } catch (error) {
      const open = this.#db.open && this.#db.inTransaction;
      const transactionEnded = this.#inTransaction && !open;
      this.#inTransaction = open;
      if (!isSqliteError(error) || error.code !== "SQLITE_ERROR") throw engineErrorOf(error, { transactionEnded });
      if (plan !== undefined) this.#explainChangedSchema(plan);
      throw refusedStatement(error, text, this.#lookup, "other", transactionEnded);
    }
  }

  #explainChangedSchema(plan: Plan): void {
    const statement = this.#guardPrepare(plan.text, () => this.#db.prepare(plan.text));
    const found = statement.reader ? statement.columns().length : 0;
    if (found !== plan.columns.length) throw columnCountError(plan.columns.length, found);
  }

  /** Takes over another database handle (RESTORE of an in-memory database): everything that hangs on the handle is made anew. */
  #reopen(db: Database.Database): void {
    this.#db.close();
    this.#db = db;
    this.#door = createPushDoor(db);
    this.#tables = createTableModule(db);
    this.#lookup = new SchemaLookup(db);
    this.#forms = new WeakMap();
    this.#texts = new Map();
    this.#control = new Map();
    registerFunctions(db, () => Date.now() * 1000);
    for (const definition of this.#functions.values()) registerDefinition(db, definition);
  }
}

function namesKey(dynamic: readonly number[], parameters: readonly Value[]): string {
  return dynamic.map((index) => String(parameters[index])).join("\0");
}

function sourceOf(columns: readonly SqlColumn[], batches: RowBatch[]): RowSource {
  return { columns, next: () => batches.shift(), close: () => void batches.splice(0) };
}

/** Slots of a text with `?` only. @throws EngineError for other parameters and for a wrong number of values. */
function positionalSlots(text: string, parameterCount: number): Plan["slots"] {
  const parameters = scanSql(text).filter((token) => token.kind === "parameter");
  const named = parameters.find((token) => token.text !== "?");
  if (named !== undefined) throw new EngineError(`${named.text} cannot be used here.`, { kind: "syntax", code: "SQLITE_ERROR", help: "Use ? for each value." });
  if (parameters.length !== parameterCount) {
    throw new EngineError(`The statement has ${parameters.length} parameters, and ${parameterCount} values are given.`, { kind: "other", code: "SQLITE_RANGE" });
  }
  return parameters.map((_, index) => ({ kind: "value", index, type: "any", place: "value", wide: false }));
}

/** Registers a function of the host on the database, with its values converted. */
function registerDefinition(db: Database.Database, definition: SqlFunction): void {
  const readers = definition.parameters.map((type) => readerOf(type));
  const wantsFloat = definition.result === "float";
  registerFunction(db, definition.name, definition.parameterCount, definition.deterministic, (...args) => {
    const values = args.map((raw, i): Value => {
      if (raw === null) return null;
      const value = readers[i]?.(raw) ?? null;
      if (value === MISFIT || typeof value === "symbol") {
        throw new EngineError(`${definition.name} was given ${describeRaw(raw)} as argument ${i + 1}, which is not of type ${definition.parameters[i] ?? "any"}.`, { kind: "invalidCast", code: "GOBI_ARGUMENT" });
      }
      return value;
    });
    const result = definition.call(...values);
    if (wantsFloat && typeof result === "number") return rawOfValue(new FloatBox(result));
    return rawOfValue(result);
  });
}
