// Measures what it costs that statements can be stopped: `npx tsx bench/storage/ticks.ts`. Medians of 5 interleaved rounds, ns per row.
// The same statements run in a session without and with a cancel flag; a session without one prepares what it always prepared.
import { openSession } from "../../server/session.ts";
import type { Session } from "../../server/session-types.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const ROWS = 1_000_000;
const ROUNDS = 5;
const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER NOT NULL, name TEXT);
WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS}) INSERT INTO t SELECT i, i % 1000, 'name' || i FROM c;
CREATE INDEX t_x ON t (x);`;

/** Statement, and rows that its loops see. */
const STATEMENTS: readonly (readonly [name: string, text: string, rows: number])[] = [
  ["aggregate over an index", "SELECT sum(x) AS s FROM t;", ROWS],
  ["scan with LIKE", "SELECT count(*) AS c FROM t WHERE name LIKE '%77%';", ROWS],
  ["join by key", "SELECT count(*) AS c FROM t a JOIN t b ON a.x = b.id;", ROWS],
  ["cross join", "SELECT count(*) AS c FROM t a, t b WHERE a.id <= 1000 AND b.id <= 1000;", ROWS],
  [
    "recursion",
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT count(*) AS c FROM n;`,
    ROWS,
  ],
  ["rows of two columns", "SELECT id, x FROM t;", ROWS],
  ["update of all rows", "UPDATE t SET name = name;", ROWS],
  ["lookup by key", "for i in 1..100000 { let n = SELECT name FROM t WHERE id = i; }", 100_000],
];

function open(stoppable: boolean): Session {
  const session = openSession({
    engine: sqliteEngine,
    database: ":memory:",
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
    ...(stoppable ? { cancelFlag: new Int32Array(new SharedArrayBuffer(4)) } : {}),
  });
  run(session, SCHEMA);
  return session;
}

function run(session: Session, text: string): number {
  const started = performance.now();
  const outcome = session.execute({ name: "bench", text });
  if (outcome.kind !== "completed") console.error(text, outcome);
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const plain = open(false);
const stoppable = open(true);
console.log("statement".padEnd(28), "plain".padStart(8), "stoppable".padStart(10), "more".padStart(8), " ns per row");
for (const [name, text, rows] of STATEMENTS) {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [at, session] of [plain, stoppable].entries()) {
      const spent = run(session, text);
      if (round > 0) times[at]?.push((spent * 1e6) / rows);
    }
  }
  const [without, asking] = times.map(median) as [number, number];
  console.log(
    name.padEnd(28),
    without.toFixed(0).padStart(8),
    asking.toFixed(0).padStart(10),
    (asking - without).toFixed(0).padStart(8),
  );
}
plain.close();
stoppable.close();
