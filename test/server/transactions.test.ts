// Transactions over a real connection: calls, savepoints, autonomous blocks that survive, scripts inside somebody else's transaction.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Trap } from "../../bytecode/trap.ts";
import { readRows, writeRows } from "../../server/sql/rows.ts";
import { makeTransactions, type Transactions } from "../../server/sql/transactions.ts";
import type { Connection } from "../../storage/engine.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

let connection: Connection;
let transactions: Transactions;

beforeEach(() => {
  connection = sqliteEngine.connect({ target: ":memory:" });
  transactions = makeTransactions(connection);
  writeRows(connection, "CREATE TABLE t (a TEXT)");
});
afterEach(() => connection.close());

const insert = (text: string): void => {
  const work = (): void => void writeRows(connection, "INSERT INTO t VALUES (?)", [text]);
  work();
  transactions.record(work);
};
const rows = (): string =>
  readRows(connection, "SELECT a FROM t ORDER BY rowid")
    .map((row) => String(row[0]))
    .join(" ");

describe("calls", () => {
  it("commit and roll back as one", () => {
    transactions.begin("write");
    insert("a");
    transactions.finish("commit");
    transactions.begin("write");
    insert("b");
    transactions.finish("rollback");
    expect(rows()).toBe("a");
    expect(connection.inTransaction).toBe(false);
  });

  it("are savepoints inside BEGIN … COMMIT", () => {
    transactions.control("begin", undefined, undefined);
    transactions.begin("write");
    insert("a");
    transactions.finish("commit");
    transactions.begin("write");
    insert("b");
    transactions.finish("rollback");
    expect(transactions.explicit).toBe(true);
    transactions.control("commit", undefined, undefined);
    expect(rows()).toBe("a");
  });

  it("without access open nothing", () => {
    transactions.begin("none");
    expect(connection.inTransaction).toBe(false);
    transactions.finish("commit");
  });
});

describe("savepoints", () => {
  it("undo what came after them, also nested ones", () => {
    transactions.begin("write");
    insert("a");
    const outer = transactions.savepoint();
    insert("b");
    transactions.savepoint();
    insert("c");
    transactions.rollbackTo(outer);
    insert("d");
    transactions.finish("commit");
    expect(rows()).toBe("a d");
  });

  it("start a transaction when there is none", () => {
    const token = transactions.savepoint();
    insert("a");
    expect(connection.inTransaction).toBe(true);
    transactions.release(token);
    expect(connection.inTransaction).toBe(false);
    expect(rows()).toBe("a");
  });
});

describe("autonomous blocks", () => {
  const autonomous = (text: string, outcome: "commit" | "rollback" = "commit"): void => {
    const token = transactions.beginAutonomous();
    insert(text);
    transactions.endAutonomous(token, outcome);
  };

  it("survive the rollback of the call", () => {
    transactions.begin("write");
    insert("a");
    autonomous("log");
    insert("b");
    transactions.finish("rollback");
    expect(rows()).toBe("log");
  });

  it("survive the rollback of an enclosing savepoint, and are there once when the call commits", () => {
    transactions.begin("write");
    const token = transactions.savepoint();
    autonomous("log");
    insert("b");
    transactions.rollbackTo(token);
    expect(rows()).toBe("log");
    transactions.finish("commit");
    expect(rows()).toBe("log");
  });

  it("survive both in a row, once", () => {
    transactions.begin("write");
    const token = transactions.savepoint();
    autonomous("log");
    transactions.rollbackTo(token);
    transactions.finish("rollback");
    expect(rows()).toBe("log");
  });

  it("keep nothing when they roll back themselves", () => {
    transactions.begin("write");
    autonomous("log", "rollback");
    transactions.finish("rollback");
    expect(rows()).toBe("");
  });

  it("survive the rollback of a script's transaction", () => {
    transactions.control("begin", undefined, undefined);
    transactions.begin("write");
    autonomous("log");
    insert("a");
    transactions.finish("commit");
    transactions.control("rollback", undefined, undefined);
    expect(rows()).toBe("log");
  });

  it("commit at once outside a transaction", () => {
    autonomous("log");
    expect(connection.inTransaction).toBe(false);
    expect(rows()).toBe("log");
  });
});

describe("scripts", () => {
  it("have BEGIN and COMMIT as savepoints inside a test run", () => {
    transactions.beginAround();
    transactions.control("begin", undefined, undefined);
    insert("a");
    transactions.control("rollback", undefined, undefined);
    transactions.control("begin", undefined, undefined);
    insert("b");
    transactions.control("commit", undefined, undefined);
    expect(rows()).toBe("b");
    transactions.endAround();
    expect(rows()).toBe("");
  });

  it("say that there is nothing to commit", () => {
    expect(() => transactions.control("commit", undefined, undefined)).toThrow(Trap);
    expect(() => transactions.control("commit", undefined, undefined)).toThrow("There is no transaction to commit.");
  });
});
