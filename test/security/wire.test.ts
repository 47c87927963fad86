// Over the wire, with a whole daemon: who gets in with what, what a token may do, and what happens to sessions whose token is revoked meanwhile.
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import type { Client, ConnectOptions } from "../../protocol/client/types.ts";
import { verifyAudit } from "../../server/security/audit.ts";
import { openAuthenticator } from "../../server/security/authenticate.ts";
import { readTls } from "../../server/security/tls.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";
import { testSession } from "../session.ts";

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
INSERT INTO orders VALUES (1, 10), (2, 20);
upsert procedure as_caller () returns int { return SELECT count(total) FROM orders }
upsert procedure as_owner () returns int security definer { return SELECT count(total) FROM orders }
CREATE USER ann PASSWORD 'the password of ann';
CREATE USER bob;
GRANT EXECUTE ON PROCEDURE as_caller, as_owner TO ann;
GRANT SELECT ON TABLE orders TO bob;
`;

const CERTIFICATE = readFileSync(resolve(import.meta.dirname, "tls/certificate.pem"), "utf8");

let daemon: TestDaemon;
let owner: Client;
let address: string;
let keyFolder: string;
const clients: Client[] = [];

/** A client over TCP. */
async function over(options: Partial<ConnectOptions>): Promise<Client> {
  const client = await connect({
    target: address,
    tls: { ca: CERTIFICATE },
    reconnectMax: 0,
    pool: { max: 1 },
    ...options,
  });
  clients.push(client);
  return client;
}

/** A token made by the owner. */
async function tokenFor(name: string, rest: string): Promise<string> {
  const results = await owner.execute(`CREATE TOKEN ${name} FOR ${rest}`);
  const found = results.find((result) => result.kind === "rows");
  return String(found?.kind === "rows" ? found.rows[0]?.["token"] : "");
}

beforeAll(async () => {
  keyFolder = mkdtempSync(join(tmpdir(), "gobi-key-"));
  const key = join(keyFolder, "key.pem");
  copyFileSync(resolve(import.meta.dirname, "tls/key.pem"), key);
  chmodSync(key, 0o600);
  const certificate = resolve(import.meta.dirname, "tls/certificate.pem");
  const tls = readTls({ certificate, key, clientAuthority: undefined }, Date.now(), () => undefined);
  daemon = await startTestDaemon({ script: SCRIPT, sets: ["listen.tcp=127.0.0.1:0"], ports: { tls } });
  owner = await connect({ target: daemon.place.socket });
  address =
    daemon.lead
      .status()
      .listening.find((each) => each.startsWith("tls:"))
      ?.replace("tls:", "gobi:") ?? "";
}, 60_000);
afterAll(async () => {
  for (const client of [...clients, owner]) await client.close();
  await daemon.stop();
  rmSync(keyFolder, { recursive: true, force: true });
});

describe("who gets in", () => {
  it("GR-29: over the Unix socket: the owner, and whom he names", async () => {
    expect(await owner.query("SELECT count(*) AS n FROM orders")).toEqual([{ n: 2 }]);
    const bob = await connect({ target: daemon.place.socket, user: "bob" });
    clients.push(bob);
    expect(await bob.query("SELECT count(*) AS n FROM orders")).toEqual([{ n: 2 }]);
    await expect(bob.query("SELECT * FROM system.users")).rejects.toMatchObject({ code: "PermissionDenied" });
    await expect(connect({ target: daemon.place.socket, user: "nobody", reconnectMax: 0 })).rejects.toMatchObject({
      code: "AuthenticationFailed",
    });
  });

  it("GR-29: over TCP only with a token that is good", async () => {
    const token = await tokenFor("good", "bob");
    const bob = await over({ token });
    expect(await bob.query("SELECT sum(total) AS n FROM orders")).toEqual([{ n: 30 }]);
    await expect(over({})).rejects.toMatchObject({ code: "TokenNeeded" });
    await expect(over({ user: "bob" })).rejects.toMatchObject({ code: "TokenNeeded" });
    await expect(over({ token: "gbz_wrong" })).rejects.toMatchObject({ code: "AuthenticationFailed" });
    await expect(over({ token: `${token.slice(0, -1)}_` })).rejects.toMatchObject({ code: "AuthenticationFailed" });
  });

  it("over TCP with a user and his password", async () => {
    const ann = await over({ user: "ann", password: "the password of ann" });
    expect(await ann.call("as_owner")).toBe(2);
    await expect(over({ user: "ann", password: "the password of bob" })).rejects.toMatchObject({
      code: "AuthenticationFailed",
    });
    // bob has none.
    await expect(over({ user: "bob", password: "" })).rejects.toMatchObject({ code: "AuthenticationFailed" });
    await expect(over({ user: "ann", token: await tokenFor("mixed", "bob") })).rejects.toMatchObject({
      code: "AuthenticationFailed",
    });
  });

  it("GR-122: not with a token that is revoked, expired, or of a user who is disabled", async () => {
    const token = await tokenFor("soon", "bob EXPIRES AT TIMESTAMP '2999-01-01 00:00:00'");
    const { session } = testSession({ database: daemon.place.database });
    session.connection.runText(
      "UPDATE gobi_api_tokens SET expires_at = '2020-01-01T00:00:00.000000Z' WHERE name = 'soon'",
      [],
    );
    session.close();
    await expect(over({ token })).rejects.toMatchObject({
      code: "TokenExpired",
      message: expect.stringContaining("The token soon expired at 2020-01-01T00:00:00Z"),
    });
    const revoked = await tokenFor("gone", "bob");
    await owner.execute("REVOKE TOKEN gone FOR bob");
    await expect(over({ token: revoked })).rejects.toMatchObject({ code: "TokenRevoked" });
    const disabled = await tokenFor("off", "bob");
    await owner.execute("ALTER USER bob DISABLE");
    await expect(over({ token: disabled })).rejects.toMatchObject({ code: "UserDisabled" });
    await owner.execute("ALTER USER bob ENABLE; REVOKE USE ON DATABASE FROM public");
    await expect(over({ token: disabled })).rejects.toMatchObject({ code: "PermissionDenied" });
    await owner.execute("GRANT USE ON DATABASE TO public");
    await over({ token: disabled });
  });

  it("not without trusting the certificate", async () => {
    const token = await tokenFor("strict", "bob");
    await expect(connect({ target: address, tls: {}, token, reconnectMax: 0 })).rejects.toMatchObject({
      code: expect.any(String),
    });
  });
});

describe("what a session may do", () => {
  it("GR-121: what its user may, with owner's rights in a definer", async () => {
    const ann = await over({ token: await tokenFor("ann1", "ann") });
    await expect(ann.query("SELECT total FROM orders")).rejects.toMatchObject({
      code: "PermissionDenied",
      message: "ann may not read table orders: GRANT SELECT ON TABLE orders TO ann allows it.",
    });
    await expect(ann.call("as_caller")).rejects.toMatchObject({ code: "PermissionDenied" });
    expect(await ann.call("as_owner")).toBe(2);
    await owner.execute("GRANT SELECT ON TABLE orders TO ann");
    expect(await ann.call("as_caller")).toBe(2);
    expect(await ann.query("SELECT total FROM orders ORDER BY id")).toHaveLength(2);
    await owner.execute("REVOKE SELECT ON TABLE orders FROM ann");
    await expect(ann.query("SELECT total FROM orders ORDER BY id")).rejects.toMatchObject({ code: "PermissionDenied" });
  });

  it("GR-122: nothing more when its token is revoked while it is connected", async () => {
    const bob = await over({ token: await tokenFor("live", "bob") });
    expect(await bob.query("SELECT count(*) AS n FROM orders")).toEqual([{ n: 2 }]);
    await owner.execute("REVOKE TOKEN live FOR bob");
    await expect(bob.query("SELECT count(*) AS n FROM orders")).rejects.toMatchObject({
      code: "PermissionDenied",
      message: "The token of this session was revoked.",
    });
    await expect(bob.call("as_owner")).rejects.toMatchObject({ code: "PermissionDenied" });
  });

  it("GR-120: control the service only with the right", async () => {
    const bob = await over({ token: await tokenFor("control", "bob") });
    await expect(bob.session((session) => session.control("kill_lane", { lane: "x" }))).rejects.toMatchObject({
      code: "PermissionDenied",
    });
  });
});

it("GR-123: notes logins and refusals in the audit log, which stays a chain", async () => {
  const rows = await owner.query(
    "SELECT DISTINCT outcome, json_extract(details, '$.code') AS code FROM system.audit_log WHERE action = 'login' ORDER BY 1, 2",
  );
  expect(rows).toContainEqual({ outcome: "done", code: null });
  expect(rows).toContainEqual({ outcome: "denied", code: "AuthenticationFailed" });
  const { session } = testSession({ database: daemon.place.database });
  expect(verifyAudit(session.connection, undefined)).toMatchObject({ kind: "whole" });
  session.close();
});

it("GR-122: a flood of guesses at the same time is looked at no longer than one after the other", async () => {
  const authenticator = openAuthenticator({
    database: daemon.place.database,
    socketKey: "the key of a socket",
    log: () => undefined,
    elapsedMs: () => 0,
    later: (_, then) => then(),
  });
  const guess = async (password: string): Promise<string> => {
    const answer = await authenticator.authenticate({ transport: "tcp", peer: "10.0.0.2", user: "ann", password });
    return answer.kind === "principal" ? answer.principal.name : answer.code;
  };
  const answers = await Promise.all(Array.from({ length: 40 }, (_, count) => guess(`guess ${count}`)));
  // Two are looked at side by side, so that a few may be begun when the tenth is wrong.
  const looked = answers.filter((code) => code === "AuthenticationFailed").length;
  expect(looked).toBeGreaterThanOrEqual(10);
  expect(looked).toBeLessThanOrEqual(13);
  expect(answers.filter((code) => code === "TooManyAttempts")).toHaveLength(40 - looked);
  expect(await guess("the password of ann")).toBe("TooManyAttempts");
  await authenticator.close();
}, 30_000);

it("GR-122: who comes in himself does not make the guesses of his address forgotten", async () => {
  const authenticator = openAuthenticator({
    database: daemon.place.database,
    socketKey: "the key of a socket",
    log: () => undefined,
    elapsedMs: () => 0,
    later: (_, then) => then(),
  });
  const token = await tokenFor("mallory", "bob");
  const ask = async (credentials: {
    readonly user?: string;
    readonly password?: string;
    readonly token?: string;
  }): Promise<string> => {
    const answer = await authenticator.authenticate({ transport: "tcp", peer: "10.0.0.3", ...credentials });
    return answer.kind === "principal" ? answer.principal.name : answer.code;
  };
  for (let count = 0; count < 10; count += 1) {
    expect(await ask({ token })).toBe("bob");
    expect(await ask({ user: `user ${count}`, password: "the password of ann" })).toBe("AuthenticationFailed");
  }
  expect(await ask({ user: "ann", password: "the password of ann" })).toBe("TooManyAttempts");
  await authenticator.close();
}, 30_000);

it("GR-122: wrong tokens do not close the door for good ones, of TCP or of the gateway's callers", async () => {
  const authenticator = openAuthenticator({
    database: daemon.place.database,
    socketKey: "the key of a socket",
    log: () => undefined,
    elapsedMs: () => 0,
    later: (_, then) => then(),
  });
  const good = await tokenFor("open", "bob");
  const ask = async (way: "gateway" | "tcp", credentials: { readonly token?: string; readonly user?: string }) => {
    const from =
      way === "tcp"
        ? ({ transport: "tcp", peer: "10.0.0.4" } as const)
        : ({ transport: "unix", peer: "", socketKey: "the key of a socket" } as const);
    const answer = await authenticator.authenticate({ ...from, ...credentials });
    return answer.kind === "principal" ? answer.principal.name : answer.code;
  };
  for (const way of ["tcp", "gateway"] as const) {
    for (let count = 0; count < 10; count += 1)
      expect(await ask(way, { token: `gbz_wrong${count}` })).toBe("AuthenticationFailed");
    expect(await ask(way, { token: "gbz_wrong" })).toBe("TooManyAttempts");
    expect(await ask(way, { token: good })).toBe("bob");
    expect(await ask(way, { token: "gbz_wrong" })).toBe("TooManyAttempts");
  }
  await authenticator.close();
});

it("GR-122: answers wrong credentials later and later, and closes the door for a while", async () => {
  let elapsedMs = 0;
  const waits: number[] = [];
  const authenticator = openAuthenticator({
    database: daemon.place.database,
    socketKey: "the key of a socket",
    log: () => undefined,
    elapsedMs: () => elapsedMs,
    later: (ms, then) => {
      if (ms > 0) waits.push(ms);
      then();
    },
  });
  const ask = (password: string): Promise<unknown> =>
    authenticator
      .authenticate({ transport: "tcp", peer: "10.0.0.1", user: "ann", password })
      .then((answer) => (answer.kind === "principal" ? answer.principal.name : answer.code));
  for (let count = 0; count < 10; count += 1) expect(await ask(`guess ${count}`)).toBe("AuthenticationFailed");
  expect(waits).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 5000]);
  expect(await ask("the password of ann")).toBe("TooManyAttempts");
  elapsedMs = 60_001;
  expect(await ask("the password of ann")).toBe("ann");
  await authenticator.close();
});

it("GR-122: no secret is in any line of the log", () => {
  const text = daemon.lines.join("\n");
  expect(text).not.toMatch(/gbz_[\w-]{20}/u);
  expect(text).not.toContain("the password of ann");
});
