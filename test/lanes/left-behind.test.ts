// What a session leaves in the server session that it was lent: nobody of the same user sees or suffers it, and what waits there for its session is not lost (GR-115).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { required } from "../../base/failure.ts";
import { startLane, type TestClient, type TestLane } from "./support.ts";

let lane: TestLane;
beforeAll(async () => {
  lane = await startLane(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');
     CREATE TABLE seen (id INTEGER);
     upsert procedure emits () { emit SELECT 1 AS secret; raise Boom("x"); }
     upsert procedure three () returns int { return 3 }
     CREATE TRIGGER refuses BEFORE INSERT ON seen FOR EACH ROW AS BEGIN raise No("no"); END;`,
    { busyTimeoutMs: 4_000 },
  );
}, 30_000);
afterAll(() => lane.stop());

/** A session that does one thing, and goes. */
async function once(...texts: readonly string[]): Promise<readonly (readonly string[])[]> {
  const client = await lane.client();
  const said: (readonly string[])[] = [];
  for (const text of texts) said.push(await client.run(text));
  await leave(client);
  return said;
}

async function leave(client: TestClient): Promise<void> {
  client.socket.end();
  await lane.heard("sessionEnded", ({ sessionId }) => sessionId === client.sessionId);
}

async function status(): Promise<number> {
  lane.messages.length = 0;
  lane.send({ kind: "report" });
  return (await lane.heard("status")).status.sessions.length;
}

/** Files of the database that the lane has open. */
function descriptors(): number {
  return readdirSync(`/proc/${required(lane.child.pid, "the lane's process")}/fd`).length;
}

describe("nobody else of the same user finds", () => {
  it("a temporary trigger (GR-115)", async () => {
    const first = await lane.client();
    await first.run(
      "CREATE TEMP TRIGGER spy AFTER INSERT ON main.t BEGIN UPDATE t SET v = 'spied' WHERE id = NEW.id; END",
    );
    await once("INSERT INTO t VALUES (10, 'mine')");
    expect(await once("SELECT v FROM t WHERE id = 10")).toEqual([['v: "mine"']]);
    expect(await first.run("INSERT INTO t VALUES (11, 'own')")).toEqual(["DONE insert 1"]);
    expect(await first.run("SELECT v FROM t WHERE id = 11")).toEqual(['v: "spied"']);
    await leave(first);
    await once("INSERT INTO t VALUES (12, 'after')");
    expect(await once("SELECT v FROM t WHERE id = 12")).toEqual([['v: "after"']]);
  });

  it("the row of an INSERT that failed at the next one (GR-115)", async () => {
    const [said = []] = await once("INSERT INTO t VALUES (77, 'a'), (1, 'b')");
    expect(said[0]).toMatch(/^ERROR UniqueViolation/u);
    expect(await once("SELECT last_insert_rowid() AS last")).toEqual([["last: 0"]]);
  });

  it("a module as its file was for another session, while that one keeps it (GR-115)", async () => {
    const file = join(lane.folder, "prices.grz");
    const text = "import prices; print vat()";
    writeFileSync(file, "export function vat () returns int { return 19 }\n");
    const first = await lane.client();
    expect(await first.run(text)).toContain("print: 19");
    writeFileSync(file, "export function vat () returns int { return 21 }\n");
    expect((await once(text))[0]).toContain("print: 21");
    expect(await first.run(text)).toContain("print: 19");
    await leave(first);
  });

  it("a function that was dropped since another one called it (GR-115)", async () => {
    const writer = await lane.client();
    await writer.run("upsert function twice (n int) returns int { return n * 2 }");
    expect(await once("SELECT twice(4) AS n")).toEqual([["n: 8"]]);
    await writer.run("DROP FUNCTION twice");
    const [[, said] = []] = await once("SELECT twice(4) AS n");
    expect(said).toMatch(/^ERROR \w+: (?:There is no function named|No such function:) twice/u);
    await writer.run("upsert function twice (n int) returns int { return n + n }");
    expect(await once("SELECT twice(5) AS n")).toEqual([["n: 10"]]);
    await leave(writer);
  });

  it("what a call emitted that failed then (GR-115)", async () => {
    await once("CALL emits()");
    expect(await once("CALL three()")).toEqual([["3 int"]]);
  });

  it("that the database was locked for another one (GR-115)", async () => {
    const [writer, waits, other] = [await lane.client(), await lane.client(), await lane.client()];
    await writer.run("BEGIN IMMEDIATE");
    const messageId = waits.send("CALL_PROCEDURE", { name: "three" });
    await waits.answer(messageId);
    const waiting = waits.send("EXECUTE_SQL", { text: "INSERT INTO t VALUES (40, 'late')" });
    await lane.heard("waiting", ({ sessionId }) => sessionId === waits.sessionId);
    waits.send("CANCEL", { session_id: waits.sessionId, secret: waits.secret, message_id: waiting });
    expect((await waits.answer(waiting)).pieces).toMatchObject([{ fields: { code: "Cancelled" } }]);
    expect((await other.ask("CALL_PROCEDURE", { name: "missing" })).pieces).toMatchObject([
      { fields: { code: "NoSuchRoutine" } },
    ]);
    await writer.run("ROLLBACK");
    for (const client of [writer, waits, other]) await leave(client);
  });
});

describe("what somebody does who keeps nothing", () => {
  it("does not see the database as it was when somebody looked at the lane, but as it is when its transaction first reads (GR-115)", async () => {
    const [begun, writer] = [await lane.client(), await lane.client()];
    await begun.run("BEGIN");
    await status();
    await writer.run("INSERT INTO t VALUES (50, 'new')");
    expect(await begun.run("SELECT v FROM t WHERE id = 50")).toEqual(['v: "new"']);
    expect(await begun.run("INSERT INTO t VALUES (51, 'also')")).toEqual(["DONE insert 1"]);
    expect(await begun.run("COMMIT")).toEqual(["DONE transaction committed"]);
    for (const client of [begun, writer]) await leave(client);
  });

  it("leaves counts of triggers that failed, which are kept when he ends (GR-115)", async () => {
    await once("INSERT INTO seen VALUES (1)");
    expect(await once("SELECT sum(failed) AS failed FROM system.trigger_stats")).toEqual([["failed: 1"]]);
  });
});

it("as many connections are open at most as sessions kept one at the same time, however many come and go (GR-115)", async () => {
  // SQLite keeps the files of connections that are closed, for the next ones, as long as another one has the database open.
  await comeAndGo(40);
  const before = descriptors();
  for (let wave = 0; wave < 3; wave += 1) await comeAndGo(40);
  expect(await status()).toBe(0);
  expect(descriptors()).toBeLessThanOrEqual(before + 3);
}, 20_000);

async function comeAndGo(count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => lane.client()));
  await Promise.all(clients.map((client) => client.run("INSERT INTO t (v) VALUES ('many')")));
  for (const client of clients) await leave(client);
}
