// A pid file that cannot be read is stale (GR-03): it is told with its path, and mount, restart and stop take it away.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Daemon } from "../../../server/daemon/daemon.ts";
import { pidFilePath } from "../../../server/daemon/pid-file.ts";
import { runGobi } from "../../cli/run-command-line.ts";
import { leadDouble, makePlace, type Place, startHere } from "./support.ts";

let place: Place;
let daemon: Daemon;
beforeEach(async () => {
  place = makePlace();
  daemon = await startHere(place, leadDouble());
});
afterEach(async () => {
  await daemon.stop("the test is over");
  place.remove();
});

const gobi = (...args: string[]): ReturnType<typeof runGobi> =>
  runGobi({ cwd: place.root, environment: { ...place.environment } }, ...args);

const whole = {
  pid: process.pid,
  startedAt: "long ago",
  startedAtMs: 0,
  supervisor: null,
  configFile: null,
  sets: [],
  instance: "old-00000000",
  runtimeFolder: "/nowhere",
  socket: "/nowhere/a",
  controlSocket: "/nowhere/b",
  version: "0.0.1",
};
const GARBAGE: readonly (readonly [string, string])[] = [
  ["is empty", ""],
  ["is no JSON", '{"pid": 12'],
  ["was zeroed", "\0".repeat(64)],
  ["holds nothing", "null"],
  ["holds a number", "4711\n"],
  ["holds a pid of 0", JSON.stringify({ ...whole, pid: 0 })],
  ["holds a pid that is none", JSON.stringify({ ...whole, pid: 1.5 })],
  ["names no runtime folder", JSON.stringify({ ...whole, runtimeFolder: undefined })],
  ["names no instance", JSON.stringify({ ...whole, instance: "" })],
  ["names half a supervisor", JSON.stringify({ ...whole, supervisor: { pid: 1 } })],
];

it.each(GARBAGE)("GR-03 a pid file that %s is stale, and the next mount takes it away", async (_, text) => {
  await daemon.stop("");
  const path = pidFilePath(place.folder);
  writeFileSync(path, text);
  expect(await gobi("daemon", "status", "shop")).toMatchObject({
    code: 1,
    out: `No daemon runs on ${place.folder}, but the pid file ${path} is there and cannot be read.\nThe next mount takes it away (gobi mount ${place.folder}), gobi unmount too.\n`,
  });
  const told = await gobi("daemon", "status", "shop", "--json");
  expect(told.code).toBe(1);
  expect(JSON.parse(told.out)).toEqual({ state: "stale", folder: place.folder, pid: null });
  daemon = await startHere(place, leadDouble());
  expect(daemon.ready.mended).toEqual([
    `The pid file ${path} could not be read and was taken away; committed work is in the database.`,
  ]);
  expect((await gobi("daemon", "status", "shop")).code).toBe(0);
});

it("GR-03, GR-04 a dead daemon whose runtime folder went with a restart of the machine is taken over, and taken away", async () => {
  await daemon.stop("");
  writeFileSync(pidFilePath(place.folder), JSON.stringify(whole));
  expect((await gobi("daemon", "status", "shop")).code).toBe(1);
  expect(await gobi("unmount", "shop")).toMatchObject({ code: 3, err: "" });
  writeFileSync(pidFilePath(place.folder), JSON.stringify(whole));
  daemon = await startHere(place, leadDouble());
  expect(daemon.ready.mended).toHaveLength(1);
});

it("GR-04 is taken away by unmount", async () => {
  await daemon.stop("");
  writeFileSync(pidFilePath(place.folder), "");
  expect((await gobi("doctor", "shop")).out).toContain(`The pid file ${pidFilePath(place.folder)} cannot be read`);
  expect(await gobi("unmount", "shop")).toMatchObject({
    code: 3,
    out: `No daemon runs on ${place.folder}; its pid file, which could not be read, was taken away.\n`,
  });
  expect(existsSync(pidFilePath(place.folder))).toBe(false);
  expect((await gobi("daemon", "status", "shop")).code).toBe(3);
});

it("GR-03 a pid file that cannot be read does not hide the daemon that has the folder", async () => {
  const path = pidFilePath(place.folder);
  writeFileSync(path, "");
  const text = `The pid file ${path} cannot be read, but process ${process.pid} has ${place.folder}.\nkill ${process.pid} lands it.\n`;
  expect(await gobi("daemon", "status", "shop")).toMatchObject({ code: 1, out: text });
  expect(JSON.parse((await gobi("daemon", "status", "shop", "--json")).out)).toMatchObject({
    state: "unresponsive",
    pid: process.pid,
  });
  expect(await gobi("unmount", "shop")).toMatchObject({ code: 1, err: text });
  expect(existsSync(path)).toBe(true);
  await expect(startHere(place, leadDouble())).rejects.toMatchObject({
    code: "AlreadyMounted",
    message: `The folder ${place.folder} is already mounted by process ${process.pid}.`,
  });
});

it("a folder where the pid file belongs is named by every command, and left alone", async () => {
  await daemon.stop("");
  const path = pidFilePath(place.folder);
  mkdirSync(path);
  const problem = { code: "WrongPlace", message: `There is a folder where the pid file ${path} belongs.` };
  await expect(startHere(place, leadDouble())).rejects.toMatchObject(problem);
  for (const command of [["daemon", "status"], ["unmount"], ["doctor"]])
    expect(await gobi(...command, "shop")).toMatchObject({
      code: 1,
      err: `gobi: ${problem.code}: ${problem.message}\nhelp: Move it away; no daemon puts one there.\n`,
    });
  expect(existsSync(path)).toBe(true);
});

it("a folder where the lock belongs is named, and left alone", async () => {
  await daemon.stop("");
  const lock = join(dirname(pidFilePath(place.folder)), "lock");
  mkdirSync(lock);
  await expect(startHere(place, leadDouble())).rejects.toMatchObject({
    code: "WrongPlace",
    message: `There is a folder where the lock ${lock} belongs.`,
  });
  expect(existsSync(lock)).toBe(true);
});
