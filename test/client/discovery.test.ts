// Which daemon is meant: names, folders, sockets, addresses, GOBI_HOME, the folder above, the only one; and what is said when none or several are.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { daemonAround, findDaemon, type Place } from "../../protocol/client/discovery.ts";
import { readRegistry, runtimeFolder } from "../../protocol/client/registry.ts";

let root: string;
let server: Server | undefined;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "gobi-discovery-")));
  mkdirSync(join(root, "run"));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** Puts a daemon into the registry. */
function register(instance: string, more: Readonly<Record<string, unknown>> = {}): string {
  const folder = join(root, instance);
  mkdirSync(join(folder, "below", "deep"), { recursive: true });
  const entry = {
    instance,
    folder,
    database: join(folder, "main.gobi"),
    socket: join(folder, "s.sock"),
    tcp: null,
    pid: process.pid,
    pidStartedAt: "",
    startedAtMs: 0,
    version: "0",
    ...more,
  };
  writeFileSync(join(root, "run", `${instance}.json`), JSON.stringify(entry));
  return folder;
}

function placeAt(cwd: string, environment: Readonly<Record<string, string>> = {}): Place {
  return { cwd, environment: { GOBI_RUNTIME_DIR: join(root, "run"), ...environment } };
}

function socketOf(target: string | undefined, place: Place): string | undefined {
  const address = findDaemon(target, place, false);
  return address.kind === "unix" ? address.path : undefined;
}

describe("a daemon is found", () => {
  it("when it is the only one, by the folder above, by GOBI_HOME", () => {
    const shop = register("shop-1");
    expect(socketOf(undefined, placeAt(tmpdir()))).toBe(join(shop, "s.sock"));
    const other = register("other-2");
    expect(socketOf(undefined, placeAt(join(other, "below", "deep")))).toBe(join(other, "s.sock"));
    expect(socketOf(undefined, placeAt(other, { GOBI_HOME: shop }))).toBe(join(shop, "s.sock"));
    expect(daemonAround(placeAt(join(other, "below")))?.instance).toBe("other-2");
    expect(daemonAround(placeAt(tmpdir()))).toBeUndefined();
  });

  it("by its name, the mount's name, its folder, its socket (GR-33)", async () => {
    const shop = register("shop-1", { name: "shop" });
    register("other-2", { name: "other" });
    const place = placeAt(root);
    for (const target of ["shop-1", "shop", shop, "./shop-1"])
      expect(socketOf(target, place)).toBe(join(shop, "s.sock"));
    const path = join(root, "lone.sock");
    server = createServer();
    await new Promise<void>((resolve) => server?.listen(path, resolve));
    expect(findDaemon("lone.sock", place, false)).toEqual({ kind: "unix", path, entry: undefined });
  });

  it("at an address; other machines only with TLS", () => {
    const place = placeAt(root);
    const at = (target: string, tls = false): unknown => findDaemon(target, place, tls);
    expect(at("gobi://localhost")).toEqual({ kind: "tcp", host: "localhost", port: 7171, tls: false });
    expect(at("gobi://127.0.0.1:80", true)).toEqual({ kind: "tcp", host: "127.0.0.1", port: 80, tls: true });
    expect(at("gobi://[::1]:9000")).toEqual({ kind: "tcp", host: "::1", port: 9000, tls: false });
    expect(at("gobi://db.example.com:9000")).toEqual({ kind: "tcp", host: "db.example.com", port: 9000, tls: true });
    expect(at("gobis://localhost:9000")).toEqual({ kind: "tcp", host: "localhost", port: 9000, tls: true });
    for (const wrong of ["gobi://", "gobi://me:secret@host", "gobi://host/path", "gobi://host:99999"])
      expect(() => at(wrong), wrong).toThrow("write gobi://host:port");
  });
});

describe("no daemon is found", () => {
  it("when none runs, and the message names what to do", () => {
    expect(() => findDaemon(undefined, placeAt(root), false)).toThrow("No gobi daemon is running on this machine.");
    expect(() => findDaemon("nobody", placeAt(root), false)).toThrow("There is no daemon nobody");
    mkdirSync(join(root, "plain"));
    expect(() => findDaemon("plain", placeAt(root), false)).toThrow(
      "The target is the folder plain, where no daemon is mounted.",
    );
    expect(() => findDaemon(undefined, placeAt(root, { GOBI_HOME: "/nowhere" }), false)).toThrow("/nowhere");
  });

  it("when several run and none is named (GR-33)", () => {
    register("shop-1", { name: "shop" });
    register("shop-2", { name: "shop" });
    for (const target of [undefined, "shop"]) {
      let thrown: unknown;
      try {
        findDaemon(target, placeAt(root), false);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: "AmbiguousInstance", message: expect.stringContaining("shop-2") as string });
    }
  });

  it("in files that are no entries, and of processes that are gone", () => {
    register("gone-1", { pid: 2 ** 22 + 1 });
    writeFileSync(join(root, "run", "half.json"), '{"instance":');
    writeFileSync(join(root, "run", "odd.json"), "[1]");
    writeFileSync(join(root, "run", "notes.txt"), "x");
    expect(readRegistry(join(root, "run"))).toEqual([]);
    expect(readRegistry(join(root, "missing"))).toEqual([]);
  });
});

it("the runtime folder is chosen by the environment", () => {
  expect(runtimeFolder({ GOBI_RUNTIME_DIR: "/a", XDG_RUNTIME_DIR: "/b", HOME: "/c" })).toBe("/a");
  expect(runtimeFolder({ GOBI_RUNTIME_DIR: "", XDG_RUNTIME_DIR: "/b", HOME: "/c" })).toBe("/b/gobi");
  expect(runtimeFolder({ HOME: "/c" })).toBe("/c/.gobi/run");
});
