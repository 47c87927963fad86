// Database work in the language: database-grz.mjs rows|updates DATABASE. Prints {"ms": …, "result": …} of the second call.
import { open } from "../../dist/index.js";

const WORK = {
  rows: `upsert function read_rows() returns int {
    let total = 0
    for p in SELECT id, x, label FROM points { if p.label <> '' { total += p.x + p.id % 3 } }
    return total
  }`,
  updates: `upsert procedure update_rows() returns int {
    for i in 1..200000 { UPDATE counters SET value = value + 1 WHERE id = i }
    return SELECT count(*) FROM counters WHERE value > 0
  }`,
};

const [, , name, path] = process.argv;
const database = open(path);
const routine = name === "rows" ? "read_rows" : "update_rows";
database.exec(WORK[name]);
database.call(routine);
const started = performance.now();
const result = database.call(routine);
console.log(JSON.stringify({ ms: performance.now() - started, result }));
database.close();
