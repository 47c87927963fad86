// GR-72: system.trigger_stats: fired, failed, skipped, rows, total and longest time; kept with commits, also of what was undone.
import { expect, it } from "vitest";
import { open } from "../server/support.ts";

it("counts firings, skipped conditions, failures and rows per hour", () => {
  const db = open();
  db.run(`CREATE TABLE t (id INT)
CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW WHEN (NEW.id > 1) AS BEGIN
  IF NEW.id = 9 THEN RAISE TooMuch('nine'); END IF;
END;
INSERT INTO t (id) VALUES (1), (2), (3)`);
  expect(
    db.run("SELECT fired, failed, skipped_when, rows_seen, total_ms > 0, max_ms <= total_ms FROM system.trigger_stats"),
  ).toEqual(["2|0|1|3|true|true"]);
  expect(db.fail("INSERT INTO t (id) VALUES (9)")).toBe("TooMuch: nine");
  db.run("INSERT INTO t (id) VALUES (4)");
  expect(db.run("SELECT period_at, fired, failed, skipped_when FROM system.trigger_stats")).toEqual([
    "2026-01-31T12:00:00Z|4|1|1",
  ]);
  expect(db.run("SHOW TRIGGER x")[0]?.split("|").slice(6, 9)).toEqual(["4", "1", "1"]);
});

it("drops the counts with the trigger", () => {
  const db = open();
  db.run(`CREATE TABLE t (id INT)
CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW AS BEGIN print NEW.id; END;
INSERT INTO t (id) VALUES (1)
DROP TRIGGER x`);
  expect(db.run("SELECT count(*) FROM system.trigger_stats")).toEqual(["0"]);
});
