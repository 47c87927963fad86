// The answers that the gateway keeps: keys, age, room, and one piece of work for equal questions.
// Row of the limits table: answerCacheBytesMax (gateway.cache sets another; the cache takes what it is given).
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { type AnswerCache, answerKey, makeAnswerCache } from "../../server/gateway/answer-cache.ts";
import type { QueryTemplate } from "../../server/gateway/types.ts";

const TEMPLATE: QueryTemplate = {
  namespace: "main",
  id: 1,
  version: 1,
  name: "q",
  description: "",
  readOnly: true,
  repeatable: true,
  reads: ["main.t"],
  queue: "cache",
  timeoutMs: 1000,
  isPublic: true,
  params: { A: "INTEGER", B: "STRING" },
  cacheTtlMs: undefined,
  text: "SELECT :A, :B",
};

const QUESTION = { key: "k", ttlMs: undefined, tables: ["main.t"] } as const;

interface Bench {
  readonly cache: AnswerCache;
  version: number;
  nowMs: number;
  works: number;
}

function bench(bytesMax = 1000): Bench {
  const at: Bench = {
    cache: makeAnswerCache({ version: () => at.version, bytesMax, monotonicMs: () => at.nowMs }),
    version: 1,
    nowMs: 0,
    works: 0,
  };
  return at;
}

function ask(at: Bench, key: string, text = "x", ttlMs?: number): Promise<{ readonly hit: boolean }> {
  return at.cache.answer({ key, ttlMs, tables: ["main.t"] }, () => {
    at.works += 1;
    return Promise.resolve(text);
  });
}

describe("HY-42: key and scope", () => {
  it("parameters make the key whatever their order; database, template and type of a value too", () => {
    const key = (values: Record<string, unknown>, template = TEMPLATE, database = "shop"): string =>
      answerKey(database, template, values, 10);
    expect(key({ A: 1n, B: "x" })).toBe(key({ B: "x", A: 1n }));
    const others = [
      key({ A: 1n, B: "x" }),
      key({ A: 2n, B: "x" }),
      key({ A: "1", B: "x" }),
      key({ A: null, B: "x" }),
      key({ A: "null", B: "x" }),
      key({ A: 1n, B: "x" }, { ...TEMPLATE, text: "SELECT :B, :A" }),
      key({ A: 1n, B: "x" }, { ...TEMPLATE, id: 2 }),
      key({ A: 1n, B: "x" }, TEMPLATE, "other"),
      answerKey("shop", TEMPLATE, { A: 1n, B: "x" }, 11),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it("an answer is good until something is committed, or its time is over", async () => {
    const at = bench();
    expect([(await ask(at, "k")).hit, (await ask(at, "k")).hit]).toEqual([false, true]);
    at.version = 2;
    expect((await ask(at, "k")).hit).toBe(false);
    await ask(at, "t", "x", 500);
    at.nowMs = 499;
    expect((await ask(at, "t", "x", 500)).hit).toBe(true);
    at.nowMs = 500;
    expect((await ask(at, "t", "x", 500)).hit).toBe(false);
  });

  it("what fails is not kept", async () => {
    const at = bench();
    await expect(at.cache.answer(QUESTION, () => Promise.reject(new RangeError("no")))).rejects.toThrow("no");
    expect([(await ask(at, "k")).hit, at.works]).toEqual([false, 1]);
  });

  it("the answers that nobody asked for the longest go when there is no room", async () => {
    const at = bench(30);
    for (const key of ["a", "b", "c"]) await ask(at, key, "123456789");
    expect(at.cache.counts).toMatchObject({ entries: 3, bytes: 30 });
    await ask(at, "a");
    await ask(at, "d", "123456789");
    const hits = [];
    for (const key of ["a", "c", "d", "b"]) hits.push((await ask(at, key, "123456789")).hit);
    expect(hits).toEqual([true, true, true, false]);
  });

  it("one answer as large as all room is kept, one byte more is not", async () => {
    const at = bench(LIMITS.answerCacheBytesMax.value);
    const exact = "x".repeat(LIMITS.answerCacheBytesMax.value - 1);
    await ask(at, "k", exact);
    expect(at.cache.counts).toMatchObject({ entries: 1, bytes: LIMITS.answerCacheBytesMax.value });
    await ask(at, "l", `${exact}x`);
    expect([(await ask(at, "k")).hit, (await ask(at, "l")).hit]).toEqual([true, false]);
  });
});

describe("HY-42b: stampede", () => {
  it("100 identical misses at once are worked out once; one that comes after a commit is its own", async () => {
    const at = bench();
    let finish: (text: string) => void = () => undefined;
    const slow = (): Promise<string> => {
      at.works += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const asked = Array.from({ length: 100 }, () => at.cache.answer(QUESTION, slow));
    at.version = 2;
    const later = ask(at, "k", "new");
    finish("old");
    expect((await Promise.all(asked)).map(({ text }) => text)).toEqual(Array.from({ length: 100 }, () => "old"));
    expect(await later).toEqual({ text: "new", hit: false });
    expect(at.works).toBe(2);
    expect(at.cache.counts).toMatchObject({ hits: 99, misses: 2 });
    // What was worked out before the commit does not take the place of what came after it for ever.
    expect(await ask(at, "k")).toEqual({ text: "new", hit: true });
  });

  it("a failure is told to all who waited, and the next one tries again", async () => {
    const at = bench();
    const fail = (): Promise<string> => Promise.reject(new RangeError("no"));
    const asked = await Promise.allSettled([1, 2, 3].map(() => at.cache.answer(QUESTION, fail)));
    expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect((await ask(at, "k")).hit).toBe(false);
  });
});
