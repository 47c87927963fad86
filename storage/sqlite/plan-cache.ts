// The plans of one connection: by form (forms are constants of loaded programs), and by text for `execute`, least recently used first out.
import type Database from "better-sqlite3";
import type { SqlForm } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { EngineError } from "../engine.ts";
import { engineErrorOf, isSqliteError, sentence } from "./errors.ts";
import { isPlainScan, scannedName } from "./plain-scan.ts";
import { columnCountError, makePlan, type Plan, type PlanRequest, type Prepared } from "./plans.ts";
import { printStatement } from "./print.ts";
import { refuseWrites } from "./read-only.ts";
import { refusedStatement } from "./refusal.ts";
import { scanSql, trimStatement } from "./scan.ts";
import type { SchemaLookup } from "./schema-lookup.ts";
import type { TableModule } from "./table-module.ts";

/** Plans of `execute` texts kept per connection. */
const TEXT_PLANS_MAX = 200;

/** Plans of one form: one, or one per combination of the tables that its string parameters name. */
interface FormPlans {
  readonly dynamic: readonly number[];
  /** The plan of a form without dynamic names. */
  only: Plan | undefined;
  readonly byNames: Map<string, Plan>;
}

/** A plan that changes something. */
interface WrittenPlan {
  readonly plan: Plan;
  readonly mayChangeSchema: boolean;
}

function namesKey(dynamic: readonly number[], parameters: readonly Value[]): string {
  return dynamic.map((index) => String(parameters[index])).join("\0");
}

/** Makes and keeps plans on one database handle. */
export class PlanCache {
  readonly #db: Database.Database;
  readonly #lookup: SchemaLookup;
  readonly #tables: TableModule;
  /** Statements must be stoppable: they are printed with ticks. */
  readonly #ticks: boolean;
  #forms = new WeakMap<SqlForm, FormPlans>();
  /** The form that `written` was asked for last, when its plan holds for good: a statement in a loop is asked for each time it runs. */
  #lastForm: SqlForm | undefined;
  #lastWritten: WrittenPlan | undefined;
  readonly #texts = new Map<string, Plan>();
  /** Aliases of attached databases that must not be written, in lower case. */
  readonly #readOnly = new Set<string>();

  constructor(db: Database.Database, lookup: SchemaLookup, tables: TableModule, options: { readonly ticks: boolean }) {
    this.#ticks = options.ticks;
    this.#db = db;
    this.#lookup = lookup;
    this.#tables = tables;
  }

  /** A database was attached. With `readOnly` no plan writes it, those made before neither. */
  attached(alias: string, readOnly: boolean): void {
    this.#readOnly.delete(alias.toLowerCase());
    if (!readOnly) return;
    this.#readOnly.add(alias.toLowerCase());
    this.#forms = new WeakMap();
    this.#texts.clear();
    this.#lastForm = undefined;
  }

  /** The plan of a form; `parameters` give the names of dynamic tables. @throws EngineError when SQLite refuses the statement. */
  ofForm(form: SqlForm, parameters: readonly Value[], wantsRows: boolean): Plan {
    const known = this.#forms.get(form);
    if (known !== undefined) {
      const plan = known.dynamic.length === 0 ? known.only : known.byNames.get(namesKey(known.dynamic, parameters));
      if (plan !== undefined && this.#isFresh(plan)) return plan;
    }
    const dynamic: number[] = [];
    const tableName = (index: number): string => {
      if (!dynamic.includes(index)) dynamic.push(index);
      return this.#lookup.quotedTable(parameters[index] ?? null);
    };
    const context = { tableName, moduleFor: (count: number) => this.#tables.moduleFor(count) };
    const request = {
      printed: printStatement(form, context),
      columns: form.columns,
      wantsRows,
      atMostOneRow: form.atMostOneRow === true,
      plain: this.#scansTable(form),
      schemaVersion: () => this.#lookup.version(),
    };
    const ticking =
      this.#ticks && !isPlainScan(form)
        ? this.#planWithTicks({ ...request, printed: printStatement(form, { ...context, ticks: true }) })
        : undefined;
    const plan = ticking ?? this.#guard(request.printed.text, () => makePlan(this.#db, request));
    refuseWrites(this.#db, request.printed.text, this.#readOnly);
    const plans: FormPlans = known ?? { dynamic, only: undefined, byNames: new Map<string, Plan>() };
    if (known === undefined) this.#forms.set(form, plans);
    if (dynamic.length === 0) plans.only = plan;
    else plans.byNames.set(namesKey(plans.dynamic, parameters), plan);
    return plan;
  }

  #scansTable(form: SqlForm): boolean {
    const name = scannedName(form);
    return name !== undefined && this.#lookup.isTable(name);
  }

  /** The plan of a form that is run to change something. Forms are objects of many shapes, which V8 reads slowly: the one asked for last is not looked into. @throws EngineError as `ofForm`. */
  written(form: SqlForm, parameters: readonly Value[]): WrittenPlan {
    if (form === this.#lastForm && this.#lastWritten !== undefined) return this.#lastWritten;
    const plan = this.ofForm(form, parameters, form.returnsRows);
    const written = { plan, mayChangeSchema: form.verb === "other" || form.verb === "ddl" };
    const isLasting = plan.schemaVersion === undefined && this.#forms.get(form)?.dynamic.length === 0;
    this.#lastForm = isLasting ? form : undefined;
    this.#lastWritten = isLasting ? written : undefined;
    return written;
  }

  /** The plan of a text with `parameterCount` values for its `?`. @throws EngineError as `ofForm`, and for another number of `?`. */
  ofText(sql: string, parameterCount: number): Plan {
    const known = this.#texts.get(sql);
    if (known !== undefined && known.slots.length === parameterCount && this.#isFresh(known)) {
      this.#texts.delete(sql);
      this.#texts.set(sql, known);
      return known;
    }
    const { text, slots } = readText(sql, parameterCount);
    const request = {
      printed: { text, slots },
      columns: undefined,
      wantsRows: true,
      atMostOneRow: false,
      plain: false,
      schemaVersion: () => this.#lookup.version(),
    };
    const plan = this.#guard(text, () => makePlan(this.#db, request));
    refuseWrites(this.#db, text, this.#readOnly);
    this.#texts.set(sql, plan);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= TEXT_PLANS_MAX) break;
      this.#texts.delete(oldest);
    }
    return plan;
  }

  /**
   * Prepares a form without keeping or running it; `routine` hears of the functions of ours that it calls before that.
   * A statement over a table that is named at run time cannot be prepared before: it passes.
   * @throws EngineError when SQLite refuses it.
   */
  check(form: SqlForm, routine: (name: string, argumentCount: number) => void): void {
    let dynamic = false;
    const tableName = (): string => {
      dynamic = true;
      return "gobi_unknown";
    };
    const { text } = printStatement(form, { tableName, moduleFor: (count) => this.#tables.moduleFor(count), routine });
    if (!dynamic) this.prepare(text);
  }

  /** The plan of a statement with ticks; undefined when SQLite refuses it: a name of the checker may stand for something else here, and then the statement runs without. */
  #planWithTicks(request: PlanRequest): Plan | undefined {
    try {
      return makePlan(this.#db, request);
    } catch (error) {
      if (isSqliteError(error)) return undefined;
      throw error;
    }
  }

  /** Prepares a statement without keeping it. @throws EngineError when SQLite refuses it. */
  prepare(text: string): Prepared {
    return this.#guard(text, () => this.#db.prepare<unknown[], unknown>(text));
  }

  /** Says so when a statement has other columns now than when it was planned. @throws EngineError. */
  checkColumns(plan: Plan): void {
    const statement = this.prepare(plan.text);
    const found = statement.reader ? statement.columns().length : 0;
    if (found !== plan.columns.length) throw columnCountError(plan.columns.length, found);
  }

  /** Columns that only the engine knows may have changed with the schema; promised ones are found out when the statement runs. */
  #isFresh(plan: Plan): boolean {
    const { schemaVersion } = plan;
    return schemaVersion === undefined || this.#guard(plan.text, () => schemaVersion === this.#lookup.version());
  }

  #guard<T>(text: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (isSqliteError(error) && error.code === "SQLITE_ERROR")
        throw refusedStatement(error, text, this.#lookup, "syntax", false);
      // better-sqlite3 itself refuses empty texts and several statements in one.
      if (error instanceof RangeError)
        throw new EngineError(sentence(error.message), { kind: "syntax", code: "SQLITE_ERROR", cause: error });
      throw engineErrorOf(error, { transactionEnded: false });
    }
  }
}

/** Texts as they were read, for all connections of the process: each of them asks the catalog the same questions. */
const readTexts = new Map<string, { readonly text: string; readonly slots: Plan["slots"] }>();
const READ_TEXTS_MAX = 500;
const READ_CHARACTERS_MAX = 4096;

/** A text without what stands behind it, and the slots of its `?`. @throws EngineError for other parameters and for a wrong number of values. */
function readText(sql: string, parameterCount: number): { readonly text: string; readonly slots: Plan["slots"] } {
  const known = readTexts.get(sql);
  if (known !== undefined && known.slots.length === parameterCount) return known;
  const text = trimStatement(sql);
  const read = { text, slots: positionalSlots(text, parameterCount) };
  if (sql.length > READ_CHARACTERS_MAX) return read;
  if (readTexts.size >= READ_TEXTS_MAX) readTexts.clear();
  readTexts.set(sql, read);
  return read;
}

/** Slots of a text with `?` only. @throws EngineError for other parameters and for a wrong number of values. */
function positionalSlots(text: string, parameterCount: number): Plan["slots"] {
  const parameters = scanSql(text).filter((token) => token.kind === "parameter");
  const named = parameters.find((token) => token.text !== "?");
  if (named !== undefined)
    throw new EngineError(`${named.text} cannot be used here.`, {
      kind: "syntax",
      code: "SQLITE_ERROR",
      help: "Use ? for each value.",
    });
  if (parameters.length !== parameterCount) {
    throw new EngineError(
      `The statement has ${parameters.length} parameters, and ${parameterCount} values are given.`,
      { kind: "other", code: "SQLITE_RANGE" },
    );
  }
  return parameters.map((_, index) => ({ kind: "value", index, type: "any", place: "value", wide: false }));
}
