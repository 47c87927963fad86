// HY-50, HY-51, HY-52, HY-53, HY-54: one test for each code and each route of queries, and the members of every answer.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, startGateway, type TestGateway } from "./support.ts";

const QUERIES = `-- @query 1 all
-- @doc All of them.
-- @param MOST INTEGER
-- @public
SELECT id FROM orders WHERE id <= :MOST ORDER BY id
-- @query 2 secret
SELECT 1 AS one
-- @query 3 add
-- @param ID INTEGER
-- @public
INSERT INTO orders VALUES (:ID)
-- @query 4 forever
-- @timeout 300ms
-- @public
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) AS c FROM n`;

let g: TestGateway;
let ann = "";
beforeAll(async () => {
  g = await startGateway({
    script:
      "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3); CREATE USER ann; CREATE USER bob; GRANT USE ON TEMPLATE secret TO ann;",
    queries: QUERIES,
  });
  ann = g.token("ann");
}, 60_000);
afterAll(() => g.stop());

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const post = (where: string, body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  g.send("POST", `/api/conduit/${where}`, body, headers);
const most = (n: number): string => encodeURIComponent(JSON.stringify({ INTEGER: { MOST: n } }));

describe("HY-50: queries by path", () => {
  it.each(["slow", "medium", "fast", "cache"])("the queue %s", async (queue) => {
    const { status, json } = await g.get(`/api/query/shop/1/${queue}/${most(2)}`);
    expect([status, json["queue_used"], json["rows"]]).toEqual([200, queue, [{ id: 1 }, { id: 2 }]]);
  });

  it("another queue is 400", async () => {
    const { status, json } = await g.get("/api/query/shop/1/turbo/-");
    expect([status, json["error"]]).toEqual([400, "Invalid queue"]);
  });

  it("a template that writes is 405 by GET and works by POST", async () => {
    const by = await g.get(`/api/query/shop/3/medium/${encodeURIComponent('{"ID":50}')}`);
    expect([by.status, by.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await g.send("POST", "/api/query/shop/3/medium", { ID: 50 })).json).toMatchObject({ affected_rows: 1 });
    expect((await g.send("POST", "/api/query/shop/1/medium", { MOST: 1 })).json["rows"]).toEqual([{ id: 1 }]);
  });
});

describe("HY-51: queries by body", () => {
  it("query answers public templates; auth_query those of the token; alt_query names the database besides", async () => {
    expect((await post("query", { query_ref: 1, database: "shop", params: { MOST: 1 } })).json["rows"]).toEqual([
      { id: 1 },
    ]);
    expect((await post("auth_query", { query_ref: 2 }, bearer(ann))).json["rows"]).toEqual([{ one: 1 }]);
    expect((await post("alt_query", { query_ref: 2, database: "shop" }, bearer(ann))).json["rows"]).toEqual([
      { one: 1 },
    ]);
    expect((await post("alt_query", { query_ref: 2 }, bearer(ann))).status).toBe(400);
    for (const where of ["auth_queries", "alt_queries"])
      expect((await post(where, { database: "shop", queries: [{ query_ref: 2 }] }, bearer(ann))).json).toMatchObject({
        success: true,
        results: [{ rows: [{ one: 1 }] }],
      });
  });

  it("who may not use the database is refused, whichever he names", async () => {
    const bob = g.token("bob");
    expect((await post("alt_query", { query_ref: 1, database: "shop", params: { MOST: 1 } }, bearer(bob))).status).toBe(
      200,
    );
    g.run("REVOKE USE ON DATABASE FROM public; GRANT USE ON DATABASE TO ann");
    try {
      const refused = await g.send(
        "POST",
        "/api/conduit/alt_query",
        { query_ref: 1, database: "shop" },
        bearer(g.token("bob")),
      );
      expect([401, 403]).toContain(refused.status);
      expect((await post("alt_query", { query_ref: 2, database: "shop" }, bearer(g.token("ann")))).status).toBe(200);
    } finally {
      g.run("GRANT USE ON DATABASE TO public");
    }
  });

  it.each(["query", "queries", "auth_query", "auth_queries", "alt_query", "alt_queries"])(
    "GET %s is 405",
    async (where) => {
      const { status, headers } = await g.get(`/api/conduit/${where}`);
      expect([status, headers.get("allow")]).toEqual([405, "POST"]);
    },
  );

  it("GET status", async () => {
    expect((await g.get("/api/conduit/status")).json).toEqual({ success: true, databases: { shop: { ready: true } } });
    expect((await g.get("/api/conduit/status", bearer(ann))).json["databases"]).toMatchObject({
      shop: { ready: true, migration_status: "completed", query_cache_entries: 4, rejected: [] },
    });
  });
});

describe("HY-52: codes", () => {
  it.each([
    ["DELETE", "/api/query/shop/1/medium/-", "GET, HEAD"],
    ["PATCH", "/api/jobs/nightly", "GET, HEAD, PUT"],
    ["POST", "/api/runs", "GET, HEAD"],
    ["GET", "/api/sql", "POST"],
    ["HEAD", "/api/sql", "POST"],
    ["PUT", "/health", "GET, HEAD"],
  ])("405 for %s %s, and OPTIONS tells what there is", async (method, path, allow) => {
    const refused = await g.app.request(path, { method });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, allow]);
    const told = await g.app.request(path, { method: "OPTIONS" });
    expect([told.status, told.headers.get("allow"), await told.text()]).toEqual([204, allow, ""]);
  });

  it.each(["GET", "OPTIONS", "DELETE"])("404 for %s where there is nothing", async (method) => {
    for (const path of ["/", "/api", "/api/jobs/a/b/c", "/api/query//1/medium/-"])
      expect((await g.app.request(path, { method })).status).toBe(404);
  });

  it("200", async () => expect((await g.get(`/api/query/shop/1/medium/${most(1)}`)).status).toBe(200));

  it("400 for JSON that is none, with the place", async () => {
    const text = '{"query_ref": 1, "database": "shop", "params": {"MOST": 12, }}';
    const { status, json } = await post("query", text);
    expect([status, json]).toEqual([
      400,
      { success: false, error: "Invalid JSON", message: `Unexpected token at position ${text.indexOf("}}")}` },
    ]);
    expect(text.indexOf("}}")).toBe(60);
  });

  it("400 for a missing field", async () => {
    const { status, json } = await post("query", { database: "shop" });
    expect([status, json["error"], json["message"]]).toEqual([
      400,
      "Missing field",
      expect.stringContaining("query_ref"),
    ]);
  });

  it("400 for parameters", async () => {
    const { status, json } = await post("query", {
      database: "shop",
      query_ref: 1,
      params: { INTEGER: { MOST: "x" } },
    });
    expect([status, json["message"]]).toEqual([400, "MOST(string) is not MOST(INTEGER)"]);
  });

  it("400 for another database", async () => {
    const { status, json } = await post("query", { database: "other", query_ref: 1 });
    expect([status, json["error"]]).toEqual([400, "Invalid database selection"]);
  });

  it("401 without a token, and with one that is not known", async () => {
    const none = await post("auth_query", { query_ref: 1 });
    expect([none.status, none.json["error"], none.headers.get("www-authenticate")]).toEqual([
      401,
      "TokenNeeded",
      "Bearer",
    ]);
    const wrong = await post("auth_query", { query_ref: 1 }, bearer("gbz_nobody"));
    expect([wrong.status, wrong.json["error"]]).toEqual([401, "AuthenticationFailed"]);
  });

  it("403 for a right that is missing", async () => {
    const { status, json } = await g.send("POST", "/api/sql", { text: "CREATE TABLE mine (a int)" }, bearer(ann));
    expect([status, json["error"]]).toEqual([403, "PermissionDenied"]);
  });

  it("404 for a query that is not there, and the same for one that is private", async () => {
    const unknown = await post("query", { database: "shop", query_ref: 99 });
    expect([unknown.status, unknown.json["message"]]).toEqual([404, "queryref not found or not public"]);
    expect((await post("query", { database: "shop", query_ref: 2 })).text).toBe(unknown.text);
    expect((await post("auth_query", { query_ref: 2 }, bearer(g.token("bob")))).text).toBe(unknown.text);
  });

  it("408 with the seconds", async () => {
    const own = await g.get("/api/query/shop/4/medium/-");
    expect([own.status, own.json["timeout_seconds"]]).toEqual([408, 0.3]);
    const asked = await post("query", { database: "shop", query_ref: 4, timeout_seconds: 0.2 });
    expect([asked.status, asked.json["timeout_seconds"]]).toEqual([408, 0.2]);
  });

  it("413 for a body that is too large", async () => {
    const { status, json } = await post("query", `{"x":"${"y".repeat(1_000_001)}"}`);
    expect([status, json["error"]]).toEqual([413, "Body too large"]);
  });

  it("422 with what the database said", async () => {
    const { status, json } = await g.send("POST", "/api/query/shop/3/medium", { ID: 1 });
    expect([status, json["error"], json["database_error"]]).toEqual([
      422,
      "UniqueViolation",
      expect.stringContaining("orders.id"),
    ]);
  });

  it("429 for too many different queries of one request", async () => {
    const queries = Array.from({ length: 11 }, (_, n) => ({ query_ref: 1, params: { MOST: n } }));
    const { status, json } = await post("queries", { database: "shop", queries });
    expect([status, json["error"]]).toEqual([429, "Too many queries"]);
    // Equal ones count once, also with their parameters in another order.
    const equal = Array.from({ length: 30 }, (_, n) => queries[n % 10]);
    expect((await post("queries", { database: "shop", queries: equal })).json["results"]).toHaveLength(30);
  });

  it("429 with Retry-After for too many requests", async () => {
    const limited = await startGateway({ daemon: g.daemon, settings: { rate: 2 } });
    try {
      const codes = [];
      for (let n = 0; n < 3; n += 1) codes.push((await limited.get(`/api/query/shop/1/medium/${most(1)}`)).status);
      expect(codes).toEqual([200, 200, 429]);
      const refused = await limited.get(`/api/query/shop/1/medium/${most(1)}`);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    } finally {
      await limited.stop();
    }
  });

  it("429 by address for tokens that were never good: each guess brings no limit of its own (GR-122)", async () => {
    const limited = await startGateway({ daemon: g.daemon, settings: { rate: 3 } });
    try {
      const token = { authorization: `Bearer ${g.token("ann")}` };
      const ask = async (headers: Record<string, string>): Promise<number> =>
        (await limited.get("/api/openapi.json", headers)).status;
      expect(await ask(token)).toBe(200);
      const codes = [];
      for (let n = 0; n < 3; n += 1) codes.push(await ask({ authorization: `Bearer gbz_guess${n}` }));
      expect(codes).toEqual([401, 401, 429]);
      // Who was known before has his own.
      expect([await ask(token), await ask(token), await ask(token), await ask(token)]).toEqual([200, 200, 200, 429]);
    } finally {
      await limited.stop();
    }
  });

  it("503 with Retry-After while the daemon cannot be reached", async () => {
    const gone = await startGateway({
      daemon: { ...g.daemon, place: { ...g.daemon.place, socket: "/nowhere/gobi.sock" } },
    });
    try {
      const { status, headers, json } = await gone.get(`/api/query/shop/1/medium/${most(1)}`);
      expect([status, headers.get("retry-after"), json["error"]]).toEqual([503, "1", "ServiceUnavailable"]);
    } finally {
      await gone.stop();
    }
  });
});

describe("HY-53: members of an answer", () => {
  it("of one query", async () => {
    const { json } = await g.get(`/api/query/shop/1/medium/${encodeURIComponent('{"MOST":1,"MORE":2}')}`);
    expect(json).toEqual({
      success: true,
      query_ref: 1,
      description: "All of them.",
      execution_time_ms: expect.any(Number),
      queue_used: "medium",
      message: "Unused Parameters: MORE",
      row_count: 1,
      column_count: 1,
      affected_rows: 0,
      columns: [{ name: "id", type: "int" }],
      rows: [{ id: 1 }],
    });
  });

  it("of several", async () => {
    const { json } = await post("queries", { database: "shop", queries: [{ query_ref: 1, params: { MOST: 1 } }] });
    expect(json).toEqual({
      success: true,
      database: "shop",
      total_execution_time_ms: expect.any(Number),
      results: [expect.objectContaining({ success: true, query_ref: 1, row_count: 1 })],
    });
  });
});

describe("HY-54: several at once", () => {
  it("answers stand in the order of the request; one that fails does not fail the others; equal ones are carried out once", async () => {
    const { json } = await post("queries", {
      database: "shop",
      queries: [
        { query_ref: 1, params: { MOST: 3 } },
        { query_ref: 99 },
        { query_ref: 3, params: { ID: 60 } },
        { query_ref: 1, params: { MOST: 1 } },
        { query_ref: 3, params: { ID: 60 } },
      ],
    });
    expect(json).toMatchObject({
      success: false,
      results: [{ row_count: 3 }, { error: "Not found" }, { affected_rows: 1 }, { row_count: 1 }, { affected_rows: 1 }],
    });
    expect(await g.rows("SELECT count(*) AS c FROM orders WHERE id = 60")).toEqual([{ c: 1 }]);
  });

  it("they run side by side in several lanes: a slow one does not hold up the others", async () => {
    const order: string[] = [];
    const slow = g.get("/api/query/shop/4/slow/-").then(() => order.push("slow"));
    const fast = g.get(`/api/query/shop/1/medium/${most(1)}`).then(() => order.push("medium"));
    await Promise.all([slow, fast]);
    expect(order).toEqual(["medium", "slow"]);
  });
});
