// Statements that nothing can stop, in lanes that are threads: they run in a process where the session can go there, and are refused where it cannot (GR-114).
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import type { Client } from "../../../protocol/client/types.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import { isBeingWritten } from "../../support/being-written.ts";

/** An index that takes a minute to make, of a few kilobytes. */
const SILENT = "CREATE INDEX slow ON t (length(hex(zeroblob(n))))";

const END = 4;

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon({
    script: `CREATE TABLE t (n INTEGER);
INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 4000) SELECT 10000000 FROM c;
CREATE PROCEDURE quietly() { ${SILENT} };
CREATE PROCEDURE quickly() { CREATE INDEX small ON t (n); DROP INDEX small };
CREATE PROCEDURE dynamically() { execute 'CREATE INDEX small ON t (n)'; execute 'DROP INDEX small' };`,
    sets: ["lanes.kill_after=200ms", "lanes.medium.max=1", "lanes.medium.host=thread", "lanes.scale_down_after=1s"],
  });
});
afterAll(() => daemon.stop());

interface Row {
  readonly session_id: number;
  readonly lane: string;
  readonly state: string;
  readonly text: string | null;
}
async function sessions(): Promise<readonly Row[]> {
  return (await daemon.lead.control("sessions", undefined)) as readonly Row[];
}

/** Lanes that work, with what they are. */
function lanes(): readonly string[] {
  const open = daemon.lead.status().lanes.filter(({ state }) => state === "connected");
  return open.map(({ label, pid }) => `${label} ${pid === process.pid ? "thread" : "process"}`);
}

const THREAD = "DQM-shop-03-M thread";

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

function one(): Promise<Client> {
  return connect({ target: daemon.place.socket, pool: { min: 1, max: 1 } });
}

describe("in a thread", () => {
  test("GR-114 such a statement runs in a process: when its client goes, its transaction is undone and what it had locked is free", async () => {
    const gone = await daemon.wire();
    const { lane } = await gone.connect();
    expect(lane).toBe("DQM-shop-03-M");
    gone.send("EXECUTE_SQL", { text: `BEGIN; INSERT INTO t VALUES (1); ${SILENT}` });
    await until(async () => (await sessions()).some((row) => row.state === "running" && row.lane !== lane));
    await expect.poll(() => isBeingWritten(daemon.place.database), { timeout: 10_000 }).toBe(true);
    expect(lanes()).toEqual([THREAD, expect.stringMatching(/^DQM-shop-\d\d-M process$/u)]);
    gone.socket.destroy();
    await daemon.line(/-M is killed: session \d+ was cancelled and did not answer within 200 ms/u);
    const next = await one();
    expect(await next.query("SELECT count(*) AS n FROM t WHERE n = 1")).toEqual([{ n: 0 }]);
    await next.execute("INSERT INTO t VALUES (2)");
    await next.execute("DELETE FROM t WHERE n = 2");
    await next.close();
    await until(() => lanes().join() === THREAD);
  }, 20_000);

  test("GR-114 a deadline ends it with its process, and no other session of the kind", async () => {
    const [other, client] = [await one(), await daemon.wire()];
    await client.connect();
    client.send("EXECUTE_SQL", { text: SILENT, deadline_ms: 100 });
    await client.whenClosed();
    expect(await other.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await other.close();
  }, 20_000);

  test("GR-114 in a transaction it is refused before anything is done, which goes on", async () => {
    const client = await one();
    await client.transaction(async (inside) => {
      await inside.execute("INSERT INTO t VALUES (3)");
      await expect(inside.execute(SILENT)).rejects.toMatchObject({
        code: "LimitExceeded",
        message:
          'CREATE INDEX cannot be stopped while it runs, this lane is a thread, and its expressions or foreign keys let it take any time. Run it as a text of its own, outside of transactions and without temporary tables or variables of the session, or set lanes.medium.host = "process".',
      });
      // This is no work without end.
      await inside.execute("CREATE INDEX small ON t (n)");
      await inside.execute("DROP INDEX small");
    });
    expect(await client.query("SELECT count(*) AS n FROM t WHERE n = 3")).toEqual([{ n: 1 }]);
    expect(lanes()).toEqual([THREAD]);
    await client.close();
  });

  test("GR-114 inside of a procedure too; what is bounded by the size of the database is done where the session is", async () => {
    const client = await one();
    await expect(client.call("quietly", [])).rejects.toMatchObject({ code: "LimitExceeded" });
    await client.call("quickly", []);
    for (const text of [
      "VACUUM",
      "ANALYZE",
      "REINDEX",
      "PRAGMA integrity_check",
      "ALTER TABLE t ADD COLUMN m INTEGER",
      "ALTER TABLE t DROP COLUMN m",
    ])
      await client.execute(text);
    expect(lanes()).toEqual([THREAD]);
    await client.close();
  });

  test("a procedure with texts that are known only when it runs goes to a process, and its session comes back", async () => {
    const client = await one();
    await client.call("dynamically", []);
    expect((await sessions()).map(({ lane }) => lane)).not.toEqual(["DQM-shop-03-M"]);
    await until(async () => {
      await client.query("SELECT 1 AS one");
      return lanes().join() === THREAD;
    });
    expect((await sessions()).map(({ lane }) => lane)).toEqual(["DQM-shop-03-M"]);
    await client.close();
  });

  test("prepared statements, requests that wait and answers that are under way go with the session", async () => {
    const client = await daemon.wire();
    const { lane } = await client.connect();
    client.send("PREPARE", { text: "SELECT count(*) AS n FROM t WHERE n = ?" });
    await client.next();
    client.socket.pause();
    const sent = [
      client.send("EXECUTE_SQL", {
        text: "SELECT hex(zeroblob(100000)) AS h FROM t LIMIT 50",
        window_bytes: 100_000_000,
      }),
      client.send("CALL_PROCEDURE", { name: "dynamically" }),
      client.send("EXECUTE_PREPARED", { statement_id: 1 }, [{ name: "$1", value: -1 }]),
      client.send("CALL_PROCEDURE", { name: "quickly" }),
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
  }, 20_000);
});
