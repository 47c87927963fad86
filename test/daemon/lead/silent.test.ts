// Clients that go while the engine is in the middle of a statement that asks nobody: the Lead sees it, and ends the lane with the statement.
import { createConnection, createServer, type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import { ClientWatch } from "../../../server/daemon/lead/client-watch.ts";
import type { LeadSession } from "../../../server/daemon/lead/sessions.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import { isBeingWritten } from "../../support/being-written.ts";
import { virtualClock } from "../../virtual-clock.ts";

/** An index that takes a minute to make. */
const SILENT = "CREATE INDEX slow ON t (length(hex(zeroblob(n))))";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon({
    script: `CREATE TABLE t (n INTEGER);
INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 4000) SELECT 10000000 FROM c;`,
    sets: ["lanes.kill_after=200ms", "lanes.medium.max=1"],
  });
});
afterAll(() => daemon.stop());

async function running(): Promise<readonly string[]> {
  const rows = (await daemon.lead.control("sessions", undefined)) as readonly { state: string; text: string | null }[];
  return rows.flatMap(({ state, text }) => (state === "running" ? [text ?? ""] : []));
}

test("GR-114 during a statement that asks nobody: the end of the client is seen, its transaction undone, and what it had locked is free", async () => {
  const gone = await daemon.wire();
  await gone.connect();
  gone.send("EXECUTE_SQL", { text: `BEGIN; INSERT INTO t VALUES (1); ${SILENT}` });
  while (!(await running()).some((text) => text.includes("CREATE INDEX")));
  // What runs is told when the text begins: before the insertion is done the lane would see the end of its client by itself.
  await expect.poll(() => isBeingWritten(daemon.place.database), { timeout: 10_000 }).toBe(true);
  gone.socket.destroy();
  await daemon.line(/-M is killed: session \d+ was cancelled and did not answer within 200 ms/u);
  const next = await connect({ target: daemon.place.socket });
  expect(await next.query("SELECT count(*) AS n FROM t WHERE n = 1")).toEqual([{ n: 0 }]);
  await next.execute("INSERT INTO t VALUES (2)");
  await next.close();
}, 20_000);

/** A moment's work that asks, so that the Lead hears of the request, and then one call of a function that takes for ever. */
const READS_SILENTLY = `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 400000) SELECT count(*) AS n FROM c;
SELECT length(replace(hex(zeroblob(20000000)), hex(zeroblob(8000000)) || '1', '')) AS n`;

test("GR-114 an idle client that goes while another session of its lane reads so: its transaction is undone", async () => {
  const [gone, other] = [await daemon.wire(), await daemon.wire()];
  const { lane } = await gone.connect();
  expect((await other.connect()).lane).toBe(lane);
  gone.send("EXECUTE_SQL", { text: "BEGIN; INSERT INTO t VALUES (1)" });
  await gone.until("DONE");
  other.send("EXECUTE_SQL", { text: READS_SILENTLY });
  await other.until("ROWS");
  while (!(await running()).some((text) => text.includes("zeroblob")));
  expect(isBeingWritten(daemon.place.database)).toBe(true);
  gone.socket.destroy();
  await other.whenClosed();
  const next = await connect({ target: daemon.place.socket });
  await next.execute("INSERT INTO t VALUES (2)");
  expect(await next.query("SELECT count(*) AS n FROM t WHERE n = 1")).toEqual([{ n: 0 }]);
  await next.close();
}, 20_000);

test("GR-114 a deadline ends such a statement too, with its lane", async () => {
  const client = await daemon.wire();
  await client.connect();
  client.send("EXECUTE_SQL", { text: SILENT, deadline_ms: 100 });
  await client.whenClosed();
  await daemon.line(/Database query exceeded watchdog timeout/u);
}, 20_000);

/** Lines of Linux' lists: an open connection, and three that their other ends have closed. */
const CONNECTIONS = `
   1: 0100007F:1F90 0100007F:000A 01 00000000:00000000 00:00000000
   2: 0100007F:1F90 0200007F:000B 08 00000000:00000000 00:00000000
   3: 00000000000000000000000001000000:1F90 B80D0120000000000000000001000000:000C 08 00000000:00000000 00:00000000
   4: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000300007F:000D 08 00000000:00000000 00:00000000
`;

test("GR-114 connections over TCP are looked up once for all of them, by address and port", async () => {
  const clock = virtualClock(0);
  const cancelled: bigint[] = [];
  let looks = 0;
  const ENDS: readonly (readonly [string, number])[] = [
    ["127.0.0.1", 0xa],
    ["127.0.0.1", 0xb],
    ["127.0.0.2", 0xb],
    ["2001:db8::1", 0xc],
    ["::ffff:127.0.0.3", 0xd],
  ];
  const sessions = ENDS.map(([remoteAddress, remotePort], at) => ({
    id: BigInt(at),
    lane: {},
    copy: { localPort: 0x1f90, remoteAddress, remotePort },
  })) as unknown as LeadSession[];
  const watch = new ClientWatch({
    clock,
    sessions: () => sessions,
    watchdog: { cancel: (_lane, id) => void cancelled.push(id) },
    connections: () => {
      looks += 1;
      return CONNECTIONS;
    },
  });
  watch.start();
  await clock.advance(2000);
  watch.stop();
  expect([looks, cancelled]).toEqual([2, [2n, 3n, 4n]]);
});

test("GR-114 a connection over TCP that its client has closed is seen as such, an open one is not", async () => {
  const clock = virtualClock(0);
  const cancelled: bigint[] = [];
  const server = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const accepted = new Promise<LeadSession["copy"]>((resolve) => void server.once("connection", resolve));
  const client = createConnection((server.address() as AddressInfo).port, "127.0.0.1");
  const copy = await accepted;
  const session = { id: 7n, lane: {}, copy } as unknown as LeadSession;
  const watch = new ClientWatch({
    clock,
    sessions: () => [session],
    watchdog: { cancel: (_lane, id) => void cancelled.push(id) },
  });
  watch.start();
  await clock.advance(5000);
  expect(cancelled).toEqual([]);
  client.destroy();
  await new Promise((resolve) => void client.once("close", resolve));
  await clock.advance(2000);
  expect(cancelled).toContain(7n);
  watch.stop();
  copy?.destroy();
  server.close();
});
