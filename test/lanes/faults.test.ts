// Clients without manners on a session that is theirs: bytes that are no frames, frames that are cut, answers that nobody reads.
// The lane goes on, others are served, and what it keeps for such a client is bounded (GR-28).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import { FLAGS, FRAME_HEADER_BYTES } from "../../protocol/frame.ts";
import { encodeMessage } from "../../protocol/message-codec.ts";
import { MESSAGES, type MessageName } from "../../protocol/messages.ts";
import type { LaneStatus } from "../../server/lanes/types.ts";
import { CONTROL_MESSAGES, sampleArguments, sampleFields } from "../protocol/samples.ts";
import { startLane, type TestClient, type TestLane } from "./support.ts";

const FRAMES = 100_000;
const SCRIPT = `
CREATE TABLE big AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 300000) SELECT i AS id, 'a name that is long enough ' || i AS name FROM c;
`;

let lane: TestLane;
beforeAll(async () => {
  lane = await startLane(SCRIPT);
}, 30_000);
afterAll(() => lane.stop());

const OF_CLIENTS = CONTROL_MESSAGES.filter((name: MessageName) => MESSAGES[name].from === "client");

/** A frame of every message that clients send, of this session. */
function framesOf(client: TestClient): readonly Uint8Array[] {
  return OF_CLIENTS.map((name) =>
    encodeMessage(
      name,
      { messageId: 7, sessionId: Number(client.sessionId) },
      sampleFields(name, "all"),
      sampleArguments(name),
    ),
  );
}

/** Numbers that only depend on the seed (xorshift). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A frame with some bytes changed; every second time only in its payload. */
function mutated(frame: Uint8Array, next: (below: number) => number): Uint8Array {
  const bytes = Uint8Array.from(frame);
  const from = next(2) === 0 && bytes.length > FRAME_HEADER_BYTES ? FRAME_HEADER_BYTES : 0;
  for (let change = 1 + next(4); change > 0; change -= 1) bytes[from + next(bytes.length - from)] = next(256);
  return next(8) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes;
}

async function isGone(client: TestClient): Promise<void> {
  await lane.heard("sessionEnded", (message) => message.sessionId === client.sessionId);
}

/** The lane is well, and has told of no fault of its own. */
async function expectWell(): Promise<void> {
  const witness = await lane.client();
  expect(await witness.run("SELECT count(*) AS n FROM big")).toEqual(["n: 300000"]);
  witness.socket.destroy();
  expect(lane.messages.filter((message) => message.kind === "log" && message.level === "error")).toEqual([]);
}

/** What the lane tells of itself now. */
async function statusNow(): Promise<LaneStatus> {
  const told = (): readonly LaneStatus[] =>
    lane.messages.flatMap((message) => (message.kind === "status" ? [message.status] : []));
  const before = told().length;
  lane.send({ kind: "report" });
  await lane.heard("status", () => told().length > before);
  return required(told().at(-1), "a report");
}

/** Requests that were completed when no more are. */
async function standstill(): Promise<number> {
  for (let last = -1; ; ) {
    const { completed } = (await statusNow()).counts;
    if (completed === last) return completed;
    last = completed;
  }
}

describe("a session", () => {
  it("that gets mutated frames answers, or closes with GOODBYE; the lane lives (GR-28)", async () => {
    const next = random(20_261_121);
    for (let sent = 0; sent < FRAMES; ) {
      const client = await lane.client();
      const good = framesOf(client);
      for (let count = 0; count < 25 && !client.ended; count += 1, sent += 1) {
        const bytes = mutated(good[next(good.length)] ?? new Uint8Array(1), next);
        const cut = next(bytes.length);
        client.socket.write(bytes.subarray(0, cut));
        client.socket.write(bytes.subarray(cut));
      }
      client.socket.destroy();
      await isGone(client);
    }
    await expectWell();
  }, 600_000);

  it("whose socket is cut inside every message ends, and leaves nothing (GR-28)", async () => {
    const whole = framesOf({ sessionId: 0n } as TestClient);
    for (const [index, { length }] of whole.entries()) {
      for (const cut of [1, FRAME_HEADER_BYTES - 1, FRAME_HEADER_BYTES, (FRAME_HEADER_BYTES + length) >> 1, length]) {
        const client = await lane.client();
        client.socket.end((framesOf(client)[index] ?? new Uint8Array(0)).subarray(0, Math.min(cut, length)));
        await isGone(client);
      }
    }
    await expectWell();
  }, 60_000);
});

describe("a client that reads nothing", () => {
  it("of many rows is waited for; the lane keeps little for it and serves others (GR-23)", async () => {
    const before = (await statusNow()).rssBytes;
    const slow = await lane.client();
    slow.socket.pause();
    // 90 MB, and a window that would let everything through: the socket alone holds back.
    const text = "SELECT id, name || replace(hex(zeroblob(150)), '0', 'x') AS name FROM big";
    slow.send("EXECUTE_SQL", { text, window_bytes: 2 ** 40 });
    await expectWell();
    expect((await statusNow()).rssBytes - before).toBeLessThan(60_000_000);
    slow.socket.resume();
    await slow.until(() => ((slow.frames.at(-1)?.flags ?? 0) & FLAGS.END) !== 0);
    expect(slow.frames.reduce((sum, { payload }) => sum + payload.length, 0)).toBeGreaterThan(90_000_000);
    slow.socket.destroy();
  }, 30_000);

  it("of many small answers is waited for too: what it has asked for is done when it reads on (GR-28)", async () => {
    const slow = await lane.client();
    slow.socket.pause();
    const before = await statusNow();
    const count = 4000;
    // 80 MB of answers.
    const text = "SELECT replace(hex(zeroblob(10000)), '0', 'x') AS t";
    for (let sent = 0; sent < count; sent += 1) slow.send("EXECUTE_SQL", { text });
    const completed = await standstill();
    expect(completed - before.counts.completed).toBeLessThan(500);
    expect((await statusNow()).rssBytes - before.rssBytes).toBeLessThan(60_000_000);
    await expectWell();
    slow.socket.resume();
    await slow.until(() => slow.frames.length >= count);
    expect(slow.frames.map((frame) => frame.messageId)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    slow.socket.destroy();
  }, 60_000);
});

describe("a disk that is full", () => {
  it("is said to the session that writes; nothing of its statement stays, the transaction can be ended, and others go on (GR-28)", async () => {
    const [full, other] = [await lane.client(), await lane.client()];
    await other.run("CREATE TABLE filling (n int, text string)");
    const pages = Number(/\d+$/u.exec((await full.run("PRAGMA page_count")).join(""))?.[0]);
    await full.run(`PRAGMA max_page_count = ${pages + 2}`);
    await full.run("BEGIN; INSERT INTO filling VALUES (1, 'before')");
    const many = "INSERT INTO filling SELECT id, name FROM big";
    expect((await full.run(many))[0]).toMatch(/^ERROR DiskFull/u);
    // SQLite itself may have ended the transaction; what is committed is whole either way.
    await full.run("ROLLBACK");
    expect((await full.run(many))[0]).toMatch(/^ERROR DiskFull/u);
    expect(await full.run("SELECT count(*) AS n FROM filling")).toEqual(["n: 0"]);
    expect(await other.run("INSERT INTO filling VALUES (2, 'other'); PRAGMA integrity_check")).toEqual([
      "STATEMENT insert 1",
      'integrity_check: "ok"',
    ]);
    await expectWell();
  });
});
