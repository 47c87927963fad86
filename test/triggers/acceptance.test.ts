// GR-62 to GR-69 as they are stated, in the way that the compiler chooses, and with all triggers captured or managed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { open, type TestSession } from "../server/support.ts";

const TABLES = `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n INT DEFAULT 0); CREATE TABLE log (what TEXT);
procedure say(what string?) { INSERT INTO log (what) VALUES (what) }`;

function logOf(db: TestSession): readonly string[] {
  const lines = db.run("SELECT what FROM log ORDER BY rowid");
  db.run("DELETE FROM log");
  return lines;
}

describe.each([undefined, "captured", "managed"] as const)("triggers, way %s", (triggerWay) => {
  const start = (program: string): TestSession => {
    const db = open(triggerWay === undefined ? {} : { triggerWay });
    db.run(`${TABLES}\n${program}`);
    return db;
  };

  it("GR-62: upsert fires upsert triggers, and insert or update ones according to what happened, in that order", () => {
    const db = start(`CREATE TRIGGER u AFTER UPSERT ON t FOR EACH ROW AS BEGIN CALL say('upsert ' || NEW.id); END;
CREATE TRIGGER i AFTER INSERT ON t FOR EACH ROW AS BEGIN CALL say('insert ' || NEW.id); END;
CREATE TRIGGER c AFTER UPDATE ON t FOR EACH ROW AS BEGIN CALL say('update ' || NEW.id); END;
CREATE TRIGGER both AFTER INSERT OR DELETE ON t FOR EACH ROW ORDER 9 AS BEGIN CALL say('several ' || coalesce(NEW.id, OLD.id)); END;`);
    db.run("INSERT INTO t (id, a) VALUES (1, 'x')");
    expect(logOf(db)).toEqual(["insert 1", "several 1"]);
    db.run("UPSERT INTO t (id, a) VALUES (1, 'y')");
    expect(logOf(db)).toEqual(["upsert 1", "update 1"]);
    db.run("UPSERT INTO t (id, a) VALUES (2, 'z')");
    expect(logOf(db)).toEqual(["upsert 2", "insert 2", "several 2"]);
    db.run("INSERT INTO t (id, a) VALUES (2, 'w') ON CONFLICT (id) DO UPDATE SET a = excluded.a");
    expect(logOf(db)).toEqual(["upsert 2", "update 2"]);
    db.run("DELETE FROM t WHERE id = 1");
    expect(logOf(db)).toEqual(["several 1"]);
  });

  it("GR-63: three rows fire row triggers three times and statement triggers once, no rows the latter once", () => {
    const db = start(`CREATE TRIGGER r AFTER UPDATE ON t FOR EACH ROW AS BEGIN CALL say(OLD.a || '>' || NEW.a); END;
CREATE TRIGGER s AFTER UPDATE ON t FOR EACH STATEMENT AS BEGIN
  INSERT INTO log (what) SELECT d.a || '->' || i.a FROM deleted d JOIN inserted i ON i.id = d.id ORDER BY d.id;
  CALL say('statement ' || (SELECT count(*) FROM inserted));
END;
INSERT INTO t (id, a) VALUES (1, 'a'), (2, 'b'), (3, 'c')`);
    db.run("UPDATE t SET a = upper(a)");
    expect(logOf(db)).toEqual(["a>A", "b>B", "c>C", "a->A", "b->B", "c->C", "statement 3"]);
    db.run("UPDATE t SET a = 'x' WHERE id > 99");
    expect(logOf(db)).toEqual(["statement 0"]);
  });

  it("GR-64: where the condition is not true the body is not called, and that is counted", () => {
    const db = start(`CREATE TRIGGER w AFTER INSERT ON t FOR EACH ROW WHEN (NEW.n > 1) AS BEGIN CALL say('w'); END;`);
    db.run("INSERT INTO t (n) VALUES (1), (2), (null)");
    expect(logOf(db)).toEqual(["w"]);
    expect(db.run("SELECT fired, skipped_when FROM system.trigger_stats")).toEqual(["1|2"]);
  });

  it("GR-65: BEFORE changes a column, leaves a row out, or ends the statement", () => {
    const db = start(`CREATE TRIGGER b BEFORE INSERT ON t FOR EACH ROW AS BEGIN
  IF NEW.a = 'skip' THEN SKIP; END IF;
  IF NEW.a = 'stop' THEN RAISE Stopped('no'); END IF;
  SET NEW.n = 7;
END;`);
    db.run("INSERT INTO t (id, a) VALUES (1, 'x'), (2, 'skip'), (3, 'y')");
    expect(db.run("SELECT id, a, n FROM t ORDER BY id")).toEqual(["1|x|7", "3|y|7"]);
    expect(db.fail("INSERT INTO t (id, a) VALUES (4, 'z'), (5, 'stop')")).toBe("Stopped: no");
    expect(db.run("SELECT count(*) FROM t")).toEqual(["2"]);
  });

  it("GR-66: before-statement, per row before and write, then per row after, after-statement", () => {
    const db =
      start(`CREATE TRIGGER bs BEFORE INSERT ON t FOR EACH STATEMENT AS BEGIN CALL say('before statement'); END;
CREATE TRIGGER br BEFORE INSERT ON t FOR EACH ROW AS BEGIN CALL say('before ' || NEW.id || ' of ' || (SELECT count(*) FROM t)); END;
CREATE TRIGGER ar AFTER INSERT ON t FOR EACH ROW AS BEGIN CALL say('after ' || NEW.id || ' of ' || (SELECT count(*) FROM t)); END;
CREATE TRIGGER asr AFTER INSERT ON t FOR EACH STATEMENT AS BEGIN CALL say('after statement'); END;`);
    db.run("INSERT INTO t (id) VALUES (1), (2)");
    expect(logOf(db)).toEqual([
      "before statement",
      "before 1 of 0",
      "before 2 of 1",
      "after 1 of 2",
      "after 2 of 2",
      "after statement",
    ]);
  });

  it("GR-68: an error in an AFTER trigger undoes the statement and what triggers wrote", () => {
    const db = start(`CREATE TRIGGER one AFTER INSERT ON t FOR EACH ROW AS BEGIN CALL say('row ' || NEW.id); END;
CREATE TRIGGER two AFTER INSERT ON t FOR EACH ROW AS BEGIN IF NEW.id = 2 THEN RAISE Bad('two'); END IF; END;`);
    expect(db.fail("INSERT INTO t (id) VALUES (1), (2)")).toBe("Bad: two");
    expect(db.run("SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM log)")).toEqual(["0|0"]);
    db.run("BEGIN; INSERT INTO t (id) VALUES (5)");
    expect(db.fail("INSERT INTO t (id) VALUES (2)")).toBe("Bad: two");
  });

  it("GR-69: recursion ends at 16 levels with the chain in the message; recursive: false does not re-enter", () => {
    const db = start(`CREATE TABLE u (id INT)
CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW AS BEGIN INSERT INTO u (id) VALUES (NEW.id + 1); END;
CREATE TRIGGER b AFTER INSERT ON u FOR EACH ROW AS BEGIN INSERT INTO t (id) VALUES (NEW.id + 1); END;`);
    expect(db.fail("INSERT INTO t (id) VALUES (1)")).toMatch(/^TriggerDepth: .*16 levels deep: a → b → a → b/);
    expect(db.run("SELECT count(*) FROM t")).toEqual(["0"]);
    const other = start(`procedure again() <{ trig: ['self'] }> { INSERT INTO t (id) VALUES (NEW.id + 1) }
upsert TRIGGER as self ( timing: 'after', event: 'insert', target: 't', recursive: false )`);
    other.run("INSERT INTO t (id) VALUES (1)");
    expect(other.run("SELECT id FROM t ORDER BY id")).toEqual(["1", "2"]);
  });
});

it("GR-67: order, then creation; the same after a restart", () => {
  const folder = mkdtempSync(join(tmpdir(), "grizzly-"));
  const database = join(folder, "data.db");
  const first = open({ database });
  first.run(`${TABLES}
CREATE TRIGGER third AFTER INSERT ON t FOR EACH ROW ORDER 2 AS BEGIN CALL say('third'); END;
CREATE TRIGGER z AFTER INSERT ON t FOR EACH ROW ORDER 1 AS BEGIN CALL say('z'); END;
CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW ORDER 1 AS BEGIN CALL say('a'); END;
CREATE TRIGGER zero AFTER INSERT ON t FOR EACH ROW AS BEGIN CALL say('zero'); END;
upsert TRIGGER z AFTER INSERT ON t FOR EACH ROW ORDER 1 AS BEGIN CALL say('z again'); END;
INSERT INTO t (id) VALUES (1)`);
  expect(logOf(first)).toEqual(["zero", "z again", "a", "third"]);
  first.session.close();
  const second = open({ database });
  second.run("INSERT INTO t (id) VALUES (2)");
  expect(logOf(second)).toEqual(["zero", "z again", "a", "third"]);
  second.session.close();
  rmSync(folder, { recursive: true, force: true });
});
