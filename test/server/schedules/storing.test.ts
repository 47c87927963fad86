// Schedules stored as rows and read back (GR-80, GR-81, GR-52): keys, constraints, actions, bodies, replacing, dropping.
import { expect, it } from "vitest";
import { readRows } from "../../../server/sql/rows.ts";
import { openSchedules } from "./support.ts";

const BACKUP = "procedure perform_backup () { print 1 }\n";

it("GR-80: the schedule of the manual is stored as it is written", () => {
  const db = openSchedules();
  db.run(`${BACKUP}upsert SCHEDULE as nightly_backup (
    sched: '0 2 * * *',
    exe: 'procedure',
    call: 'perform_backup'
  )`);
  expect(db.schedule("nightly_backup")).toMatchObject({
    name: "nightly_backup",
    crons: ["0 2 * * *"],
    intervalMs: undefined,
    timezone: "UTC",
    dstGap: "shift",
    dstFold: "first",
    targets: [{ kind: "procedure", name: "perform_backup" }],
    args: {},
    enabled: true,
    priority: 5,
    jitterMs: 0,
    skipNext: 0,
    manualAllowed: true,
    actions: [],
  });
});

it("every key is read back", () => {
  const db = openSchedules();
  db.run(`${BACKUP}upsert SCHEDULE as other (sched: '@daily', call: 'perform_backup')
  procedure backup_of(day string, deep any) { print day }
  upsert SCHEDULE as all_keys (
    sched: ['0 2 * * *', '0 14 * * 1'], exe: 'procedure', call: 'backup_of', tz: 'Europe/Berlin', dst_gap: 'Skip', dst_fold: BOTH,
    args: { day: 'monday', deep: { n: 1 } }, enabled: false, priority: 1, jitter: '30s', start: '2026-01-01', end: TIMESTAMP '2027-01-01 12:00:00',
    overlap: 'queue', max_concurrent_runs: 2, catch_up: true, catch_up_window: '3m', catch_up_policy: 'last', max_expected_run_time: '5m',
    max_allowed_run_time: 'PT1H', max_runs_per_hour: 7, manual_allowed: true, manual_fields: [day], fail_mode: 'open', recheck_on_retry: [max_concurrent_runs],
    pre_run_hook: { url: 'https://a.example/hook', expect: [200, 204], channel: '#a' }, post_run_hook: 'https://b.example',
    require_previous_success: { jobID: 'other', args: { a: 1 }, allow_first: true },
    on_failure: [retry(max: 3, delay: '1s', factor: 2, max_delay: '10s'), kickOffJob('other', { a: 2 })],
    on_violation: webhook('https://c.example', type: 'slack', channel: '#c', constraint: max_expected_run_time),
    on_success: killLatestInstance, on_timeout: [killAllInstances(), skipNextInstance]
  )`);
  const stored = db.schedule("all_keys");
  expect(stored).toMatchObject({
    crons: ["0 2 * * *", "0 14 * * 1"],
    timezone: "Europe/Berlin",
    dstGap: "skip",
    dstFold: "both",
    args: { day: "monday", deep: { n: 1 } },
    enabled: false,
    priority: 1,
    jitterMs: 30_000,
    startAt: Date.UTC(2026, 0, 1),
    endAt: Date.UTC(2027, 0, 1, 12),
    manualFields: ["day"],
    constraints: {
      maxConcurrentRuns: 2,
      overlap: "queue",
      catchUp: true,
      catchUpWindowMs: 180_000,
      catchUpPolicy: "last",
      maxExpectedRunMs: 300_000,
      maxAllowedRunMs: 3_600_000,
      preRunHook: { url: "https://a.example/hook", type: "custom", expect: [200, 204], config: { channel: "#a" } },
      postRunHook: { url: "https://b.example", expect: [200] },
      requirePreviousSuccess: { schedule: "other", args: { a: 1 }, allowFirst: true },
      recheckOnRetry: [1],
      failMode: "open",
      maxRunsPerHour: 7,
    },
  });
  expect(stored.actions.map(({ fireOn, constraintTypeId, action }) => ({ fireOn, constraintTypeId, action }))).toEqual([
    {
      fireOn: "on_failure",
      constraintTypeId: undefined,
      action: { kind: "retry", policy: { max: 3, delayMs: 1000, factor: 2, maxDelayMs: 10_000, retryOn: [] } },
    },
    {
      fireOn: "on_failure",
      constraintTypeId: undefined,
      action: { kind: "kickOffJob", schedule: "other", args: { a: 2 } },
    },
    { fireOn: "on_success", constraintTypeId: undefined, action: { kind: "killLatestInstance" } },
    { fireOn: "on_timeout", constraintTypeId: undefined, action: { kind: "killAllInstances" } },
    { fireOn: "on_timeout", constraintTypeId: undefined, action: { kind: "skipNextInstance" } },
    {
      fireOn: "on_violation",
      constraintTypeId: 6,
      action: { kind: "webhook", url: "https://c.example", type: "slack", config: { channel: "#c" } },
    },
  ]);
});

it("replacing keeps the ids of schedule, constraints and bindings", () => {
  const db = openSchedules();
  const text = (cron: string, max: number, rest = ""): string =>
    `${BACKUP}upsert SCHEDULE as s (sched: '${cron}', exe: 'procedure', call: 'perform_backup', max_concurrent_runs: ${max}, on_failure: [retry(max: ${max})${rest}])`;
  db.run(text("0 2 * * *", 1, ", skipNextInstance"));
  const before = db.schedule("s");
  db.run(text("0 3 * * *", 2));
  const after = db.schedule("s");
  expect(after).toMatchObject({ id: before.id, crons: ["0 3 * * *"] });
  expect(after.constraints).toMatchObject({ setId: before.constraints.setId, maxConcurrentRuns: 2 });
  expect(after.actions.map((binding) => binding.id)).toEqual([before.actions[0]?.id]);
  db.run(`upsert SCHEDULE as s (sched: '0 3 * * *', exe: 'procedure', call: 'perform_backup')`);
  expect(db.schedule("s").constraints).toMatchObject({ setId: "", maxConcurrentRuns: undefined });
  expect(readRows(db.connection, "SELECT 1 FROM gobi_constraint_sets UNION ALL SELECT 1 FROM gobi_actions")).toEqual(
    [],
  );
});

it("GR-81: a body is a routine with versions", () => {
  const db = openSchedules();
  const text = (n: number): string => `CREATE SCHEDULE daily CRON '0 0 * * *' AS BEGIN print ${n}; END;`;
  db.run(text(1));
  const [target] = db.schedule("daily").targets;
  expect(target).toEqual({ kind: "inline", name: "schedule daily" });
  expect(db.call("schedule daily")).toBe("null");
  expect(db.printed).toEqual(["1"]);
  expect(db.fail(text(2))).toContain("AlreadyExists");
  db.run(text(2).replace("CREATE", "CREATE OR REPLACE"));
  db.call("schedule daily");
  expect(db.printed).toEqual(["1", "2"]);
  expect(readRows(db.connection, "SELECT version FROM gobi_routine_versions ORDER BY version")).toEqual([[1], [2]]);
  expect(db.run("LIST PROCEDURES")).toEqual([]);
});

it("dropping frees the name, and the row goes when nothing was run", () => {
  const db = openSchedules();
  db.run(`${BACKUP}upsert SCHEDULE as s (sched: '@daily', exe: 'procedure', call: 'perform_backup')`);
  const { id } = db.schedule("s");
  db.run("DROP SCHEDULE s");
  expect(db.schedules()).toEqual([]);
  expect(db.run("LIST SCHEDULES")).toEqual([]);
  expect(db.fail("DROP SCHEDULE s")).toContain("NoSuchObject");
  db.run("DROP SCHEDULE IF EXISTS s");
  db.run(`upsert SCHEDULE as s (sched: '@daily', exe: 'procedure', call: 'perform_backup')`);
  expect(db.schedule("s").id).not.toBe(id);
  expect(readRows(db.connection, "SELECT count(*) FROM gobi_schedules WHERE dropped_at IS NOT NULL")).toEqual([[0]]);
});

it("enable and disable, one and all, leave dropped ones alone", () => {
  const db = openSchedules();
  for (const name of ["a", "b", "c"])
    db.run(`${BACKUP}upsert SCHEDULE as ${name} (sched: '@daily', exe: 'procedure', call: 'perform_backup')`);
  // A run that is at work keeps the row of its schedule.
  db.run("RUN SCHEDULE c AT timestamp '2099-01-01 00:00:00'");
  db.connection.runText("UPDATE gobi_runs SET status = 'running', instance_id = 'i'", []);
  db.run("DROP SCHEDULE c; DISABLE SCHEDULE a;");
  expect(db.schedules().map(({ name, enabled }) => [name, enabled])).toEqual([
    ["a", false],
    ["b", true],
  ]);
  db.run("ENABLE SCHEDULES");
  expect(db.schedules().map(({ enabled }) => enabled)).toEqual([true, true]);
  expect(
    readRows(db.connection, "SELECT name, CAST(enabled AS INTEGER) FROM gobi_schedules WHERE dropped_at IS NOT NULL"),
  ).toEqual([[expect.stringContaining("c (deleted "), 0]]);
});

it("GR-52: procedures bind themselves by metadata, before and after the schedule is there", () => {
  const db = openSchedules();
  db.run("upsert procedure early <{sched: ['nightly']}> () { }");
  db.run("upsert SCHEDULE as nightly (sched: '0 2 * * *')");
  db.run("upsert procedure late <{sched: 'NIGHTLY'}> () { }");
  expect(db.schedule("nightly").targets).toEqual([
    { kind: "procedure", name: "early" },
    { kind: "procedure", name: "late" },
  ]);
  db.run("DROP PROCEDURE early");
  expect(db.schedule("nightly").targets).toEqual([{ kind: "procedure", name: "late" }]);
});

it("a cron text in metadata makes a schedule that is named by it", () => {
  const db = openSchedules();
  db.run("upsert procedure p <{sched: ['*/5 * * * *', '@daily']}> () { }");
  expect(db.schedules().map(({ name, crons, targets }) => [name, crons, targets.map((target) => target.name)])).toEqual(
    [
      ["*/5 * * * *", ["*/5 * * * *"], ["p"]],
      ["@daily", ["@daily"], ["p"]],
    ],
  );
  db.run("upsert procedure q <{sched: '@daily'}> () { }");
  db.run("upsert procedure p <{sched: ['0 1 * * *']}> () { }");
  expect(db.schedules().map(({ name, targets }) => [name, targets.map((target) => target.name)])).toEqual([
    ["0 1 * * *", ["p"]],
    ["@daily", ["q"]],
  ]);
  db.run("DROP PROCEDURE q");
  expect(db.schedules().map(({ name }) => name)).toEqual(["0 1 * * *"]);
});

it("a pipeline and a function are run as what they are", () => {
  const db = openSchedules();
  db.run("procedure extract () { } function f () returns int { return 1 }\nupsert PIPELINE as flow (steps: [extract])");
  db.run("upsert SCHEDULE as a (sched: '@daily', exe: 'pipeline', call: 'flow')");
  db.run("upsert SCHEDULE as b (sched: '@daily', exe: 'function', call: 'f')");
  db.run("upsert SCHEDULE as c (sched: '@every 5m', exe: 'pipeline|procedure', call: 'extract')");
  expect(db.schedules().map(({ targets, intervalMs }) => [...targets, intervalMs])).toEqual([
    [{ kind: "pipeline", name: "flow" }, undefined],
    [{ kind: "function", name: "f" }, undefined],
    [{ kind: "procedure", name: "extract" }, 300_000],
  ]);
});

it("a pipeline binds itself too, by a schedule's name or a cron text", () => {
  const db = openSchedules();
  db.run("procedure extract () { }\nupsert PIPELINE as flow (steps: [extract], sched: ['nightly', '@weekly'])");
  db.run("upsert SCHEDULE as nightly (sched: '0 2 * * *')");
  expect(db.schedules().map(({ name, targets }) => [name, targets])).toEqual([
    ["@weekly", [{ kind: "pipeline", name: "flow" }]],
    ["nightly", [{ kind: "pipeline", name: "flow" }]],
  ]);
  db.run("DROP PIPELINE flow");
  expect(db.schedules().map(({ name, targets }) => [name, targets])).toEqual([["nightly", []]]);
});

it("overlap without a number of runs means one", () => {
  const db = openSchedules();
  for (const overlap of ["skip", "queue", "replace", "allow"])
    db.run(
      `${BACKUP}upsert SCHEDULE as ${overlap}_it (sched: '@daily', call: 'perform_backup', overlap: '${overlap}')`,
    );
  expect(db.schedules().map(({ constraints }) => [constraints.overlap, constraints.maxConcurrentRuns])).toEqual([
    ["allow", undefined],
    ["queue", 1],
    ["replace", 1],
    ["skip", 1],
  ]);
});

it("GR-90: constraints and actions in the text are rows of the catalog", () => {
  const db = openSchedules();
  db.run(`${BACKUP}upsert SCHEDULE as s (sched: '@daily', call: 'perform_backup',
    max_concurrent_runs: 1, catch_up: true, catch_up_window: '1h', on_failure: [retry(max: 3), webhook('https://ops.example/hook')])`);
  expect(
    readRows(
      db.connection,
      "SELECT c.max_concurrent_runs, CAST(c.catch_up AS INTEGER), c.catch_up_window FROM gobi_schedules s JOIN gobi_constraint_sets c ON c.id = s.constraint_set_id",
    ),
  ).toEqual([[1, 1, "1h"]]);
  expect(
    readRows(
      db.connection,
      "SELECT b.fire_on, b.ordinal, t.name, CAST(a.config AS TEXT) FROM gobi_schedule_actions b JOIN gobi_actions a ON a.id = b.action_id JOIN gobi_action_types t ON t.id = a.action_type_id ORDER BY b.ordinal",
    ),
  ).toEqual([
    ["on_failure", 1, "retry", '{"max":3}'],
    ["on_failure", 2, "webhook", '{"url":"https://ops.example/hook"}'],
  ]);
});

it.each([
  ["5m", 300_000],
  ["1h", 3_600_000],
  ["2h30m", 9_000_000],
  ["90s", 90_000],
  ["500ms", 500],
  ["PT1H", 3_600_000],
  ["5 minutes", 300_000],
])("IT-41: %s is a duration", (text, ms) => {
  const db = openSchedules();
  db.run(
    `${BACKUP}upsert SCHEDULE as s (sched: '@daily', call: 'perform_backup', max_allowed_run_time: '${text}', jitter: INTERVAL '${text}')`,
  );
  expect(db.schedule("s").constraints.maxAllowedRunMs).toBe(ms);
  expect(db.schedule("s").jitterMs).toBe(ms);
});

it.each(["'5'", "5", "'-1m'", "'1x'", "'0s'", "''", "'P1Y'"])("IT-41: %s is none, and the key is named", (text) => {
  const db = openSchedules();
  const [problem, ...others] = db.session
    .check({
      name: "t",
      text: `${BACKUP}upsert SCHEDULE as s (sched: '@daily', call: 'perform_backup', catch_up_window: ${text})`,
    })
    .filter(({ severity }) => severity === "error");
  expect(problem?.message).toContain("catch_up_window");
  expect(others).toEqual([]);
});

it("GR-83: arguments arrive as they were written, large numbers too", () => {
  const db = openSchedules();
  db.run(`procedure tell(n int, m decimal(20, 2), f float) { print n; print m; print f }
    upsert SCHEDULE as s (sched: '@daily', call: 'tell', args: {n: -9007199254740993, m: 123456789012345678.25d, f: 0.5})
    RUN SCHEDULE s`);
  expect(db.run("SELECT message FROM system.run_logs ORDER BY seq")).toEqual([
    "-9007199254740993",
    "123456789012345678.25",
    "0.5",
  ]);
});

it("GR-89: LIST, DROP IF EXISTS, ENABLE, DISABLE, PAUSE ALL and RESUME ALL", () => {
  const db = openSchedules();
  expect(db.run("LIST SCHEDULES")).toEqual([]);
  db.run("DROP SCHEDULE IF EXISTS a");
  for (const name of ["a", "b"])
    db.run(`${BACKUP}upsert SCHEDULE as ${name} (sched: '0 2 * * *', call: 'perform_backup')`);
  const listed = (): readonly string[] => db.run("LIST SCHEDULES").map((line) => line.split("|").slice(0, 5).join("|"));
  db.run("DISABLE SCHEDULE b");
  expect(db.run("PAUSE ALL")).toEqual(["schedules paused"]);
  expect(listed()).toEqual(["a|0 2 * * *|UTC|perform_backup|paused", "b|0 2 * * *|UTC|perform_backup|no"]);
  expect(db.schedules().map(({ enabled }) => enabled)).toEqual([false, false]);
  expect(db.run("RESUME ALL")).toEqual(["schedules resumed"]);
  expect(listed()).toEqual(["a|0 2 * * *|UTC|perform_backup|yes", "b|0 2 * * *|UTC|perform_backup|no"]);
});

it("coming times of all schedules can be asked for", () => {
  const db = openSchedules();
  expect(db.run("SELECT count(*) FROM system.schedule_occurrences")).toEqual(["0"]);
  for (const [name, cron] of [
    ["noon", "0 12 * * *"],
    ["hourly", "0 * * * *"],
    ["gone", "0 * * * *"],
    ["off", "0 * * * *"],
    ["every", "@every 12h"],
  ])
    db.run(`${BACKUP}upsert SCHEDULE as ${name} (sched: '${cron}', call: 'perform_backup')`);
  db.run("DROP SCHEDULE gone; DISABLE SCHEDULE off;");
  expect(
    db.run(
      "SELECT schedule, occurs_at FROM system.schedule_occurrences WHERE occurs_at < TIMESTAMP '2026-01-31 14:30:00' ORDER BY occurs_at",
    ),
  ).toEqual(["hourly|2026-01-31T13:00:00Z", "hourly|2026-01-31T14:00:00Z"]);
  expect(
    db.run("SELECT schedule, count(*) FROM system.schedule_occurrences GROUP BY schedule ORDER BY schedule"),
  ).toEqual(["every|10", "hourly|23", "noon|10"]);
  expect(db.run("SELECT name FROM system.schedules ORDER BY name")).toEqual(["every", "hourly", "noon", "off"]);
  expect(db.run("SELECT name, next_run_at, last_run_id FROM system.schedules ORDER BY name")).toEqual([
    "every|2026-02-01T00:00:00Z|null",
    "hourly|2026-01-31T13:00:00Z|null",
    "noon|2026-02-01T12:00:00Z|null",
    "off|null|null",
  ]);
  db.run("RUN SCHEDULE hourly");
  expect(
    db.run("SELECT s.name, r.status FROM system.schedules s JOIN system.runs r ON r.run_id = s.last_run_id"),
  ).toEqual(["hourly|completed"]);
  db.run("PAUSE ALL");
  expect(db.run("SELECT count(*) FROM system.schedule_occurrences")).toEqual(["0"]);
  expect(db.run("SELECT count(next_run_at) FROM system.schedules")).toEqual(["0"]);
});
