// A daemon that is killed: what is told, what the next mount mends, and a supervisor that starts it again (GR-09, GR-13).
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { required } from "../../../base/failure.ts";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { connect } from "../../../protocol/client/client.ts";
import { builtProgram } from "../../support/built.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import { gobi, gobiHere, killAll, pidFile, processesOf, statusOf, until } from "./mounted.ts";
import { makePlace, type Place } from "./support.ts";

let place: Place;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace();
});
afterEach(() => {
  killAll(place);
  place.remove();
});

it("GR-03, GR-13 is found dead after kill -9, says so, and the next mount mends it and has all that was committed", async () => {
  await gobi(place, "mount", "shop");
  const { pid } = pidFile(place);
  const made =
    "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (41), (42); procedure twice (a int) returns int { return a * 2 }";
  expect((await gobi(place, "sql", "shop", "-c", made)).code).toBe(0);
  process.kill(pid, "SIGKILL");
  await until(() => (folderState(place.folder).kind === "stale" ? true : undefined));
  const dead = await gobiHere(place, "daemon", "status", "shop");
  expect(dead.code).toBe(1);
  expect(dead.out).toContain(`the pid file of process ${pid} is there: it ended without landing`);
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  const again = await gobi(place, "mount", "shop");
  expect(again.out).toContain(`The last daemon (process ${pid}) ended without landing`);
  const after = new Database(join(place.folder, "main.gobi"), { readonly: true });
  expect(after.prepare("SELECT sum(n) AS s FROM t").get()).toEqual({ s: 83 });
  expect(after.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  after.close();
  const called = (): Promise<string> => gobi(place, "sql", "shop", "-c", "CALL twice(21)").then(({ out }) => out);
  expect(await called()).toContain("42");
  expect((await gobi(place, "daemon", "restart")).code).toBe(0);
  expect(await called()).toContain("42");
  await gobiHere(place, "unmount", "shop");
});

it("GR-04 is killed by --force when it does not land in time, and leaves nothing", async () => {
  await gobi(place, "mount", "shop");
  const { pid } = pidFile(place);
  // It hears nothing.
  process.kill(pid, "SIGSTOP");
  const waited = await gobiHere(place, "daemon", "stop", "shop", "--wait", "100ms");
  expect(waited).toMatchObject({ code: 1, err: expect.stringContaining("--force") });
  expect((await gobiHere(place, "daemon", "stop", "shop", "--wait", "100ms", "--force")).code).toBe(0);
  expect(folderState(place.folder).kind).toBe("stopped");
  expect(readdirSync(place.runtime)).toEqual([]);
  expect((await gobiHere(place, "daemon", "stop", "shop")).code).toBe(3);
  await until(() => (processesOf(place).length === 0 ? true : undefined));
});

it("GR-28 killed with -9 under load has every acknowledged transfer, whole, and no half of another", async () => {
  await gobi(place, "mount", "shop");
  const target = required((await statusOf(place)).listening[0], "a socket").replace(/^unix:/u, "");
  const owner = await connect({ target });
  await owner.execute(`
    CREATE TABLE ledger (id INTEGER PRIMARY KEY, writer int, seq int, side string);
    CREATE PROCEDURE transfer(writer int, seq int) {
      INSERT INTO ledger (writer, seq, side) VALUES (writer, seq, 'debit')
      INSERT INTO ledger (writer, seq, side) VALUES (writer, seq, 'credit')
    };`);
  await owner.close();
  const acknowledged: string[] = [];
  const { pid } = pidFile(place);
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    const client = await connect({ target, pool: { max: 1 }, reconnectMax: 0 });
    try {
      for (let seq = 0; ; seq += 1) {
        await client.call("transfer", [writer, seq]);
        acknowledged.push(`${writer} ${seq}`);
        if (acknowledged.length === 100) process.kill(pid, "SIGKILL");
      }
    } catch (error) {
      // The daemon is gone: what became of the last transfer is not known.
      if (!(error instanceof GrizzlyError)) throw error;
    }
    await client.close();
  });
  await Promise.all(writers);
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  await gobi(place, "mount", "shop");
  const after = new Database(join(place.folder, "main.gobi"), { readonly: true });
  const rows = after
    .prepare<[], { name: string; sides: number; kinds: number }>(
      "SELECT writer || ' ' || seq AS name, count(*) AS sides, count(DISTINCT side) AS kinds FROM ledger GROUP BY 1",
    )
    .all();
  expect(rows.filter(({ sides, kinds }) => sides !== 2 || kinds !== 2)).toEqual([]);
  const found = new Set(rows.map(({ name }) => name));
  expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
  // One transfer of each writer may have been committed and not acknowledged.
  expect(rows.length - acknowledged.length).toBeLessThanOrEqual(4);
  expect(after.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  after.close();
  await gobiHere(place, "unmount", "shop");
}, 120_000);

it("GR-09 comes back by itself with --supervise, until it crashes too often", async () => {
  expect((await gobi(place, "mount", "shop", "--supervise", "--set", "supervise.crashes_max=3")).code).toBe(0);
  const first = await statusOf(place);
  expect(first.supervisorPid).not.toBeNull();
  const kill = async (): Promise<number> => {
    const { pid } = pidFile(place);
    process.kill(pid, "SIGKILL");
    return pid;
  };
  const killed = await kill();
  await until(async () => {
    const state = folderState(place.folder);
    if (state.kind !== "running" || state.file.pid === killed) return undefined;
    const status = await statusOf(place).catch(() => undefined);
    return status?.listening.length === 0 ? undefined : status;
  });
  expect((await gobi(place, "sql", "shop", "-c", "SELECT 1 AS again")).out).toContain("again");
  expect(await statusOf(place)).toMatchObject({ restarts: 1, supervisorPid: first.supervisorPid });
  expect((await gobiHere(place, "doctor", "shop")).out).toContain("A statement goes to a lane and back.");
  for (let crash = 2; crash <= 3; crash += 1) {
    const pid = await kill();
    await until(() => {
      const state = folderState(place.folder);
      return (state.kind === "running" && state.file.pid !== pid) || processesOf(place).length === 0 ? true : undefined;
    });
  }
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  expect(readFileSync(join(place.folder, "logs", "daemon.log"), "utf8")).toContain(
    "it crashed 3 times within 60 s and is not started again",
  );
});

it("GR-09 says so when the supervisor is gone; a restart gives the daemon another one", async () => {
  await gobi(place, "mount", "shop", "--supervise");
  const { supervisorPid, supervisorGone } = await statusOf(place);
  expect(supervisorGone).toBe(false);
  process.kill(required(supervisorPid ?? undefined, "the supervisor"), "SIGKILL");
  await until(async () => ((await statusOf(place)).supervisorGone ? true : undefined));
  expect((await gobiHere(place, "daemon", "status", "shop")).out).toContain(`its supervisor ${supervisorPid} is gone`);
  expect((await gobi(place, "daemon", "restart", "shop")).code).toBe(0);
  expect(await statusOf(place)).toMatchObject({ supervisorPid: expect.any(Number), supervisorGone: false });
  expect((await gobiHere(place, "unmount", "shop")).code).toBe(0);
});

it("ends the supervisor with the daemon", async () => {
  await gobi(place, "mount", "shop", "--supervise");
  expect((await gobiHere(place, "unmount", "shop")).code).toBe(0);
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  expect(folderState(place.folder).kind).toBe("stopped");
});
