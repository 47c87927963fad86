// HY-41, HY-41a, HY-42, HY-42a, HY-42b over a daemon: what is answered from kept answers, that none of them is ever old, and that hits touch no lane.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { startGateway, type TestGateway } from "./support.ts";

/** Templates of the repeated work of HY-42a, and pairs of HY-41a; GOBI_TEMPLATES=1000 GOBI_PAIRS=10000 are those of the rows, and take minutes. */
const MANY = Number(process.env["GOBI_TEMPLATES"] ?? 100);
const PAIRS = Number(process.env["GOBI_PAIRS"] ?? 40);

const QUERIES = `SELECT n AS query_id, 'q' || n AS name, 'SELECT ' || n || ' AS n, count(*) AS c, sum(a) AS s FROM t' AS sql_text, 'cache' AS lane, 'public' AS visibility, '{}' AS params, NULL AS cache_ttl_ms
  FROM (WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ${MANY}) SELECT n FROM i)
UNION ALL SELECT 2001, 'by', 'SELECT a FROM t WHERE a = :A OR a = :B', 'cache', 'public', '{"A":"INTEGER","B":"INTEGER"}', NULL
UNION ALL SELECT 2002, 'random', 'SELECT random() AS r FROM t LIMIT 1', 'cache', 'public', '{}', NULL
UNION ALL SELECT 2003, 'clock', 'SELECT now() AS r', 'cache', 'public', '{}', NULL
UNION ALL SELECT 2004, 'write', 'INSERT INTO t VALUES (:A)', 'cache', 'public', '{"A":"INTEGER"}', NULL
UNION ALL SELECT 2005, 'fails', 'SELECT abs(-9223372036854775807 - 1) + count(*) AS r FROM t', 'cache', 'public', '{}', NULL
UNION ALL SELECT 2006, 'fast', 'SELECT count(*) AS c FROM t', 'medium', 'public', '{}', NULL`;

let g: TestGateway;
beforeAll(async () => {
  g = await startGateway({
    script: "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3);",
    settings: { bootstrap: QUERIES },
  });
  await g.templates.report();
}, 60_000);
afterAll(() => g.stop());

const ask = (id: number, params?: unknown, queue = "cache"): ReturnType<TestGateway["get"]> =>
  g.get(`/api/query/shop/${id}/${queue}/${params === undefined ? "-" : encodeURIComponent(JSON.stringify(params))}`);
const write = (a: number): ReturnType<TestGateway["get"]> => g.send("POST", "/api/query/shop/2004/medium", { A: a });

describe("HY-42: what is kept", () => {
  it("the second equal question is a hit, whatever the order of its parameters", async () => {
    expect((await ask(2001, { A: 1, B: 2 })).json).toMatchObject({ queue_used: "cache", row_count: 2 });
    const again = async (): Promise<unknown> => (await ask(2001, { B: 2, A: 1 })).json;
    // What the daemon did at its start is seen through a moment later.
    await expect.poll(again, { interval: 30, timeout: 20_000 }).toMatchObject({
      success: true,
      query_ref: 2001,
      queue_used: "cache",
      cached: true,
      row_count: 2,
    });
    expect((await ask(2001, { A: 2, B: 1 })).json["cached"]).toBeUndefined();
  });

  it.each([
    ["random numbers", 2002, "cache"],
    ["the time", 2003, "cache"],
    ["a failure", 2005, "cache"],
    ["a template of another lane", 2006, "medium"],
    ["a request for another lane", 1, "medium"],
  ])("%s: not kept", async (_, id, queue) => {
    await ask(id, undefined, queue);
    expect((await ask(id, undefined, queue)).json["cached"]).toBeUndefined();
  });
});

describe("HY-41: invalidation", () => {
  it("what another session writes is in the next answer, and so is what another program writes to the file", async () => {
    const sum = async (): Promise<unknown> => (await ask(1)).json["rows"];
    const before = await sum();
    expect((await ask(1)).json["cached"]).toBe(true);
    await g.rows("INSERT INTO t VALUES (10) RETURNING a");
    expect(await sum()).not.toEqual(before);
    const between = await sum();
    g.run("DELETE FROM t WHERE a = 10");
    expect(await sum()).toEqual(before);
    expect(between).not.toEqual(before);
  });

  it("the signs of life of who runs the schedules make nothing old", async () => {
    const other = sqliteEngine.connect({ target: g.daemon.place.database });
    try {
      let beat = 0;
      // The pages of those tables are looked up within a second of the commits before.
      await expect
        .poll(
          async () => {
            await ask(3);
            beat += 1;
            other.runText(
              `INSERT OR REPLACE INTO gobi_leases (name, holder, fencing, acquired_at, expires_at) VALUES ('test', '${beat}', 1, '2026-01-31T12:00:00.000000Z', '2026-01-31T12:00:00.000000Z')`,
              [],
            );
            return (await ask(3)).json["cached"];
          },
          { timeout: 10_000, interval: 200 },
        )
        .toBe(true);
    } finally {
      other.close();
    }
  });

  it("HY-41a: of many pairs of a write and a read none is old", async () => {
    const [start] = (await ask(2)).json["rows"] as unknown as { c: number }[];
    let old = 0;
    for (let n = 1; n <= PAIRS; n += 1) {
      expect((await write(n)).status).toBe(200);
      const [row] = (await ask(2)).json["rows"] as unknown as { c: number }[];
      if (row?.c !== (start?.c ?? 0) + n) old += 1;
    }
    expect(old).toBe(0);
  }, 600_000);
});

describe("HY-42a: repeated work", () => {
  it("four of five questions for a fifth of the templates: hits touch no lane", async () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const questions = 10 * MANY;
    const before = g.answers.counts;
    const { asked } = g;
    for (let n = 0; n < questions; n += 1) {
      const id = 1 + Math.floor(random() < 0.8 ? (random() * MANY) / 5 : random() * MANY);
      expect((await ask(id)).status).toBe(200);
    }
    const { hits, misses } = g.answers.counts;
    expect(hits - before.hits).toBeGreaterThan(questions * 0.8);
    // The templates are read once more after the last commit.
    expect(g.asked - asked).toBeLessThanOrEqual(misses - before.misses + 1);
  }, 600_000);
});

it("HY-42b: 100 identical misses at once are carried out once", async () => {
  await write(77);
  const before = g.answers.counts;
  const all = await Promise.all(Array.from({ length: 100 }, () => ask(3)));
  expect(new Set(all.map(({ json }) => JSON.stringify(json["rows"]))).size).toBe(1);
  expect([g.answers.counts.misses - before.misses, g.answers.counts.hits - before.hits]).toEqual([1, 99]);
});
