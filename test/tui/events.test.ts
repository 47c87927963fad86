// UN-04: one change is one event, which every consumer gets: caches, subscriptions, the terminal interface. Seen in the counts and in what each of them does.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { daemonSource } from "../../cli/tui/daemon-source.ts";
import { openConnection } from "../../protocol/client/client.ts";
import type { Connection } from "../../protocol/client/connection.ts";
import { holdSession } from "../../protocol/client/session.ts";
import type { RemoteSession } from "../../protocol/client/types.ts";
import { SECTION_NAMES, type SectionName } from "../../cli/tui/section-names.ts";
import { SECTIONS } from "../../cli/tui/sections.ts";
import { TUI_CLIENT_NAME } from "../../server/daemon/lead/event-counts.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";
import { openScreen, type TestScreen } from "./support.ts";

const SCRIPT = `
  CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL);
  CREATE TABLE audit (what TEXT);
  INSERT INTO orders (total) VALUES (1);
  upsert procedure add(total int) { INSERT INTO orders (total) VALUES (total) }
  upsert procedure note() { INSERT INTO audit VALUES ('noted') }
  upsert function twice(n int) returns int { return n * 2 }
  CREATE TRIGGER noticed AFTER DELETE ON orders FOR EACH ROW AS BEGIN INSERT INTO audit VALUES ('deleted'); END;
  upsert SCHEDULE as nightly (sched: '0 2 * * *', call: 'note')
  upsert PIPELINE as all_of_it (steps: [note])
`;
const SUM = "SELECT sum(total) AS s FROM orders";

/** Rows of the script that pages are about. */
const EXISTING: Readonly<Partial<Record<SectionName, string>>> = {
  procedures: "add",
  functions: "twice",
  triggers: "noticed",
  schedules: "nightly",
  pipelines: "all_of_it",
};

let daemon: TestDaemon;
let screen: TestScreen;
const open: Connection[] = [];

async function connection(clientName: string, lane?: "cache"): Promise<Connection> {
  const made = await openConnection({
    target: daemon.place.socket,
    clientName,
    ...(lane === undefined ? {} : { lane }),
  });
  open.push(made);
  return made;
}

async function session(clientName: string, lane?: "cache"): Promise<RemoteSession> {
  return holdSession(await connection(clientName, lane), {
    values: { int: "auto", timestamp: "micros" },
    onNotice: undefined,
  }).session;
}

beforeAll(async () => {
  daemon = await startTestDaemon({ script: SCRIPT, sets: ["lanes.cache.min=1"] });
}, 60_000);
afterAll(async () => {
  screen?.close();
  for (const each of open) each.close();
  await daemon?.stop();
});

describe("UN-04", () => {
  it("one write: one event, the cached answer gone, the subscriber woken, the screen changed", async () => {
    const reader = await session("reader", "cache");
    const writer = await session("writer");
    const subscriber = await session("subscriber");
    const heard: unknown[] = [];
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await subscriber.subscribe(["tables"], (topic, data) => {
      heard.push([topic, data]);
      wake();
    });
    const openTui = (): Promise<Connection> => connection(TUI_CLIENT_NAME);
    screen = openScreen(daemonSource("shop", await openTui(), openTui), { section: "events", columns: 120, rows: 40 });
    await screen.until(/tables +tui +0 +0 +1/u);
    // Logins are written a little later, and a commit makes every kept answer old.
    while ((await loginsOf(writer)) < open.length);

    expect(await reader.query(SUM)).toEqual([{ s: 1 }]);
    expect(await reader.query(SUM)).toEqual([{ s: 1 }]);
    // The writer's lane has heard what is watched when the Lead has answered it.
    expect(await cacheOf(writer)).toEqual({ cache_answers: 1, cache_hits: 1, cache_misses: 1 });
    expect(await countsOf(writer)).toEqual({ published: 0, cache: 0, subscription: 0, tui: 0 });

    await writer.execute("INSERT INTO orders (total) VALUES (41)");

    await woken;
    expect(heard).toEqual([["tables", { tables: ["main.orders"] }]]);
    await screen.until(/tables +\{"tables":\["main.orders"\]\}/u);
    await screen.until(/tables +tui +1 +1 +1/u);
    expect(await countsOf(writer)).toEqual({ published: 1, cache: 1, subscription: 1, tui: 1 });
    expect(await cacheOf(writer)).toEqual({ cache_answers: 0, cache_hits: 1, cache_misses: 1 });
    expect(await reader.query(SUM)).toEqual([{ s: 42 }]);
    expect(await cacheOf(writer)).toEqual({ cache_answers: 1, cache_hits: 1, cache_misses: 2 });
    const sample = (name: string, labels: Readonly<Record<string, string>>): unknown =>
      daemon.lead.metrics().find((each) => each.name === name && JSON.stringify(each.labels) === JSON.stringify(labels))
        ?.value;
    expect(sample("gobi_events_total", { topic: "tables" })).toBe(1);
    for (const consumer of ["cache", "tui", "subscription"])
      expect(sample("gobi_event_deliveries_total", { topic: "tables", consumer })).toBe(1);
  });

  it("what is rolled back is no event; several statements of one transaction are one", async () => {
    const writer = await session("writer");
    const before = await countsOf(writer);
    await writer.execute("BEGIN; INSERT INTO orders (total) VALUES (1); ROLLBACK");
    await writer.execute("BEGIN; INSERT INTO orders (total) VALUES (1); UPDATE orders SET total = 2; COMMIT");
    expect((await countsOf(writer)).published - before.published).toBe(1);
  });
});

describe("every list and page", () => {
  it("is a statement that the daemon answers, for a row that exists and for one that does not", async () => {
    const { run } = daemonSource("shop", await connection(TUI_CLIENT_NAME), () => connection(TUI_CLIENT_NAME));
    const refused: string[] = [];
    for (const name of SECTION_NAMES) {
      const { blocks, details, id = "" } = SECTIONS[name];
      for (const { from } of blocks) {
        if ("own" in from) continue;
        const answer = await run(from.statement);
        if (!answer.ok) refused.push(`${name}: ${answer.failure.message}`);
        else if (id !== "") expect(answer.listing?.names, name).toContain(id);
      }
      for (const page of details) {
        const statement = page.statement(name === "sessions" || name === "locks" ? "1" : (EXISTING[name] ?? "none"));
        const answer = await run(statement);
        if (!answer.ok) refused.push(`${name} ${page.name}: ${answer.failure.message}`);
        else if (EXISTING[name] !== undefined && /source|steps|effects/u.test(page.name) && name !== "functions")
          expect(answer.listing?.rows.length, `${name} ${page.name}`).toBeGreaterThan(0);
      }
    }
    expect(refused).toEqual([]);
  });
});

describe("a change of the catalog", () => {
  it("is one event: by the first statement of a session, in a transaction, and however many sessions notice it", async () => {
    const [writer, other] = [await session("writer"), await session("other")];
    await other.query(SUM);
    const before = await countsOf(other, "catalog");
    await writer.execute("upsert procedure first_one() { print 'x' }");
    await other.query(SUM);
    await (await session("third")).query(SUM);
    expect((await countsOf(other, "catalog")).published - before.published).toBe(1);
    await writer.execute("BEGIN; upsert procedure second_one() { print 'x' }");
    await other.query(SUM);
    expect((await countsOf(other, "catalog")).published - before.published).toBe(1);
    await writer.execute("COMMIT");
    await other.query(SUM);
    expect((await countsOf(other, "catalog")).published - before.published).toBe(2);
    await writer.execute("BEGIN; upsert procedure third_one() { print 'x' }; ROLLBACK");
    expect((await countsOf(writer, "catalog")).published - before.published).toBe(2);
  });
});

async function countsOf(
  by: RemoteSession,
  of = "tables",
): Promise<Readonly<Record<string, number>> & { readonly published: number }> {
  const rows = (await by.control("events")) as readonly {
    readonly topic: string;
    readonly consumer: string;
    readonly published: number;
    readonly delivered: number;
  }[];
  const tables = rows.filter(({ topic }) => topic === of);
  return {
    published: tables[0]?.published ?? -1,
    ...Object.fromEntries(tables.map(({ consumer, delivered }) => [consumer, delivered])),
  };
}

async function loginsOf(by: RemoteSession): Promise<number> {
  const [row] = await by.query("SELECT count(*) AS n FROM system.audit_log WHERE action = 'login'");
  return Number(row?.["n"]);
}

async function cacheOf(by: RemoteSession): Promise<unknown> {
  const rows = await by.query("SELECT cache_answers, cache_hits, cache_misses FROM system.lanes WHERE tags = 'cache'");
  return rows[0];
}
