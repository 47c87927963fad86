// What SQLite reads, we read: each line of test/fixtures/corpora/sqlite-syntax.sql, the list of forms of its syntax, and random changes of the corpora.
// SQLite itself is the judge. Exceptions are words that our language reserves or keeps from being aliases; each is named.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { NO_ALIAS_WORDS, RESERVED_WORDS } from "../../grammar/keywords.ts";
import { parse } from "../../compiler/syntax/parse.ts";

const corpora = join(import.meta.dirname, "../fixtures/corpora");
const forms = readFileSync(join(corpora, "sqlite-syntax.sql"), "utf8")
  .split("\n")
  .filter((line) => line.trim() !== "");
const statements = [...readFileSync(join(corpora, "sqllogictest.sql"), "utf8").split(/;\n/), ...forms].filter(
  (text) => text.trim() !== "",
);

/** Statements that SQLite accepts and we do not, with the reason. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ["SELECT 1 if", "a reserved word is no alias without AS"],
  ["SELECT 1 begin", "a reserved word is no alias without AS"],
  ["SELECT 1 a, 2 for, 3 while", "a reserved word is no alias without AS"],
  ["SELECT a FROM t offset", "a word that continues the clause is no alias without AS"],
  [
    'SELECT CAST(a AS INT), CAST(a AS VARCHAR(255)), CAST(a AS "my type"), CAST(a AS) FROM t',
    "a cast to nothing has no type",
  ],
]);

function isRead(text: string): boolean {
  const { value, problems } = parse({ name: "statement", text });
  return problems.length === 0 && value.items.length === 1 && value.items[0]?.statement.kind !== "skipped";
}

/** The same reasons in changed statements: the problem stands at a word that is no alias here, or at a cast to nothing. */
function isException(text: string): boolean {
  const { problems } = parse({ name: "statement", text });
  const [first] = problems;
  if (first === undefined) return false;
  const word = text.slice(first.span.start, first.span.end).toLowerCase();
  return RESERVED_WORDS.has(word) || NO_ALIAS_WORDS.has(word) || /\bAS \)$/i.test(text.slice(0, first.span.end));
}

function openDatabase(): Database.Database {
  const database = new Database(":memory:");
  for (const statement of [
    "CREATE TABLE t (a, b, c)",
    "CREATE TABLE u (a, d)",
    "CREATE VIEW v AS SELECT 1 AS x",
    "CREATE INDEX i ON t (a)",
  ])
    database.exec(statement);
  return database;
}

describe("syntax that SQLite accepts", () => {
  it("is read, form by form", () => {
    const database = openDatabase();
    const unread: string[] = [];
    for (const text of forms) {
      let message = "";
      try {
        database.prepare(text);
      } catch (error) {
        message = error instanceof Error ? error.message : String(error);
      }
      const accepted = !/syntax error|incomplete input|unrecognized token/.test(message);
      if (accepted && !isRead(text)) unread.push(text);
    }
    database.close();
    expect(unread.sort()).toEqual([...EXCEPTIONS.keys()].sort());
  });

  it("is read after random changes of the corpora", () => {
    const database = openDatabase();
    for (const text of statements) {
      if (!/^create (table|view)/i.test(text)) continue;
      try {
        database.exec(text);
      } catch {
        // Some create the same name twice; any schema serves.
      }
    }
    const tokensOf = (text: string): string[] => text.match(/'(?:[^']|'')*'|"[^"]*"|\w+|[<>=!|&-]+|\S/g) ?? [];
    const pool = [...new Set(statements.flatMap(tokensOf))];
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return Math.floor(seed / 65_536) % below;
    };
    const unread: string[] = [];
    let accepted = 0;
    for (let i = 0; i < 20_000; i += 1) {
      const tokens = tokensOf(statements[random(statements.length)] ?? "");
      if (tokens.length > 60) continue;
      const place = random(tokens.length + 1);
      const token = pool[random(pool.length)] ?? "";
      tokens.splice(place, random(2), ...(random(3) === 0 ? [] : [token]));
      const text = tokens.join(" ");
      try {
        database.prepare(text);
      } catch {
        continue;
      }
      accepted += 1;
      if (!isRead(text) && !isException(text)) unread.push(text);
    }
    database.close();
    expect(accepted).toBeGreaterThan(500);
    expect(unread).toEqual([]);
  });
});
