// What a long statement in one lane does to short ones in another (HY-11), and how soon an idle daemon begins (HY-09): `npx tsx bench/daemon/isolation.ts [rounds]`.
// Prints the 95th percentile of calls in a fast lane, alone and while a slow lane computes and while it scans, as medians of rounds that take turns;
// and that of calls after a pause each, from their sending to their answer, of which the start is a part.
// Targets: at most 1.5x of alone, on a machine with a core for each; 5 ms.
import { connect } from "../../protocol/client/client.ts";
import type { Client } from "../../protocol/client/types.ts";
import { startTestDaemon } from "../../test/support/daemon.ts";

const CALLS = 4000;
/** Calls after pauses: the daemon and the client sleep meanwhile. */
const LATE_CALLS = 200;
const PAUSE_MS = 20;
const START_MAX_MS = 5;
const RATIO_MAX = 1.5;
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

async function percentile(fast: Client, calls = CALLS, pauseMs = 0): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    if (pauseMs > 0) await new Promise((done) => setTimeout(done, pauseMs));
    const started = performance.now();
    await fast.call("twice", [call]);
    times.push(performance.now() - started);
  }
  times.sort((left, right) => left - right);
  return times[Math.floor(calls * 0.95)] ?? Number.NaN;
}

const daemon = await startTestDaemon({ script: SCRIPT, sets: ["lanes.fast.min=1", "lanes.slow.min=1"] });
const target = daemon.place.socket;
const fast = await connect({ target, lane: "fast", pool: { min: 1, max: 1 } });
const found = new Map<string, number[]>();
const late: number[] = [];
try {
  await percentile(fast);
  for (let round = 0; round < ROUNDS; round += 1) {
    late.push(await percentile(fast, LATE_CALLS, PAUSE_MS));
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
  }
} finally {
  await fast.close();
  await daemon.stop();
}
const middle = (times: readonly number[] = []): number =>
  times.toSorted((left, right) => left - right)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
const median = (name: string): number => middle(found.get(name));
const lateMs = middle(late);
for (const name of found.keys()) {
  const micros = Math.round(median(name) * 1000);
  const ratio = median(name) / median("alone");
  const target =
    name === "alone" ? "" : ` (target ${String(RATIO_MAX)}x: ${ratio <= RATIO_MAX ? "reached" : "missed"})`;
  console.log(`${name}: p95 ${String(micros)} µs, ${ratio.toFixed(2)}x${target}`);
}
console.log(
  `a call of an idle daemon, from its sending to its answer: p95 ${lateMs.toFixed(2)} ms (target ${String(START_MAX_MS)} ms: ${lateMs <= START_MAX_MS ? "reached" : "missed"})`,
);
