// What sessions see of each other: SHOW LANES and its kin, system.lanes as a table, LOCK with its modes, its end, and deadlocks over locks and rows.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import type { Client } from "../../../protocol/client/types.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import { testSession } from "../../session.ts";

let daemon: TestDaemon;
let ann: Client;
let bob: Client;
beforeAll(async () => {
  daemon = await startTestDaemon({
    script: "CREATE TABLE t (id INTEGER PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1);",
    sets: ["lanes.fast.min=1", "lanes.slow.min=0"],
  });
  const target = daemon.place.socket;
  ann = await connect({ target, clientName: "ann", pool: { max: 1 } });
  bob = await connect({ target, clientName: "bob", lane: "fast", pool: { max: 1 } });
  await bob.query("SELECT 1 AS n");
});
afterAll(async () => {
  await ann.close();
  await bob.close();
  await daemon.stop();
});

describe("lists", () => {
  test("lanes with the Lead, as a table and as a list", async () => {
    const rows = await ann.query("SELECT label, tags, state FROM system.lanes ORDER BY number");
    expect(rows).toEqual([
      { label: "DQM-shop-00-LS", tags: "lead", state: "connected" },
      { label: "DQM-shop-01-C", tags: "cache", state: "disconnected" },
      { label: "DQM-shop-02-F", tags: "fast", state: "connected" },
      { label: "DQM-shop-03-M", tags: "medium", state: "connected" },
    ]);
    const [shown] = await ann.execute("SHOW LANES");
    expect(shown).toMatchObject({
      kind: "rows",
      rows: [
        { label: "DQM-shop-00-LS", state: "connected", note: null },
        { label: "DQM-shop-01-C", pid: null, note: "its process starts with the first session that wants it" },
        { label: "DQM-shop-02-F", depth: 0, note: null },
        { label: "DQM-shop-03-M", sessions: 1, note: null },
      ],
    });
  });

  test("sessions: each with its lane, and the one that asks is running", async () => {
    const rows = await ann.query("SELECT client, lane, state FROM system.sessions ORDER BY client");
    expect(rows).toEqual([
      { client: "ann", lane: "DQM-shop-03-M", state: "running" },
      { client: "bob", lane: "DQM-shop-02-F", state: "idle" },
    ]);
    expect(await ann.query("SELECT count(*) AS n FROM system.sessions WHERE connected_at <= now()")).toEqual([
      { n: 2 },
    ]);
  });

  test("outside of a daemon the tables are empty, and LOCK says that there is nobody to keep out", () => {
    const { session } = testSession();
    const run = (text: string) => session.execute({ name: "x.grz", text });
    expect(
      run("let n = SELECT count(*) FROM system.lanes\nlet m = SELECT count(*) FROM system.locks\nprint n + m").kind,
    ).toBe("completed");
    expect(run("BEGIN; LOCK t;")).toMatchObject({ kind: "failed", error: { code: "NotImplemented" } });
    expect(run("procedure p () { LOCK t }")).toMatchObject({ kind: "rejected" });
    session.close();
  });
});

describe("transactions", () => {
  test("that write are listed while the text that has begun them goes on", async () => {
    const stop = new AbortController();
    const text = "BEGIN; UPDATE t SET n = n + 5 WHERE id = 1; let i = 0; while true { i += 1 }";
    const endless = ann.execute(text, undefined, { signal: stop.signal });
    await expect
      .poll(() => bob.query("SELECT lane, writing FROM system.transactions"))
      .toEqual([{ lane: "DQM-shop-03-M", writing: true }]);
    stop.abort();
    await expect(endless).rejects.toMatchObject({ code: "Cancelled" });
    await expect.poll(() => bob.query("SELECT * FROM system.transactions")).toEqual([]);
    expect(await bob.query("SELECT n FROM t WHERE id = 1")).toEqual([{ n: 1 }]);
  });
});

describe("LOCK", () => {
  test("is held to the end of the transaction and seen by all; NOWAIT says who has it (GR-111)", async () => {
    await expect(ann.execute("LOCK t")).rejects.toMatchObject({ code: "TransactionState" });
    await ann.session(async (mine) => {
      await mine.execute("BEGIN");
      await mine.execute("LOCK TABLE T IN SHARE MODE");
      await bob.session(async (other) => {
        await other.execute("BEGIN");
        await other.execute("LOCK t IN SHARE MODE NOWAIT");
        await expect(other.execute("LOCK t NOWAIT")).rejects.toMatchObject({ code: "Timeout" });
        await other.execute("ROLLBACK");
      });
      expect(await bob.query("SELECT object, mode, state FROM system.locks")).toEqual([
        { object: "t", mode: "share", state: "held" },
      ]);
      expect(await bob.query("SELECT lane, writing, locks FROM system.transactions")).toEqual([
        { lane: "DQM-shop-03-M", writing: false, locks: 1 },
      ]);
      await mine.execute("COMMIT");
    });
    expect(await bob.query("SELECT * FROM system.locks")).toEqual([]);
  });

  test("a circle over a lock and a row ends with Deadlock for one, and the other goes on (GR-111)", async () => {
    const outcome = (work: Promise<unknown>): Promise<string> =>
      work.then(
        () => "went on",
        (error: { code: string }) => error.code,
      );
    const ends = await ann.session((mine) =>
      bob.session(async (other) => {
        await mine.execute("BEGIN");
        await mine.execute("LOCK t");
        await other.execute("BEGIN");
        await other.execute("UPDATE t SET n = n + 1 WHERE id = 1");
        const waiting = outcome(mine.execute("UPDATE t SET n = n + 10 WHERE id = 1")).then(async (how) => {
          await mine.execute(how === "went on" ? "COMMIT" : "ROLLBACK");
          return how;
        });
        const closing = outcome(other.execute("LOCK t")).then(async (how) => {
          await other.execute(how === "went on" ? "COMMIT" : "ROLLBACK");
          return how;
        });
        return Promise.all([waiting, closing]);
      }),
    );
    expect(ends.toSorted((left, right) => left.localeCompare(right))).toEqual(["Deadlock", "went on"]);
    expect(await ann.query("SELECT * FROM system.locks")).toEqual([]);
  });

  test("what one text has written, locked and committed counts from statement to statement (GR-111)", async () => {
    const [, , , rows] = await ann.execute("BEGIN; LOCK t; COMMIT; SELECT count(*) AS n FROM system.locks");
    expect(rows).toMatchObject({ rows: [{ n: 0 }] });
    const ends = await ann.session((mine) =>
      bob.session(async (other) => {
        await other.execute("BEGIN; LOCK t");
        // One text that writes and then waits, for somebody who then waits to write.
        const first = mine.execute("BEGIN; UPDATE t SET n = n + 1 WHERE id = 1; LOCK t");
        const waiting = first.then(
          () => "went on",
          (error: { code: string }) => error.code,
        );
        while (
          ((await daemon.lead.control("locks", undefined)) as readonly { state: string }[]).every(
            ({ state }) => state !== "waiting",
          )
        );
        await expect(other.execute("UPDATE t SET n = n + 10 WHERE id = 1")).rejects.toMatchObject({ code: "Deadlock" });
        await other.execute("ROLLBACK");
        const how = await waiting;
        await mine.execute("ROLLBACK");
        return how;
      }),
    );
    expect(ends).toBe("went on");
  });

  test("a wait ends at its deadline, when it is cancelled, and with its client (GR-111, GR-114)", async () => {
    const waits = async (count: number): Promise<void> => {
      const waiting = "SELECT count(*) AS n FROM system.locks WHERE state = 'waiting'";
      while ((await ann.query(waiting))[0]?.["n"] !== count);
    };
    const holder = await daemon.wire();
    await holder.connect();
    holder.send("EXECUTE_SQL", { text: "BEGIN; LOCK t" });
    await holder.until("DONE");
    await bob.session(async (mine) => {
      await mine.execute("BEGIN; LOCK u");
      await expect(mine.execute("LOCK t", [], { deadlineMs: 100 })).rejects.toMatchObject({ code: "Timeout" });
      await waits(0);
      const controller = new AbortController();
      const cancelled = mine.execute("LOCK t", [], { signal: controller.signal });
      await waits(1);
      controller.abort();
      await expect(cancelled).rejects.toMatchObject({ code: "Cancelled" });
      await waits(0);
      // What it holds it keeps.
      await expect(ann.execute("BEGIN; LOCK u NOWAIT")).rejects.toMatchObject({ code: "Timeout" });
      await mine.execute("ROLLBACK");
    });
    const gone = await daemon.wire();
    await gone.connect();
    gone.send("EXECUTE_SQL", { text: "BEGIN; LOCK u; LOCK t" });
    await waits(1);
    gone.socket.destroy();
    await waits(0);
    await ann.execute("BEGIN; LOCK u; ROLLBACK");
    holder.end();
  });

  test("the locks of a session that is gone are free (GR-114)", async () => {
    const gone = await connect({ target: daemon.place.socket, pool: { max: 1 } });
    await gone.session(async (mine) => {
      await mine.execute("BEGIN");
      await mine.execute("LOCK t");
      const [row] = await ann.query("SELECT session_id FROM system.locks");
      await daemon.lead.control("kill_session", { session_id: Number(row?.["session_id"]) });
    });
    await gone.close();
    await ann.session(async (mine) => {
      await mine.execute("BEGIN");
      await mine.execute("LOCK t");
      await mine.execute("ROLLBACK");
    });
  });
});
