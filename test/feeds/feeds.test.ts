// HY-41, HY-43, HY-44 on SQLite with a daemon: what other programs write is told, as events of feeds too; order, positions, failures, what is left behind.
// The other program is better-sqlite3 alone, with nothing of ours.
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import type { Client, FeedEvent, ListenOptions, RemoteSession } from "../../protocol/client/types.ts";
import { neglectedFeeds } from "../../server/feeds/feeds.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

let daemon: TestDaemon;
let client: Client;
let other: Database.Database;
const listeners: (() => Promise<void>)[] = [];

beforeAll(async () => {
  daemon = await startTestDaemon({ script: "CREATE TABLE u (b int);" });
  client = await connect({ target: daemon.place.socket, pool: { max: 8 } });
  other = new Database(daemon.place.database);
}, 30_000);
beforeEach(() => void other.exec("CREATE TABLE t (id integer PRIMARY KEY, a text)"));
afterEach(async () => {
  for (const stop of listeners.splice(0)) await stop();
  for (const { name } of await client.query("SELECT name FROM system.event_feeds"))
    await control("unregister_feed", { name });
  other.exec("DROP TABLE t");
});
afterAll(async () => {
  other.close();
  await client.close();
  await daemon.stop();
});

const control = (action: string, argument: unknown): Promise<unknown> =>
  client.session((session) => session.control(action, argument));
const register = (name: string, kind: string, target = ""): Promise<unknown> =>
  control("register_feed", { name, kind, target });
const read = async (name: string): Promise<readonly FeedEvent[]> =>
  ((await control("read_feed", { name })) as { readonly events: readonly FeedEvent[] }).events;
const feed = (name: string): Promise<unknown> =>
  client.query("SELECT position, delivered, failed, last_error FROM system.event_feeds WHERE name = :name", { name });

interface Listening {
  readonly heard: FeedEvent[];
  until(count: number): Promise<void>;
  stop(): Promise<void>;
}

function listen(
  name: string,
  onEvent: (event: FeedEvent) => void = () => undefined,
  options: ListenOptions = {},
): Listening {
  const heard: FeedEvent[] = [];
  const controller = new AbortController();
  const done = client.listen(
    name,
    (event) => {
      heard.push(event);
      onEvent(event);
    },
    { ...options, signal: controller.signal },
  );
  const stop = async (): Promise<void> => {
    controller.abort();
    await done;
  };
  listeners.push(stop);
  return {
    heard,
    stop,
    until: (count) => expect.poll(() => heard.length, { timeout: 20_000, interval: 5 }).toBe(count),
  };
}

describe("HY-43: change events", () => {
  it("hold table, operation, rows as JSON, moment and a number, whoever writes, in the order of commits", async () => {
    await register("all", "TABLE_CHANGE", "T");
    const { heard, until } = listen("all");
    other.exec("INSERT INTO t VALUES (1, 'theirs'); UPDATE t SET a = 'changed' WHERE id = 1");
    await client.execute("INSERT INTO t VALUES (2, 'ours'); DELETE FROM t WHERE id = 1");
    other.exec(
      "BEGIN; INSERT INTO t VALUES (3, 'undone'); ROLLBACK; INSERT INTO u VALUES (1); REPLACE INTO t VALUES (2, 'again')",
    );
    await until(5);
    expect(heard.map(({ table_name, operation, data }) => ({ table_name, operation, data }))).toEqual([
      { table_name: "t", operation: "INSERT", data: { new: { id: 1, a: "theirs" } } },
      { table_name: "t", operation: "UPDATE", data: { old: { id: 1, a: "theirs" }, new: { id: 1, a: "changed" } } },
      { table_name: "t", operation: "INSERT", data: { new: { id: 2, a: "ours" } } },
      { table_name: "t", operation: "DELETE", data: { old: { id: 1, a: "changed" } } },
      { table_name: "t", operation: "INSERT", data: { new: { id: 2, a: "again" } } },
    ]);
    expect(heard.map(({ sequence_id }) => sequence_id)).toEqual([1, 2, 3, 4, 5]);
    for (const { timestamp } of heard) expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/u);
  });

  it("a consumer goes on from what it has confirmed; what it has not confirmed it is given again", async () => {
    await register("f", "TABLE_CHANGE", "t");
    other.exec("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    const first = listen("f");
    await first.until(2);
    await first.stop();
    expect(await feed("f")).toEqual([{ position: 2, delivered: 2, failed: 0, last_error: null }]);
    other.exec("INSERT INTO t VALUES (3, 'c')");
    // Read and not confirmed, as by a consumer that dies then.
    expect((await read("f")).map(({ sequence_id }) => sequence_id)).toEqual([3]);
    const second = listen("f");
    await second.until(1);
    expect(second.heard[0]?.data).toEqual({ new: { id: 3, a: "c" } });
    await second.stop();
    await control("confirm_feed", { name: "f", sequence_id: 1 });
    expect(await feed("f")).toEqual([{ position: 3, delivered: 3, failed: 0, last_error: null }]);
    await expect(control("confirm_feed", { name: "f", sequence_id: 99 })).rejects.toThrow("There is no event 99 yet.");
  });

  it("confirming within a transaction is part of it", async () => {
    await register("f", "TABLE_CHANGE", "t");
    other.exec("INSERT INTO t VALUES (1, 'a')");
    await client.session(async (session) => {
      await session.execute("BEGIN IMMEDIATE; INSERT INTO u VALUES (1)");
      await session.control("confirm_feed", { name: "f", sequence_id: 1, delivered: 1 });
      await session.execute("ROLLBACK");
    });
    expect(await feed("f")).toEqual([{ position: 0, delivered: 0, failed: 0, last_error: null }]);
  });

  it("what JSON cannot hold never makes a statement fail; what is very large is told without its data", async () => {
    await register("f", "TABLE_CHANGE", "t");
    const insert = other.prepare("INSERT INTO t (a) VALUES (?)");
    for (const value of [Buffer.from([0, 255]), Number.POSITIVE_INFINITY, 2n ** 62n, 'a"b\n\0', 1.5, null])
      insert.run(value);
    expect((await read("f")).map(({ data }) => (data as { new: { a: unknown } }).new.a)).toEqual([
      "00FF",
      "Inf",
      "4611686018427387904",
      'a"b\n\0',
      "1.5",
      null,
    ]);
    await control("confirm_feed", { name: "f", sequence_id: 6 });
    insert.run("x".repeat(1_000_000));
    insert.run("x".repeat(5_000_000));
    const { until, heard } = listen("f");
    await until(2);
    expect(
      heard.map(({ data, data_bytes: bytes }) => [(data as { new: { a: string } } | null)?.new.a.length, bytes]),
    ).toEqual([
      [1_000_000, undefined],
      [undefined, 5_000_023],
    ]);
  });

  it("columns that come and go are followed", async () => {
    await register("f", "TABLE_CHANGE", "t");
    other.exec("ALTER TABLE t ADD COLUMN c int DEFAULT 7");
    expect(await read("f")).toEqual([]);
    other.exec("INSERT INTO t (a) VALUES ('x')");
    expect((await read("f")).map(({ data }) => data)).toEqual([{ new: { id: 1, a: "x", c: 7 } }]);
    other.exec("DROP TABLE t; CREATE TABLE t (only int)");
    await read("f");
    other.exec("INSERT INTO t VALUES (1)");
    expect((await read("f")).at(-1)?.data).toEqual({ new: { only: 1 } });
  });
});

describe("HY-44: kinds and life of feeds", () => {
  const objects = (): unknown =>
    other
      .prepare(
        "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' AND (name NOT LIKE 'gobi%' OR name LIKE 'gobi_feed%') ORDER BY name",
      )
      .all();

  it("registering again changes nothing; feeds share triggers; with the last one everything goes", async () => {
    const before = objects();
    expect(await register("one", "TABLE_CHANGE", "t")).toEqual({ name: "one", outcome: "registered" });
    const made = objects();
    other.exec("INSERT INTO t VALUES (1, 'a')");
    expect(await register("one", "TABLE_CHANGE", "t")).toEqual({ name: "one", outcome: "unchanged" });
    await register("two", "TABLE_CHANGE", "t");
    await register("alarms", "CUSTOM_EVENT", "alarm");
    expect(objects()).not.toEqual(made);
    other.exec("INSERT INTO t VALUES (2, 'b')");
    expect((await read("one")).length).toBe(2);
    expect((await read("two")).length).toBe(1);
    await control("unregister_feed", { name: "one" });
    await control("unregister_feed", { name: "alarms" });
    expect(objects()).toEqual(made);
    expect((await read("two")).length).toBe(1);
    await control("unregister_feed", { name: "two" });
    expect(objects()).toEqual(before);
    expect(await client.query("SELECT count(*) AS n FROM system.change_log")).toEqual([{ n: 0 }]);
    other.exec("INSERT INTO t VALUES (3, 'c')");
    expect(await client.query("SELECT count(*) AS n FROM system.change_log")).toEqual([{ n: 0 }]);
  });

  it("confirmed events are deleted when all feeds of the table have confirmed them; numbers never come again", async () => {
    await register("one", "TABLE_CHANGE", "t");
    await register("other", "TABLE_CHANGE", "u");
    other.exec("INSERT INTO t VALUES (1, 'a'), (2, 'b'); INSERT INTO u VALUES (1)");
    await register("late", "TABLE_CHANGE", "t");
    await control("unregister_feed", { name: "other" });
    await control("confirm_feed", { name: "one", sequence_id: 2 });
    other.exec("INSERT INTO t VALUES (3, 'c')");
    expect((await read("late")).map(({ sequence_id }) => sequence_id)).toEqual([4]);
    expect((await read("one")).map(({ sequence_id }) => sequence_id)).toEqual([4]);
    expect(await client.query("SELECT sequence_id FROM system.change_log WHERE table_name = 't'")).toEqual([
      { sequence_id: 4 },
    ]);
  });

  it("a callback that fails is counted and told, and the others are called all the same", async () => {
    await register("f", "TABLE_CHANGE", "t");
    const told: string[] = [];
    const failing = listen(
      "f",
      ({ sequence_id }) => {
        if (sequence_id === 2) throw new RangeError("not this one");
      },
      { onError: (error, event) => void told.push(`${event.sequence_id} ${String(error)}`) },
    );
    other.exec("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    await failing.until(3);
    await failing.stop();
    expect(told).toEqual(["2 RangeError: not this one"]);
    expect(await feed("f")).toEqual([{ position: 3, delivered: 2, failed: 1, last_error: "not this one" }]);
  });

  it("CUSTOM_EVENT: programs raise them with INSERT, in their transactions", async () => {
    await client.execute("CREATE TABLE kept (a int)");
    await register("alarms", "CUSTOM_EVENT", "alarm");
    other.exec(
      `BEGIN; INSERT INTO alarm VALUES ('1'); ROLLBACK; INSERT INTO alarm VALUES ('{"price": 2}'), ('no JSON')`,
    );
    await client.execute(`procedure raise_it(p: int) { INSERT INTO alarm (data) VALUES ('{"price": ' || p || '}') }`);
    await client.call("raise_it", [3]);
    expect((await read("alarms")).map(({ operation, data }) => [operation, data])).toEqual([
      ["EVENT", { price: 2 }],
      ["EVENT", "no JSON"],
      ["EVENT", { price: 3 }],
    ]);
    await expect(register("x", "CUSTOM_EVENT", "kept")).rejects.toThrow("Table kept exists already");
    await expect(register("x", "CUSTOM_EVENT", "gobi_x")).rejects.toThrow("cannot be the name of an event");
  });

  it("DEADLOCK_DETECTED: a session that had to give up is an event", async () => {
    await register("circles", "DEADLOCK_DETECTED");
    const { heard, until } = listen("circles");
    const ended = async (session: RemoteSession, work: Promise<unknown>): Promise<void> => {
      const isDone = await work.then(
        () => true,
        () => false,
      );
      await session.execute(isDone ? "COMMIT" : "ROLLBACK");
    };
    await client.session(async (first) => {
      await client.session(async (second) => {
        await first.execute("BEGIN; LOCK u");
        await second.execute("BEGIN; INSERT INTO u VALUES (1)");
        await Promise.all([
          ended(first, first.execute("INSERT INTO u VALUES (2)")),
          ended(second, second.execute("LOCK u")),
        ]);
      });
    });
    await until(1);
    expect(heard).toMatchObject([
      {
        table_name: "",
        operation: "DEADLOCK",
        data: { user: "owner", message: expect.stringContaining("wait for each other") as unknown },
      },
    ]);
  });

  it.each([
    ["a table that is not there", "TABLE_CHANGE", "nope", "There is no table nope"],
    ["a table of the catalog", "TABLE_CHANGE", "gobi_settings", "There is no table gobi_settings"],
    ["a view", "TABLE_CHANGE", "v", "v is no table of rows"],
    ["a virtual table", "TABLE_CHANGE", "words", "words is no table of rows"],
    ["another kind", "OTHER", "t", "There is no kind of feed OTHER"],
    ["no target", "TABLE_CHANGE", "", "The action needs target, a text."],
  ])("%s is refused", async (_, kind, target, message) => {
    other.exec("CREATE VIEW IF NOT EXISTS v AS SELECT 1; CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(w)");
    await expect(register("f", kind, target)).rejects.toThrow(message);
  });

  it("a name stands for one feed; one that is not there is told", async () => {
    await register("f", "TABLE_CHANGE", "t");
    await expect(register("f", "TABLE_CHANGE", "u")).rejects.toThrow("There is a feed f already, of TABLE_CHANGE t.");
    await expect(read("g")).rejects.toThrow("There is no feed g.");
    await expect(client.listen("g", () => undefined)).rejects.toThrow("There is no feed g.");
  });
});

it("HY-41: commits of other programs come as an event of changed tables that does not know which; those of sessions tell their tables", async () => {
  const told: unknown[] = [];
  await client.session(async (session) => {
    await session.subscribe(["tables"], (_, data) => void told.push(data));
    const after = async (work: () => unknown, event: unknown): Promise<void> => {
      await expect
        .poll(
          async () => {
            await work();
            return told;
          },
          { interval: 40, timeout: 10_000 },
        )
        .toContainEqual(event);
    };
    await after(() => other.exec("INSERT INTO u VALUES (1)"), { tables: [], unknown: true });
    await after(() => client.execute("INSERT INTO t (a) VALUES ('x')"), { tables: ["main.t"] });
    await session.close();
  });
});

it("feeds that nobody reads are found when more events wait than may", async () => {
  await register("read", "TABLE_CHANGE", "t");
  await register("unread", "TABLE_CHANGE", "t");
  other.exec("INSERT INTO t (a) VALUES ('x'), ('y'), ('z')");
  const last = (await read("read")).at(-1)?.sequence_id;
  await control("confirm_feed", { name: "read", sequence_id: last, delivered: 3, failed: 0 });
  const connection = sqliteEngine.connect({ target: daemon.place.database, readOnly: true });
  try {
    expect(neglectedFeeds(connection, 3)).toEqual([]);
    expect(neglectedFeeds(connection, 2).map(({ name }) => name)).toEqual(["unread"]);
  } finally {
    connection.close();
  }
});
