// Six kinds of objects, six words: every pair does something that can be seen, and tells what is missing or unknown. Issue: the management commands of gobi.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import Database from "better-sqlite3";
import { runCommandLineWith, runGobi, type CommandResult } from "./run-command-line.ts";

const NOUNS = ["procedures", "functions", "triggers", "schedules", "pipelines", "runs"] as const;
const VERBS = ["list", "show", "run", "history", "cancel", "logs"] as const;
type Noun = (typeof NOUNS)[number];

/** The object of each kind that the database has. */
const OBJECTS: Readonly<Record<Noun, string>> = {
  procedures: "extract",
  functions: "doubled",
  triggers: "later",
  schedules: "hourly",
  pipelines: "nightly",
  runs: "",
};
/** What `run` takes beside the name. */
const RUN_WITH: Readonly<Partial<Record<Noun, readonly string[]>>> = {
  functions: ["3"],
  triggers: ["--new", "{n: 1}"],
};

let folder: string;
let ended: string;
let waiting: string[];
const gobi = async (...argv: string[]): Promise<CommandResult> =>
  await runGobi({ cwd: folder, environment: { GOBI_DB: "a.db" } }, ...argv);
const run = async (text: string): Promise<void> => {
  writeFileSync(join(folder, "a.grz"), text);
  expect(await runCommandLineWith({ cwd: folder }, "run", "a.grz", "--db", "a.db")).toMatchObject({ code: 0 });
};
const rows = async (...argv: string[]): Promise<readonly Record<string, unknown>[]> => {
  const { code, out, err } = await gobi(...argv, "--json");
  expect([code, err], argv.join(" ")).toEqual([0, ""]);
  return JSON.parse(out) as Record<string, unknown>[];
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gobi-matrix-"));
  await run(`CREATE TABLE t (n INTEGER NOT NULL, at TEXT)
CREATE TABLE seen (what TEXT)
procedure extract() returns int { INSERT INTO seen VALUES ('extract'); print "one"; return 1 }
function doubled(n int) returns int { return n * 2 }
procedure note() { INSERT INTO seen VALUES ('note ' || NEW.n); print "noted" }
upsert TRIGGER as later (timing: 'after', event: 'insert', target: 't', exe: 'procedure', call: 'note', async: true)
upsert PIPELINE as nightly ( steps: [ extract ] )
upsert SCHEDULE as hourly ( sched: '0 * * * *', exe: 'procedure', call: 'extract' )
INSERT INTO t (n) VALUES (7);
RUN SCHEDULE hourly
RUN PIPELINE nightly
RUN PROCEDURE extract
${NOUNS.map(() => "RUN SCHEDULE hourly AT timestamp '2999-01-01 00:00:00'").join("\n")}`);
  const all = await rows("runs", "list");
  ended = String(all.find(({ calls, status }) => calls === "extract" && status === "completed")?.["run_id"]);
  waiting = all.flatMap(({ status, run_id: id }) => (status === "pending" ? [String(id)] : []));
  expect(waiting).toHaveLength(NOUNS.length);
  // What is asked for a function by name runs at once; one that ran as a run is put there by hand.
  const db = new Database(join(folder, "a.db"));
  db.exec(`INSERT INTO gobi_runs (run_id, kind, routine_id, scheduled_at, started_at, completed_at, status, behind_schedule, attempt, max_attempts, priority, lane, target, args)
    SELECT 'f1', 'call', routine_id, '2026-01-31T12:00:00.000000Z', '2026-01-31T12:00:00.000000Z', '2026-01-31T12:00:01.000000Z', 'completed', 0, 1, 1, 5, 'slow', '{"kind":"function","name":"doubled"}', '{"n":4}'
    FROM gobi_routines WHERE name = 'doubled';
    INSERT INTO gobi_run_logs (run_id, attempt, seq, at, level, message) VALUES ('f1', 1, 1, '2026-01-31T12:00:00.000000Z', 'info', 'half way')`);
  db.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CELLS = NOUNS.flatMap((noun) => VERBS.map((verb) => [noun, verb] as const));

function subject(noun: Noun, verb: string): readonly string[] {
  if (verb === "list") return [];
  return [noun === "runs" ? ended : OBJECTS[noun], ...(verb === "run" ? (RUN_WITH[noun] ?? []) : [])];
}

describe("IT-80 every kind of object knows every word", () => {
  test.each(CELLS)("%s %s has a page of help that says how", async (noun, verb) => {
    const help = await gobi(noun, verb, "--help");
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toMatch(new RegExp(`^Usage: gobi ${noun}(\\|\\w+)? ${verb} `, "u"));
  });

  test.each(CELLS.filter(([, verb]) => verb !== "cancel"))(
    "GR-88 %s %s does it, and prints JSON for programs",
    async (noun, verb) => {
      const isCall = verb === "run" && (noun === "procedures" || noun === "functions");
      const result = await gobi(noun.slice(0, -1), verb, ...subject(noun, verb), ...(isCall ? [] : ["--json"]));
      expect(result, result.err).toMatchObject({ code: 0 });
      if (isCall) expect(result.out).toMatch(/^(one\n)?[16]\n$/u);
      else expect((JSON.parse(result.out) as unknown[]).length).toBeGreaterThan(0);
    },
  );

  test.each(CELLS.filter(([, verb]) => verb !== "list"))("%s %s names what does not exist", async (noun, verb) => {
    const extra = verb === "run" ? (RUN_WITH[noun] ?? []) : [];
    const result = await gobi(noun, verb, "nobody", ...extra);
    expect(result).toMatchObject({ code: 1, out: "" });
    expect(result.err).toContain("nobody");
    expect(result.err).toMatch(/there is no|no (procedure|function|run)/iu);
  });

  test.each(CELLS.filter(([, verb]) => verb !== "list"))("%s %s asks for what is missing", async (noun, verb) => {
    const result = await gobi(noun, verb);
    // The history of schedules is that of all when none is named.
    expect(result.code).toBe(noun === "schedules" && verb === "history" ? 0 : 2);
  });

  test.each(NOUNS)("%s cancel ends a run that waits, once", async (noun) => {
    const id = waiting.pop() ?? "";
    expect(await gobi(noun, "cancel", id)).toMatchObject({ code: 0 });
    const [shown] = await rows("runs", "show", id);
    expect(shown).toMatchObject({ status: "cancelled" });
    expect(await gobi(noun, "cancel", id)).toMatchObject({ code: 1, err: expect.stringContaining("has ended") });
  });
});
