// Random tables, triggers and statements: whichever way fires, the same is printed, stored and raised.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TriggerWay } from "../../../server/triggers/types.ts";
import { open } from "../support.ts";

const TABLES = [
  "CREATE TABLE p (id INTEGER PRIMARY KEY, k int UNIQUE, a int DEFAULT 7, b text);",
  "CREATE TABLE c (id INTEGER PRIMARY KEY, p_id int REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE, a int CHECK (a < 40), b text);",
  "CREATE TABLE w (x int, y int, a int, b text, PRIMARY KEY (x, y)) WITHOUT ROWID;",
  "CREATE TABLE log (n INTEGER PRIMARY KEY, what text, number int);",
].join("\n");
const SEED =
  "INSERT INTO p VALUES (1, 10, 1, 'one'), (2, 20, 2, 'two'), (3, 30, 3, NULL); INSERT INTO c VALUES (1, 1, 1, 'x'), (2, 1, 2, 'y'), (3, 2, 3, 'z'); INSERT INTO w VALUES (1, 1, 1, 'a'), (1, 2, 2, 'b');";
const STATE =
  "SELECT * FROM p ORDER BY id; SELECT * FROM c ORDER BY id; SELECT * FROM w ORDER BY x, y; SELECT what, number FROM log ORDER BY n;";

const table = fc.constantFrom("p", "c", "w");
const number = fc.integer({ min: 0, max: 45 });

const events = fc.constantFrom(
  ["insert"],
  ["update"],
  ["delete"],
  ["insert", "update"],
  ["insert", "update", "delete"],
  ["upsert"],
  ["update of a"],
  ["update of b"],
  ["update of a, b", "insert"],
);

function bodyOf(timing: string, has: readonly string[], kind: number, limit: number, name: string): string {
  const row = has.includes("delete") ? "OLD" : "NEW";
  const guard = `IF ${row} IS NOT NULL AND ${row}.a IS NOT NULL THEN`;
  if (timing === "BEFORE") {
    const change = has.includes("delete") ? "" : `SET NEW.b = COALESCE(NEW.b, '') || '${name}';`;
    const bodies = [
      change,
      `${guard} IF ${row}.a > ${limit} THEN RETURN NULL; END IF; END IF; ${change}`,
      `INSERT INTO log (what, number) VALUES ('${name}', 0); ${change}`,
      `${guard} IF ${row}.a = ${limit} THEN RAISE Refused('${name}'); END IF; END IF;`,
    ];
    return bodies[kind % bodies.length] ?? "";
  }
  const bodies = [
    `INSERT INTO log (what, number) VALUES ('${name}', 1);`,
    `let n = SELECT count(*) FROM p; print "${name} \${n}";`,
    `${guard} IF ${row}.a > ${limit} THEN INSERT INTO log (what, number) VALUES ('${name}', ${row}.a); END IF; END IF;`,
    `${guard} IF ${row}.a = ${limit} THEN RAISE Refused('${name}'); END IF; END IF; print "${name}";`,
  ];
  return bodies[kind % bodies.length] ?? "";
}

const trigger = fc.record({
  table,
  timing: fc.constantFrom("BEFORE", "AFTER"),
  each: fc.constantFrom("ROW", "ROW", "ROW", "STATEMENT"),
  events,
  kind: fc.nat(3),
  limit: number,
});
type RandomTrigger = typeof trigger extends fc.Arbitrary<infer T> ? T : never;

function triggerText(t: RandomTrigger, at: number): string {
  const name = `t${at}`;
  const body = t.each === "STATEMENT" ? `print "${name}";` : bodyOf(t.timing, t.events, t.kind, t.limit, name);
  return `CREATE TRIGGER ${name} ${t.timing} ${t.events.join(" OR ").toUpperCase()} ON ${t.table} FOR EACH ${t.each} AS BEGIN ${body} END;`;
}

const statement = fc.oneof(
  fc
    .tuple(number, number, number)
    .map(([id, k, a]) => `INSERT INTO p VALUES (${id}, ${k}, ${a}, 'i'), (${id + 100}, ${k + 1}, ${a + 1}, 'j')`),
  fc
    .tuple(number, number)
    .map(([k, a]) => `INSERT INTO p (k, b) SELECT a + ${k}, b || ${a} FROM c ORDER BY id DESC RETURNING id, k, a, b`),
  fc.tuple(number, number, number).map(([id, p, a]) => `INSERT INTO c VALUES (${id % 5}, ${(p % 3) + 1}, ${a}, 'c')`),
  fc.tuple(number, number).map(([id, k]) => `INSERT OR REPLACE INTO p VALUES (${id % 5}, ${k}, 1, 'r')`),
  fc
    .tuple(number, number)
    .map(([id, k]) => `INSERT OR IGNORE INTO p VALUES (${id % 5}, ${k}, 1, 'g'), (50, 51, 52, 'h')`),
  fc
    .tuple(number, number)
    .map(
      ([k, a]) =>
        `INSERT INTO p (k, a, b) VALUES (${k}, ${a}, 'u'), (10, ${a}, 'v') ON CONFLICT (k) DO UPDATE SET a = p.a + excluded.a, b = 'w' WHERE excluded.a > 3 RETURNING k, a`,
    ),
  fc.tuple(number, number).map(([x, a]) => `UPSERT INTO w (x, y, a) VALUES (1, ${x % 3}, ${a}), (2, 2, ${a})`),
  fc.tuple(number, number).map(([a, m]) => `UPDATE p SET a = a + ${a} WHERE +k > ${m} RETURNING id, a`),
  fc.tuple(number, number).map(([a, id]) => `UPDATE p SET id = id + ${a + 60}, b = 'moved' WHERE id = ${id % 4}`),
  number.map((a) => `UPDATE c SET a = ${a}, b = c.b || p.b FROM p WHERE p.id = +c.p_id AND p.a > 1`),
  number.map((a) => `UPDATE w SET (a, b) = (SELECT ${a}, w.b || 'q'), y = y + 5`),
  number.map((m) => `DELETE FROM p WHERE id = ${m % 4} RETURNING k`),
  number.map((m) => `DELETE FROM c WHERE a > ${m % 4}`),
  fc.constantFrom("DELETE FROM w", "UPDATE p SET a = 1 WHERE 0", "INSERT INTO p DEFAULT VALUES"),
);

/** What is printed, given, raised and stored. */
function outcomeOf(
  way: TriggerWay | undefined,
  declarations: string,
  statements: readonly string[],
): readonly string[] {
  const { session, printed, run } = open(way === undefined ? {} : { triggerWay: way });
  run(`${TABLES}\n${SEED}`);
  run(declarations);
  const said: string[] = [];
  for (const text of statements) {
    const before = printed.length;
    try {
      said.push(...run(`${text};`));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      said.push(error.message);
    }
    said.push(...printed.slice(before), ...run(STATE), "---");
  }
  session.close();
  return said;
}

test("all ways agree", () => {
  fc.assert(
    fc.property(
      fc.array(trigger, { minLength: 1, maxLength: 4 }),
      fc.array(statement, { minLength: 1, maxLength: 5 }),
      (triggers, statements) => {
        const declarations = triggers.map(triggerText).join("\n");
        const expected = outcomeOf("managed", declarations, statements);
        expect(outcomeOf("captured", declarations, statements)).toEqual(expected);
        expect(outcomeOf(undefined, declarations, statements)).toEqual(expected);
      },
    ),
    { numRuns: 30 },
  );
});
