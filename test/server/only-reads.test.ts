// What takes no lock and keeps nothing in its session, so that a lane that is a thread does it (GR-114).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trap } from "../../bytecode/trap.ts";
import type { Session } from "../../server/session-types.ts";
import { testSession } from "../session.ts";

const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, name TEXT);
CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (pid INTEGER REFERENCES parent (id) ON DELETE CASCADE);
CREATE VIEW v AS SELECT n FROM t;
CREATE TABLE fired (n INTEGER);
CREATE TRIGGER v_insert INSTEAD OF INSERT ON v FOR EACH ROW { INSERT INTO fired VALUES (NEW.n) };
CREATE PROCEDURE reads(most int) { for row in SELECT n FROM t { if row.n > most { print(row.n) } } };
CREATE PROCEDURE computes(a int) { print(a + 1) };
CREATE FUNCTION twice(a int) returns int { return a * 2 };
CREATE PROCEDURE writes() { INSERT INTO t (n) VALUES (1) };
CREATE PROCEDURE executes() { execute 'SELECT 1' };
CREATE PROCEDURE alone() { autonomous { print(1) } };`;

let session: Session;
beforeAll(() => {
  session = testSession().session;
  expect(session.executeStatement(SCHEMA)).toMatchObject({ kind: "completed" });
});
afterAll(() => session.close());

const READ: readonly string[] = [
  "",
  "SELECT n FROM t",
  "SELECT max(n) AS n FROM v; SELECT twice(n) AS n FROM t",
  "WITH c AS (SELECT 1 AS a) SELECT a FROM c",
  "VALUES (1)",
  "print(1 + 1)",
  "if true { print(1) }",
  "for row in SELECT n FROM t { print(row.n) }",
  "try { print(1) } catch { print(2) }",
  "EXPLAIN INSERT INTO t VALUES (1, 1, 'a')",
  "EXPLAIN QUERY PLAN DELETE FROM t",
  "LIST TABLES",
  "SHOW GRANTS",
  "DESCRIBE t",
  // What has errors is told so.
  "INSERT INTO t VALUES (",
];

const WRITE: readonly string[] = [
  "INSERT INTO t VALUES (1, 1, 'a')",
  "INSERT INTO t (n) SELECT length(replace(hex(zeroblob(n)), '00', '1')) FROM t",
  "INSERT INTO t VALUES (1, 1, 'a') ON CONFLICT (id) DO UPDATE SET n = n + 1",
  "INSERT INTO v VALUES (1)",
  "REPLACE INTO t VALUES (1, 1, 'a')",
  "WITH c AS (SELECT 1 AS a) INSERT INTO t (n) SELECT a FROM c",
  "UPDATE t SET n = 1 WHERE name LIKE '%a%b%'",
  "UPDATE t SET n = 1 RETURNING n",
  "DELETE FROM parent",
  "DELETE FROM t RETURNING n",
  "CREATE TABLE made AS SELECT n FROM t",
  "CREATE TEMP TABLE made (n INTEGER)",
  "CREATE INDEX made ON t (n)",
  "CREATE VIEW made AS SELECT 1 AS one",
  "CREATE PROCEDURE made() { print(1) }",
  "CREATE TRIGGER made AFTER INSERT ON t FOR EACH ROW { print(1) }",
  "ALTER TABLE t ADD COLUMN more INTEGER",
  "DROP TABLE fired",
  "VACUUM",
  "ANALYZE",
  "REINDEX",
  "PRAGMA user_version",
  "PRAGMA optimize",
  "BACKUP DATABASE TO 'never.db'",
  "ATTACH DATABASE 'never.db' AS other",
  "GRANT SELECT ON t TO nobody",
  "BEGIN",
  "BEGIN IMMEDIATE; SELECT n FROM t",
  "SAVEPOINT a",
  "COMMIT",
  "LOCK t IN SHARE MODE",
  "SELECT n FROM t; INSERT INTO t (n) VALUES (1)",
  "if true { DELETE FROM t }",
  "transaction { print(1) }",
  "autonomous { print(1) }",
  "execute 'SELECT 1'",
  "let kept = 1",
  "const kept = 1",
  "CALL writes()",
  "CALL executes()",
  "ENABLE TRIGGER v_insert",
  "DISABLE TRIGGERS FOR SESSION",
  "RUN PIPELINE nightly",
];

describe("a text", () => {
  it.each(READ)("only reads: %s", (text) => {
    expect(session.textOnlyReads(text)).toBe(true);
  });

  it.each(WRITE)("may lock or keep something: %s", (text) => {
    expect(session.begin(text).rejected).toBe(false);
    expect(session.textOnlyReads(text)).toBe(false);
  });

  it("values that come with it are not kept; a very long one is not looked at", () => {
    expect(session.textOnlyReads("SELECT n FROM t WHERE n = :given", { given: 1 })).toBe(true);
    expect(session.textOnlyReads(`SELECT 1 AS one -- ${"x".repeat(70_000)}`)).toBe(false);
  });
});

describe("a call", () => {
  const CALLS: readonly (readonly [string, boolean])[] = [
    ["reads", true],
    ["computes", true],
    ["twice", true],
    ["nobody", true],
    ["not a name@", true],
    ["writes", false],
    ["executes", false],
    ["alone", false],
  ];
  it.each(CALLS)("%s", (name, expected) => {
    expect(session.callOnlyReads(name)).toBe(expected);
  });
});

describe("where nothing may be written", () => {
  it("what would lock is refused before it does, whatever it was taken for; the session reads on", () => {
    const { session: reading } = testSession({
      beforeWriting: () => {
        throw trap("ServiceUnavailable", "Nothing is written here.");
      },
    });
    expect(reading.executeStatement("CREATE TABLE t (n INTEGER)")).toMatchObject({
      kind: "failed",
      error: { code: "ServiceUnavailable" },
    });
    expect(reading.connection.inTransaction).toBe(false);
    expect(reading.executeStatement("SELECT 1 AS one").kind).toBe("completed");
    reading.close();
  });
});
