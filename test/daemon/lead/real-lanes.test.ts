// The Lead with real lanes: answers, cancelling what runs, lanes that are killed under load.
import { getPriority } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import type { LaneTag } from "../../../server/lanes/types.ts";
import { readRows } from "../../../server/sql/rows.ts";
import { sqliteEngine } from "../../../storage/sqlite/engine.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import type { Received, WireClient } from "../../support/wire-client.ts";

const END = 4;
const SCRIPT = `
CREATE TABLE ledger (id INTEGER PRIMARY KEY, writer INTEGER NOT NULL);
create procedure spin () {
  let n = 0
  while true { n = (n + 1) % 1000 }
}
`;
/** Sorting goes on inside the engine for long without asking anybody. */
const ENGINE_ONLY =
  "SELECT count(*) FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 2000000000) SELECT x FROM c)";

let own: TestDaemon;
beforeAll(async () => {
  own = await startTestDaemon({ script: SCRIPT, sets: ["lanes.kill_after=300ms", "lanes.medium.max=1"] });
});
afterAll(() => own.stop());

/** The last frame of the next answer. */
async function answer(client: WireClient): Promise<Received> {
  for (;;) {
    const next = await client.next();
    if (next.name === "ERROR" || next.name === "DONE" || (next.frame.flags & END) !== 0) return next;
  }
}

/** The process of the first lane of a tag that has one. */
function pidOf(tag: LaneTag): number {
  const lane = own.lead.status().lanes.find(({ tags, pid }) => tags.includes(tag) && pid !== null);
  return required(lane?.pid, `the process of a lane for ${tag} statements`);
}

async function running(sessionId: number): Promise<void> {
  for (;;) {
    const rows = (await own.lead.control("sessions", undefined)) as readonly { session_id: number; state: string }[];
    if (rows.some((row) => row.session_id === sessionId && row.state === "running")) return;
  }
}

describe("ending what runs", () => {
  test("a program that spins is cancelled over another connection, and its session goes on", async () => {
    const client = await own.wire();
    const { sessionId, secret } = await client.connect();
    const messageId = client.send("CALL_PROCEDURE", { name: "spin" });
    await running(Number(sessionId));
    const other = await own.wire();
    other.send("CANCEL", { session_id: sessionId, secret, message_id: messageId });
    expect((await other.next()).name).toBe("DONE");
    expect((await answer(client)).fields).toMatchObject({ code: "Cancelled" });
    client.send("EXECUTE_SQL", { text: "SELECT 1" });
    expect((await answer(client)).name).toBe("ROWS");
  });

  test("a statement that the engine does not let go of ends with its cancellation or with its lane; others find a lane", async () => {
    const client = await own.wire();
    const { sessionId, secret } = await client.connect();
    client.send("EXECUTE_SQL", { text: ENGINE_ONLY });
    const other = await own.wire();
    let ended = "";
    const end = answer(client)
      .then(
        ({ fields }) => String(fields["code"]),
        () => "closed",
      )
      .then((how) => {
        ended = how;
      });
    // The first one may come before the statement does.
    while (ended === "") {
      other.send("CANCEL", { session_id: sessionId, secret });
      await other.next();
      await Promise.race([end, own.lead.control("lanes", undefined)]);
    }
    expect(["Cancelled", "closed"]).toContain(ended);
    const again = await own.wire();
    await again.connect();
    again.send("EXECUTE_SQL", { text: "SELECT 1" });
    expect((await answer(again)).name).toBe("ROWS");
  });

  test("a deadline ends a program with Timeout", async () => {
    const client = await own.wire();
    await client.connect();
    client.send("CALL_PROCEDURE", { name: "spin", deadline_ms: 100 });
    expect((await answer(client)).fields).toMatchObject({ code: "Timeout" });
  });

  test("kill_session ends a session in the middle of its work", async () => {
    const client = await own.wire();
    const { sessionId } = await client.connect();
    client.send("CALL_PROCEDURE", { name: "spin" });
    await running(Number(sessionId));
    await own.lead.control("kill_session", { session_id: Number(sessionId) });
    await client.whenClosed();
    expect(client.received.some(({ name, fields }) => name === "GOODBYE" && fields["code"] === "killed")).toBe(true);
    await expect(own.lead.control("kill_session", { session_id: 99 })).rejects.toMatchObject({
      code: "WrongArguments",
    });
  });
});

describe("a lane that is killed", () => {
  test("under load: every insert that was acknowledged is there, none twice, and the next sessions find another lane", async () => {
    const acknowledged: number[] = [];
    const writers = [1, 2, 3].map(async (writer) => {
      const client = await own.wire();
      await client.connect();
      try {
        for (let id = writer * 1_000_000; ; id += 1) {
          client.send("EXECUTE_SQL", { text: `INSERT INTO ledger VALUES (${String(id)}, ${String(writer)})` });
          if ((await answer(client)).name === "ERROR") return;
          acknowledged.push(id);
        }
      } catch {
        // The connection is gone with its lane.
      }
    });
    while (acknowledged.length < 60) await new Promise((resolve) => setImmediate(resolve));
    process.kill(pidOf("medium"), "SIGKILL");
    await Promise.all(writers);
    await own.line(/DQM-shop-\d\d-M was killed by SIGKILL with \d sessions/u);
    const again = await own.wire();
    await again.connect();
    again.send("EXECUTE_SQL", { text: "SELECT count(*) FROM ledger" });
    expect((await answer(again)).name).toBe("ROWS");
    const connection = sqliteEngine.connect({ target: own.place.database, create: false, busyTimeoutMs: 1000 });
    const there = new Set(readRows(connection, "SELECT id FROM ledger", []).map(([id]) => Number(id)));
    connection.close();
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
    expect(there.size).toBeLessThanOrEqual(acknowledged.length + 3);
  });
});

test("a lane for long statements lets the others pass where processors are few", async () => {
  const client = await own.wire();
  expect((await client.connect({ lane: "slow" })).lane).toMatch(/-S$/u);
  expect(getPriority(pidOf("slow"))).toBe(10);
});
