// Clients that go away while the lane is kept from its events by a program or by one long statement, and clients that ask for nothing for too long (GR-114, GR-27).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageName } from "../../protocol/frame.ts";
import { decodeMessage } from "../../protocol/message-codec.ts";
import { lineOf, startLane, type TestClient, type TestLane } from "./support.ts";

const SCRIPT = `
CREATE TABLE t (n int);
CREATE PROCEDURE spin() { let n = 0; loop { n = n + 1 } }
`;
/** Reads for ever, inside one statement. */
const ENDLESS = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT max(i) AS m FROM c";

let lane: TestLane;
beforeAll(async () => {
  lane = await startLane(SCRIPT);
}, 30_000);
afterAll(() => lane.stop());

const WORK = [
  ["a program", (client: TestClient) => client.send("CALL_PROCEDURE", { name: "spin" })],
  ["one statement", (client: TestClient) => client.send("EXECUTE_SQL", { text: ENDLESS })],
] as const;

/** Resolves when the lane has told that the client's request lasts. */
async function began(client: TestClient, messageId: number | bigint): Promise<void> {
  await lane.heard(
    "began",
    (message) => message.sessionId === client.sessionId && message.messageId === BigInt(messageId),
  );
}

async function ended(client: TestClient): Promise<string> {
  return (await lane.heard("sessionEnded", (message) => message.sessionId === client.sessionId)).reason;
}

describe.each(WORK)("while %s runs", (_name, start) => {
  it("its client's end is noticed, undoes its transaction and frees the lane (GR-114)", async () => {
    const gone = await lane.client();
    await gone.run("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
    await began(gone, start(gone));
    gone.socket.destroy();
    expect(await ended(gone)).toBe("disconnected");
    const next = await lane.client();
    expect(await next.run("DELETE FROM t WHERE n = 2")).toEqual(["DONE delete 0"]);
    expect(await next.run("SELECT count(*) AS c FROM t")).toEqual(["c: 0"]);
  });

  it("the end of another client that holds a transaction is noticed (GR-114)", async () => {
    const [gone, busy] = [await lane.client(), await lane.client()];
    await gone.run("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
    const messageId = start(busy);
    await began(busy, messageId);
    gone.socket.destroy();
    expect(await ended(gone)).toBe("disconnected");
    // The lane is at its work still: what was undone was undone meanwhile.
    expect(busy.frames.some((frame) => frame.messageId === messageId)).toBe(false);
    lane.control.cancel(busy.sessionId, messageId);
    expect((await busy.answer(messageId)).pieces.map(lineOf)[0]).toMatch(/^ERROR Cancelled/u);
    expect(await busy.run("SELECT count(*) AS c FROM t")).toEqual(["c: 0"]);
  });

  it("what other clients send meanwhile is done afterwards, whole and in order", async () => {
    const [holder, busy] = [await lane.client(), await lane.client()];
    await holder.run("BEGIN");
    const messageId = start(busy);
    await began(busy, messageId);
    const ids = Array.from({ length: 40 }, (_, index) =>
      holder.send("EXECUTE_SQL", { text: `SELECT ${index} AS v, '${"x".repeat(10_000)}' AS t` }),
    );
    // CANCEL on the session's own connection is heard while it works.
    busy.send("CANCEL", { session_id: busy.sessionId, secret: busy.secret, message_id: messageId });
    expect((await busy.answer(messageId)).pieces.map(lineOf)[0]).toMatch(/^ERROR Cancelled/u);
    const answers = await Promise.all(ids.map((id) => holder.answer(id)));
    expect(answers.map(({ pieces }) => pieces.map(lineOf)[0]?.slice(0, 8))).toEqual(
      ids.map((_, index) => `v,t: ${index},"x`.slice(0, 8)),
    );
    await holder.run("ROLLBACK");
  });
});

describe("a session that asks for nothing", () => {
  it("is told so and closed after the idle timeout, and its transaction is undone; who waits for events stays (GR-27)", async () => {
    const short = await startLane("CREATE TABLE t (n int)", { idleTimeoutMs: 200 });
    try {
      const [listening, moved] = [await short.client(), await short.client()];
      await listening.ask("SUBSCRIBE", { topics: "tables" });
      // As it comes from another lane.
      await moved.ask("SUBSCRIBE", { topics: "tables" });
      short.send({ kind: "giveBack", sessionIds: [moved.sessionId] });
      const back = await short.heard("sessionBack");
      const again = await short.client(back.session);
      const idle = await short.client();
      await idle.run("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
      await idle.until(() => idle.ended);
      const last = idle.frames.at(-1);
      expect(last && messageName(last.code)).toBe("GOODBYE");
      expect(last && decodeMessage("GOODBYE", last.payload).fields).toEqual({
        code: "idle",
        message: "The session asked for nothing for more than 0.2 s.",
      });
      expect((await short.heard("sessionEnded", ({ sessionId }) => sessionId === idle.sessionId)).reason).toBe("idle");
      expect([listening.ended, again.ended]).toEqual([false, false]);
      expect(await listening.run("SELECT count(*) AS c FROM t")).toEqual(["c: 0"]);
    } finally {
      await short.stop();
    }
  }, 20_000);
});
