// Work in turns with a clock that the test moves: how long a stretch is, who goes first, what is dropped.
import { expect, test } from "vitest";
import type { Steps } from "../../../base/steps.ts";
import { makeTurns, type TurnPorts } from "../../../lsp/server/turns.ts";

/** A clock that steps move, and turns that end when the test says so. */
function heldTurns(): TurnPorts & {
  readonly clock: { ms: number };
  release(): Promise<void>;
  readonly held: () => boolean;
} {
  const clock = { ms: 0 };
  let go: (() => void) | undefined;
  return {
    clock,
    nowMs: () => clock.ms,
    nextTurn: () =>
      new Promise((resolve) => {
        go = resolve;
      }),
    held: () => go !== undefined,
    release: async () => {
      const now = go;
      go = undefined;
      now?.();
      // What goes on does so in microtasks.
      for (let times = 0; times < 10; times += 1) await Promise.resolve();
    },
  };
}

function* work(done: string[], name: string, count: number, clock: { ms: number }): Steps<string> {
  for (let step = 0; step < count; step += 1) {
    done.push(`${name}${step}`);
    clock.ms += 1;
    yield;
  }
  return name;
}

test("a stretch ends when its time is up, and the next begins in the next turn", async () => {
  const turns = heldTurns();
  const done: string[] = [];
  const ended = makeTurns(turns).run(work(done, "a", 20, turns.clock), "background");
  const lengths = [done.length];
  while (turns.held() || done.length < 20) {
    await turns.release();
    lengths.push(done.length);
    if (done.length === 20 && !turns.held()) break;
  }
  // The end is told in a turn of its own.
  expect(lengths).toEqual([4, 8, 12, 16, 20, 20]);
  expect(await ended).toBe("a");
});

test("what is short is done at once", async () => {
  const turns = heldTurns();
  const done: string[] = [];
  void makeTurns(turns).run(work(done, "a", 3, turns.clock), "background");
  expect(done).toHaveLength(3);
  expect(turns.held()).toBe(false);
});

test("what was asked for goes before what nobody waits for, and all come to their end", async () => {
  const turns = heldTurns();
  const done: string[] = [];
  const both = makeTurns(turns);
  const background = both.run(work(done, "b", 20, turns.clock), "background");
  const asked = both.run(work(done, "a", 20, turns.clock), "asked");
  while (turns.held()) await turns.release();
  expect(await asked).toBe("a");
  expect(await background).toBe("b");
  expect(done.indexOf("a19")).toBeLessThan(done.indexOf("b19"));
});

test("what is cancelled is dropped at the next step; what fails says so and hurts nobody", async () => {
  const turns = heldTurns();
  const done: string[] = [];
  const all = makeTurns(turns);
  let isCancelled = false;
  const cancelled = all.run(work(done, "c", 20, turns.clock), "asked", { cancelled: () => isCancelled });
  const failing = all.run(
    (function* (): Steps<void> {
      yield;
      throw new RangeError("no");
    })(),
    "asked",
  );
  const other = all.run(work(done, "o", 3, turns.clock), "background");
  isCancelled = true;
  const failure = failing.catch((error: unknown) => error);
  while (turns.held()) await turns.release();
  expect(await cancelled).toBeUndefined();
  expect(done.filter((each) => each.startsWith("c"))).toHaveLength(4);
  expect(await failure).toBeInstanceOf(RangeError);
  expect(await other).toBe("o");
});
