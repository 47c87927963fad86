// Measures delivery of rows from SQLite: `npx tsx bench/storage/deliver.ts`. Medians of 5 interleaved rounds, ns per row.
// Rivals: hand-written loops over better-sqlite3's iterators.
import Database from "better-sqlite3";
import type { SqlForm, SqlType } from "../../base/sql-form.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const ROWS = 1_000_000;
const ROUNDS = 5;
const FILL = `WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS}) INSERT INTO `;
const SCHEMA = [
  "CREATE TABLE mixed (id INTEGER PRIMARY KEY, amount REAL, name TEXT)",
  `${FILL} mixed SELECT i, i * 0.5, 'name' || (i % 1000) FROM c`,
  "CREATE TABLE ints (a INTEGER, b INTEGER, c INTEGER)",
  `${FILL} ints SELECT i, i * 7, i % 100 FROM c`,
  "CREATE TABLE wide (a INTEGER, b INTEGER, c INTEGER)",
  `${FILL} wide SELECT i + 9007199254740992, i, i FROM c`,
  "CREATE TABLE dates (id INTEGER, day DATE, at TIMESTAMP)",
  `${FILL} dates SELECT i, '2026-01-31', '2026-01-31T08:30:00.000000Z' FROM c`,
];

function form(text: string, types: readonly SqlType[]): SqlForm {
  return {
    parts: [text],
    returnsRows: true,
    verb: "query",
    parameterCount: 0,
    columns: types.map((type, i) => ({ name: `c${i}`, type, nullable: true })),
  };
}

const memory = sqliteEngine.connect({ target: ":memory:" });
const spilling = sqliteEngine.connect({ target: ":memory:", cursorBytesMax: 1 });
const plain = new Database(":memory:");
for (const text of SCHEMA) {
  memory.runText(text, []);
  spilling.runText(text, []);
  plain.exec(text);
}

function drain(connection: typeof memory, statement: SqlForm): void {
  const source = connection.query(statement, []);
  let rows = 0;
  for (let batch = source.next(); batch !== undefined; batch = source.next()) rows += batch.length;
  source.close();
  if (rows !== ROWS) process.exitCode = 1;
}

let sink = 0;
const cases: Record<string, () => void> = {};
for (const [table, types] of [
  ["mixed", ["int", "float", "string"]],
  ["ints", ["int", "int", "int"]],
  ["wide", ["int", "int", "int"]],
  ["dates", ["int", "date", "timestamp"]],
] as const) {
  const text = `SELECT * FROM ${table}`;
  const objects = plain.prepare(text);
  const arrays = plain.prepare(text).raw();
  cases[`${table}: hand-written .iterate()`] = () => {
    for (const row of objects.iterate()) sink += Object.keys(row as object).length === 3 ? 1 : 0;
  };
  cases[`${table}: hand-written .raw().iterate()`] = () => {
    for (const row of arrays.iterate()) sink += (row as unknown[]).length;
  };
  const statement = form(text, types);
  cases[`${table}: delivered`] = () => drain(memory, statement);
  const ordered = form(`${text} ORDER BY 1`, types);
  cases[`${table}: delivered, ORDER BY first column`] = () => drain(memory, ordered);
  const spilled = form(text, types);
  cases[`${table}: delivered through a temporary file`] = () => drain(spilling, spilled);
}

const times = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, action] of Object.entries(cases)) {
    const start = process.hrtime.bigint();
    action();
    times.get(name)?.push(Number(process.hrtime.bigint() - start) / ROWS);
  }
}
for (const [name, samples] of times) {
  const median = samples.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  process.stdout.write(`${name.padEnd(48)} ${median.toFixed(0).padStart(6)} ns/row\n`);
}
