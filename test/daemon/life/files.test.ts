// What the daemon keeps in files: the lock that two never hold, the log with rotation and without room (GR-08, GR-11), times of processes.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfiguration } from "../../../server/config/configuration.ts";
import type { LiveConfiguration } from "../../../server/config/configuration.ts";
import { type DaemonLog, logFilePath, logLine, openLog } from "../../../server/daemon/log.ts";
import { takeFolderLock } from "../../../server/daemon/folder-lock.ts";
import { makeFolder } from "../../../server/daemon/make-folder.ts";
import { isSameProcess, processStart } from "../../../server/daemon/process-start.ts";
import { makePlace, type Place } from "./support.ts";

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

function configuration(...sets: readonly string[]): LiveConfiguration {
  const read = readConfiguration({
    file: { path: join(place.folder, "gobi.toml"), name: "gobi.toml", mustExist: false },
    environment: {},
    commandLine: sets,
    stored: {},
  });
  expect(read.problems).toEqual([]);
  return read.configuration;
}

describe("the lock", () => {
  it("is held by one, and free again afterwards", () => {
    const first = takeFolderLock(place.folder);
    expect(first).toBeDefined();
    expect(takeFolderLock(place.folder)).toBeUndefined();
    first?.release();
    first?.release();
    const second = takeFolderLock(place.folder);
    expect(second).toBeDefined();
    second?.release();
    expect(readdirSync(join(place.folder, ".gobi"))).toEqual([]);
  });
  const dead = (id: string): string => JSON.stringify({ pid: process.pid, startedAt: "long ago", id });
  const living = (): string => JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid), id: "other" });
  const put = (name: string, text: string): void => {
    mkdirSync(join(place.folder, ".gobi"), { recursive: true });
    writeFileSync(join(place.folder, ".gobi", name), text);
  };
  const claimOf = (text: string): string => `lock.${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;

  it.each(["a dead process", "nobody that can be read"])("is taken from %s", (who) => {
    put("lock", who === "a dead process" ? dead("a") : "half a li");
    const lock = takeFolderLock(place.folder);
    expect(lock).toBeDefined();
    expect(takeFolderLock(place.folder)).toBeUndefined();
    lock?.release();
    expect(readdirSync(join(place.folder, ".gobi"))).toEqual([]);
  });
  it("is left to a living process that is taking it from a dead one", () => {
    put("lock", dead("a"));
    put(claimOf(dead("a")), living());
    expect(takeFolderLock(place.folder)).toBeUndefined();
    expect(readFileSync(join(place.folder, ".gobi", "lock"), "utf8")).toBe(dead("a"));
  });
  it("is taken when the one who was taking it is dead too", () => {
    put("lock", dead("a"));
    put(claimOf(dead("a")), dead("b"));
    const lock = takeFolderLock(place.folder);
    expect(lock).toBeDefined();
    lock?.release();
    expect(readdirSync(join(place.folder, ".gobi"))).toEqual([]);
  });
});

describe("folders", () => {
  it("are made with those above them, or it is said why not", () => {
    const deep = join(place.folder, "a", "b");
    makeFolder(deep);
    makeFolder(deep);
    expect(existsSync(deep)).toBe(true);
    writeFileSync(join(deep, "file"), "");
    expect(() => makeFolder(join(deep, "file"))).toThrow("there is a file of that name");
    expect(() => makeFolder(join(deep, "file", "c"))).toThrow("cannot be made");
  });
  it.runIf(existsSync("/proc/self"))("are not looked for without an end where none can be", () => {
    expect(() => makeFolder("/proc/none/of/these")).toThrow("cannot be made");
  });
});

describe("processes", () => {
  it("have a start of their own, and none when they are gone", async () => {
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const start = processStart(pid);
    expect(start).toBeDefined();
    expect(start).not.toBe(processStart(process.pid));
    expect(isSameProcess(pid, start ?? "")).toBe(true);
    expect(isSameProcess(pid, `${start}0`)).toBe(false);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    expect(processStart(pid)).toBeUndefined();
  });
});

describe("the log", () => {
  let log: DaemonLog | undefined;
  afterEach(() => log?.close());
  const open = (live: LiveConfiguration, file?: string): DaemonLog => {
    log = openLog({
      folder: place.folder,
      configuration: live,
      redact: (text) => text.replaceAll("s3cret", "***"),
      alsoTo: undefined,
      ...(file === undefined ? {} : { file }),
    });
    return log;
  };
  const lines = (number = 0): readonly string[] =>
    readFileSync(logFilePath(place.folder, number), "utf8").trimEnd().split("\n");

  it("GR-11 keeps one line a message, without secrets, of the level and above", () => {
    const { log: write } = open(configuration());
    write("debug", "not written");
    write("info", "two\nlines, one s3cret");
    expect(lines()).toEqual([expect.stringMatching(/^\d{4}-\S+Z info {2}two\\nlines, one \*\*\*$/u)]);
  });
  it("writes JSON when it is told to", () => {
    const { log: write } = open(configuration("logging.format=json"));
    write("warn", 'a "quote"');
    expect(JSON.parse(lines()[0] ?? "")).toMatchObject({ level: "warn", message: 'a "quote"' });
  });
  it("cuts a line that is too long", () => {
    expect(logLine("text", new Date(0), "info", "x".repeat(10_000)).length).toBeLessThan(4100);
  });
  it("GR-11 puts a file aside when it is full, and keeps as many as it should", () => {
    const { log: write } = open(configuration("logging.rotate_size=1KB", "logging.keep=2"));
    for (let number = 0; number < 60; number += 1) write("info", `line ${number} ${"x".repeat(60)}`);
    expect(existsSync(logFilePath(place.folder, 3))).toBe(false);
    const all = [2, 1, 0].flatMap(lines).map((line) => Number(/line (\d+)/u.exec(line)?.[1]));
    expect(all).toEqual(Array.from({ length: all.length }, (_, index) => 60 - all.length + index));
    for (const number of [0, 1, 2])
      expect(readFileSync(logFilePath(place.folder, number)).length).toBeLessThanOrEqual(1024);
  });
  it("goes on in a new file when the old one was moved and it is told to look", () => {
    const opened = open(configuration());
    opened.log("info", "before");
    renameSync(logFilePath(place.folder), join(place.folder, "moved"));
    opened.reopen();
    opened.log("info", "after");
    expect(lines()).toEqual([expect.stringContaining("after")]);
  });
  it.runIf(existsSync("/dev/full"))("counts what a full disk refuses, and tells it when there is room", () => {
    const file = join(place.folder, "log");
    symlinkSync("/dev/full", file);
    const opened = open(configuration(), file);
    opened.log("info", "one");
    opened.log("error", "two");
    expect(opened.counts).toMatchObject({ lost: 2, info: 0, error: 0 });
    rmSync(file);
    opened.log("info", "three");
    expect(readFileSync(file, "utf8")).toMatch(
      /warn {2}2 lines of this log could not be written and are lost\.\n.*three\n$/u,
    );
    expect(opened.counts).toMatchObject({ lost: 2, info: 1 });
  });
  it("loses lines, and nothing else, when its folder is no folder", () => {
    const file = join(place.folder, "taken");
    mkdirSync(file);
    const opened = open(configuration(), file);
    opened.log("info", "one");
    expect(opened.counts.lost).toBe(1);
  });
});
