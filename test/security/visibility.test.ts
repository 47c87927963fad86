// What lists show to somebody with few rights: what he may use, and of everything else not even that it is there.
import { expect, it } from "vitest";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
CREATE INDEX by_total ON orders (total);
CREATE TABLE secrets (id INTEGER PRIMARY KEY, word TEXT);
CREATE INDEX by_word ON secrets (word);
CREATE VIEW words AS SELECT word FROM secrets;
upsert procedure note () { print "n" }
upsert procedure hush () { print "swordfish" }
upsert function twice (n int) returns int { return n * 2 }
upsert function veiled (n int) returns int { return n }
upsert TRIGGER as seen (timing: 'after', event: 'delete', target: 'orders', exe: 'procedure', call: 'note')
upsert TRIGGER as unseen (timing: 'after', event: 'delete', target: 'secrets', exe: 'procedure', call: 'note')
upsert SCHEDULE as nightly (sched: '0 0 1 1 *', exe: 'procedure', call: 'note')
upsert SCHEDULE as hourly (sched: '0 * * * *', exe: 'procedure', call: 'hush')
upsert PIPELINE as line (steps: [note])
upsert PIPELINE as other (steps: [hush])
CREATE USER ann; CREATE ROLE staff; GRANT staff TO ann;
GRANT SELECT (id) ON TABLE orders TO ann;
GRANT EXECUTE ON PROCEDURE note TO staff;
GRANT EXECUTE ON FUNCTION twice TO public;
GRANT RUN ON SCHEDULE nightly TO ann;
GRANT RUN ON PIPELINE line TO ann;
`;

const HIDDEN = /secrets|words|hush|swordfish|veiled|unseen|hourly|other|by_word/u;

it.each([
  ["LIST TABLES", "orders"],
  ["LIST VIEWS", ""],
  ["LIST INDEXES", "by_total"],
  ["LIST PROCEDURES", "note"],
  ["LIST FUNCTIONS", "twice"],
  ["LIST TRIGGERS", "seen"],
  ["LIST SCHEDULES", "nightly"],
  ["LIST PIPELINES", "line"],
  ["SELECT name FROM system.tables", "orders"],
  ["SELECT table_name, name FROM system.columns", "orders"],
  ["SELECT * FROM system.procedures", "note"],
  ["SELECT * FROM system.functions", "twice"],
  ["SELECT name FROM system.routines", "note"],
  ["SELECT * FROM system.triggers", "seen"],
  ["SELECT * FROM system.schedules", "nightly"],
  ["SELECT * FROM system.jobs", "nightly"],
  ["SELECT * FROM system.pipelines", "line"],
  ["SELECT * FROM system.pipeline_steps", "note"],
  ["let rows = execute 'SELECT name FROM system.tables'; print rows", ""],
])("GR-120: %s shows what may be used", (text, shown) => {
  const { owner, as } = town(SCRIPT);
  const found = as("ann").run(text);
  expect(found).toContain(shown);
  expect(found).not.toMatch(HIDDEN);
  expect(found).not.toMatch(/Denied/);
  // To who may do everything the same statement shows all.
  if (text.startsWith("LIST") || text.startsWith("SELECT")) expect(owner.run(text)).toMatch(HIDDEN);
});

it.each([
  ["SHOW PROCEDURE hush", "NoSuchRoutine: There is no procedure named hush."],
  ["SHOW FUNCTION veiled", "NoSuchRoutine: There is no function named veiled."],
  ["SHOW TABLE secrets", "NoSuchTable: There is no table named secrets."],
  ["SHOW VIEW words", "NoSuchTable: There is no view named words."],
  ["SHOW INDEX by_word", "NoSuchObject: There is no index named by_word."],
  ["SHOW TRIGGER unseen", "NoSuchObject: There is no trigger named unseen."],
  ["SHOW SCHEDULE hourly", "NoSuchObject: There is no schedule named hourly."],
  ["SHOW PIPELINE other", "NoSuchObject: There is no pipeline named other."],
  ["DESCRIBE secrets", "NoSuchObject: There is no table, routine or other object named secrets."],
  ["DESCRIBE hush", "NoSuchObject: There is no table, routine or other object named hush."],
  ["DESCRIBE hourly", "NoSuchObject: There is no table, routine or other object named hourly."],
])("GR-120: %s: as if it were not there", (text, message) => {
  const { owner, as } = town(SCRIPT);
  expect(as("ann").run(text)).toBe(message);
  expect(owner.run(text)).not.toMatch(/^NoSuch/);
});

it("shows what a right was given for, and no more once it was taken; one's own always", () => {
  const { owner, as } = town(SCRIPT);
  const ann = as("ann");
  owner.run("GRANT INSERT ON TABLE secrets TO staff; GRANT CREATE ON DATABASE TO ann");
  expect(ann.run("SHOW TABLE secrets")).toContain("CREATE TABLE secrets");
  owner.run("REVOKE INSERT ON TABLE secrets FROM staff");
  expect(ann.run("SHOW TABLE secrets")).toMatch(/^NoSuchTable/);
  expect(ann.run("SELECT name FROM system.tables")).toBe("orders");
  expect(
    ann.run("upsert procedure mine () { print 1 }; CREATE TABLE own (a INT); CREATE TEMP TABLE passing (a INT)"),
  ).not.toMatch(/Denied/);
  expect(ann.run("SELECT name FROM system.procedures ORDER BY name")).toBe("mine\nnote");
  expect(ann.run("SELECT name FROM system.tables ORDER BY name")).toBe("orders\nown\npassing");
  expect(ann.run("SHOW PROCEDURE mine")).toContain("print 1");
});

it("a list that a definer reads shows what its owner may see, also to one with few rights, and only there", () => {
  const { owner, as } = town(SCRIPT);
  owner.run(
    "upsert procedure how_many () returns int security definer { return SELECT count(*) FROM system.procedures }",
  );
  owner.run("GRANT EXECUTE ON PROCEDURE how_many TO ann");
  const ann = as("ann");
  expect(ann.run("SELECT count(*) FROM system.procedures")).toBe("2");
  expect(ann.run("CALL how_many()")).toBe("3");
  expect(ann.run("SELECT count(*) FROM system.procedures")).toBe("2");
});

it("REFERENCES lets foreign keys be made, to the columns that were granted", () => {
  const { owner, as } = town(SCRIPT);
  owner.run("GRANT CREATE ON DATABASE TO ann");
  const ann = as("ann");
  expect(ann.run("CREATE TABLE notes (order_id INT REFERENCES orders (id))")).toBe(
    "PermissionDenied: ann may not refer to table orders: GRANT REFERENCES ON TABLE orders TO ann allows it.",
  );
  owner.run("GRANT REFERENCES (id) ON TABLE orders TO ann");
  expect(ann.run("CREATE TABLE notes (order_id INT REFERENCES orders (id))")).toBe("table notes created");
  expect(ann.run("CREATE TABLE own_children (id INTEGER PRIMARY KEY, parent INT REFERENCES own_children (id))")).toBe(
    "table own_children created",
  );
});
