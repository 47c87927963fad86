// The pool alone: whatever its users do in whatever order, nobody gets what another has, nobody is forgotten, and its bounds hold.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makePool, type Pool } from "../../protocol/client/pool.ts";

/** Something pooled. */
interface Item {
  readonly id: number;
  usable: boolean;
  discarded: number;
}

interface Model {
  readonly pool: Pool<Item>;
  readonly made: Item[];
  /** Openings that are under way. */
  readonly openings: { resolve: () => void; reject: () => void }[];
  readonly held: Item[];
  /** Users that wait, in order; what they get is put here. */
  readonly served: number[];
  readonly refused: number[];
  nowMs: number;
  asked: number;
}

const MAX = 3;

function makeModel(): Model {
  const model: Omit<Model, "pool"> & { pool?: Pool<Item> } = {
    made: [],
    openings: [],
    held: [],
    served: [],
    refused: [],
    nowMs: 0,
    asked: 0,
  };
  model.pool = makePool<Item>({
    open: () =>
      new Promise((resolve, reject) => {
        model.openings.push({
          resolve: () => {
            const item = { id: model.made.length, usable: true, discarded: 0 };
            model.made.push(item);
            resolve(item);
          },
          reject: () => reject(new RangeError("no daemon")),
        });
      }),
    isUsable: (item) => item.usable,
    discard: (item) => {
      item.discarded += 1;
    },
    min: 1,
    max: MAX,
    idleMs: 1_000_000,
    nowMs: () => model.nowMs,
  });
  return model as Model;
}

/** What users and the world may do. The number chooses among several. */
const STEPS: Readonly<Record<string, (model: Model, choice: number) => void>> = {
  ask: (model) => {
    const asked = model.asked++;
    model.pool.wait().then(
      (item) => {
        model.served.push(asked);
        model.held.push(item);
      },
      () => void model.refused.push(asked),
    );
  },
  take: (model) => {
    const item = model.pool.take();
    if (item !== undefined) model.held.push(item);
  },
  give: (model, choice) => giveBack(model, choice, true),
  retire: (model, choice) => giveBack(model, choice, false),
  breakHeld: (model, choice) => {
    const item = model.held[choice % Math.max(1, model.held.length)];
    if (item !== undefined) item.usable = false;
  },
  breakAny: (model, choice) => {
    const item = model.made[choice % Math.max(1, model.made.length)];
    if (item !== undefined) item.usable = false;
  },
  opened: (model) => model.openings.shift()?.resolve(),
  failed: (model) => model.openings.shift()?.reject(),
};

function giveBack(model: Model, choice: number, reusable: boolean): void {
  const [item] = model.held.splice(choice % Math.max(1, model.held.length), 1);
  if (item !== undefined) model.pool.give(item, reusable);
}

function check(model: Model): void {
  const open = model.made.filter((item) => item.discarded === 0);
  expect(open.length + model.openings.length).toBeLessThanOrEqual(MAX);
  expect(model.pool.counts.total).toBe(open.length + model.openings.length);
  expect(new Set(model.held).size).toBe(model.held.length);
  expect(model.held.every((item) => item.discarded === 0)).toBe(true);
  expect(model.made.every((item) => item.discarded <= 1)).toBe(true);
  // First come, first served.
  expect(model.served).toEqual([...model.served].sort((left, right) => left - right));
  const waiting = model.asked - model.served.length - model.refused.length;
  expect(model.pool.counts.waiting).toBe(waiting);
  // Nobody waits while something lies idle, or while more may be made and none is under way for him; who is given another one leaves one under way.
  if (waiting > 0) expect(model.pool.counts.idle).toBe(0);
  if (waiting > 0 && model.pool.counts.total < MAX) expect(model.openings.length).toBeGreaterThanOrEqual(waiting);
}

/** One that was given back serves somebody for whom another one was begun, and the next is not used again. */
const MORE_UNDER_WAY_THAN_WAIT: [string, number][] = ["ask", "ask", "opened", "ask", "give", "retire"].map((name) => [
  name,
  0,
]);

/** Lets promises that are settled call what waits for them. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("the pool", () => {
  it("keeps its promises under any order of events, and ends (GR-27)", async () => {
    const step = fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.nat(100));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const model = makeModel();
        for (const [name, choice] of steps) {
          STEPS[name]?.(model, choice);
          await settled();
          check(model);
        }
        const closing = model.pool.close();
        while (model.held.length > 0 || model.openings.length > 0) {
          model.openings.shift()?.resolve();
          await settled();
          giveBack(model, 0, true);
          await settled();
        }
        await closing;
        expect(model.pool.counts).toEqual({ total: 0, idle: 0, waiting: 0 });
        expect(model.made.every((item) => item.discarded === 1)).toBe(true);
        await expect(model.pool.wait()).rejects.toMatchObject({ code: "ClientClosed" });
      }),
      { numRuns: 300, examples: [[MORE_UNDER_WAY_THAN_WAIT]] },
    );
  });

  it("forgets who no longer waits", async () => {
    const model = makeModel();
    const abandon = new AbortController();
    const waiting = model.pool.wait(abandon.signal);
    abandon.abort(new RangeError("enough"));
    await expect(waiting).rejects.toThrow("enough");
    expect(model.pool.counts).toEqual({ total: 1, idle: 0, waiting: 0 });
    model.openings[0]?.resolve();
    await settled();
    expect(model.pool.counts).toEqual({ total: 1, idle: 1, waiting: 0 });
    await model.pool.close();
  });
});

describe("the bounds of a pool (IT-85)", () => {
  it("the one beyond the most waits; idle ones go after their time; old ones go when they are given back", async () => {
    let nowMs = 0;
    const discarded: number[] = [];
    let made = 0;
    const pool = makePool<number>({
      open: () => Promise.resolve((made += 1)),
      isUsable: () => true,
      discard: (item) => discarded.push(item),
      min: 0,
      max: 25,
      idleMs: 5 * 60_000,
      lifetimeMs: 60 * 60_000,
      nowMs: () => nowMs,
    });
    const held = await Promise.all(Array.from({ length: 25 }, () => pool.wait()));
    const late = pool.wait();
    expect(pool.counts).toEqual({ total: 25, idle: 0, waiting: 1 });
    pool.give(held[0] ?? 0, true);
    expect(await late).toBe(held[0]);
    nowMs = 61 * 60_000;
    for (const item of held) pool.give(item, true);
    expect(discarded.length).toBe(25);
    const fresh = await pool.wait();
    expect([fresh, pool.counts.total]).toEqual([26, 1]);
    pool.give(fresh, true);
    nowMs += 61 * 60_000;
    expect(pool.take()).toBeUndefined();
    expect(discarded).toContain(26);
    await pool.close();
  });
});
