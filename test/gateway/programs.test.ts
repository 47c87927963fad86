// Procedures, SQL, runs and jobs over HTTP, with tokens (IT-90): rights, verbs by effects, filters, codes.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { startGateway, type TestGateway } from "./support.ts";

const SCRIPT = `CREATE TABLE orders (id INTEGER PRIMARY KEY, total int);
INSERT INTO orders VALUES (1, 10), (2, 20);
upsert function total_above(least int, word string = 'x') returns int { return (SELECT sum(total) FROM orders WHERE total > :least) ?? 0 }
upsert procedure add(id int, total int) returns int raises Refused { if total < 0 { raise Refused('negative') } INSERT INTO orders VALUES (:id, :total); return total }
upsert function listed() returns table<orders> { return (SELECT * FROM orders ORDER BY id) }
upsert procedure nothing() { print 'x' }
upsert procedure endless() { let i = 0; while true { i += 1 } }
upsert SCHEDULE as nightly (sched: '0 3 * * *', exe: 'procedure', call: 'nothing', tags: ['etl', 'night'])
upsert SCHEDULE as hourly (sched: '0 * * * *', exe: 'procedure', call: 'nothing')
CREATE USER ann
CREATE USER ben
GRANT EXECUTE ON FUNCTION total_above TO ann
GRANT SELECT ON TABLE orders TO ann`;

const QUERIES = `-- @query 1 sums
SELECT sum(total) AS s FROM orders
-- @query 2 endless
-- @public
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) AS c FROM n`;

let g: TestGateway;
let ann: Record<string, string>;
let ben: Record<string, string>;
let admin: Record<string, string>;

beforeAll(async () => {
  g = await startGateway({ script: SCRIPT, queries: QUERIES });
  const token = (user: string): Record<string, string> => ({ authorization: `Bearer ${g.token(user)}` });
  g.run("CREATE USER root; GRANT admin TO root");
  [ann, ben, admin] = [token("ann"), token("ben"), token("root")];
}, 30_000);
afterAll(() => g.stop());

describe("procedures", () => {
  it("are called by GET when they only read, by POST always", async () => {
    expect((await g.get("/api/procedures/total_above?least=10", ann)).json).toMatchObject({ success: true, value: 20 });
    expect((await g.send("POST", "/api/procedures/total_above", { least: 0 }, ann)).json).toMatchObject({ value: 30 });
    const written = await g.get("/api/procedures/add?id=3&total=5", admin);
    expect([written.status, written.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await g.send("POST", "/api/procedures/add", { id: 3, total: 5 }, admin)).json).toMatchObject({ value: 5 });
    expect((await g.get("/api/procedures/listed", admin)).json).toMatchObject({
      row_count: 3,
      rows: [
        { id: 1, total: 10 },
        { id: 2, total: 20 },
        { id: 3, total: 5 },
      ],
    });
  });

  it("are done once for an idempotency key", async () => {
    const headers = { ...admin, "idempotency-key": "k1" };
    const first = await g.send("POST", "/api/procedures/add", { id: 50, total: 1 }, headers);
    const again = await g.send("POST", "/api/procedures/add", { id: 50, total: 1 }, headers);
    expect([first.status, again.status]).toEqual([200, 200]);
  });

  it("take a key of 1 byte to idempotencyKeyBytesMax bytes, and do nothing with another", async () => {
    const most = LIMITS.idempotencyKeyBytesMax.value;
    const insert = { text: "INSERT INTO orders VALUES (60, 1)" };
    for (const key of ["k".repeat(most + 1), ""]) {
      const headers = { ...admin, "idempotency-key": key };
      const refused = {
        success: false,
        error: "WrongArguments",
        message: `Idempotency-Key must have 1 to ${most} bytes, not ${key.length}.`,
      };
      for (const answer of [
        await g.send("POST", "/api/procedures/add", { id: 60, total: 1 }, headers),
        await g.get("/api/procedures/total_above?least=10", headers),
        await g.send("POST", "/api/sql", insert, headers),
      ])
        expect(answer).toMatchObject({ status: 400, json: refused });
    }
    const headers = { ...admin, "idempotency-key": "k".repeat(most) };
    expect((await g.send("POST", "/api/sql", insert, headers)).status).toBe(200);
    // A header's bytes come as characters; what counts is what was sent.
    const sent = (text: string): Record<string, string> => ({
      ...admin,
      "idempotency-key": Buffer.from(text).toString("latin1"),
    });
    const exact = sent(`${"ü".repeat((most - 1) / 2)}k`);
    const other = { text: "INSERT INTO orders VALUES (61, 1)" };
    expect((await g.send("POST", "/api/sql", other, exact)).status).toBe(200);
    expect((await g.send("POST", "/api/sql", other, sent("ü".repeat((most + 1) / 2)))).json["message"]).toBe(
      `Idempotency-Key must have 1 to ${most} bytes, not ${most + 1}.`,
    );
  });

  it("are refused with what is wrong", async () => {
    const codes = async (answer: ReturnType<TestGateway["get"]>): Promise<readonly unknown[]> => {
      const { status, json } = await answer;
      return [status, json["error"]];
    };
    expect(await codes(g.get("/api/procedures/total_above?least=1"))).toEqual([401, "TokenNeeded"]);
    expect(await codes(g.get("/api/procedures/total_above?least=1", { authorization: "Bearer gbz_x" }))).toEqual([
      401,
      "AuthenticationFailed",
    ]);
    expect(await codes(g.get("/api/procedures/nowhere", ann))).toEqual([404, "NoSuchRoutine"]);
    expect(await codes(g.get("/api/procedures/total_above?most=1", ann))).toEqual([400, "WrongArguments"]);
    expect(await codes(g.get("/api/procedures/total_above?least=many", ann))).toEqual([400, "InvalidCast"]);
    expect((await g.get("/api/procedures/total_above?least=many", ann)).json["message"]).toBe(
      'Parameter least of total_above: "many" cannot be cast to int.',
    );
    // What she may not call is not described to her: as if it were not there.
    expect(await codes(g.send("POST", "/api/procedures/add", { id: 9, total: 1 }, ann))).toEqual([
      404,
      "NoSuchRoutine",
    ]);
    expect(await codes(g.send("POST", "/api/procedures/add", { id: 9, total: -1 }, admin))).toEqual([422, "Refused"]);
  });

  it("are described with their types", async () => {
    const { json } = await g.get("/api/openapi.json", admin);
    const paths = json["paths"] as unknown as Record<string, Record<string, unknown>>;
    expect(Object.keys(paths["/api/procedures/total_above"] ?? {})).toEqual(["get", "post"]);
    expect(Object.keys(paths["/api/procedures/add"] ?? {})).toEqual(["post"]);
    expect(paths["/api/procedures/add"]?.["post"]).toMatchObject({
      description: "Raises Refused.",
      requestBody: {
        content: {
          "application/json": {
            schema: { required: ["id", "total"], properties: { id: { type: "integer", format: "int64" } } },
          },
        },
      },
    });
  });
});

it("SQL with the rights of the token", async () => {
  const sum = await g.send(
    "POST",
    "/api/sql",
    { text: "SELECT count(*) AS n FROM orders WHERE id = :id", params: { id: 1 } },
    ann,
  );
  expect(sum.json).toMatchObject({ success: true, rows: [{ n: 1 }] });
  const denied = await g.send("POST", "/api/sql", { text: "DELETE FROM orders" }, ann);
  expect([denied.status, denied.json["error"]]).toEqual([403, "PermissionDenied"]);
  const wrong = await g.send("POST", "/api/sql", { text: "SELEC 1" }, ann);
  expect([wrong.status, wrong.json["error"]]).toEqual([400, "CheckFailed"]);
  expect((wrong.json["problems"] as unknown as readonly unknown[]).length).toBeGreaterThan(0);
});

it("a private template is there for who was granted USE on it", async () => {
  const ask = (headers: Record<string, string>): ReturnType<TestGateway["send"]> =>
    g.send("POST", "/api/conduit/auth_query", { query_ref: 1 }, headers);
  expect((await ask(ben)).status).toBe(404);
  g.run("GRANT USE ON TEMPLATE sums TO ben");
  await expect.poll(async () => (await ask(ben)).status).toBe(200);
  expect((await ask(admin)).status).toBe(200);
});

it("401 as soon as a token is revoked, 403 while it is good (GR-122)", async () => {
  const token = g.token("ben");
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (): Promise<unknown[]> => {
    const { status, json } = await g.send("POST", "/api/sql", { text: "SELECT count(*) FROM orders" }, headers);
    return [status, json["error"]];
  };
  expect(await ask()).toEqual([403, "PermissionDenied"]);
  expect(await ask()).toEqual([403, "PermissionDenied"]);
  g.run("ALTER USER ben DISABLE");
  expect(await ask()).toEqual([401, "UserDisabled"]);
  // Now without a session from before.
  expect((await ask())[0]).toBe(401);
  g.run("ALTER USER ben ENABLE");
  expect(await ask()).toEqual([403, "PermissionDenied"]);
  g.run("DROP USER ben");
  expect((await ask())[0]).toBe(401);
  g.run("CREATE USER ben");
});

it("a transaction that a text leaves open is told, and nothing of it is there", async () => {
  const sql = (text: string): Promise<{ status: number; json: Record<string, never> }> =>
    g.send("POST", "/api/sql", { text }, admin);
  const { status, json } = await sql("BEGIN; INSERT INTO orders VALUES (9000, 1)");
  expect([status, json["error"]]).toEqual([422, "TransactionState"]);
  expect((await sql("SELECT count(*) AS n FROM orders WHERE id = 9000")).json["rows"]).toEqual([{ n: 0 }]);
});

it.each([
  ["/api/sql", { text: "let i = 0; while true { i += 1 }" }],
  ["/api/procedures/endless", {}],
  ["/api/query/shop/2/medium", {}],
])("what is asked by POST %s ends when who asked has gone", async (path, body) => {
  const controller = new AbortController();
  const asked = g.app.request(path, {
    method: "POST",
    headers: { ...admin, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: controller.signal,
  });
  // Asked of the Lead: the lane is busy.
  const running = async (): Promise<number> =>
    ((await g.daemon.lead.control("sessions", undefined)) as readonly { readonly state: string }[]).filter(
      ({ state }) => state === "running",
    ).length;
  await expect.poll(running).toBe(1);
  controller.abort();
  expect((await asked).status).toBe(408);
  await expect.poll(running).toBe(0);
});

describe("jobs and runs (IT-90)", () => {
  it("are listed with filters and a cursor", async () => {
    const names = async (query: string): Promise<unknown> => {
      const { json } = await g.get(`/api/jobs${query}`, admin);
      return [(json["jobs"] as unknown as { name: string }[]).map(({ name }) => name), json["next_cursor"]];
    };
    expect(await names("")).toEqual([["hourly", "nightly"], null]);
    expect(await names("?limit=1")).toEqual([["hourly"], "hourly"]);
    expect(await names("?limit=1&cursor=hourly")).toEqual([["nightly"], null]);
    expect(await names("?name_pattern=night*")).toEqual([["nightly"], null]);
    expect(await names("?tags=etl")).toEqual([["nightly"], null]);
    expect(await names("?tag_pattern=ni*")).toEqual([["nightly"], null]);
    expect(await names(`?schedule=${encodeURIComponent("0 * * * *")}`)).toEqual([["hourly"], null]);
    expect((await g.get("/api/jobs?color=red", admin)).status).toBe(400);
    for (const wrong of [
      "/api/runs?status=succeeded",
      "/api/runs?kind=cron",
      "/api/runs?constructor=1",
      "/api/jobs?toString=1",
    ])
      expect((await g.get(wrong, admin)).status).toBe(400);
    const { json: one } = await g.get("/api/jobs/nightly", admin);
    expect(one["job"]).toMatchObject({ next_run_at: expect.stringMatching(/^\d{4}-\d\d-\d\d 03:00:00/) as string });
    expect((await g.get("/api/jobs?name_pattern=nightly", admin)).json["jobs"]).toEqual([one["job"]]);
  });

  it("are defined, changed, refused", async () => {
    const fields = { sched: "*/5 * * * *", exe: "procedure", call: "nothing" };
    expect((await g.send("POST", "/api/jobs", { name: "often", ...fields }, admin)).status).toBe(201);
    expect((await g.send("POST", "/api/jobs", { name: "often", ...fields }, admin)).status).toBe(409);
    expect((await g.send("POST", "/api/jobs", { name: "x'; DROP", ...fields }, admin)).status).toBe(400);
    // What stands behind the name is one list, and no other statement comes along.
    const own = "(sched: '0 3 * * *', exe: 'procedure', call: 'nothing')";
    for (const source of ["", "sched: 1", `${own}; DROP TABLE t; --`, `${own} ${own}`, `${own})`, `(${own}`, 1])
      expect((await g.send("POST", "/api/jobs", { name: "listed", source }, admin)).status).toBe(400);
    expect((await g.send("POST", "/api/jobs", { name: "listed", source: own }, admin)).status).toBe(201);
    expect((await g.send("PUT", "/api/jobs/often", { ...fields, sched: "0 0 * * *" }, admin)).status).toBe(200);
    expect((await g.get("/api/jobs/often", admin)).json["job"]).toMatchObject({
      schedule: "0 0 * * *",
      call: "nothing",
    });
    expect((await g.send("PUT", "/api/jobs/never", fields, admin)).status).toBe(404);
    expect((await g.send("POST", "/api/jobs", { name: "wrong", ...fields, sched: "99 * * * *" }, admin)).status).toBe(
      400,
    );
  });

  it("start runs by hand, which are found, shown and cancelled", async () => {
    const started = await g.send("POST", "/api/jobs/nightly/runs", {}, admin);
    expect(started.status).toBe(202);
    const [first] = started.json["runs"] as unknown as { run_id: string }[];
    const id = first?.run_id ?? "";
    expect((await g.get(`/api/runs/${id}`, admin)).json["run"]).toMatchObject({
      run_id: id,
      kind: "manual",
      name: "nightly",
    });
    const list = async (query: string): Promise<unknown> =>
      ((await g.get(query, admin)).json["runs"] as unknown as { run_id: string }[]).map((run) => run.run_id);
    expect(await list("/api/runs?name=nightly&kind=manual")).toEqual([id]);
    expect(await list("/api/jobs/nightly/runs")).toEqual([id]);
    await expect
      .poll(async () => (await g.get("/api/jobs/nightly", admin)).json["job"])
      .toMatchObject({ last_run_id: id });
    expect(await list("/api/runs?name=hourly")).toEqual([]);
    expect(await list("/api/runs?tags=etl&started_after=2000-01-01T00:00:00Z&ended_before=2999-01-01")).toEqual(
      await list("/api/runs?status=completed"),
    );
    expect((await g.get("/api/runs?started_after=soon", admin)).status).toBe(400);
    expect((await g.get(`/api/runs/${id}/violations`, admin)).json).toMatchObject({ run_id: id, violations: [] });
    expect((await g.get("/api/runs/unknown", admin)).status).toBe(404);
    await expect.poll(async () => (await g.send("DELETE", `/api/runs/${id}`, "", admin)).status).toBe(409);
    expect((await g.send("DELETE", "/api/runs/unknown", "", admin)).status).toBe(404);
    expect((await g.get("/api/runs")).status).toBe(401);
  });

  it("a run may be asked for at a moment: it waits for it, and can be cancelled before", async () => {
    const asked = await g.send("POST", "/api/jobs/nightly/runs", { start_time: "2999-01-01T10:00:00+02:00" }, admin);
    expect(asked.status).toBe(202);
    const [waiting] = asked.json["runs"] as unknown as { run_id: string }[];
    const id = waiting?.run_id ?? "";
    expect((await g.get(`/api/runs/${id}`, admin)).json["run"]).toMatchObject({
      status: "pending",
      scheduled_at: "2999-01-01 08:00:00",
      started_at: null,
    });
    expect((await g.send("DELETE", `/api/runs/${id}`, "", admin)).status).toBe(202);
    expect((await g.get(`/api/runs/${id}`, admin)).json["run"]).toMatchObject({ status: "cancelled" });
    const wrong = await g.send("POST", "/api/jobs/nightly/runs", { start_time: "soon" }, admin);
    expect([wrong.status, wrong.json["error"]]).toEqual([400, "Invalid field"]);
  });
});
