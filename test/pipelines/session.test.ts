// GR-95 to GR-97: pipelines from their declaration to their runs, in a session that nobody schedules.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NOON_MICROS, open, type TestSession } from "../server/support.ts";

let db: TestSession;
beforeEach(() => {
  db = open();
  db.run(`
    CREATE TABLE raw (id INTEGER PRIMARY KEY, n INTEGER);
    CREATE TABLE staging (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
    CREATE TABLE totals (n INTEGER NOT NULL);
    INSERT INTO raw VALUES (1, 10), (2, null), (3, 32);
    procedure extract () returns int { DELETE FROM staging; return INSERT INTO staging SELECT id, n FROM raw WHERE n IS NOT NULL }
    procedure load (factor int) returns int { INSERT INTO totals SELECT sum(n) * factor FROM staging; return 1 }
    procedure tell () { for t in SELECT n FROM totals { print t.n } }
  `);
});
afterEach(() => db.session.close());

const STEPS = "SELECT name, status, error, result FROM system.run_steps ORDER BY run_id, step_no";

describe("GR-95 definition and order", () => {
  test("steps run in the order of their data, with arguments and conditions over earlier results", () => {
    db.run(
      "upsert PIPELINE as nightly ( steps: [ tell, load(args: {factor: (extract ?? 0) + 1}, when: extract > 1), extract ] )",
    );
    db.run("RUN PIPELINE nightly");
    expect(db.run("SELECT n FROM totals")).toEqual(["126"]);
    expect(db.run(STEPS)).toEqual(["tell|completed|null|null", "load|completed|null|1", "extract|completed|null|2"]);
  });
  test("a false condition skips the step and stands in nobody's way", () => {
    db.run(
      "upsert PIPELINE as nightly ( steps: [ extract, load(when: extract > 5, args: {factor: 1}), tell(after: load) ] )",
    );
    db.run("RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual([
      "extract|completed|null|2",
      "load|skipped|its condition extract > 5 is false|null",
      "tell|completed|null|null",
    ]);
    expect(db.run("SELECT status FROM system.runs")).toEqual(["completed"]);
  });
  test("a circle is refused when it is defined", () => {
    expect(db.reject("upsert PIPELINE as bad ( steps: [ tell(after: extract), extract(after: tell) ] )")).toEqual([
      "E7040",
    ]);
  });
  test("a condition over a step that was skipped is null and skips in its turn", () => {
    db.run(`
      procedure nothing () returns int { return 0 }
      procedure middle () returns int { return 5 }
      upsert PIPELINE as nightly ( steps: [ nothing, middle(when: nothing > 0), tell(when: middle > 0) ] )`);
    db.run("RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual([
      "nothing|completed|null|0",
      "middle|skipped|its condition nothing > 0 is false|null",
      "tell|skipped|its condition middle > 0 is null|null",
    ]);
  });
  test("conditions and arguments are stored nowhere; results have their types and steps any name", () => {
    db.run(`
      procedure day () returns date { return DATE '2026-01-31' }
      upsert PIPELINE as nightly ( steps: [ \`load orders\`(call: extract), day,
        load(args: {factor: (\`load orders\` ?? 0) + 1}, when: day > DATE '2026-01-01'), tell(when: day > DATE '2026-02-01') ] )`);
    db.run("RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual([
      "load orders|completed|null|2",
      'day|completed|null|"2026-01-31"',
      "load|completed|null|1",
      "tell|skipped|its condition day > DATE '2026-02-01' is false|null",
    ]);
    expect(db.run("SELECT n FROM totals")).toEqual(["126"]);
    expect(db.run("LIST FUNCTIONS")).toEqual([]);
    expect(db.reject("print `load orders`")).toEqual(["E2001"]);
  });
  test("a step goes after the steps whose results it uses, and SHOW PIPELINE says so", () => {
    db.run(`
      procedure count_up () returns int { return 3 }
      upsert PIPELINE as nightly ( steps: [ load(args: {factor: 1}, when: count_up > 1), count_up ] )`);
    expect(db.run("SHOW PIPELINE nightly").map((line) => line.split("|").slice(0, 4).join("|"))).toEqual([
      "count_up|count_up||",
      "load|load|count_up|uses its result",
    ]);
    db.run("INSERT INTO staging VALUES (1, 1); RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual(["load|completed|null|1", "count_up|completed|null|3"]);
    expect(
      db.reject("upsert PIPELINE as bad ( steps: [ extract(when: load > 0), load(args: {factor: extract ?? 0}) ] )"),
    ).toEqual(["E7040"]);
  });
  test("max_parallel is at least one", () => {
    expect(db.reject("upsert PIPELINE as bad ( steps: [ extract ], max_parallel: 0 )")).toEqual(["E7062"]);
  });
  test("procedures join from their side", () => {
    db.run(
      "upsert procedure audit as <{pipeline: 'nightly.check'}> () returns int { return (SELECT count(*) FROM totals) }",
    );
    db.run("upsert PIPELINE as nightly ( steps: [ extract, load(args: {factor: 1}) ] )");
    db.run("RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual(["extract|completed|null|2", "load|completed|null|1", "check|completed|null|1"]);
  });
});

describe("GR-95 steps with SQL", () => {
  const CLEAN = "clean(sql: 'DELETE FROM staging WHERE n < (SELECT max(n) FROM raw) AND ''a'' = ''a''')";
  test("SQL runs as a step of its own: placed by the tables it touches, with its rows and its result", () => {
    db.run(
      `upsert PIPELINE as nightly ( steps: [ tell, load(args: {factor: clean ?? 0}), ${CLEAN}, extract ] ); RUN PIPELINE nightly`,
    );
    expect(db.run("SELECT name, status, row_count, result FROM system.run_steps ORDER BY step_no")).toEqual([
      "tell|completed|null|null",
      "load|completed|null|1",
      "clean|completed|1|1",
      "extract|completed|null|2",
    ]);
    expect(db.run("SELECT n FROM totals")).toEqual(["32"]);
    expect(db.run("SHOW PIPELINE nightly").map((line) => line.split("|").slice(0, 4).join("|"))).toEqual([
      "extract|extract||",
      "clean|DELETE FROM staging WHERE n < (SELECT max(n) FROM raw) AND 'a' = 'a'|extract|extract writes staging",
      "load|load|clean, extract|uses its result; extract writes staging",
      "tell|tell|load|load writes totals",
    ]);
    expect(db.run("SELECT exe_kind FROM system.pipeline_steps WHERE name = 'clean'")).toEqual(["sql"]);
    expect(db.run("LIST PROCEDURES").map((line) => line.split("|")[0])).toEqual(["extract", "load", "tell"]);
  });
  test("a query gives its rows; several statements run in one transaction that a failure undoes", () => {
    db.run(`
      upsert PIPELINE as nightly ( steps: [
        refill(sql: "DELETE FROM staging; INSERT INTO staging SELECT id, n FROM raw"),
        rows(sql: 'SELECT n FROM raw', after: refill) ], on_error: 'continue' )
      INSERT INTO staging VALUES (7, 7); RUN PIPELINE nightly`);
    expect(db.run("SELECT name, status, row_count FROM system.run_steps ORDER BY step_no")).toEqual([
      "refill|failed|null",
      "rows|skipped|null",
    ]);
    expect(db.run("SELECT n FROM staging")).toEqual(["7"]);
    db.setNow(NOON_MICROS + 1_000_000);
    db.run("DELETE FROM raw WHERE n IS NULL; RUN PIPELINE nightly FROM refill");
    expect(db.run("SELECT name, status, row_count FROM system.run_steps ORDER BY run_id, step_no").slice(2)).toEqual([
      "refill|completed|null",
      "rows|completed|2",
    ]);
  });
  test("its tables count as used, until the step or the pipeline goes", () => {
    const used = (): readonly string[] =>
      db.run(`SELECT d.referenced_name, d.access_mode FROM system.dependencies d JOIN system.routines r ON r.routine_id = d.dependent_id AND r.current_version = d.dependent_version
        WHERE r.name LIKE 'pipeline nightly%' ORDER BY d.referenced_name, d.access_mode`);
    db.run(`upsert PIPELINE as nightly ( steps: [ ${CLEAN}, tell ] )`);
    expect(used()).toEqual(["main.raw|read", "main.staging|read", "main.staging|write"]);
    db.run("upsert PIPELINE as nightly ( steps: [ clean(sql: 'DELETE FROM totals') ] )");
    expect(used()).toEqual(["main.totals|write"]);
    db.run("upsert PIPELINE as nightly ( steps: [ tell ] )");
    expect(used()).toEqual([]);
    db.run(`upsert PIPELINE as nightly ( steps: [ ${CLEAN} ] ); DROP PIPELINE nightly`);
    expect(db.run("SELECT count(*) FROM system.routines WHERE name LIKE 'pipeline %'")).toEqual(["0"]);
  });
  test("what is wrong with it is told when it is defined", () => {
    expect(db.reject("upsert PIPELINE as bad ( steps: [ a(sql: 'DELETE FROM staging WHERE nn = 1') ] )")).toEqual([
      "E5002",
    ]);
    expect(db.reject("upsert PIPELINE as bad ( steps: [ a(sql: 'DELETE FRM staging') ] )")).toEqual(["E1001"]);
    expect(db.reject("upsert PIPELINE as bad ( steps: [ a(sql: 'DELETE FROM raw', args: {x: 1}) ] )")).toEqual([
      "E3011",
    ]);
  });
  test("lines and comments around the SQL do not matter", () => {
    db.run(
      "upsert PIPELINE as nightly ( steps: [ a(sql: '\n  -- all of them\n  DELETE FROM raw\n') ] ); RUN PIPELINE nightly",
    );
    expect(db.run("SELECT status, row_count FROM system.run_steps")).toEqual(["completed|3"]);
  });
  test("after places steps with SQL as it does others", () => {
    db.run(`upsert PIPELINE as nightly ( steps: [
      second(sql: 'INSERT INTO raw SELECT id + 10, n FROM staging', after: first),
      first(sql: 'INSERT INTO staging SELECT id, n FROM raw WHERE n > 20') ] ); RUN PIPELINE nightly`);
    expect(db.run("SELECT id, n FROM raw WHERE id > 10")).toEqual(["13|32"]);
  });
});

describe("GR-96 failing and resuming", () => {
  beforeEach(() => {
    db.run(
      "upsert procedure load (factor int) returns int { if (SELECT count(*) FROM totals) = 0 { raise Broken('not ready') }  return 5 }",
    );
    db.run(
      "upsert PIPELINE as nightly ( steps: [ extract, load(args: {factor: 1}, after: extract), tell(after: load) ] )",
    );
  });
  test("a failed step ends the run as failed; what waited for it is skipped; its own writes are undone, others' stay", () => {
    db.run("RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual([
      "extract|completed|null|2",
      "load|failed|Broken: not ready|null",
      "tell|skipped|step load failed|null",
    ]);
    expect(db.run("SELECT status, error_code, error FROM system.runs")).toEqual([
      "failed|StepFailed|Step load of nightly failed; RUN PIPELINE nightly FROM load goes on from there.",
    ]);
    expect(db.run("SELECT count(*) FROM staging")).toEqual(["2"]);
  });
  test("RUN PIPELINE … FROM goes on from the failed step with what was done before", () => {
    db.run("RUN PIPELINE nightly");
    db.run("INSERT INTO totals VALUES (1); DELETE FROM raw;");
    db.setNow(NOON_MICROS + 1_000_000);
    db.run("RUN PIPELINE nightly FROM load");
    expect(db.run("SELECT count(*) FROM staging")).toEqual(["2"]);
    expect(db.run("SELECT status FROM system.runs ORDER BY run_id")).toEqual(["failed", "completed"]);
    expect(db.run(STEPS).slice(3)).toEqual([
      "extract|completed|null|2",
      "load|completed|null|5",
      "tell|completed|null|null",
    ]);
    db.setNow(NOON_MICROS + 2_000_000);
    db.run("RUN PIPELINE nightly FROM tell");
    expect(db.run("SELECT count(*) FROM staging")).toEqual(["2"]);
    expect(db.run(STEPS).slice(6)).toEqual([
      "extract|completed|null|2",
      "load|completed|null|5",
      "tell|completed|null|null",
    ]);
  });
  test("a step that is tried again does not claim to wait, and the notice of the failure ends with one full stop", () => {
    db.run("upsert PIPELINE as nightly ( steps: [ load(args: {factor: 1}, retries: 1) ] )");
    db.run("RUN PIPELINE nightly");
    expect(db.run("SELECT message FROM system.run_logs WHERE level = 'warn'")).toEqual([
      "load: Broken: not ready. It is tried again.",
    ]);
    expect(db.notices.at(-1)).toMatch(/goes on from there\.$/u);
    expect(db.notices.at(-1)).not.toContain("..");
  });
  test("an unknown step is refused with its name", () => {
    expect(db.fail("RUN PIPELINE nightly FROM lod")).toMatch(/lod/u);
  });
});

describe("GR-97 management", () => {
  test("LIST, SHOW with versions, DISABLE, DROP; what a pipeline uses cannot be dropped", () => {
    db.run("upsert PIPELINE as nightly ( steps: [ extract ] )");
    db.run("upsert PIPELINE as nightly ( steps: [ extract, tell ] )");
    expect(db.run("LIST PIPELINES")).toEqual(["nightly|2|extract, tell|yes|null|null"]);
    expect(db.run("SHOW PIPELINE nightly VERSION 1")).toEqual(["extract|extract||null|null|stop"]);
    expect(db.fail("SHOW PIPELINE nightly VERSION 7")).toMatch(/nightly@7/u);
    expect(db.fail("DROP PROCEDURE tell")).toMatch(/pipeline nightly/u);
    db.run("DISABLE PIPELINE nightly");
    expect(db.fail("RUN PIPELINE nightly")).toMatch(/disabled/u);
    db.run("ENABLE PIPELINE nightly; DROP PIPELINE nightly; DROP PROCEDURE tell");
    expect(db.run("LIST PIPELINES")).toEqual([]);
    expect(db.fail("RUN PIPELINE nightly")).toMatch(/no pipeline named nightly/u);
  });
  test("ROLLBACK PIPELINE makes a new version of an older text, whatever its verb was, with its SQL", () => {
    db.run("CREATE PIPELINE nightly ( steps: [ clean(sql: 'DELETE FROM totals'), extract ] )");
    db.run("upsert PIPELINE as nightly ( steps: [ clean(sql: 'DELETE FROM staging') ] )");
    expect(db.run("SHOW PIPELINE nightly VERSION 1")).toEqual([
      "clean|DELETE FROM totals||null|null|stop",
      "extract|extract||null|null|stop",
    ]);
    db.run("ROLLBACK PIPELINE nightly TO 1");
    expect(db.notices.at(-1)).toBe("Pipeline nightly has version 3 now, with the text of version 1.");
    db.run("INSERT INTO totals VALUES (1); RUN PIPELINE nightly");
    expect(db.run(STEPS)).toEqual(["clean|completed|null|1", "extract|completed|null|2"]);
    expect(db.run("SELECT version, substr(source, 1, 15) FROM system.pipeline_versions ORDER BY version")).toEqual([
      "1|CREATE PIPELINE",
      "2|upsert PIPELINE",
      "3|CREATE PIPELINE",
    ]);
    expect(db.fail("ROLLBACK PIPELINE nightly TO 3")).toMatch(/Version 3 of nightly is the current one/u);
    expect(db.fail("ROLLBACK PIPELINE nightly TO 1")).toMatch(/Version 1 of nightly has the text of the current one/u);
    expect(db.fail("ROLLBACK PIPELINE nightly TO 9")).toMatch(/There is no pipeline named nightly@9/u);
    expect(db.fail("ROLLBACK PIPELINE nighty TO 1")).toMatch(/There is no pipeline named nighty@1/u);
    expect(db.fail("ROLLBACK TRIGGER nightly TO 1")).toMatch(/procedures, functions and pipelines/u);
  });
  test("ROLLBACK to a text that no longer fits is refused and changes nothing", () => {
    db.run("upsert PIPELINE as nightly ( steps: [ clean(sql: 'DELETE FROM totals WHERE n > 1') ] )");
    db.run("upsert PIPELINE as nightly ( steps: [ extract ] ); ALTER TABLE totals RENAME COLUMN n TO amount");
    expect(db.fail("ROLLBACK PIPELINE nightly TO 1")).toMatch(
      /InvalidRoutine: Pipeline nightly does not fit the database: .*E5002/u,
    );
    expect(db.run("LIST PIPELINES")[0]).toMatch(/^nightly\|2\|extract\|/u);
    db.run("DROP PIPELINE nightly");
    expect(db.run("SELECT count(*) FROM system.pipeline_versions")).toEqual(["0"]);
  });
  test("what a schedule or trigger runs is dropped with CASCADE only; a dropped schedule uses nothing", () => {
    db.run(`
      upsert PIPELINE as nightly ( steps: [ extract ] )
      upsert SCHEDULE as early ( sched: '0 2 * * *', exe: 'pipeline', call: 'nightly' )
      upsert SCHEDULE as late ( sched: '0 3 * * *', call: 'tell' )`);
    expect(db.fail("DROP PIPELINE nightly")).toMatch(/Pipeline nightly is used by schedule early/u);
    db.run("DROP SCHEDULE early; DROP PIPELINE nightly");
    expect(db.fail("DROP PROCEDURE tell")).toMatch(/used by schedule late/u);
    db.run("DROP SCHEDULE late; DROP PROCEDURE tell");
  });
  test("what the SQL of a step calls is used by its pipeline", () => {
    db.run(`
      function twice (n int) returns int { return n * 2 }
      upsert PIPELINE as nightly ( steps: [ a(sql: 'UPDATE totals SET n = twice(n)') ] )`);
    expect(db.fail("DROP FUNCTION twice")).toMatch(/Function twice is used by pipeline nightly\./u);
  });
  test("names that differ in signs only have bodies of their own", () => {
    db.run(`
      upsert PIPELINE as \`a.b\` ( steps: [ \`x.y\`(sql: 'INSERT INTO totals VALUES (1)'), \`x_y\`(sql: 'INSERT INTO totals VALUES (2)'),
        \`x@y\`(sql: 'INSERT INTO totals VALUES (3)'), \`x%y\`(sql: 'INSERT INTO totals VALUES (4)') ] )
      upsert PIPELINE as a_b ( steps: [ \`x_y\`(sql: 'INSERT INTO totals VALUES (5)') ] )
      upsert PIPELINE as \`a_b: x\` ( steps: [ y(sql: 'INSERT INTO totals VALUES (6)') ] )
      upsert PIPELINE as \`a_b\` ( steps: [ \`x_y\`(sql: 'INSERT INTO totals VALUES (5)'), \`x: y\`(sql: 'INSERT INTO totals VALUES (7)') ] )
      RUN PIPELINE \`a.b\`; RUN PIPELINE a_b; RUN PIPELINE \`a_b: x\``);
    expect(db.run("SELECT n FROM totals ORDER BY n")).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    db.run("DROP PIPELINE a_b; RUN PIPELINE `a.b`; RUN PIPELINE `a_b: x`");
    expect(db.run("SELECT DISTINCT status FROM system.runs")).toEqual(["completed"]);
    expect(db.run("SHOW PIPELINE `a.b`").map((line) => line.split("|")[0])).toEqual(["x.y", "x_y", "x@y", "x%y"]);
    expect(db.fail("ROLLBACK PIPELINE `a.c` TO 1")).toMatch(/There is no pipeline named a\.c@1/u);
    db.run("DISABLE PIPELINE `a.b`; ENABLE PIPELINE `a.b`; DROP PIPELINE `a.b`");
    expect(db.run("LIST PIPELINES").map((line) => line.split("|")[0])).toEqual(["a_b: x"]);
  });
  test("pipelines that an older program stored run under the names that it gave, and lack only the texts of old versions", () => {
    db.run("upsert PIPELINE as nightly ( steps: [ `x.y`(sql: 'INSERT INTO totals VALUES (1)') ] )");
    db.run("upsert PIPELINE as nightly ( steps: [ `x.y`(sql: 'INSERT INTO totals VALUES (2)') ] )");
    const old = "'pipeline nightly: x_y'";
    for (const sql of [
      `UPDATE gobi_routines SET name = ${old} WHERE name LIKE 'pipeline %'`,
      `UPDATE gobi_pipeline_steps SET call_ref = ${old}`,
      "DELETE FROM gobi_pipeline_versions WHERE version = 1",
      "UPDATE gobi_settings SET value = value + 1 WHERE name = 'catalog.epoch'",
    ])
      db.session.connection.runText(sql, []);
    db.run("LIST TABLES; RUN PIPELINE nightly");
    expect(db.run("SELECT n FROM totals")).toEqual(["2"]);
    expect(db.run("SHOW PIPELINE nightly VERSION 1")).toEqual(["x.y|(its SQL was not kept)||null|null|stop"]);
    expect(db.fail("ROLLBACK PIPELINE nightly TO 1")).toMatch(
      /The text of version 1 of pipeline nightly was not kept/u,
    );
    db.run(
      "upsert PIPELINE as nightly ( steps: [ `x.y`(sql: 'INSERT INTO totals VALUES (3)') ] ); RUN PIPELINE nightly",
    );
    expect(db.run("SELECT n FROM totals")).toEqual(["2", "3"]);
    expect(db.run("SELECT name FROM system.routines WHERE name LIKE 'pipeline %'")).toEqual([
      "pipeline nightly: x%2ey",
    ]);
  });
});
