// gobi's commands: words become statements of the right database; wrong words, databases and numbers are told.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import Database from "better-sqlite3";
import { GOBI } from "../../cli/gobi/table.ts";
import { OBJECT_COMMANDS } from "../../cli/gobi/object-table.ts";
import { OBJECT_NOUNS } from "../../cli/gobi/object-types.ts";
import { relativeTime } from "../../base/relative-time.ts";
import { runCommandLineWith, runGobi, type CommandResult } from "./run-command-line.ts";

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gobi-"));
  writeFileSync(
    join(folder, "a.grz"),
    `CREATE TABLE t (n INTEGER);
procedure extract() returns int { INSERT INTO t VALUES (1); return 1 }
upsert PIPELINE as nightly ( steps: [ extract ] )
`,
  );
  const { code, err } = await runCommandLineWith({ cwd: folder }, "run", "a.grz", "--db", "a.db");
  expect([code, err]).toEqual([0, expect.any(String)]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const gobi = async (...argv: string[]): Promise<CommandResult> => await runGobi({ cwd: folder }, ...argv);

describe("commands on objects", () => {
  test.each(OBJECT_NOUNS)("%s list, by either word", async (noun) => {
    const plural = await gobi(noun, "list", "--db", "a.db", "--json");
    expect(plural).toMatchObject({ code: 0, err: "" });
    expect(Array.isArray(JSON.parse(plural.out))).toBe(true);
    expect(await gobi(noun.slice(0, -1), "list", "--db", "a.db", "--json")).toEqual(plural);
  });

  test("every statement parses and names what does not exist", async () => {
    for (const noun of OBJECT_NOUNS) {
      for (const { verb, argument } of OBJECT_COMMANDS[noun]) {
        const given = argument?.required === true ? ["no such `thing'".replace("`", "")] : [];
        const result = await gobi(noun, verb, ...given, "--db", "a.db");
        expect(result.err, `${noun} ${verb}`).not.toMatch(/E1\d\d\d/u);
        if (given.length > 0)
          expect(result, `${noun} ${verb}`).toMatchObject({ code: 1, err: expect.stringContaining("no such thing") });
      }
    }
  });

  test("GR-88 every kind of object whose runs are shown cancels one", () => {
    for (const noun of OBJECT_NOUNS) {
      const verbs = OBJECT_COMMANDS[noun].map(({ verb }) => verb);
      expect(verbs.includes("cancel"), noun).toBe(verbs.includes("history"));
    }
  });

  test("history and logs of what has no runs are empty", async () => {
    for (const words of ["procedures history extract", "procedures logs extract", "pipelines history nightly"])
      expect(await gobi(...words.split(" "), "--db", "a.db", "--json"), words).toMatchObject({ code: 0, out: "[]\n" });
  });

  test("GR-97 a pipeline whose name holds a dot, and one that a schedule runs", async () => {
    writeFileSync(
      join(folder, "b.grz"),
      `upsert PIPELINE as \`a.b\` ( steps: [ extract ] )
upsert SCHEDULE as early ( sched: '0 2 * * *', exe: 'pipeline', call: 'a.b' )
`,
    );
    expect(await runCommandLineWith({ cwd: folder }, "run", "b.grz", "--db", "a.db")).toMatchObject({ code: 0 });
    for (const words of ["show a.b", "run a.b", "run a.b --from extract", "history a.b", "disable a.b"])
      expect(await gobi("pipelines", ...words.split(" "), "--db", "a.db"), words).toMatchObject({ code: 0 });
    const refused = await gobi("pipelines", "drop", "a.b", "--db", "a.db");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("is used by schedule early") });
    expect(await gobi("pipelines", "drop", "a.b", "--cascade", "--db", "a.db")).toMatchObject({ code: 0 });
  });

  test("show, disable and drop act on the object", async () => {
    expect((await gobi("procedures", "show", "extract", "--db", "a.db")).out).toContain("INSERT INTO t");
    expect(await gobi("pipeline", "disable", "nightly", "--db", "a.db")).toMatchObject({ code: 0 });
    const [row] = JSON.parse((await gobi("pipelines", "list", "--db", "a.db", "--json")).out) as { enabled: string }[];
    expect(row?.enabled).toBe("no");
    expect(await gobi("pipelines", "drop", "nightly", "--db", "a.db")).toMatchObject({ code: 0 });
    expect(JSON.parse((await gobi("pipelines", "list", "--db", "a.db", "--json")).out)).toEqual([]);
    expect(await gobi("pipelines", "drop", "nightly", "--if-exists", "--db", "a.db")).toMatchObject({ code: 0 });
    expect(await gobi("schedules", "drop", "nightly", "--db", "a.db")).toMatchObject({ code: 1 });
  });

  test("times are readable for people and as stored for programs", async () => {
    expect((await gobi("procedures", "list", "--db", "a.db")).out).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(/u);
    const [row] = JSON.parse((await gobi("procedures", "list", "--db", "a.db", "--json")).out) as {
      modified_at: string;
    }[];
    expect(row?.modified_at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/u);
  });
});

describe("settings", () => {
  test("are set, listed and taken back; a wrong one changes nothing", async () => {
    const value = async (): Promise<unknown> => {
      const rows = JSON.parse((await gobi("settings", "list", "--db", "a.db", "--json")).out) as {
        name: string;
        value: unknown;
      }[];
      return rows.find((row) => row.name === "retention.runs")?.value;
    };
    expect(await value()).toBeNull();
    expect(await gobi("settings", "set", "retention.runs", "30d", "--db", "a.db")).toMatchObject({ code: 0 });
    expect(await value()).toBe("30d");
    for (const [name, wrong] of [
      ["retention.runs", "30"],
      ["retention.keep", "-1"],
      ["scheduler.index_rebuild_interval", "20m"],
      ["no.such", "1"],
    ] as const) {
      const result = await gobi("settings", "set", name, wrong, "--db", "a.db");
      expect(result, name).toMatchObject({ code: 1, err: expect.stringContaining(name) });
    }
    expect(await value()).toBe("30d");
    expect(await gobi("settings", "unset", "retention.runs", "--db", "a.db")).toMatchObject({ code: 0 });
    expect(await value()).toBeNull();
  });
});

describe("dead letters", () => {
  test("IT-23 a letter of the recorder is written again and marked", async () => {
    const db = new Database(join(folder, "a.db"));
    db.exec(`INSERT INTO gobi_runs (run_id, kind, scheduled_at, status, behind_schedule, attempt, max_attempts, priority, lane, target)
        VALUES ('r1', 'manual', '2026-01-31T12:00:00.000000Z', 'failed', 0, 1, 1, 5, 'slow', '{"kind":"procedure","name":"extract"}')`);
    const letter = {
      id: "a1",
      runId: "r1",
      actionTypeId: 6,
      fireOn: "on_failure",
      at: 1e12,
      success: true,
      details: {},
    };
    const insert = db.prepare(
      "INSERT INTO gobi_dead_letters (at, component, message, error) VALUES ('2026-01-31T12:00:00.000000Z', ?, ?, 'locked')",
    );
    insert.run("recorder.actions", JSON.stringify(letter));
    insert.run("webhook", "{}");
    db.close();
    expect(JSON.parse((await gobi("deadletters", "list", "--db", "a.db", "--json")).out)).toHaveLength(2);
    expect(await gobi("deadletters", "replay", "--db", "a.db")).toEqual({
      code: 1,
      out: "1 recorder.actions: written\n2 webhook: letters of webhook are delivered by their own part\n",
      err: "",
    });
    expect(JSON.parse((await gobi("deadletters", "list", "--db", "a.db", "--json")).out)).toMatchObject([{ seq: 2 }]);
    expect(await gobi("deadletters", "replay", "1", "--db", "a.db")).toMatchObject({
      code: 1,
      err: expect.stringContaining("no open letter 1"),
    });
    expect(await gobi("deadletters", "replay", "x", "--db", "a.db")).toMatchObject({ code: 2 });
  });
});

describe("schedules next", () => {
  test("the coming times in the schedule's zone or another, and what is wrong", async () => {
    writeFileSync(
      join(folder, "s.grz"),
      "upsert SCHEDULE as nightly ( sched: '0 3 * * *', tz: 'Europe/Lisbon', exe: 'procedure', call: 'extract' )\n",
    );
    expect(await runCommandLineWith({ cwd: folder }, "run", "s.grz", "--db", "a.db")).toMatchObject({ code: 0 });
    const times = JSON.parse((await gobi("schedules", "next", "nightly", "-n", "2", "--db", "a.db", "--json")).out) as {
      local_time: string;
    }[];
    expect(times.map((row) => row.local_time)).toEqual([
      expect.stringContaining(" 03:00:00 "),
      expect.stringContaining(" 03:00:00 "),
    ]);
    const tokyo = await gobi("schedules", "next", "nightly", "-n", "1", "--tz", "Asia/Tokyo", "--db", "a.db", "--json");
    expect(tokyo.out).toMatch(/ 1[12]:00:00 /u);
    expect(await gobi("schedules", "next", "none", "--db", "a.db")).toMatchObject({
      code: 1,
      err: expect.stringContaining("none"),
    });
    expect(await gobi("schedules", "next", "nightly", "--tz", "Mars", "--db", "a.db")).toMatchObject({ code: 2 });
    expect(await gobi("schedules", "next", "nightly", "-n", "2000", "--db", "a.db")).toMatchObject({ code: 2 });
  });
});

test("IT-88 a catalog of a newer program prevents the scheduler's start", async () => {
  const db = new Database(join(folder, "a.db"));
  db.exec("UPDATE gobi_schema_migrations SET version = 99 WHERE version = 2");
  db.close();
  expect(await gobi("run-scheduler", "--db", "a.db")).toMatchObject({
    code: 2,
    err: expect.stringContaining("version 99"),
  });
});

test("run-scheduler: a signal while it starts ends in order what has begun", async () => {
  // In the turn in which the command begins to listen, long before its start is done.
  const early = (event: string | symbol): void => {
    if (event === "SIGTERM") queueMicrotask(() => process.emit("SIGTERM"));
  };
  const listeners = process.listenerCount("SIGTERM");
  process.on("newListener", early);
  const result = await gobi("run-scheduler", "--db", "a.db").finally(() => process.off("newListener", early));
  expect(result).toMatchObject({ code: 0, err: expect.stringContaining("Stopped.") });
  expect(result.err).not.toContain("Running the schedules");
  expect(process.listenerCount("SIGTERM")).toBe(listeners);
  const db = new Database(join(folder, "a.db"));
  expect(db.prepare("SELECT holder FROM gobi_leases").all()).toEqual([{ holder: "" }]);
  expect(db.prepare("SELECT DISTINCT state FROM gobi_instances WHERE state = 'running'").all()).toEqual([]);
  db.close();
});

test("run-scheduler: no runs at the same time would be no scheduler", async () => {
  expect(await gobi("run-scheduler", "--db", "a.db", "--concurrency", "0")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--concurrency 0"),
  });
});

describe("wrong calls", () => {
  test("a database must be given and exist", async () => {
    expect(await gobi("runs", "list")).toMatchObject({ code: 2, err: expect.stringContaining("--db FILE") });
    expect(await gobi("runs", "list", "--db", "none.db")).toMatchObject({
      code: 2,
      err: expect.stringContaining("there is no database none.db"),
    });
  });
  test("the environment may name it", async () => {
    const result = await runGobi({ cwd: folder, environment: { GOBI_DB: "a.db" } }, "runs", "list");
    expect(result).toMatchObject({ code: 0 });
  });
  test("numbers and words", async () => {
    expect(await gobi("runs", "list", "-n", "x", "--db", "a.db")).toMatchObject({ code: 2 });
    expect(await gobi("runs", "lst")).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean list?") });
    expect(await gobi("procedures", "show", "a`b", "--db", "a.db")).toMatchObject({ code: 2 });
  });
});

test("every command has a summary and examples that name it", () => {
  for (const [words, row] of Object.entries(GOBI.commands)) {
    expect(row.summary.endsWith("."), words).toBe(true);
    for (const example of row.examples) expect(example.startsWith(`gobi ${words}`), example).toBe(true);
  }
});

test.each([
  [-500, "now"],
  [-90_000, "1 min ago"],
  [3 * 3_600_000, "in 3 h"],
  [-49 * 3_600_000, "2 d ago"],
])("%d ms from now is %s", (distance, text) => expect(relativeTime(1e12 + distance, 1e12)).toBe(text));
