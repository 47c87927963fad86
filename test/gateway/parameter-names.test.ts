// HY-49a, HY-49b: where `:name` stands for a value and where it is only text. Generated templates give the same as literals that a printer of the test's own puts in.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cell } from "../../base/value/column.ts";
import type { Value } from "../../base/value/value.ts";
import { prepareDynamic, sqlTokens } from "../../server/sql/dynamic-sql.ts";
import { readRows } from "../../server/sql/rows.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { testSession } from "../session.ts";

const NAMES = ["T", "TIME", "TIMESTAMP", "a", "a1", "_x", "START", "START_DATE"] as const;

/** A piece of a template: text as it is, or a parameter. */
type Piece = string | { readonly name: string };

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.floor((state / 2_147_483_647) * below);
  };
}

function valueOf(next: (below: number) => number): Value {
  const texts = ["", "it's", "'; DROP TABLE t; --", ":TIME", "-- x", "/* :a */", 'ü "q" `b` [c]'];
  switch (next(4)) {
    case 0:
      return null;
    case 1:
      return [0, 1, -7, 2_147_483_648, 9_007_199_254_740_991][next(5)] ?? 0;
    case 2:
      return 9_223_372_036_854_775_807n;
    default:
      return texts[next(texts.length)] ?? "";
  }
}

function literal(value: Value): string {
  return value === null ? "NULL" : typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** A query of some expressions, with names in every place where they are no parameters. */
function template(next: (below: number) => number): readonly Piece[] {
  const name = (): string => NAMES[next(NAMES.length)] ?? "a";
  const noise: readonly (() => string)[] = [
    () => `':${name()} it''s'`,
    () => `'x' /* :${name()} ' " */`,
    () => `'y' -- :${name()} '\n`,
    () => `'${"::"}${name()}'`,
    () => "'$$ :a $$'",
  ];
  const pieces: Piece[] = ["SELECT "];
  const count = 1 + next(4);
  for (let at = 0; at < count; at += 1) {
    if (at > 0) pieces.push(", ");
    if (next(3) === 0) pieces.push((noise[next(noise.length)] ?? name)());
    else pieces.push(next(2) === 0 ? "quote(" : "(", { name: name() }, ")");
    pieces.push(` AS ${['"', "`"][next(2)] === '"' ? `":${name()}${at}"` : `\`:${name()}${at}\``}`);
  }
  // A name that stands twice, and one that another one begins with.
  const twice = name();
  pieces.push(" WHERE ", { name: twice }, " IS ", { name: twice }, " OR ", { name: "TIME" }, " IS ", {
    name: "TIMESTAMP",
  });
  return pieces;
}

function printed(pieces: readonly Piece[], print: (name: string) => string): string {
  return pieces.map((piece) => (typeof piece === "string" ? piece : print(piece.name))).join("");
}

describe("HY-49a: `:name`", () => {
  it("10,000 generated templates give what they give with literals in place of the names", () => {
    const next = random(1);
    const connection = sqliteEngine.connect({ target: ":memory:" });
    for (let round = 0; round < 10_000; round += 1) {
      const pieces = template(next);
      const values = new Map<string, Value>(NAMES.map((name) => [name, valueOf(next)]));
      const text = printed(pieces, (name) => `:${name}`);
      const used = [...new Set(pieces.flatMap((piece) => (typeof piece === "string" ? [] : [piece.name])))];
      const { sql, order } = prepareDynamic(text, used);
      const given = order.map((at) => values.get(used[at] ?? "") ?? null);
      const expected = readRows(
        connection,
        printed(pieces, (name) => literal(values.get(name) ?? null)),
      );
      expect(readRows(connection, sql, given), text).toEqual(expected);
    }
    connection.close();
  });

  it("the whole way of a template gives the same", () => {
    const next = random(7);
    const { session } = testSession();
    const rowsOf = (text: string, args: Readonly<Record<string, Value>>): unknown => {
      let rows: unknown;
      const outcome = session.executeStatement(text, {
        args,
        onResult: ({ result }) => {
          if (result.kind === "table")
            rows = Array.from({ length: result.table.length }, (_, row) =>
              result.table.columns.map((column) => cell(column, row)),
            );
        },
      });
      expect(outcome).toMatchObject({ kind: "completed" });
      return rows;
    };
    for (let round = 0; round < 100; round += 1) {
      const pieces = template(next);
      const args = Object.fromEntries(NAMES.map((name) => [name, valueOf(next)]));
      const got = rowsOf(
        printed(pieces, (name) => `:${name}`),
        args,
      );
      expect(got).toEqual(
        rowsOf(
          printed(pieces, (name) => literal(args[name] ?? null)),
          {},
        ),
      );
    }
    session.close();
  });

  it("casts, texts between dollars and slices hold no names", () => {
    const names = (text: string): readonly string[] =>
      sqlTokens(text).flatMap(({ kind, text: word }) => (kind === "parameter" ? [word] : []));
    expect(names("SELECT :a::date, $$ :b $$, $f$ :c $$ :d $f$, x[1:2], :TIMESTAMP, ':e'")).toEqual([
      ":a",
      ":TIMESTAMP",
    ]);
  });
});

describe("HY-49b: no value becomes part of SQL", () => {
  it("nothing in the gateway puts a value into a text of SQL", () => {
    // Texts that hold SQL words and something put in: only what is listed here, none of which is a value of a request.
    const allowed: readonly RegExp[] = [
      // Columns, joins and conditions of fixed tables of this program; LIMIT of a checked whole number.
      /\$\{(COLUMNS|FROM|TEMPLATES|TEXTS|table|where|limit \+ 1|storedTable\("query_template_usage"\)|where\.length === 0 \? "" : `WHERE \$\{where\.join\(" AND "\)\}`)\}/gu,
    ];
    const folder = join(import.meta.dirname, "../../server/gateway");
    const found: string[] = [];
    let looked = 0;
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".ts"),
    )) {
      const source = readFileSync(join(folder, file), "utf8");
      for (const [text] of source.matchAll(
        /`[^`]*\b(?:SELECT|INSERT|UPDATE|DELETE)\b(?:[^`$]|\$\{(?:[^{}`]|`[^`]*`|\{[^}]*\})*\}|\$)*`/gu,
      )) {
        looked += 1;
        const rest = allowed.reduce((left, pattern) => left.replaceAll(pattern, ""), text);
        if (rest.includes("${")) found.push(`${file}: ${rest}`);
      }
    }
    expect(found).toEqual([]);
    expect(looked).toBeGreaterThan(5);
  });
});
