// The client and a whole daemon: what the library promises, over a real socket, a real Lead and real lanes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import type { Client } from "../../protocol/client/types.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

const SCRIPT = `
CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL);
INSERT INTO accounts (owner, balance) VALUES ('Ann', 100), ('Ben', 50);
upsert procedure transfer (giver int, taker int, amount int) raises TooLittle returns int {
  let have = SELECT balance FROM accounts WHERE id = giver;
  if have is null or have < amount { raise TooLittle("not enough", {needed: amount}) }
  UPDATE accounts SET balance = balance - amount WHERE id = giver;
  UPDATE accounts SET balance = balance + amount WHERE id = taker;
  return SELECT count(*) FROM accounts;
}
upsert procedure owners () returns table<accounts> { return SELECT * FROM accounts ORDER BY id; }
upsert procedure split (inout amount int, out half int) returns void { SET half = amount / 2; SET amount = amount - half; }
function double_of (n int) returns int { return n * 2; }
`;

let daemon: TestDaemon;
let client: Client;

beforeAll(async () => {
  daemon = await startTestDaemon({ script: SCRIPT });
  client = await connect({ target: daemon.place.socket });
}, 60_000);
afterAll(async () => {
  await client.close();
  await daemon.stop();
});

describe("a client of a daemon", () => {
  it("calls procedures and functions", async () => {
    expect(await client.call("transfer", [1, 2, 10])).toBe(2);
    expect(await client.call("double_of", { n: 21 })).toBe(42);
    expect(await client.call("owners")).toEqual([
      { id: 1, owner: "Ann", balance: 90 },
      { id: 2, owner: "Ben", balance: 60 },
    ]);
    expect(await client.call("split", { amount: 7 })).toEqual({ amount: 4, half: 3 });
    expect(await client.call("split", [9])).toEqual({ amount: 5, half: 4 });
  });

  it("gives the errors of programs, with detail and place", async () => {
    await expect(client.call("transfer", [1, 2, 1000])).rejects.toMatchObject({
      code: "TooLittle",
      message: "not enough",
      frames: [{ routine: "transfer" }],
    });
    await expect(client.call("nobody")).rejects.toMatchObject({ code: "NoSuchRoutine" });
    await expect(client.query("SELECT nothing FROM accounts")).rejects.toMatchObject({
      code: "CheckFailed",
      problems: [{ severity: "error", span: { start: 7, end: 14 } }],
    });
  });

  it("runs queries with parameters, and scripts", async () => {
    expect(await client.query("SELECT owner FROM accounts WHERE id = ?", [2])).toEqual([{ owner: "Ben" }]);
    expect(await client.query("SELECT owner FROM accounts WHERE id = :wanted", { wanted: 1 })).toEqual([
      { owner: "Ann" },
    ]);
    const results = await client.execute(
      "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT sum(a) AS s FROM t; DROP TABLE t;",
    );
    expect(results.map((result) => result.kind)).toEqual(["done", "changes", "rows", "done"]);
  });

  it("prepares", async () => {
    const statement = await client.prepare("SELECT owner FROM accounts WHERE balance > ?");
    expect(statement.parameters).toEqual([{ name: "_1", type: "int", nullable: true }]);
    expect(statement.readOnly).toBe(true);
    expect((await statement.all([0])).length).toBe(2);
    expect((await statement.all([1_000_000])).length).toBe(0);
    await statement.close();
    const writing = await client.prepare("UPDATE accounts SET owner = upper(owner) WHERE id = :wanted");
    expect(writing.readOnly).toBe(false);
    expect(await writing.run({ wanted: 1 })).toEqual({ changes: 1 });
    await writing.close();
    await expect(client.prepare("SELECT nothing FROM accounts")).rejects.toMatchObject({ code: "CheckFailed" });
  });

  it("keeps sessions apart", async () => {
    await client.session(async (session) => {
      await session.execute("let secret = 7;");
      await session.execute("CREATE TEMP TABLE mine (a int);");
      expect(await session.query("SELECT :secret AS s")).toEqual([{ s: 7 }]);
      await expect(client.query("SELECT * FROM mine")).rejects.toMatchObject({ code: "NoSuchTable" });
    });
    // Whoever gets the connection next finds nothing of it.
    await expect(client.query("SELECT * FROM mine")).rejects.toMatchObject({ code: "NoSuchTable" });
  });

  it.each([
    ["let kept = 1", "print kept"],
    ["let kept = 1; SELECT kept", "print kept"],
    ["let kept = 1; let wrong = 1 / 0", "print kept"],
    ["let kept = 1; raise Halt('x')", "print kept"],
    ["CREATE TEMP TABLE kept (a INT); SELECT 1", "SELECT a FROM kept"],
    ["CREATE TEMP TABLE kept (a INT); let wrong = 1 / 0", "SELECT a FROM kept"],
  ])("gives a session to nobody else after %s (GR-115)", async (text, look) => {
    const one = await connect({ target: daemon.place.socket, pool: { max: 1 } });
    await one.execute(text).catch(() => undefined);
    await expect(one.execute(look)).rejects.toMatchObject({
      code: expect.stringMatching(/CheckFailed|NoSuchTable/) as string,
    });
    await one.close();
  });

  it("refuses a value that a text or a routine does not take", async () => {
    const refused = (message: string): object => ({ code: "WrongArguments", message });
    const unused = refused("The text does not use b; its parameters are :a.");
    await expect(client.query("SELECT :a AS x", { a: 1, b: 2 })).rejects.toMatchObject(unused);
    await expect(client.execute("SELECT :a AS x", { a: 1, b: 2 })).rejects.toMatchObject(unused);
    await expect(client.stream("SELECT :a AS x", { a: 1, b: 2 }).columns).rejects.toMatchObject(unused);
    const statement = await client.prepare("SELECT :a AS x");
    await expect(statement.run({ a: 1, b: 2 })).rejects.toMatchObject(unused);
    await client.execute("function twice_it (n int) returns int { return n * 2 }");
    await expect(client.call("twice_it", { n: 1, m: 2 })).rejects.toMatchObject(
      refused("twice_it has no parameter named m; its parameters are n."),
    );
  });

  it("says that a transaction which a text leaves open is lost, and nothing of it is there", async () => {
    for (const text of ["BEGIN", "BEGIN; INSERT INTO accounts (owner, balance) VALUES ('Lost', 1)"])
      await expect(client.execute(text)).rejects.toMatchObject({ code: "TransactionState" });
    const insert = "BEGIN; INSERT INTO accounts (owner, balance) VALUES ('Lost', 1)";
    const read: unknown[] = [];
    const streaming = async (text: string): Promise<void> => {
      for await (const row of client.stream(text)) read.push(row);
    };
    await expect(streaming(insert)).rejects.toMatchObject({ code: "TransactionState" });
    // The rows come before it.
    await expect(streaming(`${insert}; SELECT 1 AS a`)).rejects.toMatchObject({ code: "TransactionState" });
    expect(read).toEqual([{ a: 1 }]);
    expect(await client.query("SELECT count(*) AS n FROM accounts WHERE owner = 'Lost'")).toEqual([{ n: 0 }]);
    await client.session(async (session) => {
      await session.execute("BEGIN");
      await session.execute("ROLLBACK");
    });
  });

  it("gives a session that was set otherwise to nobody else (GR-115)", async () => {
    const one = await connect({ target: daemon.place.socket, pool: { max: 1 } });
    await one.execute("PRAGMA cache_size = 77");
    expect(await one.query("PRAGMA cache_size")).not.toEqual([{ cache_size: 77 }]);
    await one.close();
  });

  it("commits and rolls back", async () => {
    await client.transaction(async (session) => {
      await session.execute("UPDATE accounts SET balance = 1 WHERE id = 2");
      expect(await session.query("SELECT balance AS b FROM accounts WHERE id = 2")).toEqual([{ b: 1 }]);
      expect(await client.query("SELECT balance AS b FROM accounts WHERE id = 2")).toEqual([{ b: 60 }]);
    });
    await expect(
      client.transaction(async (session) => {
        await session.execute("DELETE FROM accounts");
        throw new RangeError("no");
      }),
    ).rejects.toThrow("no");
    expect(await client.query("SELECT balance AS b FROM accounts WHERE id = 2")).toEqual([{ b: 1 }]);
  });

  it("streams more rows than fit a window, and stops in the middle", async () => {
    const text =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600000) SELECT i, 'row ' || i AS t FROM n";
    let count = 0;
    for await (const row of client.stream(text)) {
      count += 1;
      if (count === 1) expect(row).toEqual({ i: 1, t: "row 1" });
    }
    expect(count).toBe(600_000);
    let seen = 0;
    for await (const batch of client.stream(text).batches()) {
      seen += (batch as { readonly numRows: number }).numRows;
      if (seen > 1000) break;
    }
    expect(seen).toBeLessThan(600_000);
    expect(await client.call("double_of", [1])).toBe(2);
  }, 30_000);

  it("cancels what runs", async () => {
    const endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n";
    const controller = new AbortController();
    const query = client.query(endless, [], { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(query).rejects.toMatchObject({ code: "Cancelled" });
    await expect(client.query(endless, [], { deadlineMs: 50 })).rejects.toMatchObject({ code: "Timeout" });
  });

  it("does work with a key once", async () => {
    const options = { idempotencyKey: "transfer-1" };
    const before = await client.query("SELECT balance AS b FROM accounts WHERE id = 2");
    expect(await client.call("transfer", [1, 2, 5], options)).toBe(2);
    expect(await client.call("transfer", [1, 2, 5], options)).toBe(2);
    const after = await client.query("SELECT balance AS b FROM accounts WHERE id = 2");
    expect(Number(after[0]?.["b"])).toBe(Number(before[0]?.["b"]) + 5);
  });

  it("describes the catalog", async () => {
    await client.session(async (session) => {
      expect(await session.describe("routines", "transfer")).toMatchObject([
        { kind: "procedure", name: "transfer", returns: "int", readOnly: false },
      ]);
      expect(await session.describe("schema", "accounts")).toMatchObject({
        tables: [{ name: "accounts", primaryKey: ["id"] }],
      });
      expect(session.user).not.toBe("");
    });
  });

  it("has nothing to attach, wherever GOBI_HOME points", async () => {
    const said: string[] = [];
    const own = await connect({
      target: daemon.place.socket,
      onNotice: (kind, text) => void said.push(`${kind} ${text}`),
    });
    try {
      await own.execute("ATTACH Gobi;");
      expect(said).toEqual(["notice This session works on the daemon's own database; there is nothing to attach."]);
    } finally {
      await own.close();
    }
  });

  it("sees what another client has stored at once", async () => {
    const other = await connect({ target: daemon.place.socket });
    try {
      expect(await client.call("double_of", [4])).toBe(8);
      await other.execute("function double_of (n int) returns int { return n * 20; }");
      expect(await client.call("double_of", [4])).toBe(80);
    } finally {
      await other.close();
    }
  });
});
