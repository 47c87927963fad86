// Sessions that share a lane: waits for the write lock, cancellation, deadlines, clients that go away, back-pressure, privacy.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLAGS, messageName } from "../../protocol/frame.ts";
import { lineOf, startLane, type TestClient, type TestLane } from "./support.ts";

const SCRIPT = `
CREATE TABLE t (id INTEGER PRIMARY KEY, n int);
CREATE TABLE big AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 200000) SELECT i AS id, 'name ' || i AS name FROM c;
CREATE PROCEDURE spin() { let n = 0; loop { n = n + 1 } }
CREATE PROCEDURE put(n int) { INSERT INTO t (n) VALUES (n) }
`;
/** Reads for ever, inside one statement. */
const ENDLESS = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT max(i) AS m FROM c";

let lane: TestLane;
beforeAll(async () => {
  lane = await startLane(SCRIPT);
}, 30_000);
afterAll(() => lane.stop());

function line(client: TestClient, messageId: number | bigint): Promise<readonly string[]> {
  return client.answer(messageId).then(({ pieces }) => pieces.map(lineOf));
}

describe("writers", () => {
  it("wait for each other without keeping the lane from others, and none is told of a lock (GR-110)", async () => {
    const [holder, waiter, caller, reader] = [
      await lane.client(),
      await lane.client(),
      await lane.client(),
      await lane.client(),
    ];
    await holder.run("BEGIN IMMEDIATE; INSERT INTO t (n) VALUES (1)");
    const waiting = waiter.send("EXECUTE_SQL", { text: "INSERT INTO t (n) VALUES (2)" });
    const calling = caller.send("CALL_PROCEDURE", { name: "put" }, [{ name: "$1", value: 3 }]);
    await lane.heard("waiting", (message) => message.forWrite && message.sessionId === waiter.sessionId);
    // Uncommitted rows are seen by nobody else, and who only reads waits for nobody.
    expect(await reader.run("SELECT count(*) AS c FROM t")).toEqual(["c: 0"]);
    await holder.run("COMMIT");
    expect(await line(waiter, waiting)).toEqual(["DONE insert 1"]);
    expect(await line(caller, calling)).toEqual(["null void"]);
    expect(await reader.run("SELECT count(*) AS c FROM t")).toEqual(["c: 3"]);
  });

  it("that wait too long get DatabaseLocked, which may be tried again", async () => {
    const short = await startLane("CREATE TABLE t (n int)", { busyTimeoutMs: 60 });
    try {
      const [holder, waiter] = [await short.client(), await short.client()];
      await holder.run("BEGIN IMMEDIATE");
      const { pieces } = await waiter.ask("EXECUTE_SQL", { text: "INSERT INTO t VALUES (1)" });
      expect(pieces).toMatchObject([{ name: "ERROR", fields: { code: "DatabaseLocked", retryable: true } }]);
    } finally {
      await short.stop();
    }
  }, 20_000);

  it("get the lock of a client that went away at once (GR-114)", async () => {
    const [gone, next] = [await lane.client(), await lane.client()];
    await gone.run("BEGIN IMMEDIATE; INSERT INTO t (n) VALUES (100)");
    const waiting = next.send("EXECUTE_SQL", { text: "INSERT INTO t (n) VALUES (101)" });
    gone.socket.destroy();
    expect(await line(next, waiting)).toEqual(["DONE insert 1"]);
    expect(await next.run("SELECT count(*) AS c FROM t WHERE n = 100")).toEqual(["c: 0"]);
    await lane.heard("sessionEnded", (message) => message.sessionId === gone.sessionId);
  });

  it("whose snapshot is old are told to begin again", async () => {
    const [old, other] = [await lane.client(), await lane.client()];
    await old.run("BEGIN; SELECT count(*) AS c FROM t");
    await other.run("INSERT INTO t (n) VALUES (7)");
    const { pieces } = await old.ask("EXECUTE_SQL", { text: "INSERT INTO t (n) VALUES (8)" });
    expect(pieces).toMatchObject([{ name: "ERROR", fields: { code: "Deadlock", retryable: true } }]);
    await old.run("ROLLBACK");
  });
});

describe("what runs", () => {
  it("is cancelled by the control file, in programs and inside one statement", async () => {
    const client = await lane.client();
    for (const start of [
      () => client.send("CALL_PROCEDURE", { name: "spin" }),
      () => client.send("EXECUTE_SQL", { text: ENDLESS }),
    ]) {
      const messageId = start();
      // The lane tells of what lasts, also while it is at work.
      await lane.heard(
        "began",
        (message) => message.messageId === BigInt(messageId) && message.sessionId === client.sessionId,
      );
      lane.control.cancel(client.sessionId, messageId);
      expect((await line(client, messageId))[0]).toMatch(/^ERROR Cancelled/u);
    }
    expect(await client.run("SELECT 1 AS a")).toEqual(["a: 1"]);
  });

  it("ends at its deadline", async () => {
    const client = await lane.client();
    const text = await client.ask("EXECUTE_SQL", { text: ENDLESS, deadline_ms: 30 });
    expect(text.pieces.map(lineOf)[0]).toMatch(/^ERROR Timeout/u);
    const call = await client.ask("CALL_PROCEDURE", { name: "spin", deadline_ms: 30 });
    expect(call.pieces.map(lineOf)[0]).toMatch(/^ERROR Timeout/u);
    const rows = await client.ask("EXECUTE_SQL", { text: "SELECT id FROM big", rows_max: 10 });
    expect(rows.pieces.map(lineOf).at(-1)).toMatch(/^ERROR LimitExceeded/u);
    expect(await client.run("SELECT 1 AS a")).toEqual(["a: 1"]);
  });

  it("is cancelled while it waits behind another one, which goes on", async () => {
    const client = await lane.client();
    const running = client.send("EXECUTE_SQL", { text: ENDLESS });
    const waiting = client.send("EXECUTE_SQL", { text: "INSERT INTO t (n) VALUES (4711)" });
    const last = client.send("EXECUTE_SQL", { text: "SELECT count(*) AS c FROM t WHERE n = 4711" });
    await lane.heard(
      "began",
      (message) => message.messageId === BigInt(running) && message.sessionId === client.sessionId,
    );
    lane.control.cancel(client.sessionId, waiting);
    expect((await line(client, waiting))[0]).toMatch(/^ERROR Cancelled/u);
    lane.control.cancel(client.sessionId, running);
    expect((await line(client, running))[0]).toMatch(/^ERROR Cancelled/u);
    expect(await line(client, last)).toEqual(["c: 0"]);
    // One that has not come yet; nobody is told twice.
    lane.send({ kind: "cancel", sessionId: client.sessionId, messageId: BigInt(last) + 1n });
    const told = (): number => lane.messages.filter(({ kind }) => kind === "status").length;
    const before = told();
    lane.send({ kind: "report" });
    await lane.heard("status", () => told() > before);
    expect(await client.run("SELECT 1 AS a")).toEqual([expect.stringMatching(/^ERROR Cancelled/u)]);
    expect(await client.run("SELECT 1 AS a")).toEqual(["a: 1"]);
  });

  it("is cancelled while it waits for the lock", async () => {
    const [holder, waiter] = [await lane.client(), await lane.client()];
    await holder.run("BEGIN IMMEDIATE");
    const messageId = waiter.send("EXECUTE_SQL", { text: "INSERT INTO t (n) VALUES (2)" });
    await lane.heard("waiting", (message) => message.forWrite && message.sessionId === waiter.sessionId);
    lane.send({ kind: "cancel", sessionId: waiter.sessionId, messageId: BigInt(messageId) });
    expect((await line(waiter, messageId))[0]).toMatch(/^ERROR Cancelled/u);
    await holder.run("ROLLBACK");
  });
});

describe("rows", () => {
  const rowsOf = (client: TestClient, messageId: number | bigint): number =>
    client.frames
      .filter((frame) => frame.messageId === messageId && messageName(frame.code) === "ROWS")
      .reduce((sum, frame) => sum + frame.payload.length, 0);

  it("stop at the window and go on with FETCH, while others are served (GR-23)", async () => {
    const [client, other] = [await lane.client(), await lane.client()];
    const messageId = client.send("EXECUTE_SQL", { text: "SELECT id, name FROM big", window_bytes: 300_000 });
    await client.until(() => rowsOf(client, messageId) >= 300_000);
    expect(await other.run("SELECT count(*) AS c FROM big")).toEqual(["c: 200000"]);
    const before = rowsOf(client, messageId);
    expect(before).toBeLessThan(1_000_000);
    expect(client.frames.some((frame) => (frame.flags & FLAGS.END) !== 0)).toBe(false);
    client.socket.write(fetchFrame(client, messageId));
    const { pieces } = await client.answer(messageId);
    expect(pieces[0]).toMatchObject({ kind: "rows", rows: { length: 200_000 } });
    expect(rowsOf(client, messageId)).toBeGreaterThan(before);
  });

  it("end when they are cancelled half way, and the lane is free", async () => {
    const client = await lane.client();
    const messageId = client.send("EXECUTE_SQL", { text: "SELECT id, name FROM big", window_bytes: 1 });
    await client.until(() => client.frames.length > 0);
    lane.send({ kind: "cancel", sessionId: client.sessionId, messageId: BigInt(messageId) });
    await client.until(() => client.frames.some((frame) => (frame.flags & FLAGS.END) !== 0));
    expect(client.frames.map((frame) => messageName(frame.code)).at(-1)).toBe("ERROR");
    client.frames.length = 0;
    expect(await client.run("DELETE FROM t WHERE n = -1")).toEqual(["DONE delete 0"]);
  });

  it("of a client that goes away in the middle hold nothing back", async () => {
    const [client, other] = [await lane.client(), await lane.client()];
    client.send("EXECUTE_SQL", { text: "SELECT id, name FROM big", window_bytes: 1 });
    await client.until(() => client.frames.length > 0);
    client.socket.destroy();
    await lane.heard("sessionEnded", (message) => message.sessionId === client.sessionId);
    expect(await other.run("CREATE TABLE free (a int); DROP TABLE free")).toEqual([
      "STATEMENT table free created",
      "DONE table free dropped",
    ]);
  });
});

describe("sessions", () => {
  it("keep variables, temporary tables and transactions to themselves (GR-115)", async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => lane.client()));
    await Promise.all(
      clients.map((client, index) => client.run(`let mine = ${index}; CREATE TEMP TABLE own AS SELECT ${index} AS n`)),
    );
    const answers = await Promise.all(clients.map((client) => client.run("SELECT n + mine AS twice FROM own")));
    expect(answers).toEqual(clients.map((_, index) => [`twice: ${index * 2}`]));
    for (const client of clients) client.socket.destroy();
  });

  it("keep what the engine tells of their own changes to themselves (GR-115)", async () => {
    const [one, two, reader] = [await lane.client(), await lane.client(), await lane.client()];
    const tell = "SELECT last_insert_rowid() AS row, changes() AS changes, total_changes() AS total";
    await one.run("INSERT INTO t (id, n) VALUES (1001, 0)");
    await two.run("INSERT INTO t (id, n) VALUES (2001, 0), (2002, 0)");
    expect(await reader.run(tell)).toEqual(["row,changes,total: 0,0,0"]);
    expect(await one.run(tell)).toEqual(["row,changes,total: 1001,1,1"]);
    expect(await two.run(tell)).toEqual(["row,changes,total: 2002,2,2"]);
    await one.ask("CALL_PROCEDURE", { name: "put" }, [{ name: "$1", value: 3 }]);
    expect(await one.run("SELECT total_changes() AS total")).toEqual(["total: 2"]);
    expect(await reader.run(tell)).toEqual(["row,changes,total: 0,0,0"]);
  });

  it("have the limits that they ask for, and nobody else's", async () => {
    const [small, large] = [await lane.client(), await lane.client()];
    const text = "SELECT id FROM big LIMIT 10";
    const [piece] = (await small.ask("EXECUTE_SQL", { text, rows_max: 3 })).pieces.slice(-1);
    expect(piece).toMatchObject({ name: "ERROR", fields: { code: "LimitExceeded" } });
    expect(await large.run(text)).toEqual(await small.run(text));
  });

  it("answer requests in the order in which they came", async () => {
    const client = await lane.client();
    const ids = [
      client.send("EXECUTE_SQL", { text: "SELECT id FROM big LIMIT 50000" }),
      client.send("EXECUTE_SQL", { text: "let a = 1; a" }),
      client.send("PING", {}),
      client.send("EXECUTE_SQL", { text: "a + 1" }),
    ];
    await Promise.all(ids.map((id) => client.answer(id)));
    const ends = client.frames.filter((frame) => (frame.flags & FLAGS.END) !== 0).map((frame) => frame.messageId);
    expect(ends.filter((id) => id !== ids[2])).toEqual([ids[0], ids[1], ids[3]]);
  });

  it("that send what is no frame are told so and closed; others go on", async () => {
    const [bad, good] = [await lane.client(), await lane.client()];
    bad.socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n and more that is no frame");
    await bad.until(() => bad.ended);
    expect(bad.frames.map((frame) => messageName(frame.code))).toEqual(["GOODBYE"]);
    expect(await good.run("SELECT 1 AS a")).toEqual(["a: 1"]);
  });
});

describe("a lane that drains", () => {
  it("gives back what holds nothing, keeps transactions to their end, and leaves", async () => {
    const leaving = await startLane("CREATE TABLE t (n int)");
    const [idle, busy] = [await leaving.client(), await leaving.client()];
    await busy.run("BEGIN; INSERT INTO t VALUES (1)");
    leaving.send({ kind: "drain", goodbye: false, stay: false });
    const back = await leaving.heard("sessionBack");
    expect(back.session.sessionId).toBe(idle.sessionId);
    expect(await busy.run("COMMIT")).toEqual(["DONE transaction committed"]);
    await leaving.heard("sessionBack", (message) => message.session.sessionId === busy.sessionId);
    await leaving.stop();
  }, 20_000);

  it("gives a session to the lane that a request asks for, with the request", async () => {
    const client = await lane.client();
    client.send("EXECUTE_SQL", { text: "SELECT 1 AS a", lane: "slow" });
    const back = await lane.heard("sessionBack", (message) => message.session.sessionId === client.sessionId);
    expect(back.wanted).toBe("slow");
    expect(back.session.pending.length).toBeGreaterThan(32);
    const stays = await lane.client();
    await stays.run("BEGIN");
    const { pieces } = await stays.ask("EXECUTE_SQL", { text: "SELECT 2 AS a", lane: "slow" });
    expect(pieces.map(lineOf)).toEqual(["a: 2"]);
  });
});

function fetchFrame(client: TestClient, messageId: number | bigint): Uint8Array {
  return client.frame("FETCH", { bytes: 100_000_000 }, messageId);
}
