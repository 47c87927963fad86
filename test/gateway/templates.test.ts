// HY-40, HY-40a, HY-45, HY-47, HY-48: where templates come from, what is refused of them, versions, dialects, how often they were used.
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";
import { loadQueries, startGateway, type TestGateway } from "./support.ts";

let daemon: TestDaemon;
let host: TestDaemon;
beforeAll(async () => {
  [daemon, host] = await Promise.all([
    startTestDaemon({ script: "CREATE TABLE t (a int); INSERT INTO t VALUES (7); CREATE TABLE u (a int);" }),
    startTestDaemon(),
  ]);
}, 60_000);
afterAll(async () => {
  await daemon.stop();
  await host.stop();
});

const open: TestGateway[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.stop();
});

/** A gateway of its own on the daemon of all. */
async function gateway(options: Parameters<typeof startGateway>[0] = {}): Promise<TestGateway> {
  const started = await startGateway({ daemon, ...options });
  open.push(started);
  return started;
}

const rowsOf = async (g: TestGateway, path: string): Promise<unknown> => (await g.get(path)).json["rows"];

describe("HY-40: templates by a bootstrap query", () => {
  const bootstrap =
    "SELECT n AS query_id, name, text AS sql_text, 'public' AS visibility FROM mine WHERE mount = :database";

  it("that fails makes requests for templates 503 with the reason, and is tried again by itself; its rows are followed", async () => {
    const g = await gateway({ settings: { bootstrap } });
    const { status, json } = await g.get("/api/query/shop/1/medium/-");
    expect([status, json["message"]]).toEqual([503, expect.stringContaining("no table named mine")]);
    expect((await g.get("/api/conduit/status")).json["databases"]).toMatchObject({ shop: { ready: false } });
    g.run(
      "CREATE TABLE mine (n int, mount text, name text, text text); INSERT INTO mine VALUES (1, 'shop', 'a', 'SELECT 1 AS x'), (2, 'other', 'b', 'SELECT 2 AS x');",
    );
    await expect
      .poll(() => g.reports.at(-1), { timeout: 10_000 })
      .toEqual({ entries: 1, rejected: [], problem: undefined });
    expect(await rowsOf(g, "/api/query/shop/1/medium/-")).toEqual([{ x: 1 }]);
    expect((await g.get("/api/query/shop/2/medium/-")).status).toBe(404);
    g.run("UPDATE mine SET mount = 'shop'; DELETE FROM mine WHERE n = 1");
    await expect.poll(() => rowsOf(g, "/api/query/shop/2/medium/-"), { timeout: 10_000 }).toEqual([{ x: 2 }]);
    expect((await g.get("/api/query/shop/1/medium/-")).status).toBe(404);
  });

  it("its rows are followed, and the schema below them, when lanes write them", async () => {
    const g = await gateway({
      settings: {
        bootstrap:
          "SELECT n AS query_id, name, text AS sql_text, 'cache' AS lane, 'public' AS visibility FROM followed",
      },
    });
    const rows = (): Promise<unknown> => rowsOf(g, "/api/query/shop/1/cache/-");
    g.run("CREATE TABLE followed (n int, name text, text text); CREATE VIEW shown AS SELECT 1 AS x");
    await g.rows("INSERT INTO followed VALUES (1, 'a', 'SELECT x FROM shown') RETURNING n");
    await expect.poll(rows, { timeout: 10_000 }).toEqual([{ x: 1 }]);
    await g.rows("INSERT INTO u VALUES (1) RETURNING a");
    expect(await rows()).toEqual([{ x: 1 }]);
    await g.rows("DROP VIEW shown; CREATE VIEW shown AS SELECT a AS x FROM t; SELECT 1");
    await expect.poll(rows, { timeout: 10_000 }).toEqual([{ x: 7 }]);
    await g.rows("UPDATE followed SET text = 'SELECT 2 AS x' RETURNING n");
    await expect.poll(rows, { timeout: 10_000 }).toEqual([{ x: 2 }]);
  });

  it("whose columns are others is told", async () => {
    const g = await gateway({ settings: { bootstrap: "SELECT 1 AS id" } });
    expect((await g.templates.report()).rejected).toEqual(["The templates have no column query_id, name, sql_text."]);
  });
});

describe("HY-40a: templates of a host database", () => {
  it("are asked for by this database's name; a host that is away is told, and tried again until it is there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gobi-host-"));
    const socket = join(folder, "host.sock");
    try {
      const b = await gateway({ settings: { hostFolder: socket, database: "b" } });
      const down = await b.get("/api/query/b/1/medium/-");
      expect([down.status, down.json["message"]]).toEqual([503, expect.stringContaining(`host database ${socket}`)]);
      expect((await b.get("/api/conduit/status")).status).toBe(503);
      loadQueries(host, "-- @query 1 of b\n-- @public\nSELECT a FROM t", { namespace: "b" });
      loadQueries(host, "-- @query 2 of the host\n-- @public\nSELECT 1 AS a");
      symlinkSync(host.place.socket, socket);
      await expect
        .poll(() => b.reports.at(-1), { timeout: 10_000 })
        .toEqual({ entries: 1, rejected: [], problem: undefined });
      expect(await rowsOf(b, "/api/query/b/1/medium/-")).toEqual([{ a: 7 }]);
      expect((await b.get("/api/query/b/2/medium/-")).status).toBe(404);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("HY-45: a change in the host is effective for its dependants; versions never go back", async () => {
    const names = ["b1", "b2"];
    const dependants = [];
    for (const database of names)
      dependants.push(await gateway({ settings: { hostFolder: host.place.socket, database } }));
    const seen: number[][] = [[], []];
    for (let version = 1; version <= 3; version += 1) {
      for (const namespace of names)
        loadQueries(host, `-- @query 1 q\n-- @public\nSELECT ${version} AS v`, { namespace });
      for (const [at, b] of dependants.entries())
        await expect
          .poll(async () => {
            const rows = await rowsOf(b, `/api/query/${names[at] ?? ""}/1/medium/-`);
            seen[at]?.push((rows as { v: number }[] | undefined)?.[0]?.v ?? 0);
            return rows;
          })
          .toEqual([{ v: version }]);
    }
    for (const versions of seen) expect(versions).toEqual(versions.toSorted((x, y) => x - y));
  });
});

describe("HY-47: what is kept of a template", () => {
  it("a change makes the next version; a query that is running ends on the text that it began with", async () => {
    const long =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT count(*) AS c FROM n";
    const g = await gateway({ queries: `-- @query 21 q\n-- @public\n${long}` });
    expect((await g.templates.find(21))?.version).toBe(1);
    const running = rowsOf(g, "/api/query/shop/21/medium/-");
    await expect
      .poll(async () => JSON.stringify(await daemon.lead.control("sessions", undefined)))
      .toContain("running");
    loadQueries(daemon, "-- @query 21 q\n-- @public\nSELECT 2 AS c");
    expect(await running).toEqual([{ c: 4_000_000 }]);
    await expect.poll(() => rowsOf(g, "/api/query/shop/21/medium/-"), { timeout: 10_000 }).toEqual([{ c: 2 }]);
    expect((await g.templates.find(21))?.version).toBe(2);
  });

  it("a text for sqlite goes before the generic one; one for another engine does not count here", async () => {
    const g = await gateway({
      queries: `-- @query 22 q
-- @public
SELECT 'generic' AS d
-- @query 22 q
-- @dialect sqlite
SELECT 'sqlite' AS d
-- @query 22 q
-- @dialect postgresql
SELECT now()::date AS d, $$ :no $$
-- @query 23 r
-- @public
SELECT 'generic' AS d
-- @query 23 r
-- @dialect mariadb
SELECT 'mariadb' AS d`,
    });
    expect(await rowsOf(g, "/api/query/shop/22/medium/-")).toEqual([{ d: "sqlite" }]);
    expect(await rowsOf(g, "/api/query/shop/23/medium/-")).toEqual([{ d: "generic" }]);
  });

  it("uses are counted with the last moment and written together; tables read and written are known", async () => {
    const g = await gateway({
      queries:
        "-- @query 24 q\n-- @public\n-- @cache 10s\nSELECT a FROM t\n-- @query 25 w\n-- @public\nINSERT INTO u SELECT a FROM t",
    });
    const before = new Date().toISOString();
    for (let n = 0; n < 3; n += 1) await g.get("/api/query/shop/24/medium/-");
    await g.send("POST", "/api/query/shop/25/medium", {});
    await g.templates.writeUse();
    await g.get("/api/query/shop/24/medium/-");
    await g.templates.writeUse();
    const rows = await g.rows(
      "SELECT u.query_id, u.usage_count, t.lane, t.cache_ttl_ms, t.reads, t.writes, CAST(u.last_used AS TEXT) AS last_used FROM system.query_template_usage u JOIN system.query_templates t ON t.query_id = u.query_id AND t.namespace = u.namespace WHERE u.query_id IN (24, 25) ORDER BY u.query_id",
    );
    const lastUsed = expect.any(String);
    expect(rows).toEqual([
      {
        query_id: 24,
        usage_count: 4,
        lane: "cache",
        cache_ttl_ms: 10_000,
        reads: ["main.t"],
        writes: [],
        last_used: lastUsed,
      },
      {
        query_id: 25,
        usage_count: 1,
        lane: "medium",
        cache_ttl_ms: null,
        reads: ["main.t"],
        writes: ["main.u"],
        last_used: lastUsed,
      },
    ]);
    for (const row of rows) expect(String(row["last_used"]) > before).toBe(true);
  });
});

describe("HY-48: validation on load", () => {
  it("a template that cannot serve is rejected with its reason; the version before goes on; the others load", async () => {
    const g = await gateway({
      settings: {
        bootstrap: "SELECT n AS query_id, name, text AS sql_text, lane, params, visibility FROM theirs ORDER BY n",
      },
    });
    g.run(`CREATE TABLE theirs (n int PRIMARY KEY, name text, text text, lane text, params text, visibility text);
INSERT INTO theirs VALUES (1, 'good', 'SELECT 1 AS x', 'fast', '{}', 'public'), (2, 'broken', 'SELECT b FROM t', 'fast', '{}', 'public'),
  (3, 'lane', 'SELECT 1', 'quick', '{}', 'public'), (4, 'bare', 'SELECT :X', 'fast', '{}', 'public'),
  (5, 'odd', 'SELECT :X', 'fast', '{"X":"NUMBER"}', 'public'), (6, 'gone', 'SELECT a FROM nowhere', 'fast', '{}', 'public');`);
    await expect
      .poll(() => g.reports.at(-1), { timeout: 10_000 })
      .toEqual({
        entries: 1,
        rejected: [
          "Query 3 (lane): there is no lane quick.",
          "Query 5 (odd): X has no known type (NUMBER).",
          expect.stringMatching(/^Query 2 \(broken\): E5002 There is no column named b in t/u),
          "Query 4 (bare): :X is not in its params.",
          "Query 6 (gone): E5001 There is no table named nowhere.",
        ],
        problem: undefined,
      });
    g.run(
      "UPDATE theirs SET text = 'SELECT nothing FROM nowhere' WHERE n = 1; UPDATE theirs SET text = 'SELECT 2 AS x' WHERE n = 2",
    );
    await expect.poll(() => rowsOf(g, "/api/query/shop/2/medium/-"), { timeout: 10_000 }).toEqual([{ x: 2 }]);
    expect(await rowsOf(g, "/api/query/shop/1/medium/-")).toEqual([{ x: 1 }]);
    expect((await g.templates.report()).rejected.join()).toContain("Version 1 goes on serving.");
  });

  it("a template whose table lost a column fails alone with 422, and works again with the column", async () => {
    const g = await gateway({
      queries: "-- @query 31 q\n-- @public\nSELECT a FROM u\n-- @query 32 r\n-- @public\nSELECT a FROM t",
    });
    expect((await g.get("/api/query/shop/31/medium/-")).status).toBe(200);
    g.run("ALTER TABLE u RENAME COLUMN a TO b");
    const { status, json } = await g.get("/api/query/shop/31/medium/-");
    expect([status, json["database_error"]]).toEqual([422, expect.stringContaining("no column named a")]);
    expect(await rowsOf(g, "/api/query/shop/32/medium/-")).toEqual([{ a: 7 }]);
    g.run("ALTER TABLE u RENAME COLUMN b TO a");
    await expect.poll(async () => (await g.get("/api/query/shop/31/medium/-")).status).toBe(200);
  });
});
