// The result cache of a lane with the tag `cache`: hits, and never an old answer.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLane, type TestClient, type TestLane } from "./support.ts";

let lane: TestLane;
let client: TestClient;
let other: TestClient;
beforeAll(async () => {
  lane = await startLane("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)", { tags: ["cache"] });
  client = await lane.client();
  other = await lane.client();
}, 30_000);
afterAll(() => lane.stop());

async function hits(): Promise<number> {
  lane.messages.length = 0;
  lane.send({ kind: "report" });
  return (await lane.heard("status")).status.counts.cacheHits;
}

const SUM = "SELECT sum(n) AS s FROM t WHERE n < ?";

describe("a cached answer", () => {
  it("is given again to any session, by text and arguments", async () => {
    const before = await hits();
    expect(await client.run(SUM, 10)).toEqual(["s: 3"]);
    expect(await client.run(SUM, 10)).toEqual(["s: 3"]);
    expect(await other.run(SUM, 10)).toEqual(["s: 3"]);
    expect(await other.run(SUM, 2)).toEqual(["s: 1"]);
    expect((await hits()) - before).toBe(2);
  });

  it("is never old: what a session changes that keeps no connection after it is seen, rows or not (GR-115, HY-41a)", async () => {
    await client.run(
      "CREATE TABLE holed (n int); INSERT INTO holed VALUES (1), (2), (3); DELETE FROM holed WHERE n = 1",
    );
    const cleaner = await lane.client();
    const text = "SELECT rowid AS r FROM holed";
    for (let time = 0; time < 2; time += 1) expect(await cleaner.run(text)).toEqual(["r: 2 3"]);
    await cleaner.run("VACUUM");
    expect(await cleaner.run(text)).toEqual(["r: 1 2"]);
  });

  it("is never old: a write is seen by the next read of anybody (HY-41a, GR-113)", async () => {
    for (let round = 0; round < 50; round += 1) {
      const by = round % 2 === 0 ? client : other;
      await by.run("INSERT INTO t VALUES (?)", 1);
      const sum = [`s: ${4 + round}`];
      expect(await client.run(SUM, 10)).toEqual(sum);
      expect(await other.run(SUM, 10)).toEqual(sum);
    }
  });

  it("is not given inside a transaction, nor to a session with tables of its own", async () => {
    await client.run("BEGIN; INSERT INTO t VALUES (5)");
    const [inside, outside] = [await client.run(SUM, 10), await other.run(SUM, 10)];
    expect(inside).not.toEqual(outside);
    await client.run("ROLLBACK");
    await client.run("CREATE TEMP TABLE t AS SELECT 7 AS n");
    expect(await client.run(SUM, 10)).toEqual(["s: 7"]);
    expect(await other.run(SUM, 10)).toEqual(outside);
  });

  it("is not kept of what differs each time, or writes", async () => {
    const before = await hits();
    const first = await other.run("SELECT random() AS r");
    expect(await other.run("SELECT random() AS r")).not.toEqual(first);
    await client.run("DROP TABLE temp.t");
    await client.run("INSERT INTO t VALUES (0)");
    const [own] = await client.run("SELECT last_insert_rowid() AS r FROM t LIMIT 1");
    expect(await other.run("SELECT last_insert_rowid() AS r FROM t LIMIT 1")).not.toEqual([own]);
    expect(await other.run("UPDATE t SET n = n WHERE n = 1; SELECT 1 AS a")).toHaveLength(2);
    await other.run("UPDATE t SET n = n WHERE n = 1; SELECT 1 AS a");
    expect((await hits()) - before).toBe(0);
  });
});
