// The engines that the contract tests run on. SQLite always; others join by adding a row (with `available` false when their URL is not set).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SqlColumn, SqlForm, SqlPart, SqlType } from "../../base/sql-form.ts";
import { cell } from "../../base/value/column.ts";
import type { Value } from "../../base/value/value.ts";
import type { Connection, Engine, RowSource } from "../../storage/engine.ts";
import { EngineError } from "../../storage/engine.ts";
import { joinBatches } from "../../storage/rows.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

/** One engine under test. */
export interface TestedEngine {
  readonly name: string;
  readonly engine: Engine;
  /** A target that holds nothing yet. */
  freshTarget(): string;
  /** Declared type under which a column keeps values of the scalar exactly. */
  readonly columnTypes: Readonly<Record<Exclude<SqlType, "any">, string>>;
}

export const SQLITE: TestedEngine = {
  name: "sqlite",
  engine: sqliteEngine,
  freshTarget: () => ":memory:",
  columnTypes: {
    int: "INTEGER",
    float: "REAL",
    decimal: "DECIMALTEXT(38, 10)",
    bool: "BOOLEAN",
    string: "TEXT",
    bytes: "BLOB",
    date: "DATE",
    time: "TIME",
    timestamp: "TIMESTAMP",
    timestamptz: "TIMESTAMPTZ",
    interval: "INTERVAL",
    json: "JSONTEXT",
    uuid: "UUID",
  },
};

export const ENGINES: readonly TestedEngine[] = [SQLITE];

/** All rows of a source. */
export function rowsOf(source: RowSource | undefined): Value[][] {
  const batch = source === undefined ? undefined : joinBatches(source);
  return batch === undefined
    ? []
    : Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => cell(column, row)));
}

/** Rows of a query text. */
export function select(connection: Connection, text: string, ...parameters: Value[]): Value[][] {
  return rowsOf(connection.runText(text, parameters).source);
}

/** A query form with promised columns `[name, type]`. */
export function queryForm(
  parts: readonly SqlPart[],
  columns: readonly (readonly [string, SqlType] | SqlColumn)[] | undefined,
  parameterCount = 0,
): SqlForm {
  return {
    parts,
    returnsRows: true,
    verb: "query",
    parameterCount,
    columns: columns?.map(
      (column): SqlColumn => ("name" in column ? column : { name: column[0], type: column[1], nullable: true }),
    ),
  };
}

/** A form without rows. */
export function statementForm(verb: SqlForm["verb"], parts: readonly SqlPart[], parameterCount = 0): SqlForm {
  return { parts, returnsRows: false, columns: undefined, verb, parameterCount };
}

/** A bound parameter. */
export function parameter(index: number, type: SqlType, place: "integerColumn" | "value" = "value"): SqlPart {
  return { p: "parameter", index, type, place };
}

/** The EngineError that an action throws. */
export function engineError(action: () => unknown): EngineError {
  try {
    action();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error("expected an EngineError, nothing was thrown");
}

/** Runs with a temporary directory that is removed afterwards. */
export function withDirectory<T>(action: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), "gobi-storage-"));
  try {
    return action(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
