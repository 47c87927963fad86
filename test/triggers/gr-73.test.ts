// GR-73: exe: 'pipeline' asks for one run of the pipeline for each statement, after the commit; nothing after a rollback.
import { expect, it } from "vitest";
import { open } from "../server/support.ts";

const SETUP = `CREATE TABLE t (id INT); CREATE TABLE done (what TEXT)
procedure extract() { INSERT INTO done (what) VALUES ('extract') }
upsert PIPELINE as etl ( steps: [ extract ] )
upsert TRIGGER as start ( timing: 'after', event: 'insert', target: 't', exe: 'pipeline', call: 'etl' )`;
const RUNS = `SELECT r.kind, r.status, p.name, t.name, r.target->>'kind' FROM system.runs r
  JOIN system.pipelines p ON p.pipeline_id = r.pipeline_id JOIN system.triggers t ON t.trigger_id = r.trigger_id ORDER BY r.run_id`;

it("asks for one run per statement, however many rows it has", () => {
  const db = open();
  db.run(SETUP);
  db.run("INSERT INTO t (id) VALUES (1), (2), (3)");
  expect(db.run(RUNS)).toEqual(["trigger|pending|etl|start|pipeline"]);
  db.run("INSERT INTO t (id) VALUES (4)");
  expect(db.run(RUNS)).toHaveLength(2);
  expect(db.run("LIST TRIGGERS")).toEqual(["start|after|insert|t|row|pipeline etl|async|yes"]);
});

it("asks for nothing when the statement is undone", () => {
  const db = open();
  db.run(SETUP);
  db.run("BEGIN; INSERT INTO t (id) VALUES (1); ROLLBACK");
  db.run("CREATE TABLE u (id INT UNIQUE)\nINSERT INTO u (id) VALUES (1)");
  db.run("procedure both() { INSERT INTO t (id) VALUES (1); INSERT INTO u (id) VALUES (1) }");
  expect(db.fail("CALL both()")).toMatch(/^UniqueViolation: /);
  expect(db.run(RUNS)).toEqual([]);
});

it("takes the pipeline of its own name, and waits unbound for one that is not there", () => {
  const db = open();
  db.run(
    "CREATE TABLE t (id INT)\nupsert TRIGGER as etl ( timing: 'after', event: 'insert', target: 't', exe: 'pipeline' )",
  );
  expect(db.run("LIST TRIGGERS")).toEqual(["etl|after|insert|t|row|etl|unbound|yes"]);
  db.run(
    "procedure extract() { print 1 }\nupsert PIPELINE as etl ( steps: [ extract ] )\nINSERT INTO t (id) VALUES (1)",
  );
  expect(db.run("SELECT kind, status FROM system.runs")).toEqual(["trigger|pending"]);
});
