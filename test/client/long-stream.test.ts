// A result that is far larger than what anybody may hold: the client and the lane stay small, the first rows come at once, and who stops frees the lane (GR-23).
// The whole of it: GOBI_TEST_ROWS=10000000 npx vitest run test/client/long-stream.test.ts; it prints its figures.
import { readdirSync, readFileSync } from "node:fs";
import type { RecordBatch } from "apache-arrow";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import type { Client } from "../../protocol/client/types.ts";
import { availableCodecs } from "../../protocol/compression.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

const ROWS = Number(process.env["GOBI_TEST_ROWS"] ?? 250_000);
/** Every row is about this long: the shortest run is more than the client and the lane may hold together. */
const TEXT_BYTES = 1000;
const IS_WHOLE = process.env["GOBI_TEST_ROWS"] !== undefined;
const MEBIBYTE = 1024 * 1024;
const RUN_MS = 1_200_000;

let daemon: TestDaemon;
let client: Client;

beforeAll(async () => {
  daemon = await startTestDaemon({
    script: `
      CREATE TABLE big (id INTEGER PRIMARY KEY, amount int NOT NULL);
      INSERT INTO big (amount) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT i % 97 FROM n;`,
  });
  client = await connect({ target: daemon.place.socket, compression: [] });
}, RUN_MS);
afterAll(async () => {
  await client.close();
  await daemon.stop();
}, RUN_MS);

/** Resident bytes of all lanes, which are the children of this process. */
function laneBytes(): number {
  const own = String(process.pid);
  const children = readdirSync(`/proc/${own}/task`).flatMap((task) =>
    readFileSync(`/proc/${own}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean),
  );
  return children.reduce((sum, pid) => {
    const [, pages = "0"] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return sum + Number(pages) * 4096;
  }, 0);
}

const QUERY = `SELECT id, amount, substr(hex(zeroblob(${TEXT_BYTES / 2})), 1, ${IS_WHOLE ? 20 : TEXT_BYTES}) AS note FROM big`;

it.skipIf(process.platform !== "linux")(
  "of many rows passes through a small client and a small lane (GR-23)",
  async () => {
    // What is loaded once: apache-arrow here, the statement there.
    for await (const _ of client.stream(`${QUERY} LIMIT 10`).batches());
    const before = { lane: laneBytes(), client: process.memoryUsage.rss() };
    const most = { lane: 0, client: 0 };
    const startedMs = performance.now();
    let firstMs = 0;
    let rows = 0;
    let sum = 0;
    for await (const read of client.stream(QUERY).batches()) {
      const batch = read as RecordBatch;
      firstMs ||= performance.now() - startedMs;
      rows += batch.numRows;
      sum += Number(batch.getChildAt(0)?.get(0) ?? 0);
      most.lane = Math.max(most.lane, laneBytes() - before.lane);
      most.client = Math.max(most.client, process.memoryUsage.rss() - before.client);
    }
    if (IS_WHOLE)
      console.log(
        `${rows} rows in ${Math.round(performance.now() - startedMs)} ms, the first after ${firstMs.toFixed(1)} ms; ` +
          `the client grew by ${Math.round(most.client / MEBIBYTE)} MiB, the lanes by ${Math.round(most.lane / MEBIBYTE)} MiB`,
      );
    expect(rows).toBe(ROWS);
    expect(sum).toBeGreaterThan(ROWS / 2);
    expect(most.client).toBeLessThan(200 * MEBIBYTE);
    expect(most.lane).toBeLessThan(100 * MEBIBYTE);
  },
  RUN_MS,
);

it(
  "that is left in the middle frees the lane (GR-23)",
  async () => {
    let rows = 0;
    let leftMs = 0;
    await client.session(async (session) => {
      for await (const batch of session.stream(QUERY).batches()) {
        rows += (batch as RecordBatch).numRows;
        leftMs = performance.now();
        if (rows > ROWS / 4) break;
      }
      // The same session is free again: what it asks next is done.
      expect(await session.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    });
    const freeAfterMs = performance.now() - leftMs;
    expect(rows).toBeLessThan(ROWS);
    if (IS_WHOLE) console.log(`left after ${rows} rows; the session was free ${freeAfterMs.toFixed(1)} ms later`);
  },
  RUN_MS,
);

it.each(availableCodecs())("comes the same when its columns travel as %s (GR-25)", async (codec) => {
  const text = `SELECT id, amount, 'note ' || id AS note, nullif(amount, 5) AS five FROM big WHERE id <= 20000`;
  const packed = await connect({ target: daemon.place.socket, compression: [codec] });
  try {
    const wanted = client.stream(text)[Symbol.asyncIterator]();
    let rows = 0;
    for await (const row of packed.stream(text)) {
      expect(row).toEqual((await wanted.next()).value);
      rows += 1;
    }
    expect(rows).toBe(20_000);
    let sum = 0;
    for await (const batch of packed.stream(text).batches()) sum += (batch as RecordBatch).numRows;
    expect(sum).toBe(20_000);
  } finally {
    await packed.close();
  }
});
