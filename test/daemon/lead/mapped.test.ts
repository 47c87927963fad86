// Memory-mapped reading (GR-15): set by the configuration, reported by the engine, and the same results with and without it.
import { expect, it } from "vitest";
import { connect } from "../../../protocol/client/client.ts";
import { startTestDaemon } from "../../support/daemon.ts";

const SCRIPT =
  "CREATE TABLE t (a int, b text); INSERT INTO t WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i, 'row ' || i FROM n";

it("GR-15 is set and reported, and turning it off changes no result", async () => {
  const answers: unknown[] = [];
  for (const size of ["0", "64MB"]) {
    const daemon = await startTestDaemon({ sets: [`database.mmap_size=${size}`], script: SCRIPT });
    const client = await connect({ target: daemon.place.socket });
    try {
      const [row] = await client.query("PRAGMA mmap_size");
      expect(Object.values(row ?? {})).toEqual([size === "0" ? 0 : 64 * 1024 * 1024]);
      await client.execute("UPDATE t SET b = upper(b) WHERE a % 3 = 0; DELETE FROM t WHERE a % 7 = 0");
      answers.push(await client.query("SELECT a, b FROM t ORDER BY a"));
    } finally {
      await client.close();
      await daemon.stop();
    }
  }
  expect(answers[0]).toEqual(answers[1]);
}, 30_000);
