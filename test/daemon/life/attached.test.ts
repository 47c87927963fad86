// A daemon in the foreground, the registered folder, a restart, and the log as it comes (GR-02, GR-05, GR-10, GR-11).
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import { askDaemon } from "../../../server/daemon/control-socket.ts";
import { builtProgram } from "../../support/built.ts";
import { gobi, gobiHere, commandsOf, killAll, pidFile, spawnGobi, until } from "./mounted.ts";
import { makePlace, type Place } from "./support.ts";

/** A moment's work that asks, so that the Lead hears of the request, and then one call of a function that takes for ever. */
const SILENT = `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 400000) SELECT count(*) AS n FROM c;
SELECT length(replace(hex(zeroblob(20000000)), hex(zeroblob(8000000)) || '1', '')) AS n`;

let place: Place;
beforeAll(() => void builtProgram("gobi"), 300_000);
beforeEach(() => {
  place = makePlace();
});
afterEach(() => {
  killAll(place);
  place.remove();
});

it("GR-01, GR-10 stays attached with --foreground, reloads at SIGHUP and lands at SIGINT with exit code 0", async () => {
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
  expect(commandsOf(place)).toEqual([]);
});

it("HY-18 lands with exit code 0 beside a thread that nothing can end: it ends with the process", async () => {
  const sets = [
    "lanes.medium.host=thread",
    "shutdown.timeout=100ms",
    "lanes.kill_after=100ms",
    "automation.enabled=false",
  ];
  const child = spawnGobi(place, ["mount", "shop", "--foreground", ...sets.flatMap((set) => ["--set", set])]);
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await until(() => (said.includes("launch: ready") ? true : undefined));
  const client = await connect({ target: pidFile(place).socket, pool: { max: 1 }, reconnectMax: 0 });
  const stuck = client.execute(SILENT).catch(() => undefined);
  await until(async () => {
    const sessions = await askDaemon(pidFile(place).controlSocket, "sessions", undefined, 10_000);
    return (sessions as readonly { state: string }[]).some(({ state }) => state === "running") ? true : undefined;
  });
  child.kill("SIGINT");
  expect(await exited).toBe(0);
  await stuck;
  await client.close();
  expect(said).toContain("was given up: its thread ends when the statement does");
  expect(said).toContain("landing: landed");
  expect(commandsOf(place)).toEqual([]);
});

it("--foreground heeds signals from the first moment of the launch on", async () => {
  const child = spawnGobi(place, ["mount", "shop", "--foreground"]);
  let said = "";
  child.stderr?.on("data", (data: Buffer) => {
    said += data.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  await until(() => (said.includes("launch:") ? true : undefined));
  child.kill("SIGHUP");
  await until(() => (said.includes("reload:") ? true : undefined));
  child.kill("SIGINT");
  expect(await exited).toBe(0);
  expect(said).toContain("landing: landed");
});

it("GR-02, GR-05, GR-06 mounts the registered folder by gobi daemon start, and restarts with what it was mounted with", async () => {
  const none = await gobi(place, "daemon", "start");
  expect(none).toMatchObject({ code: 2, err: expect.stringContaining("gobi init --global") });
  mkdirSync(join(place.root, "house"));
  writeFileSync(join(place.root, "house", "note.txt"), "mine");
  expect(await gobiHere(place, "init", "--global", "house")).toMatchObject({
    code: 1,
    err: expect.stringContaining("--adopt"),
  });
  expect((await gobiHere(place, "init", "--global", "house", "--adopt")).code).toBe(0);
  const house: Place = { ...place, folder: join(place.root, "house") };
  expect((await gobi(place, "service", "start", "--set", "name=palace")).code).toBe(0);
  const { pid } = pidFile(house);
  expect((await gobi(place, "daemon", "restart")).code).toBe(0);
  expect(pidFile(house)).toMatchObject({ sets: ["name=palace"], instance: expect.stringMatching(/^palace-/u) });
  expect(pidFile(house).pid).not.toBe(pid);
  expect((await gobi(place, "service", "stop")).code).toBe(0);
});

it("GR-11 shows the lines of the log as they come, over a rotation", async () => {
  await gobi(place, "mount", "shop", "--set", "logging.rotate_size=2KB");
  const child = spawnGobi(place, ["logs", "shop", "--follow", "--level", "info", "-n", "1"]);
  let seen = "";
  child.stdout?.on("data", (data: Buffer) => {
    seen += data.toString();
  });
  await until(() => (seen === "" ? undefined : true));
  const reloads = (): number => seen.split("reload: nothing new").length - 1;
  for (let count = 1; count <= 40; count += 1)
    await askDaemon(pidFile(place).controlSocket, "reload", undefined, 10_000);
  await until(() => (reloads() === 40 ? true : undefined));
  const exited = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGTERM");
  await exited;
  expect(readdirSync(join(place.folder, "logs"))).toContain("daemon.log.1");
  await gobiHere(place, "unmount", "shop");
});
