// Statements that SQLite refuses with a bare SQLITE_ERROR for reasons other than a missing name: its own sentence is given, no name is blamed.
import { expect, test } from "vitest";
import { EngineError } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const many = (count: number, part: (i: number) => string, between = ", "): string =>
  Array.from({ length: count }, (_, i) => part(i)).join(between);

const CASES: readonly (readonly [what: string, sql: string, kind: string, message: string])[] = [
  [
    "a compound SELECT of too many parts",
    many(600, (i) => `SELECT ${i} AS a`, " UNION ALL "),
    "syntax",
    "Too many terms in compound SELECT.",
  ],
  [
    "a table of too many columns",
    `CREATE TABLE t (${many(3000, (i) => `c${i} INT`)})`,
    "syntax",
    "Too many columns on t.",
  ],
  [
    "columns of a primary key twice",
    "CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY)",
    "syntax",
    'Table "t" has more than one primary key.',
  ],
];

test.each(CASES)("%s", (_, sql, kind, message) => {
  const connection = sqliteEngine.connect({ target: ":memory:" });
  const failure = (): { readonly kind: string; readonly message: string } => {
    try {
      connection.runText(sql, []);
    } catch (error) {
      if (error instanceof EngineError) return { kind: error.kind, message: error.message };
      throw error;
    }
    return { kind: "", message: "" };
  };
  expect(failure()).toEqual({ kind, message });
  connection.close();
});
