// Rights in a lane, between statements and beside them: events, descriptions, kept and cached answers, and what runs when a token is revoked.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLAGS, messageName } from "../../protocol/frame.ts";
import { decodeMessage, encodeMessage } from "../../protocol/message-codec.ts";
import { principalOf } from "../../server/security/people.ts";
import { tokensOf } from "../../server/security/tokens.ts";
import type { Principal } from "../../server/security/types.ts";
import type { Session } from "../../server/session-types.ts";
import { testSession } from "../session.ts";
import { lineOf, positional, startLane, type TestClient, type TestLane } from "./support.ts";

let lane: TestLane;
/** A session of the mount's owner beside the lane. */
let owner: Session;

const SCRIPT = `
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INT);
INSERT INTO orders VALUES (1, 10), (2, 20);
CREATE TABLE secrets (word TEXT);
INSERT INTO secrets VALUES ('swordfish');
upsert procedure hello () returns int { return 1 }
upsert procedure hush () returns string { return 'swordfish' }
upsert procedure busy () { let i = 0; while true { i += 1 } }
upsert procedure how_many () returns int security definer { return SELECT count(*) FROM system.sessions }
CREATE USER ann; CREATE USER bob; CREATE USER eve;
GRANT SELECT ON TABLE orders TO ann, bob;
GRANT EXECUTE ON PROCEDURE hello, busy, how_many TO ann, eve;
`;

beforeAll(async () => {
  lane = await startLane(SCRIPT, { tags: ["medium", "cache"] });
  owner = testSession({ database: lane.database }).session;
}, 30_000);
afterAll(async () => {
  owner.close();
  await lane.stop();
});

const as = async (name: string, more: Partial<Principal> = {}): Promise<TestClient> =>
  await lane.client({ principal: { ...principalOf(owner.connection, name), ...more } });

/** The id of a new token. */
function token(name: string, user: string): string {
  owner.executeStatement(`CREATE TOKEN ${name} FOR ${user}`);
  return tokensOf(owner.connection, principalOf(owner.connection, user).userId, name)[0]?.id ?? "";
}

/** The data of the events that came, in order. */
function events(client: TestClient): readonly string[] {
  return client.frames
    .filter((frame) => messageName(frame.code) === "EVENT")
    .map((frame) => {
      const { topic, data } = decodeMessage("EVENT", frame.payload).fields;
      return `${topic} ${JSON.stringify(data).replaceAll(/\\|^"|"$/gu, "")}`;
    });
}

async function lines(client: TestClient, ...asked: Parameters<TestClient["ask"]>): Promise<readonly string[]> {
  return (await client.ask(...asked)).pieces.map(lineOf);
}

const DENIED = expect.stringMatching(/^ERROR PermissionDenied: /u);

describe("events", () => {
  it("tell only of tables that may be read, and of nothing once that is over", async () => {
    const ann = await as("ann");
    expect(await lines(ann, "SUBSCRIBE", { topics: "tables, catalog" })).toEqual(["DONE"]);
    const tell = (topic: string, data: unknown): void =>
      lane.send({ kind: "event", sessionId: ann.sessionId, topic, data: JSON.stringify(data) });
    tell("tables", { tables: ["main.orders", "main.secrets"] });
    tell("tables", { tables: ["main.secrets"] });
    tell("catalog", {});
    await ann.until(() => events(ann).length === 2);
    expect(events(ann)).toEqual(['tables {"tables":["main.orders"]}', "catalog {}"]);
    owner.executeStatement("REVOKE SELECT ON TABLE orders FROM ann");
    tell("tables", { tables: ["main.orders"] });
    tell("catalog", {});
    await ann.until(() => events(ann).length === 3);
    expect(events(ann).at(-1)).toBe("catalog {}");
    owner.executeStatement("GRANT SELECT ON TABLE orders TO ann");
    // Forged: a topic that was never allowed.
    tell("runs", { run: 1 });
    tell("sessions", { session: 1 });
    tell("catalog", {});
    await ann.until(() => events(ann).length === 4);
    expect(events(ann).at(-1)).toBe("catalog {}");
  });

  it.each([
    ["runs", "SELECT ON TABLE system.runs"],
    ["lanes", "SERVICE CONTROL"],
    ["sessions", "SERVICE CONTROL"],
    ["tables,lanes", "SERVICE CONTROL"],
  ])("of %s need %s", async (topics, right) => {
    const bob = await as("bob");
    expect(await lines(bob, "SUBSCRIBE", { topics })).toEqual([DENIED]);
    owner.executeStatement(`GRANT ${right} TO bob`);
    expect(await lines(bob, "SUBSCRIBE", { topics })).toEqual(["DONE"]);
    owner.executeStatement(`REVOKE ${right} FROM bob`);
  });
});

describe("descriptions", () => {
  it("DESCRIBE has what may be used and nothing else", async () => {
    const ann = await as("ann");
    const [schema = ""] = await lines(ann, "DESCRIBE", { what: "schema" });
    const [routines = ""] = await lines(ann, "DESCRIBE", { what: "routines" });
    expect(schema).toContain("orders");
    expect(routines).toContain("hello");
    expect(schema + routines).not.toMatch(/secrets|hush/u);
    const [one] = await lines(ann, "DESCRIBE", { what: "schema", name: "secrets" });
    const [none] = await lines(ann, "DESCRIBE", { what: "schema", name: "nothing" });
    expect(one).toBe(none);
  });

  it("PREPARE describes only what may be run", async () => {
    const ann = await as("ann");
    expect(await lines(ann, "PREPARE", { text: "SELECT total FROM orders" })).toEqual(["PREPARED"]);
    expect(await lines(ann, "PREPARE", { text: "SELECT * FROM secrets" })).toEqual([DENIED]);
  });

  it("lists of the daemon are asked for by who may see them, and their function is nobody's", async () => {
    const ann = await as("ann");
    lane.messages.length = 0;
    for (const text of ["SELECT * FROM system.sessions", "LIST SESSIONS"])
      expect(await ann.run(text), text).toEqual([DENIED]);
    expect(lane.messages.filter((message) => message.kind === "ask")).toEqual([]);
    // A routine with its owner's rights gives what it gives, and what it saw stays with it.
    const call = ann.send("EXECUTE_SQL", { text: "CALL how_many()" });
    const { askId } = await lane.heard("ask");
    lane.send({ kind: "answer", askId, answer: { kind: "json", text: "[{}, {}]" } });
    expect((await ann.answer(call)).pieces.map(lineOf)).toEqual(["2 int"]);
    for (const text of ["SELECT gobi_daemon_rows('sessions')", "SELECT * FROM temp.`system.sessions`"])
      expect((await ann.run(text)).at(-1), text).toEqual(DENIED);
  });
});

describe("answers of others", () => {
  const hits = async (): Promise<number> => {
    lane.messages.length = 0;
    lane.send({ kind: "report" });
    return (await lane.heard("status")).status.counts.cacheHits;
  };
  const SUM = "SELECT sum(total) AS s FROM orders";

  it("the result cache serves each user, by his own rights", async () => {
    const [one, two, bob, eve] = [await as("ann"), await as("ann"), await as("bob"), await as("eve")];
    const before = await hits();
    expect(await one.run(SUM)).toEqual(["s: 30"]);
    expect(await two.run(SUM)).toEqual(["s: 30"]);
    expect(await hits()).toBe(before + 1);
    // His own answer, not hers.
    expect(await bob.run(SUM)).toEqual(["s: 30"]);
    expect(await hits()).toBe(before + 1);
    expect(await bob.run(SUM)).toEqual(["s: 30"]);
    expect(await hits()).toBe(before + 2);
    expect(await eve.run(SUM)).toEqual([DENIED]);
    owner.executeStatement("REVOKE SELECT ON TABLE orders FROM bob");
    expect(await bob.run(SUM)).toEqual([DENIED]);
    owner.executeStatement("GRANT SELECT ON TABLE orders TO bob");
  });

  it("the result cache asks a token's scopes, and serves none that was revoked", async () => {
    const [full, limited, revoked] = [
      await as("ann"),
      await as("ann", { scopes: ["call"] }),
      await as("ann", { tokenId: token("cached", "ann") }),
    ];
    expect(await full.run(SUM)).toEqual(["s: 30"]);
    expect(await revoked.run(SUM)).toEqual(["s: 30"]);
    expect(await limited.run(SUM)).toEqual([DENIED]);
    owner.executeStatement("REVOKE TOKEN cached FOR ann");
    expect(await full.run(SUM)).toEqual(["s: 30"]);
    expect(await revoked.run(SUM)).toEqual(["ERROR PermissionDenied: The token of this session was revoked."]);
  });

  it("an idempotency key gives nobody what another was answered, nor a token more than its scopes", async () => {
    const ask = (client: TestClient, text: string): Promise<readonly string[]> =>
      lines(client, "EXECUTE_SQL", { text, idempotency_key: "k" }, positional([]));
    const [ann, eve, limited] = [
      await as("ann"),
      await as("eve"),
      await as("ann", { scopes: ["call"], tokenId: token("narrow", "ann") }),
    ];
    expect(await ask(ann, SUM)).toEqual(["s: 30"]);
    expect(await ask(eve, SUM)).toEqual([DENIED]);
    expect(await ask(limited, SUM)).toEqual([DENIED]);
  });
});

describe("other sessions", () => {
  it("are not reached by frames that name them, nor cancelled without their secret", async () => {
    const [ann, bob] = [await as("ann"), await as("bob")];
    bob.socket.write(
      encodeMessage("EXECUTE_SQL", { messageId: 77, sessionId: Number(ann.sessionId) }, { text: "SELECT 1" }),
    );
    const answer = await bob.answer(77);
    expect(answer.pieces.map(lineOf)).toEqual(["ERROR ProtocolError: The frame names another session."]);
    expect(await ann.run("SELECT 1 AS n")).toEqual(["n: 1"]);
    // On his own connection, for another's session: nothing happens, and the other's request goes on.
    const running = ann.send("CALL_PROCEDURE", { name: "hello" });
    bob.send("CANCEL", { session_id: ann.sessionId, secret: bob.secret });
    expect((await ann.answer(running)).pieces.map(lineOf)).toEqual(["1 int"]);
  });
});

describe("GR-122: a revocation", () => {
  it.each([
    ["REVOKE TOKEN running FOR eve", "running"],
    ["ALTER USER eve DISABLE", "disabled"],
  ])("stops what runs: %s", async (statement, name) => {
    const eve = await as("eve", { tokenId: token(name, "eve") });
    const call = eve.send("CALL_PROCEDURE", { name: "busy" });
    // It runs when the Lead has been told of it.
    await lane.heard("began", ({ messageId, sessionId }) => sessionId === eve.sessionId && messageId === BigInt(call));
    owner.executeStatement(statement);
    const answer = await eve.answer(call);
    expect(answer.flags & FLAGS.END).toBe(FLAGS.END);
    expect(answer.pieces.map(lineOf)).toEqual([expect.stringMatching(/^ERROR (?:Cancelled|PermissionDenied)/u)]);
    expect(await eve.run("SELECT 1 AS n")).toEqual([DENIED]);
    owner.executeStatement("ALTER USER eve ENABLE");
  });

  it("ends who only listens", async () => {
    const ann = await as("ann", { tokenId: token("listening", "ann") });
    expect(await lines(ann, "SUBSCRIBE", { topics: "tables" })).toEqual(["DONE"]);
    owner.executeStatement("REVOKE TOKEN listening FOR ann");
    await ann.until(() => ann.ended);
    const last = ann.frames.at(-1);
    expect(last === undefined ? undefined : decodeMessage("GOODBYE", last.payload).fields).toMatchObject({
      code: "killed",
      message: "The token of this session was revoked.",
    });
  });

  it("stops rows on their way", async () => {
    const ann = await as("ann", { tokenId: token("reading", "ann") });
    const query = ann.send("EXECUTE_SQL", {
      text: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000000) SELECT n FROM c",
      window_bytes: 65_536,
    });
    await ann.until(() => ann.frames.some((frame) => messageName(frame.code) === "ROWS"));
    owner.executeStatement("REVOKE TOKEN reading FOR ann");
    await ann.until(() => ann.frames.some((frame) => frame.messageId === query && messageName(frame.code) === "ERROR"));
    const error = ann.frames.find((frame) => messageName(frame.code) === "ERROR");
    expect(error === undefined ? "" : decodeMessage("ERROR", error.payload).fields.message).toBe(
      "The token of this session was revoked.",
    );
  });
});
