// The lock manager: order, upgrades, waits that end, and circles over locks and the write lock.
import { describe, expect, test } from "vitest";
import type { LeadAnswer } from "../../../server/lanes/types.ts";
import { type Locks, makeLocks } from "../../../server/daemon/lead/locks.ts";
import { findCircle } from "../../../server/daemon/lead/lock-circles.ts";
import { virtualClock } from "../../virtual-clock.ts";

function setUp() {
  const clock = virtualClock(1_000_000);
  const stopped: string[] = [];
  const locks = makeLocks(
    clock,
    (session, code, message) => void stopped.push(`${String(session)} ${code} ${message}`),
  );
  const answers: string[] = [];
  return { clock, locks, stopped, answers, ask: asker(locks, answers) };
}

function asker(locks: Locks, answers: string[]) {
  return (session: number, object: string, mode: "share" | "exclusive", waitMs = 60_000): void =>
    locks.acquire({
      sessionId: BigInt(session),
      object,
      mode,
      waitMs,
      answer: (answer: LeadAnswer) =>
        void answers.push(answer.kind === "refused" ? `${session} ${answer.code}` : `${session} ${answer.kind}`),
    });
}

describe("locks", () => {
  test("shares live side by side, an exclusive one waits for all of them, and who comes later waits behind it", () => {
    const { locks, answers, ask } = setUp();
    ask(1, "orders", "share");
    ask(2, "orders", "share");
    ask(3, "orders", "exclusive");
    ask(4, "orders", "share");
    expect(answers).toEqual(["1 granted", "2 granted"]);
    locks.release(1n);
    expect(answers).toHaveLength(2);
    locks.release(2n);
    expect(answers).toEqual(["1 granted", "2 granted", "3 granted"]);
    locks.release(3n);
    expect(answers.at(-1)).toBe("4 granted");
    locks.release(4n);
    expect(locks.list()).toEqual([]);
  });

  test("asking again for what one has is granted; a lone share becomes exclusive at once, another waits in front", () => {
    const { locks, answers, ask } = setUp();
    ask(1, "t", "share");
    ask(1, "t", "share");
    ask(1, "t", "exclusive");
    ask(1, "t", "share");
    expect(answers).toEqual(["1 granted", "1 granted", "1 granted", "1 granted"]);
    locks.release(1n);
    ask(1, "t", "share");
    ask(2, "t", "share");
    ask(3, "t", "exclusive");
    ask(1, "t", "exclusive");
    locks.release(2n);
    expect(answers.at(-1)).toBe("1 granted");
    expect(locks.of(1n).holds).toMatchObject([{ object: "t", mode: "exclusive" }]);
    expect(locks.of(3n).waitsFor).toMatchObject({ object: "t", mode: "exclusive" });
  });

  test("now or not at all, and a wait that is over: the message says who has the lock", async () => {
    const { clock, locks, answers, ask } = setUp();
    ask(1, "t", "exclusive");
    ask(2, "t", "share", 0);
    expect(answers).toEqual(["1 granted", "2 Timeout"]);
    const told: LeadAnswer[] = [];
    locks.acquire({
      sessionId: 3n,
      object: "t",
      mode: "share",
      waitMs: 500,
      answer: (answer) => void told.push(answer),
    });
    ask(4, "t", "share", 5000);
    await clock.advance(500);
    expect(told).toEqual([{ kind: "refused", code: "Timeout", message: "The lock t is held by session 1." }]);
    locks.release(1n);
    expect(answers.at(-1)).toBe("4 granted");
    expect(clock.timers).toBe(0);
  });

  test("a session that is gone leaves the queue, and those behind it move up", () => {
    const { locks, answers, ask } = setUp();
    ask(1, "t", "share");
    ask(2, "t", "exclusive");
    ask(3, "t", "share");
    locks.release(2n);
    expect(answers).toEqual(["1 granted", "3 granted"]);
  });

  test("who waits no longer keeps what he holds, and those behind him move up", async () => {
    const { clock, locks, answers, ask } = setUp();
    ask(1, "t", "share");
    ask(2, "u", "exclusive");
    ask(2, "t", "exclusive");
    ask(3, "t", "share");
    locks.giveUp(2n);
    expect(answers).toEqual(["1 granted", "2 granted", "2 Cancelled", "3 granted"]);
    expect(locks.of(2n)).toMatchObject({ holds: [{ object: "u" }], waitsFor: undefined });
    await clock.advance(1000);
    expect(clock.timers).toBe(0);
  });

  test("a circle of two: the one that began to wait last gives up and is told the circle, the other goes on", async () => {
    const { clock, locks, answers, ask } = setUp();
    ask(1, "a", "exclusive");
    ask(2, "b", "exclusive");
    ask(1, "b", "exclusive");
    const told: LeadAnswer[] = [];
    locks.acquire({
      sessionId: 2n,
      object: "a",
      mode: "share",
      waitMs: 9000,
      answer: (answer) => void told.push(answer),
    });
    await clock.advance(1000);
    expect(told).toEqual([
      {
        kind: "refused",
        code: "Deadlock",
        message:
          "Sessions wait for each other: session 2 waits for a of session 1, session 1 waits for b of session 2.",
      },
    ]);
    expect(answers).toEqual(["1 granted", "2 granted"]);
    locks.release(2n);
    expect(answers.at(-1)).toBe("1 granted");
  });

  test("a circle over a lock and the write lock: whoever waits for the write lock is told apart", async () => {
    const { clock, locks, stopped, answers, ask } = setUp();
    ask(1, "a", "exclusive");
    locks.writing(2n, true);
    ask(2, "a", "exclusive");
    locks.waitingForWrite(1n, true);
    await clock.advance(1000);
    expect(stopped).toEqual([
      "1 Deadlock Sessions wait for each other: session 1 waits for the write lock of session 2, session 2 waits for a of session 1.",
    ]);
    locks.release(1n);
    expect(answers.at(-1)).toBe("2 granted");
  });

  test("two who hold a share and both want more are a circle", async () => {
    const { clock, answers, ask } = setUp();
    ask(1, "t", "share");
    ask(2, "t", "share");
    ask(1, "t", "exclusive");
    ask(2, "t", "exclusive");
    await clock.advance(1000);
    expect(answers).toEqual(["1 granted", "2 granted", "2 Deadlock"]);
  });

  test("what is over within a moment was no circle", async () => {
    const { clock, locks, stopped, ask } = setUp();
    ask(1, "a", "exclusive");
    locks.writing(2n, true);
    ask(2, "a", "exclusive");
    locks.waitingForWrite(1n, true);
    await clock.advance(20);
    locks.waitingForWrite(1n, false);
    await clock.advance(1000);
    expect(stopped).toEqual([]);
  });

  test("200 sessions in one circle: one gives up", async () => {
    const { clock, answers, ask } = setUp();
    for (let each = 0; each < 200; each += 1) ask(each, `o${each}`, "exclusive");
    for (let each = 0; each < 200; each += 1) ask(each, `o${(each + 1) % 200}`, "exclusive");
    await clock.advance(1000);
    expect(answers.filter((answer) => answer.endsWith("Deadlock"))).toEqual(["199 Deadlock"]);
  });
});

test("no circle among waits that only meet", () => {
  const edge = (waiter: number, holder: number) => ({
    waiter: BigInt(waiter),
    holder: BigInt(holder),
    object: "x",
    sinceMs: 0,
    order: waiter,
  });
  expect(findCircle([edge(1, 2), edge(1, 3), edge(2, 4), edge(3, 4)])).toBeUndefined();
  expect(findCircle([edge(1, 2), edge(2, 4), edge(3, 4), edge(4, 3)])?.victim).toBe(4n);
});
