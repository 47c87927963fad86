// 200 sessions at once on one daemon, each with variables, temporary tables, settings and transactions of its own: nobody ever sees anything of another in 1,000 requests of each (GR-27, GR-115).
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, openConnection } from "../../protocol/client/client.ts";
import type { Connection } from "../../protocol/client/connection.ts";
import { holdSession } from "../../protocol/client/session.ts";
import type { RemoteSession } from "../../protocol/client/types.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";

const SESSIONS = 200;
/** Of four requests. */
const ROUNDS = 250;

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon({
    script:
      "CREATE TABLE counts (session int PRIMARY KEY, rounds int NOT NULL); upsert procedure echo (v int) returns int { return v; }",
  });
}, 60_000);
afterAll(async () => await daemon.stop(), 60_000);

/** What one session does; each answer must be its own. */
async function work(session: RemoteSession, own: number): Promise<void> {
  await session.execute(
    `let own = ${own}; CREATE TEMP TABLE mine (v int); INSERT INTO mine VALUES (${own}); PRAGMA cache_size = ${own + 100};`,
  );
  expect(await session.query("PRAGMA cache_size")).toEqual([{ cache_size: own + 100 }]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const [called, variable, rows, text] = await Promise.all([
      session.call("echo", [own * 1000 + round]),
      session.query("SELECT :own AS v"),
      session.query("SELECT v FROM mine"),
      session.query("SELECT ? AS v", [`${own} ${round}`]),
    ]);
    expect([called, variable, rows, text]).toEqual([
      own * 1000 + round,
      [{ v: own }],
      [{ v: own }],
      [{ v: `${own} ${round}` }],
    ]);
  }
}

it("keeps 200 sessions apart that all work at once (GR-27, GR-115)", async () => {
  const target = daemon.place.socket;
  const connections: Connection[] = await Promise.all(
    Array.from({ length: SESSIONS }, async () => await openConnection({ target })),
  );
  try {
    expect(new Set(connections.map(({ greeting }) => greeting.sessionId)).size).toBe(SESSIONS);
    await Promise.all(
      connections.map(async (connection, own) => {
        const values = { int: "auto", timestamp: "date" } as const;
        await work(holdSession(connection, { values, onNotice: undefined }).session, own);
      }),
    );
  } finally {
    for (const connection of connections) connection.close();
  }
}, 600_000);

it("commits every transaction of many writers once", async () => {
  const client = await connect({ target: daemon.place.socket, pool: { max: 20 } });
  try {
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const own = index % 20;
        await client.transaction(
          async (session) => {
            await session.execute(
              "INSERT INTO counts (session, rounds) VALUES (:s, 1) ON CONFLICT (session) DO UPDATE SET rounds = rounds + 1",
              { s: own },
            );
          },
          { retriesMax: 20 },
        );
      }),
    );
    expect(await client.query("SELECT count(*) AS n, sum(rounds) AS r, min(rounds) AS m FROM counts")).toEqual([
      { n: 20, r: 60, m: 3 },
    ]);
  } finally {
    await client.close();
  }
}, 120_000);
