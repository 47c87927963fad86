// Random keys, ON CONFLICT clauses, OR REPLACE and OR IGNORE: a table whose BEFORE triggers change nothing ends with the rows that SQLite itself leaves in one without.
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { open } from "../support.ts";

/** Keys with the conflict targets that name them. */
const KEYS = [
  { index: "(a)", target: "(a)" },
  { index: "(lower(k))", target: "(lower(k))" },
  { index: "(k COLLATE NOCASE)", target: "(k COLLATE NOCASE)" },
  { index: "(a, b) WHERE a > 1", target: "(a, b) WHERE a > 1" },
  { index: "(abs(b) DESC, 'x,' || k)", target: "(abs(b), 'x,' || k)" },
  { index: "(b % 3) WHERE k IS NOT NULL", target: "(b % 3) WHERE k IS NOT NULL" },
];
const TABLES = [
  "id INTEGER PRIMARY KEY, a int, b int, k text, n int DEFAULT 0)",
  "id int, a int, b int, k text, n int DEFAULT 0, PRIMARY KEY (a, k)) WITHOUT ROWID",
  "id int UNIQUE, a int, b int, k text COLLATE NOCASE UNIQUE, n int DEFAULT 0)",
];
const small = fc.integer({ min: -2, max: 3 });
const row = fc
  .tuple(small, small, small, fc.constantFrom("'x'", "'X'", "'y'", "'z'"))
  .map(([id, a, b, k]) => `(${id + 3}, ${a}, ${b}, ${k})`);
const rows = fc.array(row, { minLength: 1, maxLength: 3 });
const action = fc.constantFrom(
  "DO NOTHING",
  "DO UPDATE SET n = n + 1",
  "DO UPDATE SET n = n + excluded.a, b = excluded.b",
  "DO UPDATE SET k = excluded.k WHERE t.n < 2",
);

/** A program: which keys, and statements that name some of them. */
const program = fc
  .tuple(fc.constantFrom(...TABLES), fc.uniqueArray(fc.nat(KEYS.length - 1), { minLength: 1, maxLength: 3 }))
  .chain(([table, chosen]) => {
    const keys = chosen.flatMap((at) => KEYS[at] ?? []);
    const clause = fc
      .tuple(fc.constantFrom(...keys), action)
      .map(([{ target }, text]) => ` ON CONFLICT ${target} ${text}`);
    const upsert = fc
      .tuple(
        fc.constantFrom("", "OR REPLACE ", "OR IGNORE "),
        rows,
        fc.array(clause, { maxLength: 2 }),
        fc.option(action),
      )
      .map(
        ([or, values, clauses, last]) =>
          `INSERT ${or}INTO t (id, a, b, k) VALUES ${values.join(", ")}${clauses.join("")}${last === null ? "" : ` ON CONFLICT ${last}`}`,
      );
    const update = fc
      .tuple(fc.constantFrom("", "OR REPLACE ", "OR IGNORE "), small, small, small)
      .map(([or, a, b, id]) => `UPDATE ${or}t SET a = ${a}, b = ${b} WHERE id = ${id + 3}`);
    return fc.record({
      schema: fc.constant([
        `CREATE TABLE t (${table};`,
        ...keys.map(({ index }, at) => `CREATE UNIQUE INDEX by_${at} ON t ${index};`),
      ]),
      statements: fc.array(fc.oneof({ weight: 4, arbitrary: upsert }, update), { minLength: 3, maxLength: 6 }),
    });
  });

const STATE = "SELECT id, a, b, k, n FROM t ORDER BY id, a, b, k";

test("ON CONFLICT and REPLACE with BEFORE triggers leave what SQLite leaves without", () => {
  let done = 0;
  fc.assert(
    fc.property(program, ({ schema, statements }) => {
      const oracle = new Database(":memory:");
      const db = open();
      try {
        oracle.exec(schema.join("\n"));
        db.run(schema.join("\n"));
        db.run(`CREATE TRIGGER u BEFORE UPDATE ON t FOR EACH ROW AS BEGIN print "u"; END;
CREATE TRIGGER d BEFORE DELETE ON t FOR EACH ROW AS BEGIN print "d"; END;`);
        for (const statement of statements) {
          let failed = false;
          try {
            oracle.exec(statement);
            done += 1;
          } catch {
            failed = true;
          }
          const outcome = db.session.execute({ name: "x.grz", text: statement });
          expect(outcome.kind, statement).toBe(failed ? "failed" : "completed");
          const expected = oracle.prepare<unknown[], unknown[]>(STATE).raw().all();
          expect(db.run(STATE), statement).toEqual(expected.map((values) => values.join("|")));
        }
      } finally {
        db.session.close();
        oracle.close();
      }
    }),
    { numRuns: 15, seed: 11 },
  );
  expect(done).toBeGreaterThan(30);
});
