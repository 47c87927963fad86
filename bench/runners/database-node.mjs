// The same work written by hand on better-sqlite3: database-node.mjs rows|updates DATABASE. Prints {"ms": …, "result": …} of the second call.
import Database from "better-sqlite3";

const [, , name, path] = process.argv;
const database = new Database(path);
database.pragma("journal_mode = WAL");

function rows() {
  let total = 0;
  for (const p of database.prepare("SELECT id, x, label FROM points").iterate())
    if (p.label !== "") total += p.x + (p.id % 3);
  return total;
}

const update = database.prepare("UPDATE counters SET value = value + 1 WHERE id = ?");
const updates = database.transaction(() => {
  for (let i = 1; i <= 200000; i += 1) update.run(i);
  return database.prepare("SELECT count(*) FROM counters WHERE value > 0").pluck().get();
});

const work = name === "rows" ? rows : updates;
work();
const started = performance.now();
const result = work();
console.log(JSON.stringify({ ms: performance.now() - started, result }));
database.close();
