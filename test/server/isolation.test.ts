// HY-30, GR-110: levels of isolation are accepted, mapped to what SQLite has, and told where it has only a stricter one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open, type TestSession } from "./support.ts";

const LEVELS = ["SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED"] as const;

let folder: string;
let one: TestSession;
let other: TestSession;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-isolation-"));
  one = open({ database: join(folder, "data.db") });
  one.run("CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL); INSERT INTO account VALUES (1, 100)");
  other = open({ database: join(folder, "data.db") });
});
afterEach(() => {
  one.session.close();
  other.session.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Types a statement, so that its transaction stays open; gives the number of rows, or the code of the error. */
function typed(db: TestSession, text: string): string {
  let rows = "";
  const outcome = db.session.executeStatement(text, {
    onResult: ({ result }) => {
      if (result.kind === "table") rows = String(result.table.length);
    },
  });
  return outcome.kind === "failed" ? outcome.error.code : rows;
}

describe.each(LEVELS)("BEGIN ISOLATION LEVEL %s", (level) => {
  it("shows no row that another session adds meanwhile", () => {
    const rows = "SELECT id FROM account";
    typed(one, `BEGIN ISOLATION LEVEL ${level}`);
    expect(one.notices).toHaveLength(level === "SERIALIZABLE" ? 0 : 1);
    if (level !== "SERIALIZABLE") expect(one.notices[0]).toContain(level);
    expect(typed(one, rows)).toBe("1");
    other.run("INSERT INTO account VALUES (2, 5)");
    expect(typed(one, rows)).toBe("1");
    typed(one, "COMMIT");
    expect(typed(one, rows)).toBe("2");
    expect(typed(one, "INSERT INTO account SELECT 3, count(*) FROM account WHERE id = 2")).toBe("");
    expect(one.run("SELECT amount FROM account WHERE id = 3")).toEqual(["1"]);
  });

  it("loses no update of another session", () => {
    typed(one, `BEGIN TRANSACTION ISOLATION LEVEL ${level}`);
    typed(one, "SELECT amount FROM account");
    other.run("UPDATE account SET amount = 90 WHERE id = 1");
    expect(typed(one, "UPDATE account SET amount = 110 WHERE id = 1")).toBe("Deadlock");
    typed(one, "ROLLBACK");
    expect(other.run("SELECT amount FROM account")).toEqual(["90"]);
  });
});

it("a block may begin with a variable named isolation", () => {
  one.run("let isolation = 1\nBEGIN isolation = 2; END\nprint isolation");
  expect(one.printed).toEqual(["2"]);
});

it("an unknown level is a mistake of syntax", () => {
  expect(one.reject("BEGIN ISOLATION LEVEL SNAPSHOT;")).toEqual(["E1001"]);
});
