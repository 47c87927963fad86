// Query templates over HTTP (HY-49 to HY-54): by path, by POST, in batches; typed parameters, codes, shapes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadQueries, startGateway, type TestGateway } from "./support.ts";

const SCRIPT = `CREATE TABLE orders (id INTEGER PRIMARY KEY, customer int NOT NULL, total decimal(10, 2), at timestamp, note text, paid boolean, data blob);
INSERT INTO orders VALUES (1, 7, 9.50, '2023-12-25T14:30:00Z', 'it''s', true, x'00ff'), (2, 7, 3.00, '2023-12-25T14:30:00.123Z', NULL, false, NULL), (3, 8, 1.25, NULL, 'ü', NULL, NULL);
CREATE TABLE big (n int); INSERT INTO big VALUES (9007199254740993);`;

const QUERIES = `-- @query 57 orders of a customer
-- @doc Orders of one customer.
-- @param CUSTOMER INTEGER
-- @lane medium
-- @public
SELECT id, total, at, note, paid, data FROM orders WHERE customer = :CUSTOMER ORDER BY id
-- @query 58 add an order
-- @param ID INTEGER
-- @param TOTAL FLOAT
-- @public
INSERT INTO orders (id, customer, total) VALUES (:ID, 1, :TOTAL)
-- @query 59 private sums
SELECT sum(total) AS sum FROM orders
-- @query 60 same names
-- @public
SELECT 1 AS a, 2 AS a, (SELECT n FROM big) AS big
-- @query 61 every type
-- @param I INTEGER
-- @param S STRING
-- @param B BOOLEAN
-- @param F FLOAT
-- @param T TEXT
-- @param D DATE
-- @param TI TIME
-- @param DT DATETIME
-- @param TS TIMESTAMP
-- @public
SELECT :I AS i, :S AS s, :B AS b, :F AS f, :F / 2 AS half, :T AS t, :D AS d, :TI AS ti, :DT AS dt, :TS AS ts, ':I' AS text -- :I
-- @query 62 slow
-- @timeout 300ms
-- @public
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) AS c FROM n`;

let g: TestGateway;
beforeAll(async () => {
  g = await startGateway({ script: SCRIPT, queries: QUERIES });
}, 30_000);
afterAll(() => g.stop());

const path = (params: unknown): string => encodeURIComponent(JSON.stringify(params));

describe("by path (HY-50, HY-33)", () => {
  it("answers with rows, columns, counts and the queue", async () => {
    const { status, json } = await g.get(`/api/query/shop/57/medium/${path({ INTEGER: { CUSTOMER: 7 } })}`);
    expect(json).toMatchObject({
      success: true,
      query_ref: 57,
      description: "Orders of one customer.",
      row_count: 2,
      column_count: 6,
      affected_rows: 0,
      queue_used: "medium",
      rows: [
        { id: 1, total: "9.50", at: "2023-12-25 14:30:00", note: "it's", paid: true, data: "AP8=" },
        { id: 2, total: "3.00", at: "2023-12-25 14:30:00.123", note: null, paid: false, data: null },
      ],
    });
    expect(status).toBe(200);
    expect(json["columns"]).toContainEqual({ name: "total", type: "decimal(10, 2)" });
  });

  it("an empty result still has columns", async () => {
    const { json } = await g.get(`/api/query/shop/57/medium/${path({ CUSTOMER: 99 })}`);
    expect(json).toMatchObject({ success: true, rows: [], row_count: 0, column_count: 6 });
  });

  it("names each column once and keeps the digits of big ints", async () => {
    const { json } = await g.get("/api/query/shop/60/medium/-");
    expect(json["rows"]).toEqual([{ a: 1, a_2: 2, big: "9007199254740993" }]);
  });

  it("refuses what it cannot do, with the right code", async () => {
    expect((await g.get("/api/query/shop/57/turbo/-")).json).toMatchObject({ error: "Invalid queue" });
    expect((await g.get("/api/query/other/57/fast/-")).json).toMatchObject({ error: "Invalid database selection" });
    expect((await g.get("/api/query/shop/999/medium/-")).status).toBe(404);
    // Whether a private one exists is not told.
    expect((await g.get("/api/query/shop/59/medium/-")).json).toEqual(
      (await g.get("/api/query/shop/999/medium/-")).json,
    );
    const wrong = await g.get("/api/query/shop/58/medium/-");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await g.get(`/api/query/shop/57/medium/${encodeURIComponent('{"a":')}`)).json).toMatchObject({
      error: "Invalid JSON",
      message: "Unexpected token at position 5",
    });
  });

  it("writes by POST", async () => {
    const { json } = await g.send("POST", "/api/query/shop/58/medium", { INTEGER: { ID: 100 }, FLOAT: { TOTAL: 2 } });
    expect(json).toMatchObject({ success: true, affected_rows: 1, rows: [] });
    const again = await g.send("POST", "/api/query/shop/58/medium", { ID: 100, TOTAL: 2 });
    expect([again.status, again.json["error"]]).toEqual([422, "UniqueViolation"]);
    expect(again.json["database_error"]).toContain("orders.id");
  });

  it("stops at the template's timeout", async () => {
    const { status, json } = await g.get("/api/query/shop/62/medium/-");
    expect([status, json["timeout_seconds"]]).toEqual([408, 0.3]);
  });
});

describe("typed parameters (HY-49)", () => {
  const all = {
    INTEGER: { I: 9223372036854775807n },
    STRING: { S: "'; DROP TABLE orders; --" },
    BOOLEAN: { B: true },
    FLOAT: { F: 3 },
    TEXT: { T: "" },
    DATE: { D: "2023-12-25" },
    TIME: { TI: "14:30:00" },
    DATETIME: { DT: "2023-12-25 14:30:00" },
    TIMESTAMP: { TS: "2023-12-25 14:30:00.123" },
  };
  const text = JSON.stringify(all, (_, value: unknown) => (typeof value === "bigint" ? `@${value}@` : value)).replace(
    /"@(\d+)@"/u,
    "$1",
  );

  it("come back as they were given", async () => {
    const { json } = await g.send("POST", "/api/query/shop/61/medium", text);
    expect(json["rows"]).toEqual([
      {
        i: "9223372036854775807",
        s: "'; DROP TABLE orders; --",
        b: true,
        f: 3,
        half: 1.5,
        t: "",
        d: "2023-12-25",
        ti: "14:30:00",
        dt: "2023-12-25 14:30:00",
        ts: "2023-12-25 14:30:00.123",
        text: ":I",
      },
    ]);
  });

  it("null is null in every type", async () => {
    const nulls = Object.fromEntries(["I", "S", "B", "F", "T", "D", "TI", "DT", "TS"].map((name) => [name, null]));
    const { json } = await g.send("POST", "/api/query/shop/61/medium", nulls);
    expect(Object.values((json["rows"] as unknown as object[])[0] ?? {})).toEqual([
      ...Array<null>(10).fill(null),
      ":I",
    ]);
  });

  it.each([
    [{ STRING: { CUSTOMER: "x" } }, "CUSTOMER(STRING) is not CUSTOMER(INTEGER)"],
    [{ CUSTOMER: "x" }, "CUSTOMER(string) is not CUSTOMER(INTEGER)"],
    [{ CUSTOMER: 1.5 }, "CUSTOMER(real) is not CUSTOMER(INTEGER)"],
    [{ CUSTOMER: 1e300 }, "CUSTOMER is out of the range of INTEGER, -9223372036854775808 to 9223372036854775807"],
    [{}, "Missing parameters: CUSTOMER"],
    [[1], "Parameters must be an object, found array"],
    [{ CUSTOMER: 1, INTEGER: { CUSTOMER: 2 } }, "CUSTOMER is given twice"],
  ])("%j is refused: %s", async (params, message) => {
    const { status, json } = await g.get(`/api/query/shop/57/medium/${path(params)}`);
    expect([status, json["message"]]).toEqual([400, message]);
  });

  it("tells what is not used", async () => {
    const { status, json } = await g.get(`/api/query/shop/57/medium/${path({ CUSTOMER: 7, MORE: 1 })}`);
    expect([status, json["message"]]).toEqual([200, "Unused Parameters: MORE"]);
  });
});

describe("JSON that means harm", () => {
  it("names of JavaScript's own objects are names like others", async () => {
    const names = '{"CUSTOMER": 7, "__proto__": 1, "constructor": 2, "toString": 3}';
    const { status, json } = await g.get(`/api/query/shop/57/medium/${encodeURIComponent(names)}`);
    expect([status, json["message"]]).toEqual([200, "Unused Parameters: __proto__, constructor, toString"]);
  });

  it("that is nested without end is refused", async () => {
    for (const text of ["[".repeat(100_000), `{"MORE": ${"[".repeat(2000)}${"]".repeat(2000)}}`]) {
      const { status, json } = await g.send("POST", "/api/query/shop/57/medium", text);
      expect([status, json["error"], json["message"]]).toEqual([
        400,
        "Invalid JSON",
        "It has more than 1000 levels (valueDepthMax)",
      ]);
    }
  });

  it("with very many parameters is answered soon", async () => {
    const many = Object.fromEntries(Array.from({ length: 80_000 }, (_, number) => [`P${number}`, 0]));
    expect((await g.send("POST", "/api/query/shop/57/medium", many)).status).toBe(400);
  });
});

describe("with everything in the body (HY-51 to HY-54)", () => {
  it("answers one and several, equal ones once, in the order of the request", async () => {
    const one = await g.send("POST", "/api/conduit/query", {
      query_ref: 57,
      database: "shop",
      params: { CUSTOMER: 8 },
    });
    expect(one.json).toMatchObject({ success: true, row_count: 1, queue_used: "medium" });
    const many = await g.send("POST", "/api/conduit/queries", {
      database: "shop",
      queries: [
        { query_ref: 57, params: { CUSTOMER: 8 } },
        { query_ref: 999 },
        { query_ref: 58, params: { ID: 500, TOTAL: 1 } },
        { query_ref: 58, params: { ID: 500, TOTAL: 1 } },
      ],
    });
    expect(many.json).toMatchObject({
      success: false,
      database: "shop",
      results: [{ row_count: 1 }, { error: "Not found" }, { affected_rows: 1 }, { affected_rows: 1 }],
    });
  });

  it("refuses what is missing, too much, or not to be had", async () => {
    const post = async (where: string, body: unknown): Promise<readonly [number, unknown]> => {
      const { status, json } = await g.send("POST", `/api/conduit/${where}`, body);
      return [status, json["error"]];
    };
    expect(await post("query", "{")).toEqual([400, "Invalid JSON"]);
    expect(await post("query", { database: "shop" })).toEqual([400, "Missing field"]);
    expect(await post("query", { database: "x", query_ref: 57 })).toEqual([400, "Invalid database selection"]);
    expect(await post("auth_query", { query_ref: 57 })).toEqual([401, "TokenNeeded"]);
    expect(await post("query", { database: "shop", query_ref: 59 })).toEqual([404, "Not found"]);
    const queries = Array.from({ length: 11 }, (_, n) => ({ query_ref: 57, params: { CUSTOMER: n } }));
    expect(await post("queries", { database: "shop", queries })).toEqual([429, "Too many queries"]);
    expect((await g.get("/api/conduit/query")).status).toBe(405);
    const large = await g.send("POST", "/api/conduit/query", `{"x":"${"y".repeat(1_000_001)}"}`);
    expect([large.status, large.json["error"]]).toEqual([413, "Body too large"]);
  });

  it("says whether it is ready", async () => {
    expect((await g.get("/api/conduit/status")).json).toEqual({ success: true, databases: { shop: { ready: true } } });
  });

  it("serves what was loaded meanwhile, by its new version", async () => {
    loadQueries(g.daemon, "-- @query 70 now\n-- @public\nSELECT 1 AS one");
    await expect
      .poll(async () => (await g.get("/api/query/shop/70/medium/-")).json["rows"], { timeout: 10_000 })
      .toEqual([{ one: 1 }]);
    loadQueries(g.daemon, "-- @query 70 now\n-- @public\nSELECT 2 AS one");
    await expect
      .poll(async () => (await g.get("/api/query/shop/70/medium/-")).json["rows"], { timeout: 10_000 })
      .toEqual([{ one: 2 }]);
  });
});

it("gives rows as an Arrow stream", async () => {
  const response = await g.app.request(`/api/query/shop/57/medium/${path({ CUSTOMER: 7 })}`, {
    headers: { accept: "application/vnd.apache.arrow.stream" },
  });
  expect(response.headers.get("content-type")).toBe("application/vnd.apache.arrow.stream");
  const { tableFromIPC } = await import("apache-arrow");
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()));
  expect([table.numRows, table.schema.fields.map(({ name }) => name)]).toEqual([
    2,
    ["id", "total", "at", "note", "paid", "data"],
  ]);
});
