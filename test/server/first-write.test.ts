// BEGIN as SQLite means it: the first statement of a transaction may write whoever else has written since, what has read may not.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Trap } from "../../bytecode/trap.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRows, writeRows } from "../../server/sql/rows.ts";
import { makeTransactions, type Transactions } from "../../server/sql/transactions.ts";
import type { Connection } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { open } from "./support.ts";

let directory: string;
let file: string;
let mine: Connection;
let other: Connection;
let transactions: Transactions;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gobi-first-write-"));
  file = join(directory, "a.db");
  mine = sqliteEngine.connect({ target: file, busyTimeoutMs: 1 });
  other = sqliteEngine.connect({ target: file, busyTimeoutMs: 1 });
  writeRows(mine, "CREATE TABLE t (a TEXT)");
  transactions = makeTransactions(mine);
});
afterEach(() => {
  mine.close();
  other.close();
  rmSync(directory, { recursive: true, force: true });
});

const insert = (connection: Connection, text: string): void =>
  void writeRows(connection, "INSERT INTO t VALUES (?)", [text]);
const rows = (connection: Connection): string =>
  readRows(connection, "SELECT a FROM t ORDER BY a")
    .map((row) => String(row[0]))
    .join(" ");
const codeOf = (work: () => void): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Trap) return error.value.code;
    throw error;
  }
  return "";
};
/** What looking up the schema does: it reads, and so pins what the transaction sees. */
const lookUp = (): void => void readRows(mine, "SELECT count(*) FROM sqlite_schema");

describe("a transaction in which nothing was done yet", () => {
  it("writes, although the schema was looked up in it and somebody has written since", () => {
    transactions.control("begin", undefined, undefined);
    transactions.control("savepoint", undefined, "first");
    lookUp();
    insert(other, "of the other");
    transactions.begin("write");
    insert(mine, "a");
    transactions.finish("commit");
    expect([transactions.explicit, transactions.wrote, rows(mine)]).toEqual([true, true, "a of the other"]);
    // The savepoint from before is there.
    transactions.control("rollback to", undefined, "first");
    expect(rows(mine)).toBe("of the other");
    transactions.control("rollback", undefined, undefined);
    expect(rows(other)).toBe("of the other");
  });

  it("stays open while somebody else holds the lock, and writes when it is free", () => {
    transactions.control("savepoint", undefined, "first");
    lookUp();
    other.begin("immediate");
    insert(other, "of the other");
    expect(codeOf(() => transactions.begin("write"))).toBe("DatabaseLocked");
    expect([transactions.explicit, mine.inTransaction]).toEqual([true, true]);
    other.commit();
    transactions.begin("write");
    insert(mine, "a");
    transactions.finish("commit");
    transactions.control("release", undefined, "first");
    expect([mine.inTransaction, rows(other)]).toEqual([false, "a of the other"]);
  });
});

describe("a transaction that has read", () => {
  it.each<[string, () => void]>([
    ["in a call", () => (transactions.begin("read"), transactions.finish("commit"))],
    [
      "in a call, before it went back to a savepoint",
      () => (
        transactions.begin("read"),
        transactions.finish("commit"),
        transactions.control("rollback to", undefined, "first")
      ),
    ],
  ])("keeps what it saw: %s", (_, touch) => {
    transactions.control("begin", undefined, undefined);
    transactions.control("savepoint", undefined, "first");
    touch();
    expect(rows(mine)).toBe("");
    insert(other, "of the other");
    transactions.begin("write");
    expect(() => insert(mine, "a")).toThrow(
      "Another session has changed the database since this transaction first read it.",
    );
    transactions.finish("rollback");
    expect(rows(mine)).toBe("");
  });

  it.each(["SELECT count(*) FROM t", "EXPLAIN SELECT * FROM t", "let n = (SELECT count(*) FROM t)", "SHOW TABLES"])(
    "as a session says it: %s",
    (text) => {
      const { session } = open({ database: file, busyTimeoutMs: 1 });
      const told = (statement: string): string => {
        const outcome = session.executeStatement(statement);
        return outcome.kind === "failed" ? outcome.error.code : outcome.kind;
      };
      expect(["BEGIN", text].map(told)).toEqual(["completed", "completed"]);
      insert(other, "of the other");
      expect(told("INSERT INTO t VALUES ('a')")).toBe("Deadlock");
      expect(told("ROLLBACK")).toBe("completed");
      // And with nothing read first.
      expect(told("BEGIN")).toBe("completed");
      insert(other, "second");
      expect(["INSERT INTO t VALUES ('a')", "COMMIT"].map(told)).toEqual(["completed", "completed"]);
      session.close();
      expect(rows(other)).toBe("a of the other second");
    },
  );
});

describe("a savepoint outside of a transaction", () => {
  it("starts one that ends when it is released", () => {
    for (const name of ["one", "two", "TWO"]) transactions.control("savepoint", undefined, name);
    transactions.begin("write");
    insert(mine, "a");
    transactions.finish("commit");
    transactions.control("release", undefined, "two");
    transactions.control("release", undefined, "two");
    expect([transactions.explicit, mine.inTransaction, rows(other)]).toEqual([true, true, ""]);
    transactions.control("release", undefined, "One");
    expect([transactions.explicit, mine.inTransaction, rows(other)]).toEqual([false, false, "a"]);
  });

  it("that is gone back to is still there", () => {
    transactions.control("savepoint", undefined, "one");
    transactions.control("savepoint", undefined, "two");
    transactions.control("rollback to", undefined, "one");
    expect(codeOf(() => transactions.control("release", undefined, "two"))).toBe("TransactionState");
    transactions.control("release", undefined, "one");
    expect(mine.inTransaction).toBe(false);
  });

  it("inside of BEGIN does not end it", () => {
    transactions.control("begin", undefined, undefined);
    transactions.control("savepoint", undefined, "one");
    transactions.control("release", undefined, "one");
    expect([transactions.explicit, mine.inTransaction]).toEqual([true, true]);
  });
});
