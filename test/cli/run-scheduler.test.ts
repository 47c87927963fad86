// gobi run-scheduler in a process of its own: what is due runs, and a signal ends it in order (IT-19): the lease is given back, no row is left running, no process is left behind.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { open } from "../../index.ts";
import { builtProgram } from "../support/built.ts";

let gobi: string;
let folder: string;
beforeAll(() => {
  gobi = builtProgram("gobi");
  folder = mkdtempSync(join(tmpdir(), "grizzly-"));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends it in order",
  async (signal) => {
    const file = join(folder, `${signal}.db`);
    const db = open(file);
    db.exec("CREATE TABLE t (n INTEGER); procedure beat () { INSERT INTO t VALUES (1) }");
    db.exec("upsert SCHEDULE as tick ( sched: '@every 1s', exe: 'procedure', call: 'beat' )");
    db.close();
    const child = spawn(process.execPath, [gobi, "run-scheduler", "--db", file, "--json"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      const before = said.includes("tick: completed");
      said += data.toString();
      if (!before && said.includes("tick: completed")) child.kill(signal);
    });
    expect(await ended).toBe(0);
    const messages = said
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { message: string }).message);
    expect(messages.at(-1)).toBe("Stopped.");
    const after = new Database(file);
    expect(after.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
    expect(after.prepare("SELECT count(*) AS n FROM gobi_runs WHERE status = 'running'").get()).toEqual({ n: 0 });
    expect(after.prepare("SELECT holder FROM gobi_leases").all()).toEqual([{ holder: "" }]);
    expect(after.prepare("SELECT DISTINCT state FROM gobi_instances").all()).toEqual([{ state: "stopped" }]);
    after.close();
  },
  60_000,
);
