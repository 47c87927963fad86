// Random triggers written for SQLite, of which some write tables whose BEFORE triggers (which change nothing) must see the rows: what is left is what SQLite leaves by itself.
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { open } from "../support.ts";

const SCHEMA = `CREATE TABLE s (id INTEGER PRIMARY KEY, a int, k text COLLATE NOCASE UNIQUE, g AS (k || a));
CREATE TABLE c (id INTEGER PRIMARY KEY, s int REFERENCES s (id) ON DELETE CASCADE ON UPDATE SET NULL, a int, k text DEFAULT 'B' COLLATE NOCASE, g AS (k || a));
CREATE TABLE t (n INTEGER PRIMARY KEY, x, y text);
CREATE TABLE u (x int, y text, PRIMARY KEY (x, y)) WITHOUT ROWID;
CREATE VIEW v AS SELECT id, a, k, k || a AS g FROM s;
INSERT INTO s VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');
INSERT INTO c (id, s, a) VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3);`;
const STATE = ["s", "c", "t", "u"];

const POINTS = [
  ...["INSERT", "UPDATE", "UPDATE OF a", "DELETE"].flatMap((event) =>
    ["BEFORE", "AFTER"].flatMap((timing) => ["s", "c"].map((table) => `${timing} ${event} ON ${table}`)),
  ),
  ...["INSERT", "UPDATE", "DELETE"].map((event) => `INSTEAD OF ${event} ON v`),
];
/** Bodies; ROW stands for a row that the event has, TABLE for what a trigger may look at: those of c not at s, because rows of c follow theirs of s before these are written.
 * Rows that the statement has yet to come to are left alone: we take them as of its start. */
const BODIES = [
  "INSERT INTO t (x, y) VALUES (ROW.a, 'NAME ' || ROW.id);",
  "INSERT INTO t (x, y) SELECT a + ROW.a, typeof(ROW.a) FROM TABLE ORDER BY id;",
  "INSERT OR REPLACE INTO u VALUES (ROW.a, 'NAME');",
  "INSERT INTO u VALUES (ROW.id % 2, 'NAME') ON CONFLICT DO UPDATE SET x = x + 10;",
  "UPDATE t SET x = ROW.a, y = y || '+' WHERE n = ROW.id;",
  "UPDATE u SET (x, y) = (SELECT max(a), 'NAME' FROM TABLE) WHERE x = ROW.a;",
  "DELETE FROM t WHERE x = ROW.a; INSERT INTO t (x) VALUES ((SELECT count(*) FROM TABLE));",
  "SELECT CASE ROW.a WHEN 2 THEN RAISE(IGNORE) WHEN 4 THEN RAISE(ABORT, 'four') END; INSERT INTO t (y) VALUES ('NAME');",
  "INSERT INTO c (s, a) VALUES (NULL, ROW.a);",
  "UPDATE TABLE SET a = a + 1 WHERE id < ROW.id AND a < 6;",
  // What a generated column is computed from is read too: else the engine takes it for null before an update.
  "INSERT INTO t (x, y) VALUES (ROW.k IN ('A', 'B'), ROW.g || ROW.k || ROW.a);",
  "DELETE FROM t WHERE y = ROW.k OR ROW.k = y; INSERT INTO t (x, y) SELECT ROW.k = upper(k), ROW.k FROM TABLE;",
];
const small = fc.integer({ min: 1, max: 5 });
const trigger = fc.record({
  point: fc.constantFrom(...POINTS),
  body: fc.constantFrom(...BODIES),
  when: fc.constantFrom(
    "",
    "",
    "WHEN ROW.a > 2 ",
    "WHEN ROW.a = '3' ",
    "WHEN ROW.id IN (1, 2, 4) ",
    "WHEN ROW.k > 'A' ",
  ),
});
type RandomTrigger = typeof trigger extends fc.Arbitrary<infer T> ? T : never;

function triggerText({ point, body, when }: RandomTrigger, at: number): string {
  const text = `CREATE TRIGGER x${at} ${point} ${when}BEGIN ${body} END;`;
  const table = point.endsWith("c") ? "c" : "s";
  return text
    .replaceAll("TABLE", table)
    .replaceAll("ROW.", point.includes("DELETE") ? "OLD." : "NEW.")
    .replaceAll("NAME", `x${at}`);
}

const statement = fc.oneof(
  fc
    .tuple(fc.constantFrom("", "OR REPLACE ", "OR IGNORE "), small, small, small)
    .map(([or, id, a, k]) => `INSERT ${or}INTO s VALUES (${id}, ${a}, '${k}'), (${id + 10}, ${a}, 'b')`),
  fc.tuple(small, small).map(([a, k]) => `INSERT INTO s (a, k) SELECT a + ${a}, k || ${k} FROM s`),
  fc
    .tuple(small, small)
    .map(([id, a]) => `INSERT INTO s VALUES (${id}, ${a}, 'c') ON CONFLICT DO UPDATE SET a = a + ${a}`),
  fc.tuple(small, small).map(([a, id]) => `UPDATE s SET a = a + ${a} WHERE id <> ${id}`),
  fc.tuple(small, small).map(([id, to]) => `UPDATE OR REPLACE s SET id = ${to}, k = 'a' WHERE id = ${id}`),
  small.map((a) => `DELETE FROM s WHERE a < ${a}`),
  fc.tuple(small, small).map(([s, a]) => `INSERT INTO c (s, a) VALUES (${s}, ${a})`),
  fc.tuple(small, small).map(([id, a]) => `INSERT INTO v VALUES (${id}, ${a}, 'V', NULL)`),
  small.map((a) => `UPDATE v SET a = a + ${a}`),
  small.map((a) => `DELETE FROM v WHERE a > ${a}`),
);

test("triggers of SQLite that fire triggers of ours leave what SQLite leaves without ours", () => {
  let done = 0;
  fc.assert(
    fc.property(
      fc.array(trigger, { minLength: 1, maxLength: 4 }),
      fc.array(statement, { minLength: 2, maxLength: 5 }),
      (triggers, statements) => {
        const oracle = new Database(":memory:");
        const db = open();
        try {
          oracle.pragma("recursive_triggers = ON");
          oracle.exec(SCHEMA);
          db.run(SCHEMA);
          for (const text of triggers.map(triggerText)) {
            oracle.exec(text);
            db.run(text);
          }
          for (const table of ["t", "u"])
            db.run(
              `CREATE TRIGGER see_${table} BEFORE INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW AS BEGIN print "${table}"; END;`,
            );
          const said = triggers.map(triggerText).join("\n");
          for (const text of statements) {
            let failed: string | undefined;
            try {
              oracle.exec(text);
              done += 1;
            } catch (error) {
              failed = String(error);
            }
            const outcome = db.session.execute({ name: "x.grz", text });
            if (outcome.kind === "failed" && outcome.error.code === "TriggerDepth") return;
            expect(outcome.kind, `${said}\n${statements.join("\n")}\n${text}: ${failed}`).toBe(
              failed === undefined ? "completed" : "failed",
            );
            for (const table of STATE) {
              const expected = oracle.prepare<unknown[], unknown[]>(`SELECT * FROM ${table} ORDER BY 1, 2`).raw().all();
              expect(
                db.run(`SELECT * FROM ${table} ORDER BY 1, 2`),
                `${said}\n${statements.join("\n")}\n${text}: ${table}`,
              ).toEqual(expected.map((row) => row.map((value) => value ?? "null").join("|")));
            }
          }
        } finally {
          db.session.close();
          oracle.close();
        }
      },
    ),
    { numRuns: 25, seed: 5 },
  );
  expect(done).toBeGreaterThan(10);
});
