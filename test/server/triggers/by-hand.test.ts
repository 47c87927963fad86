// RUN TRIGGER t WITH {…}: WHEN and body of one trigger for rows that are given; nothing but what the body writes is written.
import { describe, expect, it } from "vitest";
import { open, type TestSession } from "../support.ts";

const PROGRAM = `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, total DECIMAL(10, 2) NOT NULL DEFAULT 2.5, status TEXT, made DATE)
CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT)
CREATE TABLE seen (what TEXT)
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON orders WHEN (NEW.status = 'open') AS BEGIN
  if NEW.customer = 'nobody' { skip }
  SET NEW.made = DATE '2026-01-31';
END;
CREATE TRIGGER keep AFTER DELETE ON orders AS BEGIN INSERT INTO log (what) VALUES ('gone ' || OLD.customer); END;
CREATE TRIGGER chain AFTER INSERT ON log AS BEGIN let w = NEW.what; INSERT INTO seen VALUES (w); END;
upsert TRIGGER as counted (timing: 'after', event: ['insert', 'delete'], target: 'orders', each: 'statement', call: 'count_rows')
procedure count_rows() { let n = SELECT count(*) FROM inserted; let m = SELECT count(*) FROM deleted; let w = "\${n} and \${m}"; INSERT INTO log (what) VALUES (w) }
upsert TRIGGER as later (timing: 'after', event: 'update', target: 'orders', call: 'note', async: true)
procedure note() { print "from \${OLD.total} to \${NEW.total}" }
upsert TRIGGER as lenient (timing: 'after', event: 'insert', target: 'seen', call: 'fails', on_error: 'log')
procedure fails() { if NEW.what = 'bad' { raise Broken("no") } }
procedure step() { print "step" }
upsert PIPELINE as flow ( steps: [ step ] )
upsert TRIGGER as piped (timing: 'after', event: 'insert', target: 'orders', exe: 'pipeline', call: 'flow')
upsert TRIGGER as lost (timing: 'after', event: 'insert', target: 'orders', call: 'nothing_there')
CREATE TRIGGER engine_own AFTER UPDATE ON orders WHEN NEW.total > OLD.total BEGIN INSERT INTO log (what) VALUES ('more for ' || NEW.customer || ' in ' || NEW.rowid); END;
`;

function database(): TestSession {
  const db = open();
  db.run(PROGRAM);
  return db;
}

const ANN = "{id: 1, customer: 'Ann'}";

describe("rows", () => {
  it("come with defaults, as their column's types, and as a BEFORE body leaves them (GR-65)", () => {
    const db = database();
    expect(db.run("RUN TRIGGER stamp WITH {event: 'insert', new: {id: 1, customer: 'Ann', status: 'open'}}")).toEqual([
      'stamp|insert|fired|0|{id: 1, customer: "Ann", total: 2.50, status: "open", made: 2026-01-31}',
    ]);
    expect(db.run("SELECT count(*) FROM orders")).toEqual(["0"]);
  });

  it("that WHEN does not want, or that the body skips, are told so (GR-64)", () => {
    const db = database();
    expect(db.run(`RUN TRIGGER stamp WITH {event: 'insert', new: ${ANN}}`)).toEqual([
      "stamp|insert|WHEN is not true|0|null",
    ]);
    expect(db.run("RUN TRIGGER stamp WITH {new: {id: 1, customer: 'nobody', status: 'open'}}")).toEqual([
      "stamp|insert|skips the row|0|null",
    ]);
  });

  it("of an update take from OLD what NEW does not say", () => {
    const db = database();
    expect(db.run("RUN TRIGGER stamp WITH {old: {id: 1, customer: 'Ann', total: 7}, new: {status: 'open'}}")).toEqual([
      'stamp|update|fired|0|{id: 1, customer: "Ann", total: 7.00, status: "open", made: 2026-01-31}',
    ]);
  });

  it("have the generated columns that the engine would compute (GR-65)", () => {
    const db = open();
    db.run(`CREATE TABLE t (a int, b text AS ('<' || a || '>'));
      CREATE TRIGGER ours AFTER UPDATE ON t AS BEGIN print OLD.b; print NEW.b; END;
      CREATE TABLE log (what); CREATE TRIGGER theirs BEFORE INSERT ON t BEGIN INSERT INTO log VALUES (NEW.b); END;`);
    db.run("RUN TRIGGER ours WITH {old: {a: 1}, new: {a: 2}}; RUN TRIGGER theirs WITH {new: {a: 3}}");
    expect([...db.printed, ...db.run("SELECT what FROM log")]).toEqual(["<1>", "<2>", "<3>"]);
  });

  it("of statement triggers are lists", () => {
    const db = database();
    db.run("RUN TRIGGER counted WITH {new: [{id: 1, customer: 'Ann'}, {id: 2, customer: 'Bob'}]}");
    db.run("RUN TRIGGER counted WITH {event: 'delete', old: [{id: 1, customer: 'Ann', total: 1}]}");
    expect(db.run("SELECT what FROM log")).toEqual(["2 and 0", "0 and 1"]);
  });
});

describe("what a body does", () => {
  it("stays, and fires the triggers of what it writes", () => {
    const db = database();
    expect(db.run("RUN TRIGGER keep WITH {old: {id: 1, customer: 'Ann', total: 1}}")).toEqual([
      "keep|delete|fired|2|null",
    ]);
    expect(db.run("SELECT what FROM seen")).toEqual(["gone Ann"]);
  });

  it("is undone with the transaction", () => {
    const db = database();
    db.run("BEGIN; RUN TRIGGER keep WITH {old: {id: 1, customer: 'Ann', total: 1}}; ROLLBACK;");
    expect(db.run("SELECT count(*) FROM log")).toEqual(["0"]);
  });

  it("is done at once when the trigger is asynchronous, and no run is recorded", () => {
    const db = database();
    db.run("RUN TRIGGER later WITH {old: {id: 1, customer: 'Ann', total: 1}, new: {total: 2}}");
    expect(db.run("SELECT count(*) FROM system.runs")).toEqual(["0"]);
    expect(db.printed.at(-1)).toBe("from 1.00 to 2.00");
  });

  it("is told when on_error keeps its error from us", () => {
    const db = database();
    expect(db.run("RUN TRIGGER lenient WITH {new: {what: 'bad'}}")).toEqual(["lenient|insert|failed, logged|0|null"]);
    expect(db.run("RUN TRIGGER lenient WITH {new: {what: 'good'}}")).toEqual(["lenient|insert|fired|0|null"]);
  });

  it("is the same for triggers written for SQLite and for native ones (GR-70)", () => {
    const db = database();
    const rows = "{old: {id: 3, customer: 'Ann', total: 1}, new: {total: 2}}";
    expect(db.run(`RUN TRIGGER engine_own WITH ${rows}`)).toEqual(["engine_own|update|fired|2|null"]);
    expect(db.run("RUN TRIGGER engine_own WITH {old: {id: 3, customer: 'A', total: 1}, new: {total: 1}}")).toEqual([
      "engine_own|update|WHEN is not true|0|null",
    ]);
    expect(db.run("SELECT what FROM seen")).toEqual(["more for Ann in 3"]);
    db.run(
      "CREATE TABLE plain (a int); CREATE TRIGGER quick AFTER INSERT ON plain AS BEGIN INSERT INTO log (id, what) VALUES (NEW.a, 'quick'); END; DROP TRIGGER chain;",
    );
    expect(db.run("RUN TRIGGER quick WITH {new: {a: 40}}")).toEqual(["quick|insert|fired|1|null"]);
    expect(db.run("SELECT what FROM log WHERE id = 40")).toEqual(["quick"]);
  });
});

describe("what cannot be", () => {
  it.each([
    ["nobody", `{new: ${ANN}}`, "NoSuchObject: There is no trigger named nobody."],
    [
      "piped",
      `{new: ${ANN}}`,
      "WrongArguments: Trigger piped asks for a run of a pipeline: RUN PIPELINE flow does that by hand.",
    ],
    [
      "lost",
      `{new: ${ANN}}`,
      "NoSuchRoutine: Trigger lost is unbound: there is nothing named nothing_there that it could call.",
    ],
    [
      "stamp",
      "{}",
      "WrongArguments: Trigger stamp fires for insert, update; say for which: WITH {event: 'insert', …}.",
    ],
    [
      "stamp",
      `{event: 'delete', old: ${ANN}}`,
      "WrongArguments: Trigger stamp does not fire for delete; it fires for insert, update.",
    ],
    ["stamp", `{timing: 'after', new: ${ANN}}`, "WrongArguments: Trigger stamp does not fire after; it fires before."],
    [
      "stamp",
      `{news: ${ANN}}`,
      "WrongArguments: RUN TRIGGER … WITH takes new, old, event and timing, not news, for example WITH {new: {id: 1}}.",
    ],
    ["keep", `{new: ${ANN}}`, "WrongArguments: A trigger that fires for delete has no NEW; leave new out."],
    ["keep", "{}", "WrongArguments: What fires for delete has OLD: give its row, for example WITH {old: {id: 1}}."],
    ["keep", "{old: {id: 1}}", "WrongArguments: old needs a value for customer, which is never null in orders."],
    [
      "keep",
      "{old: {id: 1, custome: 'x'}}",
      "NoSuchColumn: orders has no column custome; it has id, customer, total, status, made.",
    ],
    ["keep", "{old: 3}", "WrongArguments: old takes a row by its columns, for example {id: 1, name: 'Ann'}; found 3."],
    ["keep", "{old: {id: 'x', customer: 'Ann'}}", "InvalidCast: old.id is int: x is none."],
    ["engine_own", "{timing: 'before'}", "WrongArguments: Trigger engine_own does not fire before; it fires after."],
  ])("RUN TRIGGER %s WITH %s", (name, given, message) => {
    expect(database().fail(`RUN TRIGGER ${name} WITH ${given}`)).toBe(message);
  });

  it("a trigger that is off does not fire by hand, of either kind", () => {
    const db = database();
    db.run("DISABLE TRIGGER keep; DISABLE TRIGGER engine_own");
    for (const name of ["keep", "engine_own"])
      expect(db.fail(`RUN TRIGGER ${name} WITH {old: ${ANN}}`)).toBe(
        `ObjectDisabled: Trigger ${name} is disabled; ENABLE TRIGGER ${name} lets it fire.`,
      );
  });

  it("FROM and AT are for others", () => {
    const db = database();
    expect(db.fail(`RUN TRIGGER keep AT '2030-01-01 00:00:00'`)).toMatch(/^WrongArguments: RUN TRIGGER fires at once/);
    expect(db.fail("RUN PROCEDURE note FROM x")).toBe(
      "WrongArguments: FROM names a step of a pipeline; a procedure has none.",
    );
  });
});
