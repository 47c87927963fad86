// Triggers on one INSERT … SELECT of 100,000 rows: triggers.ts audit|set|pure|none WHO. Prints {"ms": …, "result": …}: the median of five runs in time of the
// processor (all work is done in this process, and ratios must hold on a busy machine), and what the tables hold.
// WHO is `grizzly`, `captured` or `managed` (a session, the way of firing forced where several would do), `other` (a session with a trigger on another table),
// `sqlite` (a hand-written trigger), `node` (a loop of prepared inserts) or `plain` (no trigger at all). Run with tsx: the ways are no option of the library.
import Database from "better-sqlite3";
import { InternalError, required } from "../../base/failure.ts";
import { openSession } from "../../server/session.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

const ROWS = 100_000;
const RUNS = 5;
const WARM_UP = 2;

const SCHEMA = `CREATE TABLE source (id INTEGER PRIMARY KEY, customer_id int, name text, amount int, created_at text, note text);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id int, name text, amount int, created_at text, note text, label text);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE TABLE audit (id INTEGER PRIMARY KEY, what text, amount int);
CREATE TABLE elsewhere (a int);`;
const FILL = `INSERT INTO source WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
SELECT i, (i * 7919) % 20011, 'name ' || i, i * 3, '2026-01-31T12:00:00.000000Z', 'a note of some length about order number ' || i FROM n;`;
const INSERT =
  "INSERT INTO orders (id, customer_id, name, amount, created_at, note) SELECT id, customer_id, name, amount, created_at, note FROM source";
const WIPE = "DELETE FROM orders; DELETE FROM audit;";
const RESULT =
  "SELECT count(*) || ' ' || sum(amount) || ' ' || count(label) || ' ' || (SELECT count(*) || ' ' || coalesce(sum(amount), 0) FROM audit) FROM orders";

/** Triggers in the language: the usual audit row; a column set by a body that may skip its row; one set by a body that only computes. */
const TRIGGERS: Readonly<Record<string, string>> = {
  audit:
    "CREATE TRIGGER note AFTER INSERT ON orders FOR EACH ROW AS BEGIN INSERT INTO audit (what, amount) VALUES ('insert ' || NEW.name, NEW.amount); END;",
  set: "CREATE TRIGGER label BEFORE INSERT ON orders FOR EACH ROW AS BEGIN IF NEW.amount < 0 THEN RETURN NULL; END IF; SET NEW.label = upper(NEW.name); END;",
  pure: "CREATE TRIGGER label BEFORE INSERT ON orders FOR EACH ROW AS BEGIN SET NEW.label = upper(NEW.name); END;",
  none: "",
};
const OTHER =
  "CREATE TRIGGER elsewhere_note AFTER INSERT ON elsewhere FOR EACH ROW AS BEGIN let a = NEW.a; INSERT INTO audit (amount) VALUES (a); END;";

interface Work {
  run(): void;
  wipe(): void;
  result(): unknown;
}

function session(name: string, who: string): Work {
  const silent = { print: () => undefined, log: () => undefined, notice: () => undefined };
  const forced = who === "captured" || who === "managed" ? ({ triggerWay: who } as const) : {};
  const opened = openSession({ engine: sqliteEngine, database: ":memory:", output: silent, ...forced });
  const trigger = `${TRIGGERS[name] ?? ""}${who === "other" ? OTHER : ""}`;
  const text = `${SCHEMA}${FILL}${trigger} upsert procedure fill() { ${INSERT}; }
    upsert procedure wipe() { ${WIPE} } upsert function result() returns string { return (${RESULT}) ?? ''; }
    upsert procedure one_by_one() { for i in 1..${ROWS} { INSERT INTO orders (id, customer_id, name, amount) VALUES (i, i % 1000, 'name', i); } }`;
  const outcome = opened.execute({ name: "bench.grz", text });
  if (outcome.kind !== "completed") throw new InternalError(JSON.stringify(outcome));
  const call = (routine: string): unknown => {
    const called = opened.call(routine, []);
    if (called.kind !== "returned") throw new InternalError(JSON.stringify(called));
    return called.value;
  };
  return {
    run: () => void call(name === "none" ? "one_by_one" : "fill"),
    wipe: () => void call("wipe"),
    result: () => call("result"),
  };
}

function byHand(name: string, who: string): Work {
  const database = new Database(":memory:");
  database.exec(SCHEMA + FILL);
  if (who === "sqlite")
    database.exec(
      "CREATE TRIGGER note AFTER INSERT ON orders BEGIN INSERT INTO audit (what, amount) VALUES ('insert ' || NEW.name, NEW.amount); END",
    );
  const insert = database.prepare(INSERT);
  const select = database
    .prepare<unknown[], [number, number, string, number, string, string]>("SELECT * FROM source")
    .raw();
  const one = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)");
  const loop = database.transaction(() => {
    for (const [id, customer, label, amount, created, note] of select.all())
      if (amount >= 0) one.run(id, customer, label, amount, created, note, label.toUpperCase());
  });
  return {
    run: who === "node" ? loop : () => void insert.run(),
    wipe: () => void database.exec(WIPE),
    // Without a trigger no label is set: the rest must agree.
    result: () => {
      const text = database.prepare<unknown[], string>(RESULT).pluck().get() ?? "";
      return who === "plain" && name === "pure" ? text.replace(/^(\S+ \S+) 0/, `$1 ${ROWS}`) : text;
    },
  };
}

const [, , name = "", who = ""] = process.argv;
const work = who === "sqlite" || who === "node" || who === "plain" ? byHand(name, who) : session(name, who);
const times: number[] = [];
for (let run = 0; run < WARM_UP + RUNS; run += 1) {
  work.wipe();
  const started = process.cpuUsage();
  work.run();
  const { user, system } = process.cpuUsage(started);
  if (run >= WARM_UP) times.push((user + system) / 1000);
}
const median = required(times.sort((left, right) => left - right)[Math.floor(RUNS / 2)], "the median time");
console.log(JSON.stringify({ ms: median, result: work.result() }));
