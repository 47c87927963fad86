// What a lane answers: texts, calls, prepared statements, management, errors. One lane for all.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLAGS } from "../../protocol/frame.ts";
import { lineOf, positional, startLane, type TestClient, type TestLane } from "./support.ts";

const SCRIPT = `
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL);
INSERT INTO item VALUES (1, 'apple', 1.5), (2, 'pear', NULL);
CREATE FUNCTION twice(a int) RETURNS int { return a * 2 }
CREATE PROCEDURE add_item(name string, price float) { INSERT INTO item (name, price) VALUES (name, price); print "added " + name; return row_count() }
CREATE PROCEDURE listed() { emit SELECT name FROM item WHERE id < 3 ORDER BY id; return 7 }
CREATE PROCEDURE large(bytes int) { let text = SELECT hex(zeroblob(bytes)); return text }
CREATE FUNCTION all_items() RETURNS table<{id: int}> { return SELECT id FROM item WHERE id < 3 ORDER BY id }
`;

let lane: TestLane;
let client: TestClient;
beforeAll(async () => {
  lane = await startLane(SCRIPT);
  client = await lane.client();
}, 30_000);
afterAll(() => lane.stop());

async function call(name: string, ...values: (number | string | null)[]): Promise<readonly string[]> {
  return (await client.ask("CALL_PROCEDURE", { name }, positional(values))).pieces.map(lineOf);
}

describe("texts", () => {
  it("give rows, changes and sentences, statement by statement", async () => {
    expect(await client.run("SELECT id, name, price FROM item ORDER BY id LIMIT 2")).toEqual([
      'id,name,price: 1,"apple",1.5 2,"pear",null',
    ]);
    expect(
      await client.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT sum(a) AS s FROM t"),
    ).toEqual(["STATEMENT table t created", "STATEMENT insert 2", "s: 3"]);
    expect(await client.run("UPDATE t SET a = a + 1")).toEqual(["DONE update 2"]);
    expect(await client.run("SELECT a FROM t WHERE a > 100")).toEqual(["a:"]);
    expect(await client.run("1 + 2")).toEqual(["3 int"]);
    expect(await client.run("")).toEqual(["DONE"]);
  });

  it("take arguments by position and by name", async () => {
    expect(await client.run("SELECT name FROM item WHERE id = ? AND name = ?", 1, "apple")).toEqual(['name: "apple"']);
    const named = await client.ask("EXECUTE_SQL", { text: "SELECT :a + 1 AS b" }, [{ name: "$a", value: 4 }]);
    // `?` in operators and types is no parameter.
    expect(await client.run("if true { let a: int? = null; let c = a ?? 2; print c + ? }", 3)).toContain("print: 5");
    expect(named.pieces.map(lineOf)).toEqual(["b: 5"]);
    expect(await client.run("SELECT ?, ?", 1)).toEqual([
      "ERROR WrongArguments: The text has 2 parameters, and 1 values are given.",
    ]);
    expect(await client.run("SELECT ?")).toEqual(["ERROR CheckFailed: ? has no value here. (E2028)"]);
  });

  it("that have errors are not run; the answer says where", async () => {
    const { pieces } = await client.ask("EXECUTE_SQL", {
      text: "INSERT INTO item VALUES (9, 'x', 1); SELECT nope FROM item",
    });
    const [error] = pieces;
    expect(pieces.length).toBe(1);
    expect(error).toMatchObject({ kind: "message", name: "ERROR", fields: { code: "CheckFailed", retryable: false } });
    const problems: unknown = JSON.parse(String(error?.kind === "message" ? error.fields["problems"] : ""));
    expect(problems).toMatchObject([{ severity: "error", start: 44, end: 48 }]);
    const more = await client.run("SELECT nope, neither, nor FROM item");
    expect(more).toEqual([
      expect.stringMatching(/^ERROR CheckFailed: .* nope .*\(E5002\) There are 2 more errors\.$/u),
    ]);
    expect(await client.run("SELECT count(*) AS n FROM item WHERE id = 9")).toEqual(["n: 0"]);
  });

  it("that fail tell the error's name, and keep what came before", async () => {
    expect(
      await client.run("INSERT INTO item VALUES (20, 'fig', 2); INSERT INTO item VALUES (21, 'fig', 2); print 1"),
    ).toEqual(["STATEMENT insert 1", "ERROR UniqueViolation: A row with the same item.name already exists."]);
    expect(await client.run("DELETE FROM item WHERE id = 20")).toEqual(["DONE delete 1"]);
  });

  it("print while they run, in order", async () => {
    expect(await client.run("print 1; SELECT 2 AS b; print 3")).toEqual(["print: 1", "b: 2", "print: 3", "DONE"]);
  });
});

describe("calls", () => {
  it("give the value with its type", async () => {
    expect(await call("twice", 21)).toEqual(["42 int"]);
    expect(await call("add_item", "plum", 3)).toEqual(["print: added plum", "1 int"]);
  });

  it("give tables, emitted and returned, as rows", async () => {
    expect(await call("all_items")).toEqual(["id: 1 2"]);
    expect(await call("listed")).toEqual(['name: "apple" "pear"', "7 int"]);
  });

  it("take arguments by name", async () => {
    const answer = await client.ask("CALL_PROCEDURE", { name: "twice" }, [{ name: "$a", value: 4 }]);
    expect(answer.pieces.map(lineOf)).toEqual(["8 int"]);
  });

  it("fail when what they return is too large for a frame, and the session goes on", async () => {
    expect(await call("large", 9_000_000)).toEqual([
      expect.stringMatching(/^ERROR LimitExceeded: VALUE has 18\d+ bytes/u),
    ]);
    expect(await call("large", 1)).toEqual([`"00" string`]);
  });

  it("fail by name", async () => {
    expect(await call("nobody")).toEqual(["ERROR NoSuchRoutine: There is no procedure or function named nobody."]);
    expect(await call("twice")).toEqual(["ERROR WrongArguments: twice takes 1 argument, found 0."]);
    expect(await call("add_item", "apple", 1)).toEqual([
      "ERROR UniqueViolation: A row with the same item.name already exists.",
    ]);
  });
});

describe("prepared statements", () => {
  it("are checked once, described, run and forgotten", async () => {
    const prepared = await client.ask("PREPARE", { text: "SELECT id, name FROM item WHERE id = ?" });
    expect(prepared.pieces).toMatchObject([
      {
        name: "PREPARED",
        fields: {
          columns: JSON.stringify([
            { name: "id", type: "int", nullable: false },
            { name: "name", type: "string", nullable: false },
          ]),
          parameters: JSON.stringify([{ name: "_1", type: "int", nullable: true }]),
          read_only: true,
        },
      },
    ]);
    const [piece] = prepared.pieces;
    const statement_id = piece?.kind === "message" ? Number(piece.fields["statement_id"]) : 0;
    const run = async (value: number): Promise<readonly string[]> =>
      (await client.ask("EXECUTE_PREPARED", { statement_id }, positional([value]))).pieces.map(lineOf);
    expect(await run(1)).toEqual(['id,name: 1,"apple"']);
    expect(await run(2)).toEqual(['id,name: 2,"pear"']);
    expect((await client.ask("CLOSE_PREPARED", { statement_id })).pieces.map(lineOf)).toEqual(["DONE"]);
    expect(await run(1)).toEqual([
      `ERROR NoSuchStatement: There is no prepared statement ${statement_id} in this session.`,
    ]);
  });

  it("are checked again when another session has changed what they read (GR-112)", async () => {
    const other = await lane.client();
    await other.run("CREATE TABLE growing (a int); INSERT INTO growing VALUES (1)");
    const [piece] = (await client.ask("PREPARE", { text: "SELECT * FROM growing" })).pieces;
    const statement_id = piece?.kind === "message" ? Number(piece.fields["statement_id"]) : 0;
    const run = async (): Promise<readonly string[]> =>
      (await client.ask("EXECUTE_PREPARED", { statement_id })).pieces.map(lineOf);
    expect(await run()).toEqual(["a: 1"]);
    await other.run("ALTER TABLE growing ADD COLUMN b int DEFAULT 7");
    expect(await run()).toEqual(["a,b: 1,7"]);
    await other.run("DROP TABLE growing");
    expect((await run())[0]).toMatch(/^ERROR (?:NoSuchTable|CheckFailed|E5001)|growing/u);
    other.socket.destroy();
  });

  it("of calls tell by their effects whether they write", async () => {
    const readOnly = async (text: string): Promise<unknown> => {
      const [piece] = (await client.ask("PREPARE", { text })).pieces;
      return piece?.kind === "message" ? piece.fields["read_only"] : undefined;
    };
    expect(await readOnly("CALL add_item(?, ?)")).toBe(false);
    expect(await readOnly("CALL twice(?)")).toBe(true);
    expect(await readOnly("DELETE FROM item WHERE id = 99")).toBe(false);
  });
});

describe("the rest of the table", () => {
  it("manages by parts, describes the catalog, answers PING", async () => {
    const list = await client.ask("MANAGE_PROCEDURE", { action: "list" });
    expect(list.pieces.map(lineOf).join()).toContain("add_item");
    expect((await client.ask("MANAGE_PROCEDURE", { action: "drop", name: "x`; DELETE" })).pieces.map(lineOf)).toEqual([
      "ERROR WrongArguments: x`; DELETE is no name of an object.",
    ]);
    const [schema] = (await client.ask("DESCRIBE", { what: "schema", name: "item" })).pieces;
    expect(schema?.kind === "value" && JSON.stringify(schema.value)).toContain("price");
    expect((await client.ask("PING", {})).pieces).toMatchObject([{ name: "PONG" }]);
    expect((await client.ask("CONNECT", { protocol_version: 1 })).pieces.map(lineOf)).toEqual([
      "ERROR ProtocolError: The connection has a session already.",
    ]);
  });

  it("says with each end what the session holds", async () => {
    const flags = async (text: string): Promise<number> => (await client.ask("EXECUTE_SQL", { text })).flags;
    expect(await flags("SELECT 1 AS a")).toBe(FLAGS.END | FLAGS.FIRST | FLAGS.LAST);
    expect(await flags("BEGIN")).toBe(FLAGS.END | FLAGS.IN_TRANSACTION);
    expect(await flags("CREATE TEMP TABLE scratch (a int)")).toBe(FLAGS.END | FLAGS.IN_TRANSACTION | FLAGS.STATE);
    expect(await flags("ROLLBACK")).toBe(FLAGS.END);
  });

  it("moves the catalog epoch with each change of the schema, for every session", async () => {
    const other = await lane.client();
    const epoch = async (one: TestClient, text: string): Promise<number> =>
      (await one.ask("EXECUTE_SQL", { text })).epoch;
    const before = await epoch(other, "SELECT 1 AS a");
    await client.run("CREATE TABLE moved (a int)");
    const after = await epoch(client, "SELECT 1 AS a");
    expect(after).toBeGreaterThan(before);
    await other.run("SELECT a FROM moved");
    expect(await epoch(other, "SELECT 1 AS a")).toBe(after);
  });
});
