// What a long statement in one lane does to short ones in another: `npx tsx bench/daemon/isolation.ts [rounds]`.
// Prints the 95th percentile of calls in a fast lane, alone and while a slow lane computes and while it scans, as medians of rounds that take turns.
// Target: at most 1.5x of alone, on a machine with a core for each.
import { connect } from "../../protocol/client/client.ts";
import type { Client } from "../../protocol/client/types.ts";
import { startTestDaemon } from "../../test/support/daemon.ts";

const CALLS = 4000;
const ROUNDS = Number(process.argv[2] ?? 5);
const SCRIPT = `
CREATE FUNCTION twice(a int) RETURNS int { return a * 2 }
create procedure spin () { let n = 0; while true { n = (n + 1) % 1000 } }
CREATE TABLE big (id INTEGER PRIMARY KEY, n INT);
INSERT INTO big WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 300000) SELECT x, x % 97 FROM c;
`;
const LOADS = {
  alone: undefined,
  "beside a loop": (client: Client) => client.call("spin"),
  "beside a join of 300,000 rows with itself": (client: Client) =>
    client.query("SELECT count(*) AS n FROM big a JOIN big b ON a.n = b.n"),
} as const;

async function percentile(fast: Client): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const started = performance.now();
    await fast.call("twice", [call]);
    times.push(performance.now() - started);
  }
  times.sort((left, right) => left - right);
  return times[Math.floor(CALLS * 0.95)] ?? Number.NaN;
}

const daemon = await startTestDaemon({ script: SCRIPT, sets: ["lanes.fast.min=1", "lanes.slow.min=1"] });
const target = daemon.place.socket;
const fast = await connect({ target, lane: "fast", pool: { min: 1, max: 1 } });
const found = new Map<string, number[]>();
try {
  await percentile(fast);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, load] of Object.entries(LOADS)) {
      const slow = await connect({ target, lane: "slow", pool: { min: 1, max: 1 }, reconnectMax: 0 });
      // It ends with its session.
      const running = load?.(slow).catch(() => undefined);
      found.set(name, [...(found.get(name) ?? []), await percentile(fast)]);
      for (const row of (await daemon.lead.control("sessions", undefined)) as readonly {
        lane: string;
        session_id: number;
      }[])
        if (row.lane.endsWith("-S")) await daemon.lead.control("kill_session", { session_id: row.session_id });
      await running;
      await slow.close();
    }
} finally {
  await fast.close();
  await daemon.stop();
}
const median = (name: string): number =>
  (found.get(name) ?? []).toSorted((left, right) => left - right)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
for (const name of found.keys()) {
  const micros = Math.round(median(name) * 1000);
  console.log(`${name}: p95 ${String(micros)} µs, ${(median(name) / median("alone")).toFixed(2)}x`);
}
