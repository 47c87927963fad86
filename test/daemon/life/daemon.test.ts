// Launch and landing of a daemon in order (HY-17, HY-18), what a failed launch leaves, what the daemon says of itself, and what a dead one left (GR-08).
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { readRegistry } from "../../../protocol/client/registry.ts";
import { askDaemon } from "../../../server/daemon/control-socket.ts";
import type { Daemon } from "../../../server/daemon/daemon.ts";
import type { DaemonStatus } from "../../../server/daemon/life-actions.ts";
import { folderState, type PidFile, writePidFile } from "../../../server/daemon/pid-file.ts";
import { cleanRegistry, writeRegistryEntry } from "../../../server/daemon/registry-files.ts";
import { stopDaemon } from "../../../server/daemon/stop.ts";
import { leadDouble, logLines, makePlace, type Place, startHere } from "./support.ts";

let place: Place;
const running: Daemon[] = [];
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  for (const daemon of running.splice(0)) await daemon.stop("the test is over");
  place.remove();
});

async function start(...given: Parameters<typeof startHere>): Promise<Daemon> {
  const daemon = await startHere(...given);
  running.push(daemon);
  return daemon;
}

function ask(action: string, argument?: unknown): Promise<unknown> {
  const state = folderState(place.folder);
  if (state.kind !== "running") throw new ReferenceError("nothing runs");
  return askDaemon(state.file.controlSocket, action, argument, 5000);
}

it("HY-17, HY-18 launches and lands in order, and leaves nothing", async () => {
  const lead = leadDouble();
  const daemon = await start(place, lead);
  expect(readRegistry(place.runtime).map((entry) => entry.folder)).toEqual([place.folder]);
  expect(statSync(place.runtime).mode & 0o777).toBe(0o700);
  expect(statSync(folderControl()).mode & 0o777).toBe(0o600);
  expect(statSync(join(place.folder, "main.gobi")).mode & 0o777).toBe(0o600);
  await daemon.stop("told to");
  expect(lead.calls).toEqual(["start", "stopAccepting", "drain 30000", "stop"]);
  expect(readdirSync(place.runtime)).toEqual([]);
  expect(folderState(place.folder)).toEqual({ kind: "stopped" });
  expect(logLines(place).map((line) => line.replaceAll(place.root, "").replace(/process \d+/u, "process"))).toEqual([
    "info  launch: gobi 0.1.0, process, folder /shop",
    "info  launch: configuration read",
    "info  launch: database /shop/main.gobi made, catalog version 6",
    "info  launch: ready, listening on unix:double",
    "info  landing: told to",
    "info  landing: no new clients are accepted",
    "info  landing: HTTP requests under way may end",
    "info  landing: no new runs are started",
    "info  landing: requests under way may end",
    "info  landing: runs under way may end",
    "info  landing: lanes end",
    "info  landing: files and sockets are taken away",
    "info  landing: landed",
  ]);
});

function folderControl(): string {
  const state = folderState(place.folder);
  return "file" in state ? state.file.controlSocket : "";
}

it("takes everything back when the Lead cannot start, and can be mounted then", async () => {
  await expect(startHere(place, leadDouble(new GrizzlyError("NoSocket", "No socket.")))).rejects.toThrow("No socket.");
  expect(readdirSync(place.runtime)).toEqual([]);
  expect(folderState(place.folder)).toEqual({ kind: "stopped" });
  expect(logLines(place).at(-1)).toMatch(/^error launch: failed: .*No socket\./u);
  await start(place, leadDouble());
});

it("GR-08 refuses a second mount of the folder, also by another path, and names the process", async () => {
  await start(place, leadDouble());
  const second = startHere({ ...place, folder: join(place.folder, "..", "shop") }, leadDouble());
  await expect(second).rejects.toMatchObject({
    code: "AlreadyMounted",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  expect(folderState(place.folder).kind).toBe("running");
});

it("refuses a configuration with mistakes before anything is made", async () => {
  writeFileSync(join(place.folder, "gobi.toml"), "[lanes]\nmedim = 1\n");
  await expect(startHere(place, leadDouble())).rejects.toMatchObject({
    code: "WrongConfiguration",
    message: "gobi.toml:2:1: There is no key lanes.medim; did you mean lanes.medium?",
  });
  expect(readdirSync(place.folder)).toEqual(["gobi.toml"]);
});

it("refuses settings of the database that do not fit, with their place", async () => {
  const first = await start(place, leadDouble());
  await first.stop("");
  await expect(startHere(place, leadDouble(), { sets: ["scheduler.lookahead_window=1s"] })).rejects.toThrow(
    "--set: scheduler.index_rebuild_interval must be shorter than scheduler.lookahead_window.",
  );
});

it("GR-03, GR-16 tells its state, health and metrics, and passes other questions to the Lead", async () => {
  await start(place, leadDouble());
  const status = (await ask("status")) as DaemonStatus;
  expect(status).toMatchObject({
    name: "shop",
    pid: process.pid,
    sessions: 2,
    stopping: false,
    listening: ["unix:double"],
  });
  expect(status.health.checks.map((check) => check.name)).toEqual(["automation", "gateway", "log", "disk"]);
  const text = await ask("metrics");
  expect(text).toMatch(/^# HELP gobi_up_seconds .*\n# TYPE gobi_up_seconds gauge\ngobi_up_seconds \d/mu);
  expect(text).toMatch(/^gobi_sessions 2$/mu);
  expect(text).toMatch(/^gobi_log_lines_total\{level="info"\} \d+$/mu);
  expect(await ask("lanes", { a: 1 })).toEqual({ action: "lanes", argument: { a: 1 } });
});

it("GR-07 lands when it is asked over the control socket", async () => {
  const daemon = await start(place, leadDouble());
  expect(await ask("unmount")).toEqual({ pid: process.pid });
  await daemon.ended;
  expect(folderState(place.folder)).toEqual({ kind: "stopped" });
});

it("GR-10 reads its configuration again and tells the Lead what is new", async () => {
  const lead = leadDouble();
  await start(place, lead);
  writeFileSync(
    join(place.folder, "gobi.toml"),
    'lanes.fast.max = 9\nautomation.concurrency = 2\nlogging.format = "json"\n',
  );
  expect(await ask("reload")).toEqual({
    applied: ["lanes.fast.max", "logging.format"],
    needRestart: ["automation.concurrency"],
    problems: [],
  });
  expect(lead.calls).toContain("reload lanes.fast.max,logging.format");
  expect(((await ask("status")) as DaemonStatus).needRestart).toEqual(["automation.concurrency"]);
  writeFileSync(join(place.folder, "gobi.toml"), "lanes.fast.max = -1\n");
  expect(await ask("reload")).toMatchObject({ applied: [], problems: [{ key: "lanes.fast.max" }] });
});

it("answers what is no question with an error, and goes on", async () => {
  await start(place, leadDouble());
  for (const text of ["\n", "{}\n", "[1\n", '{"action":3}\n', `${"x".repeat(70_000)}`]) {
    const answer = await new Promise<string>((resolve) => {
      let heard = "";
      const socket = connect(folderControl(), () => socket.write(text));
      socket.on("data", (data) => {
        heard += data.toString();
      });
      // What is too long is cut off without an answer.
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(heard));
    });
    expect(answer === "" || answer.includes("ProtocolError"), JSON.stringify(text.slice(0, 20))).toBe(true);
  }
  expect(await ask("health")).toMatchObject({ live: true });
});

/** The pid file of a process that is gone: its number lives on in this process, its start does not. */
function deadPidFile(): PidFile {
  return {
    pid: process.pid,
    startedAt: "long ago",
    startedAtMs: 0,
    supervisor: null,
    configFile: null,
    sets: [],
    instance: "old-00000000",
    runtimeFolder: place.runtime,
    socket: join(place.runtime, "old-00000000.sock"),
    controlSocket: join(place.runtime, "old-00000000.control"),
    version: "0.0.1",
  };
}

async function leaveDeadDaemon(): Promise<void> {
  const daemon = await start(place, leadDouble());
  await daemon.stop("");
  running.pop();
  const file = deadPidFile();
  writePidFile(place.folder, file);
  writeFileSync(file.socket, "");
  writeRegistryEntry(place.runtime, {
    instance: file.instance,
    folder: place.folder,
    database: join(place.folder, "main.gobi"),
    socket: file.socket,
    tcp: null,
    pid: file.pid,
    pidStartedAt: file.startedAt,
    startedAtMs: 0,
    version: file.version,
  });
}

it("GR-08 sees through a process number that was given away again, says so, and takes the files away", async () => {
  await leaveDeadDaemon();
  expect(folderState(place.folder).kind).toBe("stale");
  const daemon = await start(place, leadDouble());
  expect(daemon.ready.mended).toEqual([
    `The last daemon (process ${process.pid}) ended without landing; its files were taken away, and committed work is in the database.`,
  ]);
  expect(readdirSync(place.runtime).filter((name) => name.startsWith("old-"))).toEqual([]);
});

it("is cleaned up after by a stop and by a list", async () => {
  await leaveDeadDaemon();
  expect(await stopDaemon(place.folder, { waitMs: 1000, force: false })).toEqual({ kind: "cleaned", pid: process.pid });
  expect(readdirSync(place.runtime)).toEqual([]);
  expect(await stopDaemon(place.folder, { waitMs: 1000, force: false })).toEqual({ kind: "notRunning" });
  await leaveDeadDaemon();
  expect(cleanRegistry(place.runtime)).toEqual(["old-00000000"]);
  expect(readdirSync(place.runtime)).toEqual([]);
});

it("does not clean up after a daemon that lives", async () => {
  const daemon = await start(place, leadDouble());
  expect(cleanRegistry(place.runtime)).toEqual([]);
  expect(existsSync(folderControl())).toBe(true);
  expect(daemon.ready.mended).toEqual([]);
});

it("says when the path of a socket would be too long", async () => {
  const deep = join(place.root, "r".repeat(100));
  const environment = { ...place.environment, GOBI_RUNTIME_DIR: deep };
  await expect(startHere(place, leadDouble(), { environment })).rejects.toMatchObject({ code: "WrongPlace" });
});
