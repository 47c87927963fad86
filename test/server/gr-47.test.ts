// GR-47: isolated runtime: instruction, memory, depth, row and time limits stop a program; the database is unchanged and the session goes on.
import { describe, expect, it } from "vitest";
import { open } from "./support.ts";

const WRITES = "CREATE TABLE t (a int)";

describe("limits", () => {
  it.each([
    ["fuel", { fuelMax: 100_000 }, "INSERT INTO t VALUES (1); while true { }", "LimitExceeded"],
    ["time", { timeoutMs: 50 }, "INSERT INTO t VALUES (1); while true { }", "Timeout"],
    [
      "memory",
      { memoryBytesMax: 10_000_000 },
      'INSERT INTO t VALUES (1); let s = "xxxxxxxxxxxxxxxx"; while true { s = s + s }',
      "LimitExceeded",
    ],
    [
      "rows",
      { rowsMax: 100 },
      "INSERT INTO t VALUES (1); let q = WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c; print len(q)",
      "LimitExceeded",
    ],
  ] as const)("stop a program by %s", (_, limits, body, code) => {
    const db = open();
    db.run(`${WRITES}\nprocedure p() { ${body} }`);
    db.session.setLimits(limits);
    expect(db.failCall("p")).toMatch(new RegExp(`^${code}: `));
    db.session.setLimits({});
    expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
  });

  it("stop endless recursion", () => {
    const db = open();
    db.run("function f(n int) returns int { return f(n + 1) + 1 }");
    expect(db.failCall("f", 1)).toMatch(/^LimitExceeded: /);
    db.session.setLimits({ callDepthMax: 50 });
    expect(db.failCall("f", 1)).toMatch(/^LimitExceeded: .*50/);
  });

  it("cannot be caught by the program that hit them", () => {
    const db = open();
    db.run('procedure p() returns string { try { while true { } } catch (e) { return "caught" } return "" }');
    db.session.setLimits({ fuelMax: 10_000 });
    expect(db.failCall("p")).toMatch(/^LimitExceeded: /);
  });

  it("refuse a giant value", () => {
    const db = open();
    expect(db.fail('print len(repeat("x", 2000000000))')).toMatch(/^LimitExceeded: /);
  });
});

describe("grants", () => {
  it("withhold clock, random numbers and files", () => {
    const db = open({ grants: { clock: false, random: false, files: false } });
    expect(db.fail("print now()")).toMatch(/^PermissionDenied: /);
    expect(db.fail("SELECT now()")).toMatch(/^PermissionDenied: /);
    expect(db.fail("SELECT random()")).toMatch(/^PermissionDenied: /);
    expect(db.fail("print uuid()")).toMatch(/^PermissionDenied: /);
    expect(db.fail("BACKUP DATABASE TO 'x.gobi'")).toMatch(/^PermissionDenied: /);
    expect(db.fail("ATTACH 'x.db' AS x")).toMatch(/^PermissionDenied: /);
  });

  it("keep now() the same for the whole call, and random() the same for a seed", () => {
    const draw = (seed: number): string => {
      const db = open({ seed });
      db.run('procedure p() returns string { return "${now()} ${uuid()}" }');
      return `${db.call("p")} ${db.run("SELECT random()").join("")}`;
    };
    expect(draw(5)).toBe(draw(5));
    expect(draw(5)).not.toBe(draw(6));
    expect(draw(5)).toContain("2026-01-31T12:00:00Z ");
  });
});

it("stops when it is cancelled from outside", () => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const prints: string[] = [];
  const db = open({
    cancelFlag: flag,
    output: {
      print: (text) => {
        prints.push(text);
        Atomics.store(flag, 0, 1);
      },
      log: () => undefined,
      notice: () => undefined,
    },
  });
  expect(db.fail("CREATE TABLE t (a int)\nprint 1\nwhile true { }")).toMatch(/^Cancelled: /);
  expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
});
