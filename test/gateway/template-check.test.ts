// Where and when templates are checked: in the lane in which they run, before somebody asks, and again when the schema moved while a check was under way.
import { expect, it } from "vitest";
import { TableValue, Shape, type Value } from "../../base/value/value.ts";
import type { RawResult } from "../../protocol/client/answers.ts";
import type { RemoteSession } from "../../protocol/client/types.ts";
import { makeTemplates, type Templates } from "../../server/gateway/templates.ts";
import type { Caller, Queue } from "../../server/gateway/types.ts";

const BOOTSTRAP = "SELECT * FROM mine";
const ROWS: Readonly<Record<string, readonly Value[]>> = {
  query_id: ["1", "2", "3"],
  name: ["kept", "slow", "other"],
  sql_text: ["SELECT 1", "SELECT 2", "SELECT 3"],
  lane: ["cache", "slow", "fast"],
};

function answerOf(rows: typeof ROWS): RawResult {
  const columns = Object.values(rows).map(
    (data) => ({ kind: "values", type: "string", data, nulls: undefined }) as const,
  );
  return {
    kind: "table",
    columns: Object.keys(rows).map((name) => ({ name, type: "text", nullable: false })),
    parts: [new TableValue(new Shape("", Object.keys(rows)), columns, columns[0]?.data.length ?? 0)],
  };
}

interface World {
  /** Each check with the lane that was asked. */
  readonly checks: string[];
  keptAnswers: number;
  epoch: number;
  /** Counts commits that wrote the table of the templates. */
  version: number | undefined;
  /** How often the templates were read. */
  reads: number;
  nowMs: number;
  /** Done before a check is answered. */
  before: () => Promise<void>;
}

function bench(): { readonly at: World; readonly templates: Templates } {
  const at: World = {
    checks: [],
    keptAnswers: 0,
    epoch: 1,
    version: undefined,
    reads: 0,
    nowMs: 0,
    before: () => Promise.resolve(),
  };
  const sessionIn = (lane: Queue | undefined): RemoteSession =>
    ({
      control: async (action: string, text: string) => {
        if (action === "catalog_epoch") return at.epoch;
        if (text === BOOTSTRAP) return { readOnly: true, repeatable: true, reads: ["main.mine"], parameters: [] };
        at.checks.push(`${text} in ${lane ?? "any"} at ${at.epoch}`);
        const reads = [`main.t${at.epoch}`];
        await at.before();
        return { readOnly: true, repeatable: true, reads, parameters: [] };
      },
    }) as unknown as RemoteSession;
  const owner = {
    run: () => {
      at.reads += 1;
      return Promise.resolve([answerOf(ROWS)]);
    },
    session: (work: (session: RemoteSession) => Promise<unknown>, lane?: Queue) => work(sessionIn(lane)),
  } as unknown as Caller;
  const templates = makeTemplates({
    settings: { database: "shop", bootstrap: BOOTSTRAP, hostFolder: undefined },
    version: (tables) => (tables?.join() === "main.mine" ? at.version : undefined),
    owner: () => Promise.resolve(owner),
    host: undefined,
    monotonicMs: () => at.nowMs,
    nowMs: () => 0,
    keepsAnswers: () => {
      at.keptAnswers += 1;
    },
    tell: () => undefined,
  });
  return { at, templates };
}

/** A promise that is resolved by hand. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

it("templates are checked ahead, those of the cache in its lane, others without a lane being started for it", async () => {
  const { at, templates } = bench();
  expect((await templates.report()).entries).toBe(3);
  expect(at.checks).toEqual(["SELECT 1 in cache at 1", "SELECT 2 in medium at 1", "SELECT 3 in medium at 1"]);
  expect(at.keptAnswers).toBe(1);
});

it("after a change of the schema a template is checked once, where it is about to run", async () => {
  const { at, templates } = bench();
  await templates.report();
  at.checks.length = 0;
  at.epoch = 2;
  at.nowMs = 1000;
  await Promise.all([templates.find(2), templates.find(2)]);
  await templates.find(2);
  await templates.find(3, "slow");
  expect(at.checks).toEqual(["SELECT 2 in slow at 2", "SELECT 3 in slow at 2"]);
});

it("a check that began before the schema changed is not enough for who asks after it", async () => {
  const { at, templates } = bench();
  const held = gate();
  const begun = gate();
  at.before = async () => {
    begun.open();
    await held.opened;
  };
  const first = templates.find(1);
  await begun.opened;
  // What was read is there in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  at.epoch = 2;
  at.nowMs = 1000;
  const second = templates.find(1);
  at.before = () => Promise.resolve();
  held.open();
  await first;
  expect((await second)?.reads).toEqual(["main.t2"]);
  expect(at.checks.filter((check) => check.startsWith("SELECT 1 "))).toEqual([
    "SELECT 1 in cache at 1",
    "SELECT 1 in cache at 2",
  ]);
});

it("the templates are read again only when their own tables may have been written", async () => {
  const { at, templates } = bench();
  at.version = 1;
  const readsAfter = async (ms: number): Promise<number> => {
    at.nowMs += ms;
    await templates.find(1);
    return at.reads;
  };
  await templates.report();
  // Once more, because the tables were not known before the first time.
  await readsAfter(1000);
  const before = at.reads;
  expect([await readsAfter(1000), await readsAfter(1000)]).toEqual([before, before]);
  at.version = 2;
  expect(await readsAfter(100)).toBe(before + 1);
  expect(await readsAfter(1000)).toBe(before + 1);
});
