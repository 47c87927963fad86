// The built gobi mounts, tells, refuses, survives and unmounts: real processes, signals and kills (GR-01 to GR-13).
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { builtProgram } from "../../support/built.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import { gobi, killAll, pidFile, processesOf, spawnGobi, statusOf, until } from "./mounted.ts";
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

it("makes, mounts, tells, refuses a second mount, and unmounts without leaving anything", async () => {
  expect(await gobi(place, "init", "shop")).toMatchObject({
    code: 0,
    out: expect.stringContaining("Made the database"),
  });
  expect(await gobi(place, "init", "shop")).toMatchObject({ code: 1, err: expect.stringContaining("FolderNotEmpty") });
  expect(await gobi(place, "daemon", "status")).toMatchObject({ code: 3, out: "No daemon runs.\n" });
  const mounted = await gobi(place, "mount", "shop");
  const { pid, socket, instance } = pidFile(place);
  expect(mounted).toMatchObject({ code: 0, err: "" });
  for (const told of [`process ${pid}`, socket, place.folder]) expect(mounted.out).toContain(told);
  const second = await gobi(place, "mount", "shop");
  expect(second.code).toBe(1);
  expect(second.err).toContain(`already mounted by process ${pid}`);
  await until(async () => ((await statusOf(place)).automation.leading ? true : undefined));
  expect(await gobi(place, "daemon", "status", "shop")).toMatchObject({
    code: 0,
    out: expect.stringContaining(socket),
  });
  const status = JSON.parse((await gobi(place, "service", "status", "--json")).out) as Record<string, unknown>;
  expect(status).toMatchObject({ state: "running", pid, folder: place.folder, sessions: 0, activeRuns: 0 });
  expect((await gobi(place, "daemon", "list", "--json")).out).toContain(instance);
  expect((await gobi(place, "metrics")).out).toContain("gobi_up_seconds");
  expect(await gobi(place, "unmount", "shop")).toMatchObject({ code: 0 });
  expect(await gobi(place, "daemon", "stop", "shop")).toMatchObject({ code: 3 });
  expect(readdirSync(place.runtime)).toEqual([]);
  expect(folderState(place.folder).kind).toBe("stopped");
  expect(processesOf(place)).toEqual([]);
});

it("lets one of ten win who mount the same folder at the same moment; another folder runs beside it", async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => gobi(place, "mount", "shop")));
  expect(all.filter((each) => each.code === 0)).toHaveLength(1);
  const { pid } = pidFile(place);
  for (const each of all.filter(({ code }) => code !== 0))
    expect(each.err).toContain(`already mounted by process ${pid}`);
  expect((await gobi(place, "mount", "other")).code).toBe(0);
  const list = JSON.parse((await gobi(place, "daemon", "list", "--json")).out) as readonly unknown[];
  expect(list).toHaveLength(2);
  const ambiguous = await gobi(place, "daemon", "stop");
  expect(ambiguous.code).toBe(2);
  expect(ambiguous.err).toContain("several daemons run");
  expect((await gobi(place, "daemon", "stop", "other")).code).toBe(0);
  expect((await gobi(place, "daemon", "stop")).code).toBe(0);
}, 120_000);

it("is found dead after kill -9, says so, and the next mount mends it and has all that was committed", async () => {
  await gobi(place, "mount", "shop");
  const { pid } = pidFile(place);
  const before = new Database(join(place.folder, "main.gobi"));
  before.exec("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (41), (42)");
  before.close();
  process.kill(pid, "SIGKILL");
  await until(() => (folderState(place.folder).kind === "stale" ? true : undefined));
  const dead = await gobi(place, "daemon", "status", "shop");
  expect(dead.code).toBe(1);
  expect(dead.out).toContain(`the pid file of process ${pid} is there: it ended without landing`);
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  const again = await gobi(place, "mount", "shop");
  expect(again.out).toContain(`The last daemon (process ${pid}) ended without landing`);
  const after = new Database(join(place.folder, "main.gobi"), { readonly: true });
  expect(after.prepare("SELECT sum(n) AS s FROM t").get()).toEqual({ s: 83 });
  expect(after.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  after.close();
  await gobi(place, "unmount", "shop");
});

it("comes back by itself with --supervise, until it crashes too often", async () => {
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
  expect(await statusOf(place)).toMatchObject({ restarts: 1, supervisorPid: first.supervisorPid });
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

it("ends the supervisor with the daemon", async () => {
  await gobi(place, "mount", "shop", "--supervise");
  expect((await gobi(place, "unmount", "shop")).code).toBe(0);
  await until(() => (processesOf(place).length === 0 ? true : undefined));
  expect(folderState(place.folder).kind).toBe("stopped");
});

it("stays attached with --foreground, reloads at SIGHUP and lands at SIGINT with exit code 0", async () => {
  const child = spawnGobi(place, ["mount", "shop", "--foreground"]);
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await until(() => (said.includes("launch: ready") ? true : undefined));
  writeFileSync(join(place.folder, "gobi.toml"), 'logging.level = "debug"\n');
  child.kill("SIGHUP");
  await until(() => (said.includes("reload: logging.level") ? true : undefined));
  child.kill("SIGINT");
  expect(await exited).toBe(0);
  expect(said).toContain("landing: landed");
  expect(processesOf(place)).toEqual([]);
});

it("mounts the registered folder by gobi daemon start, and restarts with what it was mounted with", async () => {
  const none = await gobi(place, "daemon", "start");
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining("gobi init --global") });
  expect((await gobi(place, "init", "--global", "house")).code).toBe(0);
  const house: Place = { ...place, folder: join(place.root, "house") };
  expect((await gobi(place, "service", "start", "--set", "name=palace")).code).toBe(0);
  const { pid } = pidFile(house);
  expect((await gobi(place, "daemon", "restart")).code).toBe(0);
  expect(pidFile(house)).toMatchObject({ sets: ["name=palace"], instance: expect.stringMatching(/^palace-/u) });
  expect(pidFile(house).pid).not.toBe(pid);
  expect((await gobi(place, "service", "stop")).code).toBe(0);
});

it("shows the lines of the log as they come, over a rotation", async () => {
  await gobi(place, "mount", "shop", "--set", "logging.rotate_size=2KB");
  const child = spawnGobi(place, ["logs", "shop", "--follow", "--level", "info", "-n", "1"]);
  let seen = "";
  child.stdout?.on("data", (data: Buffer) => {
    seen += data.toString();
  });
  await until(() => (seen === "" ? undefined : true));
  const reloads = (): number => seen.split("reload: nothing new").length - 1;
  for (let count = 1; count <= 40; count += 1) await gobiReload(place);
  await until(() => (reloads() === 40 ? true : undefined));
  const exited = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGTERM");
  await exited;
  expect(readdirSync(join(place.folder, "logs"))).toContain("daemon.log.1");
  await gobi(place, "unmount", "shop");
});

async function gobiReload(of: Place): Promise<void> {
  const { askDaemon } = await import("../../../server/daemon/control-socket.ts");
  await askDaemon(pidFile(of).controlSocket, "reload", undefined, 10_000);
}
