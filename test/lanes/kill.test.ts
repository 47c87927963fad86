// A lane that is killed in the middle of work: what was acknowledged is there, what was not is there as a whole or not at all.
import { afterEach, describe, expect, it } from "vitest";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { connect } from "../../protocol/client/client.ts";
import type { Client } from "../../protocol/client/types.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

const SCRIPT = `
CREATE TABLE ledger (id INTEGER PRIMARY KEY, writer int, seq int, side string);
CREATE PROCEDURE transfer(writer int, seq int) {
  INSERT INTO ledger (writer, seq, side) VALUES (writer, seq, 'debit')
  INSERT INTO ledger (writer, seq, side) VALUES (writer, seq, 'credit')
}
`;
const WRITERS = 4;
const KILLS = 1;
/** Transfers acknowledged between two kills. */
const BETWEEN = 24;

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

/** Pids of the lanes, as the daemon lists them. */
async function lanePids(client: Client): Promise<readonly number[]> {
  const lanes = (await client.session((session) => session.control("lanes"))) as readonly { readonly pid: number }[];
  // The Lead is a row of the list too: here it is this process.
  return lanes.map(({ pid }) => pid).filter((pid) => pid > 0 && pid !== process.pid);
}

describe("kill -9 of a lane under load", () => {
  it("loses nothing that was acknowledged and leaves no half of what was not", async () => {
    daemon = await startTestDaemon({ script: SCRIPT });
    const target = daemon.place.socket;
    const acknowledged = new Set<string>();
    let stop = false;
    let onAcknowledged: (() => void) | undefined;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      const client = await connect({ target, pool: { max: 1 } });
      for (let seq = 0; !stop; seq += 1) {
        try {
          await client.call("transfer", [writer, seq]);
          acknowledged.add(`${writer} ${seq}`);
          onAcknowledged?.();
        } catch (error) {
          // The connection went with the lane: what became of this transfer is not known, and it is not repeated.
          if (!(error instanceof GrizzlyError)) throw error;
        }
      }
      await client.close();
    });
    const reached = (count: number): Promise<void> =>
      new Promise((resolve) => {
        onAcknowledged = () => {
          if (acknowledged.size >= count) resolve();
        };
      });
    const observer = await connect({ target, lane: "fast" });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await reached(kill * BETWEEN);
      for (const pid of await lanePids(observer)) process.kill(pid, "SIGKILL");
      await reached(kill * BETWEEN + BETWEEN / 2);
    }
    stop = true;
    await Promise.all(writers);
    const rows = await observer.query(
      "SELECT writer, seq, count(*) AS sides, count(DISTINCT side) AS kinds FROM ledger GROUP BY writer, seq",
    );
    const found = new Map(rows.map((row) => [`${String(row["writer"])} ${String(row["seq"])}`, row]));
    expect([...acknowledged].filter((transfer) => !found.has(transfer))).toEqual([]);
    expect(rows.filter((row) => row["sides"] !== 2 || row["kinds"] !== 2)).toEqual([]);
    expect(await observer.query("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    await observer.close();
  }, 60_000);
});
