// Lanes that are threads: they only read, and whoever does more goes to a process first, where his death frees what he had locked (GR-114).
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import type { Client } from "../../../protocol/client/types.ts";
import { readSocketKey } from "../../../protocol/client/socket-key.ts";
import { startLaneThread } from "../../../server/daemon/lead/thread-host.ts";
import { isBeingWritten } from "../../support/being-written.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import { type WireClient, wireClientOn } from "../../support/wire-client.ts";

/** A number that takes minutes for 20,000,000, during which the engine asks nobody. */
const slowly = (n: string): string => `length(replace(hex(zeroblob(${n})), hex(zeroblob(${n} / 5 * 2)) || '1', ''))`;
/** Rows without end, during which it does ask. */
const ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";

const END = 4;

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon({
    script: `CREATE TABLE t (n INTEGER);
CREATE TABLE told (n INTEGER);
CREATE TABLE indexed (n INTEGER);
CREATE INDEX indexed_slowly ON indexed (${slowly("n")});
CREATE TABLE fires (n INTEGER);
CREATE TRIGGER fires_insert AFTER INSERT ON fires FOR EACH ROW { INSERT INTO t SELECT ${slowly("NEW.n")} };
CREATE PROCEDURE reads() { for row in SELECT n FROM t { print(row.n) } };
CREATE PROCEDURE writes() { INSERT INTO t VALUES (7); DELETE FROM t WHERE n = 7 };
CREATE PROCEDURE dynamically() { execute 'CREATE INDEX small ON t (n)'; execute 'DROP INDEX small' };`,
    sets: ["lanes.kill_after=200ms", "lanes.medium.max=1", "lanes.medium.host=thread", "lanes.scale_down_after=1s"],
  });
});
afterAll(() => daemon.stop());

interface Row {
  readonly session_id: number;
  readonly lane: string;
  readonly state: string;
}
async function sessions(): Promise<readonly Row[]> {
  return (await daemon.lead.control("sessions", undefined)) as readonly Row[];
}

const THREAD = "DQM-shop-03-M";

function processes(): readonly (number | null)[] {
  const open = daemon.lead.status().lanes.filter(({ state }) => state === "connected");
  return open.map(({ pid }) => pid).filter((pid) => pid !== process.pid);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends a request; gives its number. */
type Send = (client: WireClient) => number;

/** Where a new session is after its requests, each of which ended well. */
async function laneAfter(send: readonly Send[]): Promise<"thread" | "process"> {
  const client = await daemon.wire();
  const { sessionId, lane } = await client.connect();
  expect(lane).toBe(THREAD);
  const sent = send.map((each) => each(client));
  for (const id of sent) {
    let last = await client.next();
    while ((last.frame.flags & END) === 0) last = await client.next();
    expect([last.frame.messageId, last.fields["message"]]).toEqual([id, undefined]);
  }
  const row = (await sessions()).find((each) => BigInt(each.session_id) === BigInt(sessionId));
  client.end();
  return row?.lane === THREAD ? "thread" : "process";
}

const text =
  (said: string, more: { readonly idempotency_key?: string; readonly lane?: string } = {}): Send =>
  (client) =>
    client.send("EXECUTE_SQL", { text: said, ...more });
const call =
  (name: string): Send =>
  (client) =>
    client.send("CALL_PROCEDURE", { name });
const prepare =
  (said: string): Send =>
  (client) =>
    client.send("PREPARE", { text: said });
const control =
  (action: string, argument: object): Send =>
  (client) =>
    client.send("SERVICE_CONTROL", { action, argument: JSON.stringify(argument) });
const runPrepared: Send = (client) => client.send("EXECUTE_PREPARED", { statement_id: 1 });

describe("where a session is after", () => {
  const CASES: readonly (readonly [string, "thread" | "process", readonly Send[]])[] = [
    ["a query", "thread", [text("SELECT count(*) AS n FROM t")]],
    ["a call that reads", "thread", [call("reads")]],
    ["a statement that is prepared", "thread", [prepare("DELETE FROM t WHERE n = -1")]],
    ["a prepared query", "thread", [prepare("SELECT n FROM t"), runPrepared]],
    ["a list", "thread", [text("SHOW LANES"), text("EXPLAIN DELETE FROM t")]],
    ["a statement that writes", "process", [text("DELETE FROM t WHERE n = -1")]],
    ["a query, and a statement that writes", "process", [text("SELECT 1 AS one; DELETE FROM t WHERE n = -1")]],
    ["a prepared statement that writes", "process", [prepare("DELETE FROM t WHERE n = -1"), runPrepared]],
    ["a call that writes", "process", [call("writes")]],
    ["a call of who knows what", "process", [call("dynamically")]],
    ["a query whose answer is kept", "process", [text("SELECT 1 AS one", { idempotency_key: "kept" })]],
    ["an action that reads", "thread", [control("lanes", {}), control("catalog_epoch", {})]],
    [
      "a feed that it registers",
      "process",
      [control("register_feed", { name: "f", kind: "TABLE_CHANGE", target: "told" })],
    ],
    ["a feed that it confirms", "process", [control("confirm_feed", { name: "f", sequence_id: 0 })]],
    ["BEGIN", "process", [text("BEGIN")]],
    ["a variable", "process", [text("let a = 1")]],
    ["a temporary table", "process", [text("CREATE TEMP TABLE own (n INTEGER)")]],
    ["a setting", "process", [text("DISABLE TRIGGERS FOR SESSION")]],
    ["a write for lanes of another kind", "process", [text("DELETE FROM t WHERE n = -1", { lane: "cache" })]],
    [
      "many at once",
      "process",
      [text("SELECT 1 AS one"), call("writes"), text("BEGIN"), text("COMMIT"), call("reads")],
    ],
  ];
  test.each(CASES)("GR-114 %s: %s", async (_what, expected, send) => {
    expect(await laneAfter(send)).toBe(expected);
  });

  test("GR-114 all of that takes one process more, which ends when nobody is in it", async () => {
    const [first, second] = [await one(), await one()];
    await Promise.all([first.call("writes"), second.call("writes")]);
    expect(processes()).toHaveLength(1);
    // Whoever has come stays: reading does not take him back.
    await first.query("SELECT 1 AS one");
    expect((await sessions()).filter(({ lane }) => lane === THREAD)).toEqual([]);
    await first.close();
    await second.close();
    await until(() => processes().length === 0);
  });
});

function one(): Promise<Client> {
  return connect({ target: daemon.place.socket, pool: { min: 1, max: 1 } });
}

/** A client in a process of its own: what it is sent it passes on. */
const RELAY = "const s=require('net').connect(process.argv[1]);process.stdin.pipe(s);s.pipe(process.stdout)";
async function clientApart(): Promise<{ readonly child: ChildProcess; readonly client: WireClient }> {
  const { socket: path } = daemon.place;
  const child = spawn(process.execPath, ["-e", RELAY, path], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.on("error", () => undefined);
  const socket = Duplex.from({ readable: child.stdout, writable: child.stdin }) as unknown as Socket;
  const client = wireClientOn(socket, readSocketKey(path));
  await client.connect();
  return { child, client };
}

describe("a client that dies", () => {
  const WORK: readonly (readonly [string, string])[] = [
    ["idle in a transaction", "BEGIN; INSERT INTO t VALUES (1)"],
    ["idle in a transaction that has done nothing", "BEGIN IMMEDIATE"],
    ["in a statement that asks", `BEGIN; INSERT INTO t VALUES (1); INSERT INTO t ${ENDLESS}`],
    ["in a query of a transaction that has written", `INSERT INTO t VALUES (1); BEGIN IMMEDIATE; ${ENDLESS}`],
    ["in a statement that asks nobody", `UPDATE t SET n = ${slowly("20000000")}`],
    ["in a trigger that a harmless INSERT fires", "INSERT INTO fires VALUES (20000000)"],
    ["in an index on an expression", "INSERT INTO indexed VALUES (20000000)"],
    ["with a variable, in a statement that asks", `let a = 1; INSERT INTO t SELECT a; INSERT INTO t ${ENDLESS}`],
  ];
  test.each(WORK)("GR-114 %s leaves nothing locked", async (_where, work) => {
    const next = await one();
    await next.execute("DELETE FROM t; INSERT INTO t VALUES (0)");
    const { child, client } = await clientApart();
    client.send("EXECUTE_SQL", { text: work });
    await until(() => isBeingWritten(daemon.place.database));
    expect((await sessions()).filter(({ lane }) => lane === THREAD)).toEqual([]);
    child.kill("SIGKILL");
    await once(child, "exit");
    await until(() => !isBeingWritten(daemon.place.database));
    const after = await one();
    await after.execute("INSERT INTO t VALUES (2)");
    expect(await after.query("SELECT n FROM t WHERE n NOT IN (0, 1)")).toEqual([{ n: 2 }]);
    await after.close();
    await next.close();
  });

  test("GR-114 so does one who takes his request back", async () => {
    const client = await one();
    const controller = new AbortController();
    const gone = client.execute("INSERT INTO fires VALUES (20000000)", [], { signal: controller.signal });
    await until(() => isBeingWritten(daemon.place.database));
    controller.abort();
    await expect(gone).rejects.toThrow();
    await until(() => !isBeingWritten(daemon.place.database));
    await client.close();
  });
});

test("prepared statements, requests that wait and answers that are under way go with the session", async () => {
  const client = await daemon.wire();
  const { lane } = await client.connect();
  client.send("PREPARE", { text: "SELECT count(*) AS n FROM t WHERE n = ?" });
  await client.next();
  client.socket.pause();
  const sent = [
    client.send("EXECUTE_SQL", {
      text: "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 50) SELECT hex(zeroblob(100000)) AS h FROM c",
      window_bytes: 100_000_000,
    }),
    client.send("CALL_PROCEDURE", { name: "dynamically" }),
    client.send("EXECUTE_PREPARED", { statement_id: 1 }, [{ name: "$1", value: -1 }]),
    client.send("CALL_PROCEDURE", { name: "writes" }),
  ];
  await until(async () => (await sessions()).some((row) => row.lane === lane));
  client.socket.resume();
  const ends: unknown[] = [];
  while (ends.length < sent.length) {
    const { name, frame } = await client.next();
    expect(name).not.toBe("ERROR");
    if ((frame.flags & END) !== 0) ends.push(frame.messageId);
  }
  expect(ends).toEqual(sent);
  expect((await sessions()).map((row) => row.lane)).not.toEqual([lane]);
  client.end();
});

test("GR-114 where no process can be started, what only reads is done and the rest is refused before it begins", async () => {
  const threads = await startTestDaemon({
    script: "CREATE TABLE t (n INTEGER)",
    sets: ["lanes.medium.host=thread", "lanes.medium.max=1"],
    ports: {
      startHost: (label, options, events) => {
        if (options.kind === "thread") return startLaneThread(label, options, events);
        setImmediate(() => events.ended("could not be started"));
        return { kind: "process", pid: 0, send: () => undefined, kill: () => undefined, disconnect: () => undefined };
      },
    },
  });
  try {
    const client = await threads.wire();
    await client.connect();
    for (const [said, code] of [
      ["BEGIN", "ServiceUnavailable"],
      ["INSERT INTO t VALUES (1)", "ServiceUnavailable"],
      ["SELECT count(*) AS n FROM t", undefined],
    ] as const) {
      const id = client.send("EXECUTE_SQL", { text: said });
      const { fields, frame } = await client.next();
      expect([frame.messageId, said, fields["code"]]).toEqual([id, said, code]);
    }
    expect(isBeingWritten(threads.place.database)).toBe(false);
  } finally {
    await threads.stop();
  }
});
