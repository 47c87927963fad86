// ATTACH Gobi in embedded sessions: reading its tables beside those of the session, writing and calling through the daemon, and never half of a transaction in each.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, open } from "../../index.ts";
import { required } from "../../base/failure.ts";

const ROOT = resolve(import.meta.dirname, "../..");

const SCRIPT = `
CREATE TABLE global_table (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO global_table (name) VALUES ('one'), ('two');
CREATE TABLE log (what TEXT);
CREATE TRIGGER logged AFTER INSERT ON global_table FOR EACH ROW AS BEGIN INSERT INTO log (what) VALUES (NEW.name); END;
upsert procedure add_name (name string) returns int { INSERT INTO global_table (name) VALUES (name); return SELECT count(*) FROM global_table; }
upsert procedure failing () { raise Broken("on purpose") }
function twice (n int) returns int { return n * 2; }
`;

let child: ChildProcess;
let place: { readonly runtimeFolder: string; readonly folder: string; readonly instance: string };
let db: Database;
const notices: string[] = [];
const environment = { runtime: process.env["GOBI_RUNTIME_DIR"], home: process.env["GOBI_HOME"] };

beforeAll(async () => {
  child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "daemon-child.ts"), SCRIPT], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: required(child.stdout, "the output of the daemon") });
  place = JSON.parse(await new Promise<string>((told) => lines.once("line", told))) as typeof place;
}, 60_000);
afterAll(async () => {
  const exited = new Promise((told) => child.once("exit", told));
  child.stdin?.end();
  await exited;
}, 60_000);

beforeEach(() => {
  process.env["GOBI_RUNTIME_DIR"] = place.runtimeFolder;
  notices.length = 0;
  db = open(":memory:", { onPrint: (line) => void notices.push(line), onNotice: (text) => void notices.push(text) });
});
afterEach(() => {
  db.close();
  if (environment.runtime === undefined) delete process.env["GOBI_RUNTIME_DIR"];
  else process.env["GOBI_RUNTIME_DIR"] = environment.runtime;
  if (environment.home === undefined) delete process.env["GOBI_HOME"];
  else process.env["GOBI_HOME"] = environment.home;
});

function names(): readonly unknown[] {
  return db.query("SELECT name FROM gobi.global_table ORDER BY id").map((row) => row["name"]);
}

function failure(text: string): { readonly code: string; readonly message: string } {
  try {
    db.exec(text);
  } catch (error) {
    return error as { readonly code: string; readonly message: string };
  }
  throw new RangeError(`${text} did not fail`);
}

describe("ATTACH Gobi", () => {
  it("without a daemon says how to start one (GR-30)", () => {
    process.env["GOBI_RUNTIME_DIR"] = join(place.runtimeFolder, "nobody");
    expect(failure("ATTACH Gobi;")).toMatchObject({
      code: "ServiceUnavailable",
      message: expect.stringContaining("gobi mount <folder>") as string,
    });
    process.env["GOBI_HOME"] = "/nowhere";
    expect(failure("attach GOBI;").message).toContain("/nowhere");
  });

  it("is known from the next statement of the same text on, and joins with own tables (GR-30)", () => {
    const results = db.exec("ATTACH gobi; SELECT name FROM global_table WHERE id = 2;");
    expect(results[1]).toMatchObject({ kind: "rows", rows: [{ name: "two" }] });
    db.exec("CREATE TABLE mine (a int); INSERT INTO mine VALUES (1);");
    expect(db.query("SELECT g.name FROM mine JOIN gobi.global_table g ON g.id = mine.a")).toEqual([{ name: "one" }]);
    // Again is no-op, as another name is not.
    db.exec("ATTACH Gobi; ATTACH Gobi AS gobi;");
    expect(failure("ATTACH Gobi AS other").code).toBe("AlreadyExists");
  });

  it("resolves own tables first, and takes another name (GR-32)", () => {
    db.exec("ATTACH Gobi AS g; CREATE TABLE global_table (own int);");
    expect(db.query("SELECT * FROM global_table")).toEqual([]);
    const problems = db.session.check({ name: "x", text: "SELECT * FROM global_table; SELECT * FROM log;" });
    expect(problems.map(({ message }) => message)).toEqual([
      "global_table is the table of this database; g has one of that name too.",
    ]);
    expect(db.query("SELECT count(*) >= 2 AS found FROM g.global_table")).toEqual([{ found: true }]);
    db.exec("DETACH g;");
    expect(failure("SELECT * FROM g.global_table").code).toBe("NoSuchTable");
  });

  it("writes through the daemon, whose triggers fire", () => {
    db.exec("ATTACH Gobi;");
    const before = names().length;
    expect(db.exec("INSERT INTO gobi.global_table (name) VALUES ('three');")).toEqual([
      { kind: "changes", changes: 1 },
    ]);
    db.exec("INSERT INTO global_table (name) VALUES (:name)", { name: "four" });
    db.exec("let given = 'five'; INSERT INTO gobi.global_table (name) VALUES (given);");
    expect(names().slice(before)).toEqual(["three", "four", "five"]);
    expect(db.query("SELECT what FROM gobi.log").map((row) => row["what"])).toEqual(["three", "four", "five"]);
    db.exec("CREATE TABLE gobi.made (a int); INSERT INTO made VALUES (7);");
    expect(db.query("SELECT a FROM made")).toEqual([{ a: 7 }]);
  });

  it("makes triggers there that fire for what any other session does (GR-34)", () => {
    const other = open(":memory:");
    try {
      db.exec("ATTACH Gobi; CREATE TABLE gobi.watched (n int); CREATE TABLE gobi.seen (n int);");
      db.exec(
        "CREATE TRIGGER watching AFTER INSERT ON gobi.watched FOR EACH ROW AS BEGIN INSERT INTO seen (n) VALUES (NEW.n); END;",
      );
      other.exec("ATTACH Gobi; INSERT INTO gobi.watched VALUES (11), (12);");
      expect(db.query("SELECT n FROM gobi.seen ORDER BY n")).toEqual([{ n: 11 }, { n: 12 }]);
    } finally {
      other.close();
    }
  });

  it("calls what is stored there", () => {
    db.exec("ATTACH Gobi;");
    const count = names().length;
    expect(db.exec("CALL add_name('six');")).toEqual([{ kind: "value", value: count + 1, type: "int" }]);
    expect(db.query("SELECT twice(id) AS t FROM gobi.global_table WHERE id = 2")).toEqual([{ t: 4 }]);
    expect(failure("CALL failing();")).toMatchObject({ code: "Broken", message: "on purpose" });
    expect(db.call("add_name", "by name")).toBe(count + 2);
    expect(() => db.call("failing")).toThrow("on purpose");
    expect(failure("let y = twice(4);").code).toBe("NotImplemented");
  });

  it("refuses a transaction over both, and leaves nothing of it anywhere (GR-116)", () => {
    db.exec("ATTACH Gobi; CREATE TABLE mine (a int);");
    const before = names();
    const refused = failure(
      "BEGIN; INSERT INTO mine VALUES (1); INSERT INTO gobi.global_table (name) VALUES ('half'); COMMIT;",
    );
    expect(refused.code).toBe("TransactionState");
    expect(db.query("SELECT * FROM mine")).toEqual([]);
    expect(names()).toEqual(before);
    expect(failure("INSERT INTO gobi.global_table (name) SELECT a FROM mine").code).toBe("NotImplemented");
  });

  it("refuses writing from inside routines and dynamic statements, where no checker sees it (GR-116)", () => {
    db.exec("ATTACH Gobi; CREATE TABLE mine (a int);");
    const before = names();
    db.exec("procedure both () { INSERT INTO mine VALUES (1); INSERT INTO gobi.global_table (name) VALUES ('half'); }");
    expect(["NotImplemented", "PermissionDenied", "ReadOnly"]).toContain(failure("CALL both();").code);
    db.exec("procedure sly () { execute 'INSERT INTO gobi.global_table (name) VALUES (''sly'')' }");
    expect(() => db.call("sly")).toThrow("gobi is attached for reading");
    expect(db.query("SELECT * FROM mine")).toEqual([]);
    expect(names()).toEqual(before);
  });

  it("sees at once what others have changed in the daemon's catalog", () => {
    const other = open(":memory:");
    try {
      db.exec("ATTACH Gobi;");
      other.exec("ATTACH Gobi; CREATE TABLE gobi.late (a int);");
      expect(db.query("SELECT * FROM late")).toEqual([]);
    } finally {
      other.close();
    }
  });

  it("is done by itself in a mounted folder, when that was asked for (GR-31)", () => {
    const inside = open(":memory:", { directory: place.folder, attachGobi: true });
    try {
      expect(inside.query("SELECT name FROM global_table WHERE id = 1")).toEqual([{ name: "one" }]);
      inside.exec("ATTACH Gobi;");
    } finally {
      inside.close();
    }
    const own = open(join(place.folder, "main.gobi"), {
      attachGobi: true,
      onNotice: (text) => void notices.push(text),
    });
    try {
      own.exec("ATTACH Gobi;");
      expect(notices).toEqual(["This session works on the daemon's own database; there is nothing to attach."]);
    } finally {
      own.close();
    }
  });
});
