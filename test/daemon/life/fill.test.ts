// HY-40, HY-40a, HY-40b and HY-17: what a launch does to the content of its database, in order: bootstrap, migrations, bootstrap again; and what stops a launch.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Daemon } from "../../../server/daemon/daemon.ts";
import { folderState } from "../../../server/daemon/pid-file.ts";
import { readFolderConfiguration } from "../../../server/daemon/folder-configuration.ts";
import { leadDouble, logLines, makePlace, type Place, startHere } from "./support.ts";

let place: Place;
let daemon: Daemon | undefined;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await daemon?.stop("the test is over");
  daemon = undefined;
  place.remove();
});

const BOOTSTRAP = "SELECT n AS query_id, name, text AS sql_text FROM my_templates WHERE mount = :database";

function put(path: string, text: string): void {
  mkdirSync(join(place.folder, path, ".."), { recursive: true });
  writeFileSync(join(place.folder, path), text);
}

/** Lines of the launch from the bootstrap to the Lead. */
function lines(): readonly string[] {
  return logLines(place).filter((line) => /bootstrap|igration/u.test(line));
}

describe("HY-40: the bootstrap query", () => {
  it("fails on an empty database at the level debug; migrations make its table; it runs again", async () => {
    put("gobi.toml", `[gateway]\nbootstrap = "${BOOTSTRAP}"\n[logging]\nlevel = "debug"\n`);
    put(
      "migrations/001_templates.sql",
      "CREATE TABLE my_templates (n int, mount text, name text, text text);\nINSERT INTO my_templates VALUES (1, 'shop', 'a', 'SELECT 1'), (2, 'other', 'b', 'SELECT 2'), (3, 'shop', 'c', 'SELECT 3')",
    );
    daemon = await startHere(place, leadDouble());
    expect(lines()).toEqual([
      "debug bootstrap: NoSuchTable: There is no table named my_templates. (as expected where migrations make its tables)",
      "info  Migration Loading: AVAIL=1, LOAD=0, APPLY=0",
      "info  Migration Updating: AVAIL=1, LOAD=1, APPLY=0",
      "info  Migration Current: AVAIL=1, LOAD=1, APPLY=1",
      "info  bootstrap: 2 query templates",
    ]);
    const all = logLines(place);
    const at = (text: string): number => all.findIndex((line) => line.includes(text));
    expect(at("launch: database")).toBeLessThan(at("bootstrap: NoSuchTable"));
    expect(at("bootstrap: 2")).toBeLessThan(at("launch: ready"));
  });

  it("comes from the environment too; one that fails for good is an error in the log, and the daemon serves", async () => {
    daemon = await startHere(place, leadDouble(), {
      environment: { ...place.environment, GOBI_GATEWAY_BOOTSTRAP: "SELECT * FROM nowhere" },
    });
    expect(lines()).toEqual(["error bootstrap: NoSuchTable: There is no table named nowhere."]);
  });

  it("a mount without migrations and bootstrap tells nothing of them", async () => {
    daemon = await startHere(place, leadDouble(), {
      fillDatabase: () => Promise.reject(new RangeError("nobody asks for it")),
    });
    expect(lines()).toEqual([]);
  });
});

describe("HY-40b: migrations of a mount", () => {
  it("are applied once; the state is told", async () => {
    put("migrations/1_a.sql", "CREATE TABLE a (n int)");
    daemon = await startHere(place, leadDouble());
    await daemon.stop("again");
    daemon = await startHere(place, leadDouble());
    expect(lines().at(-1)).toBe("info  Migration Current: AVAIL=1, LOAD=1, APPLY=1");
    expect(lines()).toHaveLength(4);
  });

  it("are only reported when migrations.auto is off", async () => {
    put("gobi.toml", "[migrations]\nauto = false\n");
    put("migrations/1_a.sql", "CREATE TABLE a (n int)");
    daemon = await startHere(place, leadDouble());
    expect(lines()).toEqual(["warn  Migration Loading: AVAIL=1, LOAD=0, APPLY=0 (migrations.auto is off)"]);
    await daemon.stop("again");
    daemon = await startHere(place, leadDouble());
    expect(lines()).toHaveLength(2);
  });

  it("that fail stop the launch and name the version; nothing is left behind (IT-88)", async () => {
    put("migrations/1_a.sql", "CREATE TABLE a (n int)");
    put("migrations/2_b.sql", "INSERT INTO a VALUES ('x', 2)");
    const lead = leadDouble();
    await expect(startHere(place, lead)).rejects.toThrow("Migration 2 (b) failed");
    expect(lead.calls).toEqual([]);
    expect(folderState(place.folder).kind).toBe("stopped");
    put("migrations/2_b.sql", "INSERT INTO a VALUES (2)");
    daemon = await startHere(place, leadDouble());
    expect(lines().at(-1)).toBe("info  Migration Current: AVAIL=2, LOAD=2, APPLY=2");
  });
});

describe("HY-40a: chains of hosts", () => {
  const problems = (): readonly string[] =>
    readFolderConfiguration({
      folder: place.folder,
      configFile: undefined,
      sets: [],
      environment: {},
      stored: {},
    }).problems.map(({ place: at, message }) => `${at}: ${message.replaceAll(place.root, "")}`);
  const host = (name: string): string => `[gateway]\nhost_database = "${name}"\n`;

  it("a circle, a host that is no folder, one that holds no database: mistakes of the configuration", () => {
    put("gobi.toml", host("../b"));
    expect(problems()).toEqual([
      "gobi.toml:2:1: gateway.host_database leads to /b, which is no folder: somebody must hold the templates.",
    ]);
    put("../b/notes.txt", "no mount");
    expect(problems()[0]).toContain("leads to /b, which holds no database");
    put("../b/gobi.toml", host("../c"));
    expect(problems()[0]).toContain("leads to /c, which is no folder");
    put("../c/gobi.toml", host("../shop"));
    expect(problems()).toEqual(["gobi.toml:2:1: gateway.host_database goes in a circle: /shop -> /b -> /c -> /shop."]);
    put("../c/gobi.toml", "");
    expect(problems()).toEqual([]);
  });

  it("a daemon does not start with one", async () => {
    put("gobi.toml", host("."));
    await expect(startHere(place, leadDouble())).rejects.toThrow("goes in a circle");
    expect(existsSync(join(place.folder, "main.gobi"))).toBe(false);
  });
});
