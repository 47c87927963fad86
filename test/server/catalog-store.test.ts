// The catalog as a store (IT-80 to IT-84): create, read, change and delete of everything it holds; cascades; errors by code; transactions inside transactions; parameters and RETURNING.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSchedules } from "../../server/catalog/schedule-reading.ts";
import { purge } from "../../server/runs/writes/records.ts";
import { insertRow, readRows } from "../../server/sql/rows.ts";
import { EngineError, type EngineErrorKind } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { NOON_MICROS, open, type TestSession } from "./support.ts";

let db: TestSession;
beforeEach(() => {
  db = open();
  db.run("procedure load () returns int { return 1 }");
});
afterEach(() => db.session.close());

const SCHEDULE = `upsert SCHEDULE as nightly (
  sched: '0 2 * * *', exe: 'procedure', call: 'load', max_concurrent_runs: 2,
  on_failure: [retry(max: 2), skipNextInstance]
)`;

describe("IT-80 everything can be made, read, changed and deleted", () => {
  test("a list of none is empty", () => {
    for (const table of [
      "schedules",
      "constraint_sets",
      "actions",
      "schedule_actions",
      "runs",
      "constraint_violations",
      "scheduler_stats",
    ])
      expect(db.run(`SELECT count(*) FROM system.${table}`), table).toEqual(["0"]);
  });
  test("a schedule with its constraints, actions and bindings", () => {
    db.run(SCHEDULE);
    expect(db.run("SELECT name, cron FROM system.schedules")).toEqual(["nightly|0 2 * * *"]);
    expect(db.run("SELECT max_concurrent_runs, overlap_policy FROM system.constraint_sets")).toEqual(["2|skip"]);
    expect(
      db.run(
        "SELECT fire_on, action_type_id FROM system.schedule_actions b JOIN system.actions a ON a.id = b.action_id ORDER BY ordinal",
      ),
    ).toEqual(["on_failure|1", "on_failure|6"]);
    const [before] = db.run("SELECT schedule_id FROM system.schedules");
    db.setNow(NOON_MICROS + 60_000_000);
    db.run(SCHEDULE.replace("0 2", "30 4").replace("max_concurrent_runs: 2,", ""));
    expect(db.run("SELECT schedule_id, cron, modified_at > created_at FROM system.schedules")).toEqual([
      `${before}|30 4 * * *|true`,
    ]);
    expect(db.run("SELECT count(*) FROM system.schedule_actions")).toEqual(["2"]);
    db.run("DROP SCHEDULE nightly");
    expect(db.run("LIST SCHEDULES")).toEqual([]);
  });
  test("runs: newest first, with a limit", () => {
    db.run(SCHEDULE.replace(", skipNextInstance", ""));
    for (const minute of [1, 2, 3]) {
      db.setNow(NOON_MICROS + minute * 60_000_000);
      db.run("RUN SCHEDULE nightly");
    }
    expect(db.run("SCHEDULE HISTORY nightly LIMIT 2").map((line) => line.split("|")[5])).toEqual([
      "2026-01-31T12:03:00Z",
      "2026-01-31T12:02:00Z",
    ]);
    expect(db.run("SELECT success, result FROM system.runs LIMIT 1")).toEqual(["true|1"]);
  });
});

test("IT-81 deleting a run deletes all that hangs on it", () => {
  db.run(SCHEDULE);
  db.run("RUN SCHEDULE nightly");
  const { connection } = db.session;
  const [runId] = db.run("SELECT run_id FROM system.runs");
  insertRow(connection, "gobi_run_logs", {
    run_id: runId ?? "",
    seq: 99,
    attempt: 1,
    at: "2026-01-31T12:00:00.000000Z",
    level: "info",
    message: "x",
  });
  insertRow(connection, "gobi_constraint_violations", {
    id: "v1",
    run_id: runId ?? "",
    attempt: 1,
    constraint_type_id: 1,
    violation_time: "2026-01-31T12:00:00.000000Z",
    details: "{}",
  });
  insertRow(connection, "gobi_action_runs", {
    id: "a1",
    run_id: runId ?? "",
    action_type_id: 1,
    fire_on: "on_violation",
    constraint_violation_id: "v1",
    executed_at: "2026-01-31T12:00:00.000000Z",
    success: true,
  });
  connection.runText("DELETE FROM gobi_constraint_violations WHERE id = 'v1'", []);
  expect(readRows(connection, "SELECT constraint_violation_id FROM gobi_action_runs")).toEqual([[null]]);
  connection.runText("DELETE FROM gobi_runs", []);
  for (const table of ["run_attempts", "run_logs", "run_transitions", "constraint_violations", "action_runs"])
    expect(readRows(connection, `SELECT count(*) FROM gobi_${table}`), table).toEqual([[0]]);
});

describe("IT-81 dropping a schedule", () => {
  const count = (table: string): unknown =>
    readRows(db.session.connection, `SELECT count(*) FROM gobi_${table}`)[0]?.[0];
  const TABLES = [
    "runs",
    "run_attempts",
    "run_transitions",
    "run_logs",
    "constraint_violations",
    "action_runs",
    "schedules",
    "schedule_actions",
    "actions",
    "constraint_sets",
    "constraint_set_items",
  ];
  const hangOn = (): void => {
    const { connection } = db.session;
    const at = "2026-01-31T12:00:00.000000Z";
    const [runId = ""] = db.run("SELECT run_id FROM system.runs");
    insertRow(connection, "gobi_run_logs", { run_id: runId, seq: 99, attempt: 1, at, level: "info", message: "x" });
    insertRow(connection, "gobi_constraint_violations", {
      id: "v1",
      run_id: runId,
      attempt: 1,
      constraint_type_id: 1,
      violation_time: at,
      details: "{}",
    });
    insertRow(connection, "gobi_action_runs", {
      id: "a1",
      run_id: runId,
      action_type_id: 1,
      fire_on: "on_violation",
      constraint_violation_id: "v1",
      executed_at: at,
      success: true,
    });
  };

  test.each(["", " CASCADE"])(
    "deletes its runs and all that hangs on them, its constraints and actions%s",
    (cascade) => {
      db.run("upsert SCHEDULE as plain ( sched: '@daily', call: 'load' )\nRUN SCHEDULE plain\nRUN SCHEDULE plain");
      hangOn();
      db.run(
        "upsert SCHEDULE as nightly ( sched: '@daily', call: 'load', catch_up: true, on_success: skipNextInstance )",
      );
      db.run("RUN SCHEDULE plain AT timestamp '2099-01-01 00:00:00'");
      db.run(`DROP SCHEDULE plain${cascade}`);
      expect(db.notices.at(-1)).toBe("3 runs of plain went with it.");
      expect(count("schedules")).toBe(1);
      db.run(`DROP SCHEDULE nightly${cascade}`);
      for (const table of TABLES) expect(count(table), table).toBe(0);
    },
  );

  test("leaves a run at work, and one with an action to fire, until they are done", () => {
    const { connection } = db.session;
    db.run("upsert SCHEDULE as plain ( sched: '@daily', call: 'load' )\nRUN SCHEDULE plain");
    db.run("RUN SCHEDULE plain AT timestamp '2099-01-01 00:00:00'");
    db.run("RUN SCHEDULE plain AT timestamp '2099-01-02 00:00:00'");
    const [due = "", working = "", waiting = ""] = db.run("SELECT run_id FROM system.runs ORDER BY scheduled_at");
    connection.runText(
      `UPDATE gobi_runs SET status = 'running', instance_id = 'i', fencing = 1 WHERE run_id = '${working}'`,
      [],
    );
    insertRow(connection, "gobi_due_actions", {
      run_id: due,
      fire_on: "on_success",
      due_at: "2026-01-31T12:00:00.000000Z",
    });
    db.run("DROP SCHEDULE plain");
    expect(db.notices.slice(-2)).toEqual([
      "1 run of plain went with it.",
      "2 runs of plain will go when all is done that they have to do.",
    ]);
    expect(db.run("SELECT run_id FROM system.runs ORDER BY scheduled_at")).toEqual([due, working]);
    expect(db.run("SELECT count(*) FROM system.schedules")).toEqual(["0"]);
    expect(waiting).not.toBe("");
    const clean = (): number => purge(connection, { what: "runs", olderThan: 0, rowsMax: 1, keepPerSchedule: 20 });
    expect(clean()).toBe(0);
    connection.runText("DELETE FROM gobi_due_actions", []);
    connection.runText(
      `UPDATE gobi_runs SET status = 'completed', completed_at = '2026-01-31T12:00:09.000000Z' WHERE run_id = '${working}'`,
      [],
    );
    // In steps of as many rows as a step may have.
    expect([clean(), count("schedules"), clean(), count("schedules"), count("runs"), clean()]).toEqual([
      1, 1, 1, 0, 0, 0,
    ]);
  });

  test("a cron text that no routine names any more keeps its runs", () => {
    db.run("upsert procedure often <{sched: ['0 5 * * *']}> () { print 1 }");
    db.run("RUN SCHEDULE `0 5 * * *`");
    db.run("upsert procedure often <{sched: ['0 6 * * *']}> () { print 1 }");
    expect(purge(db.session.connection, { what: "runs", olderThan: 0, rowsMax: 10, keepPerSchedule: 20 })).toBe(0);
    expect(count("runs")).toBe(1);
  });

  test("a constraint set that goes leaves its schedule without one, also when somebody else deletes it", () => {
    const { connection } = db.session;
    const limited = "upsert SCHEDULE as limited ( sched: '@daily', call: 'load', max_concurrent_runs: 1 )";
    const sets = "SELECT count(constraint_set_id) FROM gobi_schedules";
    db.run(limited);
    expect([count("constraint_sets"), readRows(connection, sets)]).toEqual([1, [[1]]]);
    db.run(limited.replace(", max_concurrent_runs: 1", ""));
    expect([count("constraint_sets"), count("constraint_set_items"), readRows(connection, sets)]).toEqual([
      0,
      0,
      [[0]],
    ]);
    db.run(limited);
    connection.runText("DELETE FROM gobi_constraint_sets", []);
    expect(readSchedules(connection, "limited")[0]?.constraints.maxConcurrentRuns).toBeUndefined();
    db.run("RUN SCHEDULE limited");
    expect(db.run("SELECT status FROM system.runs")).toEqual(["completed"]);
  });
});

describe("IT-82 errors by code", () => {
  const CASES: readonly (readonly [statement: string, kind: EngineErrorKind, code: string])[] = [
    ["INSERT INTO child VALUES (1, 1, 5)", "unique", "SQLITE_CONSTRAINT_PRIMARYKEY"],
    ["INSERT INTO child VALUES (2, 9, 5)", "foreignKey", "SQLITE_CONSTRAINT_FOREIGNKEY"],
    ["INSERT INTO child VALUES (2, 1, 500)", "check", "SQLITE_CONSTRAINT_CHECK"],
    ["INSERT INTO child VALUES (2, NULL, 5)", "notNull", "SQLITE_CONSTRAINT_NOTNULL"],
    ["SELECT FROM WHERE", "syntax", "SQLITE_ERROR"],
    ["SELECT * FROM missing", "noSuchTable", "SQLITE_ERROR"],
    ["SELECT missing FROM child", "noSuchColumn", "SQLITE_ERROR"],
    ["CREATE TRIGGER sqlite_x AFTER INSERT ON child BEGIN SELECT 1; END", "other", "SQLITE_ERROR"],
    ["CREATE TABLE child (a)", "alreadyExists", "SQLITE_ERROR"],
  ];
  test.each(CASES)("%s is %s", (statement, kind, code) => {
    const connection = sqliteEngine.connect({ target: ":memory:" });
    connection.runText("CREATE TABLE parent (id INTEGER PRIMARY KEY)", []);
    connection.runText(
      "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent (id), n INTEGER CHECK (n < 100))",
      [],
    );
    connection.runText("INSERT INTO parent VALUES (1)", []);
    connection.runText("INSERT INTO child VALUES (1, 1, 5)", []);
    let found: unknown;
    try {
      connection.runText(statement, []).source?.close();
    } catch (error) {
      found = error;
    }
    connection.close();
    expect(found).toBeInstanceOf(EngineError);
    expect(found).toMatchObject({ kind, code });
  });
  test("a locked and a read-only database", () => {
    const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
    const target = join(folder, "data.db");
    const one = sqliteEngine.connect({ target });
    one.runText("CREATE TABLE t (a)", []);
    const other = sqliteEngine.connect({ target, busyTimeoutMs: 0 });
    const reader = sqliteEngine.connect({ target, readOnly: true });
    one.begin("immediate");
    expect(() => other.runText("INSERT INTO t VALUES (1)", [])).toThrow(
      expect.objectContaining({ kind: "busy", retryable: true }),
    );
    expect(() => reader.runText("INSERT INTO t VALUES (1)", [])).toThrow(expect.objectContaining({ kind: "readOnly" }));
    one.rollback();
    for (const connection of [reader, other, one]) connection.close();
    rmSync(folder, { recursive: true, force: true });
  });
  test("division by zero is null inside SQL and an error in code", () => {
    expect(db.run("SELECT 1 / (SELECT 0) AS q")).toEqual(["null"]);
    expect(db.fail("let zero = (SELECT 0) print 1 / zero".replace(") print", ")\nprint"))).toMatch(/^DivisionByZero/u);
  });
});

test("IT-83 an inner failure undoes only the inner part, an outer one everything", () => {
  db.run("CREATE TABLE t (a INTEGER)");
  db.run(`procedure inner (n int) { INSERT INTO t VALUES (n); if n > 1 { raise TooMuch('no') } }
    procedure outer (fail bool) {
      INSERT INTO t VALUES (10)
      try { inner(2) } catch (TooMuch as e) { print e.message }
      inner(1)
      if fail { raise Late('late') }
    }`);
  db.run("CALL outer(false)");
  expect(db.run("SELECT a FROM t ORDER BY a")).toEqual(["1", "10"]);
  expect(db.failCall("outer", true)).toMatch(/^Late/u);
  expect(db.run("SELECT count(*) FROM t")).toEqual(["2"]);
});

test("IT-84 parameters by place and by name, and RETURNING", () => {
  db.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
  expect(db.run("let word = \"it's\"\nINSERT INTO t (b) VALUES (word), ('x') RETURNING a, b")).toEqual([
    "1|it's",
    "2|x",
  ]);
  expect(db.run("execute 'INSERT INTO t VALUES (?, ?) RETURNING b' using 7, 'seven'")).toEqual(["seven"]);
  expect(db.run("execute 'UPDATE t SET b = :v WHERE a = :k RETURNING a' using v = 'new', k = 7")).toEqual(["7"]);
});
