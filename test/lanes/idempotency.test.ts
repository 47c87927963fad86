// Requests with an idempotency key: done once, answered alike.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { FLAGS } from "../../protocol/frame.ts";
import { lineOf, positional, startLane, type TestClient, type TestLane } from "./support.ts";

let lane: TestLane;
let client: TestClient;
beforeAll(async () => {
  lane = await startLane(`
CREATE TABLE t (n INTEGER PRIMARY KEY);
CREATE PROCEDURE put(n int) RETURNS int { INSERT INTO t VALUES (n); print "put " + string(n); return n * 10 }
`);
  client = await lane.client();
}, 30_000);
afterAll(() => lane.stop());

async function put(key: string, n: number, by: TestClient = client): Promise<readonly string[]> {
  const answer = await by.ask("CALL_PROCEDURE", { name: "put", idempotency_key: key }, positional([n]));
  expect(answer.flags & FLAGS.IN_TRANSACTION).toBe(0);
  return answer.pieces.map(lineOf);
}
async function text(key: string, sql: string): Promise<readonly string[]> {
  return (await client.ask("EXECUTE_SQL", { text: sql, idempotency_key: key })).pieces.map(lineOf);
}
const count = async (): Promise<readonly string[]> => await client.run("SELECT count(*) AS c FROM t");

describe("an idempotency key", () => {
  it("gives the kept answer instead of doing the work again, to another session too", async () => {
    expect(await put("a", 1)).toEqual(["print: put 1", "10 int"]);
    expect(await put("a", 1)).toEqual(["print: put 1", "10 int"]);
    expect(await put("a", 1, await lane.client())).toEqual(["print: put 1", "10 int"]);
    expect(await count()).toEqual(["c: 1"]);
  });

  it("belongs to one request", async () => {
    expect(await put("a", 2)).toEqual([
      "ERROR IdempotencyKeyReused: The idempotency key a was used for another request.",
    ]);
    expect(await put("b", 2)).toEqual(["print: put 2", "20 int"]);
  });

  it("of a request that failed may be used again", async () => {
    expect((await put("c", 1))[0]).toMatch(/^ERROR UniqueViolation/u);
    await client.run("DELETE FROM t WHERE n = 1");
    expect(await put("c", 1)).toEqual(["print: put 1", "10 int"]);
  });

  it("makes a text one transaction", async () => {
    const sql = "INSERT INTO t VALUES (50); INSERT INTO t VALUES (51); SELECT n FROM t WHERE n >= 50 ORDER BY n";
    const first = ["STATEMENT insert 1", "STATEMENT insert 1", "n: 50 51"];
    expect(await text("d", sql)).toEqual(first);
    expect(await text("d", sql)).toEqual(first);
    expect((await text("e", "INSERT INTO t VALUES (60); INSERT INTO t VALUES (50)")).at(-1)).toMatch(
      /^ERROR UniqueViolation/u,
    );
    expect((await text("f", "INSERT INTO t VALUES (61); COMMIT")).at(-1)).toMatch(/^ERROR TransactionState/u);
    expect(await client.run("SELECT n FROM t WHERE n >= 60")).toEqual(["n:"]);
  });

  it("has 1 byte to idempotencyKeyBytesMax bytes; another is refused before anything runs, on every way", async () => {
    const { value: most } = LIMITS.idempotencyKeyBytesMax;
    for (const [index, key] of ["k".repeat(most), `k${"é".repeat((most - 1) / 2)}`, "k"].entries())
      expect(await put(key, 70 + index)).toEqual([`print: put ${70 + index}`, `${700 + index * 10} int`]);
    const before = await count();
    const { statement_id: prepared } = (await client.ask("PREPARE", { text: "INSERT INTO t VALUES (80)" })).pieces.map(
      (piece) => (piece.kind === "message" ? piece.fields : {}),
    )[0] as { statement_id: number };
    for (const key of ["k".repeat(most + 1), `kk${"é".repeat((most - 1) / 2)}`, ""]) {
      const bytes = Buffer.byteLength(key);
      const refused = [`ERROR WrongArguments: idempotency_key must have 1 to ${most} bytes, not ${bytes}.`];
      expect(await put(key, 80)).toEqual(refused);
      expect(await text(key, "INSERT INTO t VALUES (80)")).toEqual(refused);
      const answer = await client.ask("EXECUTE_PREPARED", { statement_id: prepared, idempotency_key: key });
      expect(answer.pieces.map(lineOf)).toEqual(refused);
    }
    expect(await count()).toEqual(before);
  });

  it("shows what is kept, but no answer", async () => {
    expect(await client.run("SELECT key, len(answer) AS shown FROM system.kept_answers WHERE key = 'a'")).toEqual([
      'key,shown: "a",0',
    ]);
  });
});
