// Kill -9 at every kind of boundary between two writes of runs, and before every kind of statement inside a transaction: no occurrence is lost or done twice, no write is half done,
// and what the dead process had is found by the next one. Every write of the table is among them.
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { printValue } from "../../../base/value/print.ts";
import { mayFollow, statusOf } from "../../../server/runs/states.ts";
import type { RunState } from "../../../server/runs/types.ts";
import { RUN_WRITES } from "../../../server/runs/writes/table.ts";
import { readSchedules } from "../../../server/catalog/schedule-reading.ts";
import { readRows } from "../../../server/sql/rows.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { open } from "../support.ts";
import { boundaries, live as liveScenario, OCCURRENCES, PROGRAM, type Boundaries } from "./programs/scenario.ts";

let folder: string;
let program: string;
let fresh: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  program = join(folder, "scenario.mjs");
  fresh = join(folder, "fresh.db");
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  // One file, because a hundred processes are started from it. Packages are found from the project's folder.
  await build({
    absWorkingDir: root,
    entryPoints: [fileURLToPath(new URL("./programs/scenario-process.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "warning",
    banner: {
      js: `import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(${JSON.stringify(join(root, "package.json"))});`,
    },
    plugins: [
      {
        name: "packages of the project",
        setup: (bundle) => {
          bundle.onResolve({ filter: /^better-sqlite3$/ }, () => ({
            path: join(root, "node_modules/better-sqlite3/lib/index.js"),
            external: true,
          }));
        },
      },
    ],
  });
  const db = open({ database: fresh });
  db.run(PROGRAM);
  db.session.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Processes that die at the same time. */
const AT_ONCE = 4;

interface Death {
  readonly file: string;
  readonly signal: string | null;
  readonly said: string;
}

/** Lets a process live on a fresh database until it dies at a boundary. */
function dieAt(boundary: number): Promise<Death> {
  const file = join(folder, `died-${boundary}.db`);
  copyFileSync(fresh, file);
  const child = spawn(process.execPath, [program, file, String(boundary)], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data: Buffer) => {
    said += data.toString();
  });
  return new Promise((resolve) => child.once("close", (_, signal) => resolve({ file, signal, said })));
}

/** A life that nobody disturbs, in this process: what it passed and wrote. */
async function wholeLife(file: string): Promise<Boundaries> {
  const look = sqliteEngine.connect({ target: file });
  const schedules = readSchedules(look);
  look.close();
  const passed = boundaries(0);
  lives += 1;
  await liveScenario(file, `life-${lives}`, schedules, passed);
  return passed;
}

let lives = 0;

/** Everything that must hold when nobody works any more. */
function expectSound(file: string): void {
  const connection = sqliteEngine.connect({ target: file });
  const rows = (sql: string): readonly string[] =>
    readRows(connection, sql).map((row) => row.map((value) => printValue(value)).join("|"));
  expect(rows("PRAGMA integrity_check")).toEqual(["ok"]);
  expect(rows("PRAGMA foreign_key_check")).toEqual([]);
  // One run for each occurrence, ended; its work is there exactly when it is completed, and once.
  const runs =
    rows(`SELECT s.name, json_extract(r.args, '$.n'), r.status, (SELECT count(*) FROM done d WHERE d.n = json_extract(r.args, '$.n') + CASE s.name WHEN 'plain' THEN 0 ELSE 100 END)
    FROM gobi_runs r JOIN gobi_schedules s ON s.schedule_id = r.schedule_id WHERE r.dedupe_key IS NOT NULL ORDER BY 1, 2`);
  expect(runs.length).toBe(OCCURRENCES * 2 + 3);
  for (const run of runs) {
    const [, , status = "", count = ""] = run.split("|");
    expect(["completed", "orphaned", "skipped", "cancelled"], run).toContain(status);
    expect(count, run).toBe(status === "completed" ? "1" : "0");
  }
  // Occurrences of the schedule with retries are done, whatever happened.
  expect(runs.filter((run) => run.startsWith("again") && run.split("|")[2] !== "completed")).toEqual([]);
  // Each run's story is whole: transitions follow each other, the last one is the status, attempts are counted.
  for (const line of rows("SELECT run_id, status, attempt FROM gobi_runs")) {
    const [id = "", status = "", attempt = ""] = line.split("|");
    const states = rows(`SELECT to_state FROM gobi_run_transitions WHERE run_id = '${id}' ORDER BY seq`) as RunState[];
    states.forEach((state, index) => {
      expect(mayFollow(states[index - 1], state), `${id} ${states.join(" ")}`).toBe(true);
    });
    expect(statusOf(states.at(-1) ?? "prerun"), id).toBe(status);
    expect(rows(`SELECT count(*) FROM gobi_run_attempts WHERE run_id = '${id}'`), id).toEqual([attempt]);
    expect(rows(`SELECT count(*) FROM gobi_run_attempts WHERE run_id = '${id}' AND status = 'running'`), id).toEqual([
      "0",
    ]);
  }
  expect(
    rows(
      "SELECT count(*) FROM gobi_runs WHERE instance_id IS NOT NULL AND status IN ('pending', 'running', 'retrying')",
    ),
  ).toEqual(["0"]);
  expect(rows("SELECT holder FROM gobi_leases")).toEqual([""]);
  connection.close();
}

it("loses and doubles nothing, wherever the process dies", async () => {
  const whole = join(folder, "whole.db");
  copyFileSync(fresh, whole);
  const { labels, writes } = await wholeLife(whole);
  expectSound(whole);
  // A write of the table that no life passes has no failpoint.
  expect(Object.keys(RUN_WRITES).filter((name) => !writes.has(name))).toEqual([]);
  const kinds = [...new Set(labels)];
  expect(kinds.length).toBeGreaterThan(60);
  const chosen = kinds.map((label) => labels.indexOf(label) + 1);
  for (let first = 0; first < chosen.length; first += AT_ONCE) {
    const dying = chosen.slice(first, first + AT_ONCE);
    const ends = await Promise.all(dying.map((boundary) => dieAt(boundary)));
    for (const [index, { file, signal, said }] of ends.entries()) {
      expect(signal, `boundary ${dying[index] ?? 0}, ${labels[(dying[index] ?? 1) - 1] ?? ""}: ${said}`).toBe(
        "SIGKILL",
      );
      await wholeLife(file);
      expectSound(file);
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    }
  }
}, 600_000);
