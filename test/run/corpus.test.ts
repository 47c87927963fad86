// Every statement of the corpus that SQLite accepts gives the same rows through parser, checker, lowering, machine and engine as through better-sqlite3.
// Rows are compared as multisets, because most statements have no total order; true and false are compared as SQLite's 1 and 0.
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { cell } from "../../base/value/column.ts";
import { printQuoted } from "../../base/value/print.ts";
import { Decimal, FloatBox, type TableValue, type Value } from "../../base/value/value.ts";
import { openSession } from "../../server/session.ts";
import type { Session } from "../../server/session-types.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

/** Statements that begin with a word that the language reserves at the start of a statement, or that speak of the connection itself. */
const NOT_COMPARED =
  /^(?:pragma|explain|vacuum|attach|detach|begin|commit|rollback|end|savepoint|release|analyze|reindex)\b/i;

function corpus(): readonly string[] {
  const text = readFileSync(new URL("../fixtures/corpora/sqllogictest.sql", import.meta.url), "utf8");
  return text
    .split(/;\s*\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value === true || value === false) return value ? "1" : "0";
  if (value instanceof FloatBox) return String(value.value);
  if (value instanceof Decimal) return String(Number(printQuoted(value)));
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString("hex")}'`;
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" ? value : printQuoted(value as Value);
}

function sorted(rows: readonly (readonly unknown[])[]): readonly string[] {
  return rows.map((row) => row.map(plain).join(" | ")).sort();
}

function rowsOf(table: TableValue): readonly (readonly unknown[])[] {
  return Array.from({ length: table.length }, (_value, row) => table.columns.map((column) => cell(column, row)));
}

interface Answer {
  readonly rows: readonly (readonly unknown[])[] | undefined;
  readonly failure: string | undefined;
}

function ask(session: Session, text: string): Answer {
  let rows: readonly (readonly unknown[])[] | undefined;
  const outcome = session.execute(
    { name: "corpus", text: `${text};` },
    {
      onResult: ({ result }) => {
        if (result.kind === "table") rows = rowsOf(result.table);
      },
    },
  );
  if (outcome.kind === "rejected")
    return {
      rows,
      failure: `rejected: ${outcome.problems
        .filter((problem) => problem.severity === "error")
        .map((problem) => `${problem.code} ${problem.message}`)
        .join(" ")}`,
    };
  if (outcome.kind === "failed") return { rows, failure: `${outcome.error.code}: ${outcome.error.message}` };
  return { rows, failure: undefined };
}

test("the corpus gives SQLite's own rows", () => {
  const db = new Database(":memory:");
  db.pragma("foreign_keys = ON");
  db.pragma("recursive_triggers = ON");
  db.defaultSafeIntegers(true);
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
  const differences: string[] = [];
  let compared = 0;
  for (const text of corpus()) {
    if (NOT_COMPARED.test(text)) continue;
    let expected: readonly (readonly unknown[])[] | undefined;
    try {
      const statement = db.prepare(text);
      if (statement.reader) expected = statement.raw().all() as unknown[][];
      else statement.run();
    } catch {
      continue; // SQLite refuses it here: nothing to compare.
    }
    compared += 1;
    const answer = ask(session, text);
    if (answer.failure !== undefined) differences.push(`${text}\n    ${answer.failure}`);
    else if (expected !== undefined && sorted(expected).join("\n") !== sorted(answer.rows ?? []).join("\n")) {
      differences.push(
        `${text}\n    expected ${sorted(expected).slice(0, 5).join(" ; ")}\n    found    ${sorted(answer.rows ?? [])
          .slice(0, 5)
          .join(" ; ")}`,
      );
    }
  }
  session.close();
  expect(differences.slice(0, 40)).toEqual([]);
  expect(compared).toBeGreaterThan(1300);
});
