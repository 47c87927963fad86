// Measures single statements against better-sqlite3 by hand: `npx tsx bench/storage/statements.ts`. Medians of 7 interleaved rounds, ns per statement.
import Database from "better-sqlite3";
import type { SqlForm } from "../../base/sql-form.ts";
import { cell } from "../../base/value/column.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const ROWS = 100_000;
const COUNT = 100_000;
const ROUNDS = 7;
const SCHEMA = [
  "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, s TEXT)",
  `WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS}) INSERT INTO t SELECT i, i * 5, 'name' || (i % 1000) FROM c`,
];

const connection = sqliteEngine.connect({ target: ":memory:" });
const plain = new Database(":memory:");
for (const text of SCHEMA) {
  connection.runText(text, []);
  plain.exec(text);
}
const key = { p: "parameter", index: 0, type: "int", place: "integerColumn" } as const;
const value = { p: "parameter", index: 1, type: "int", place: "integerColumn" } as const;
const point: SqlForm = {
  parts: ["SELECT id, v, s FROM t WHERE id = ", key],
  returnsRows: true,
  verb: "query",
  parameterCount: 1,
  columns: [
    { name: "id", type: "int", nullable: false },
    { name: "v", type: "int", nullable: true },
    { name: "s", type: "string", nullable: true },
  ],
};
const scalar: SqlForm = {
  parts: ["SELECT v FROM t WHERE id = ", key],
  returnsRows: true,
  verb: "query",
  parameterCount: 1,
  columns: [{ name: "v", type: "int", nullable: true }],
  atMostOneRow: true,
};
const update: SqlForm = {
  parts: ["UPDATE t SET v = ", value, " WHERE id = ", key],
  returnsRows: false,
  verb: "update",
  parameterCount: 2,
  columns: undefined,
};
const pointByHand = plain.prepare("SELECT id, v, s FROM t WHERE id = ?");
const scalarByHand = plain.prepare("SELECT v FROM t WHERE id = ?").pluck();
const updateByHand = plain.prepare("UPDATE t SET v = ? WHERE id = ?");

let sum = 0;
const keyOf = (i: number): number => ((i * 7919) % ROWS) + 1;
const cases: Record<string, () => void> = {
  "point select, 3 columns, by hand": () => {
    for (let i = 0; i < COUNT; i += 1) sum += (pointByHand.get(keyOf(i)) as { v: number }).v;
  },
  "point select, 3 columns": () => {
    for (let i = 0; i < COUNT; i += 1) {
      const batch = connection.query(point, [keyOf(i)]).next();
      if (batch?.columns[1] !== undefined) sum += cell(batch.columns[1], 0) as number;
    }
  },
  "scalar by key, by hand": () => {
    for (let i = 0; i < COUNT; i += 1) sum += scalarByHand.get(keyOf(i)) as number;
  },
  "scalar by key": () => {
    for (let i = 0; i < COUNT; i += 1) {
      const batch = connection.query(scalar, [keyOf(i)]).next();
      if (batch?.columns[0] !== undefined) sum += cell(batch.columns[0], 0) as number;
    }
  },
  "update by key, by hand": () => {
    for (let i = 0; i < COUNT; i += 1) updateByHand.run(i, keyOf(i));
  },
  "update by key": () => {
    for (let i = 0; i < COUNT; i += 1) sum += connection.run(update, [keyOf(i), i]).changes;
  },
};
connection.begin("immediate");
plain.exec("BEGIN");
const times = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, action] of Object.entries(cases)) {
    const start = process.hrtime.bigint();
    action();
    times.get(name)?.push(Number(process.hrtime.bigint() - start) / COUNT);
  }
}
for (const [name, samples] of times) {
  const median = samples.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  process.stdout.write(`${name.padEnd(36)} ${median.toFixed(0).padStart(6)} ns\n`);
}
