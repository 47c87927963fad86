// The client over TCP and TLS: a token is needed, the daemon must be the one that was meant, and what works over the socket works here.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import { connect } from "../../protocol/client/client.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

const TLS_FOLDER = resolve(import.meta.dirname, "../security/tls");
const cert = readFileSync(join(TLS_FOLDER, "certificate.pem"), "utf8");
const key = readFileSync(join(TLS_FOLDER, "key.pem"), "utf8");

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER);
INSERT INTO orders (total) VALUES (3), (4);
upsert procedure turnover () returns int { return SELECT count(*) FROM orders; }
`;

let daemon: TestDaemon;
let port = 0;
let token = "";

beforeAll(async () => {
  daemon = await startTestDaemon({ script: SCRIPT, sets: ["listen.tcp=127.0.0.1:0"], ports: { tls: { cert, key } } });
  port = Number(/:(\d+)$/u.exec(required(daemon.lead.status().listening[1], "a TCP door"))?.[1]);
  const owner = await connect({ target: daemon.place.socket });
  await owner.execute("CREATE USER ann; GRANT EXECUTE ON PROCEDURE turnover TO ann; GRANT SELECT ON orders TO ann;");
  const [made] = await owner.query(
    "CREATE TOKEN report FOR ann SCOPES ('call:turnover', 'read:orders') EXPIRES IN '1 day';",
  );
  token = String(made?.["token"]);
  await owner.close();
}, 60_000);
afterAll(async () => await daemon.stop(), 60_000);

const tls = { ca: cert, servername: "localhost" };

it("calls, queries and streams over TLS as the token's user, within its scopes (GR-22)", async () => {
  const client = await connect({ target: `gobis://127.0.0.1:${port}`, token, tls });
  try {
    expect(await client.call("turnover")).toBe(2);
    expect(await client.query("SELECT sum(total) AS s FROM orders")).toEqual([{ s: 7 }]);
    const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT i FROM n";
    let count = 0;
    for await (const _ of client.stream(numbers)) count += 1;
    expect(count).toBe(50_000);
    await expect(client.execute("DELETE FROM orders")).rejects.toMatchObject({ code: "PermissionDenied" });
    await client.session(async (session) => expect(session.user).toBe("ann"));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(
      client.execute("let i = 0; while true { i += 1 }", [], { signal: controller.signal }),
    ).rejects.toMatchObject({ code: "Cancelled" });
  } finally {
    await client.close();
  }
}, 30_000);

it("is refused without a token, with a wrong one, and where the daemon is not the one that was meant", async () => {
  const target = `gobis://127.0.0.1:${port}`;
  await expect(connect({ target, tls })).rejects.toMatchObject({ code: "TokenNeeded" });
  await expect(connect({ target, tls, token: "gobi_wrong" })).rejects.toMatchObject({ code: "AuthenticationFailed" });
  await expect(connect({ target, token })).rejects.toMatchObject({
    code: "ServiceUnavailable",
    message: expect.stringContaining("could not be trusted") as string,
  });
  await expect(connect({ target, token, tls: { ca: cert, servername: "other.example.com" } })).rejects.toMatchObject({
    code: "ServiceUnavailable",
  });
}, 30_000);
