// Calls of a trivial function over a Unix socket: `npx tsx bench/daemon/calls.ts [ours|all] [rounds]`. The same process drives each server in turn, with one connection and
// with eight, in many short rounds. Prints medians of the rounds: microseconds of the middle call, calls per second, and our ratio to each rival, which is the median of
// the ratios within rounds, so that what disturbs a round disturbs both; and the least processor time that a call took on either side.
import mysql from "mysql2/promise";
import pg from "pg";
import { connect } from "../../protocol/client/client.ts";
import { startTestDaemon } from "../../test/support/daemon.ts";
import { childrenWith, countProcessor, median } from "./processor.ts";
import { startMariadb, startPostgres } from "./rivals.ts";

const WARM_CALLS = 8000;
/** Of a round. With several connections half a second: in a tenth of one, a collection of garbage or a process that moves to another processor is much of it. */
const CALLS = { 1: 2000, 8: 40_000 } as const;
const ROUNDS = Number(process.argv[3] ?? 21);

/** A server that is called. */
interface Server {
  readonly name: string;
  /** Calls by connection. */
  readonly callers: readonly (() => Promise<unknown>)[];
  /** Processes that answer. */
  readonly pids: () => readonly number[];
  stop(): Promise<void>;
}

async function ours(): Promise<Server> {
  const daemon = await startTestDaemon({ script: "CREATE FUNCTION twice(a int) RETURNS int { return a * 2 }" });
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => connect({ target: daemon.place.socket, pool: { min: 1, max: 1 } })),
  );
  return {
    name: "gobi",
    callers: clients.map((client) => () => client.call("twice", [21])),
    pids: () => childrenWith("lane"),
    stop: async () => {
      for (const client of clients) await client.close();
      await daemon.stop();
    },
  };
}

async function postgres(): Promise<Server | undefined> {
  const server = await startPostgres();
  if (server === undefined) return undefined;
  const clients = Array.from(
    { length: 8 },
    () => new pg.Client({ host: server.socket, user: server.user, database: "postgres" }),
  );
  for (const client of clients) await client.connect();
  const backends: number[] = [];
  for (const client of clients) {
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    backends.push(...rows.map(({ pid }) => pid));
  }
  await clients[0]?.query("CREATE FUNCTION twice(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN a * 2; END $$");
  return {
    name: "PostgreSQL",
    pids: () => backends,
    callers: clients.map((client) => () => client.query({ name: "twice", text: "SELECT twice($1)", values: [21] })),
    stop: async () => {
      for (const client of clients) await client.end();
      await server.stop();
    },
  };
}

async function mariadb(): Promise<Server | undefined> {
  const server = await startMariadb();
  if (server === undefined) return undefined;
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => mysql.createConnection({ socketPath: server.socket, user: server.user })),
  );
  await clients[0]?.query("CREATE DATABASE bench");
  await clients[0]?.query(
    "CREATE FUNCTION bench.twice(a int) RETURNS int DETERMINISTIC NO SQL BEGIN RETURN a * 2; END",
  );
  return {
    name: "MariaDB",
    callers: clients.map((client) => () => client.execute("SELECT bench.twice(?)", [21])),
    pids: () => [server.pid],
    stop: async () => {
      for (const client of clients) await client.end();
      await server.stop();
    },
  };
}

interface Figures {
  readonly p50: number;
  readonly perSecond: number;
  /** Microseconds of processor time per call. */
  readonly client: number;
  readonly server: number;
}

async function drive(server: Server, connections: 1 | 8, calls: number): Promise<Figures> {
  const times: number[] = [];
  const each = Math.floor(calls / connections);
  const clientMicros = countProcessor([process.pid]);
  const serverMicros = countProcessor(server.pids());
  const started = performance.now();
  await Promise.all(
    server.callers.slice(0, connections).map(async (call) => {
      for (let index = 0; index < each; index += 1) {
        const from = performance.now();
        await call();
        times.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return {
    p50: median(times) * 1000,
    perSecond: times.length / seconds,
    client: clientMicros() / times.length,
    server: serverMicros() / times.length,
  };
}

/** Rounds of all servers, each round beginning with another one. */
async function rounds(
  servers: readonly Server[],
  connections: 1 | 8,
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  const figures = new Map<string, Figures[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < (connections === 1 ? ROUNDS : ROUNDS / 2); round += 1)
    for (const place of servers.keys()) {
      const server = servers[(place + round) % servers.length];
      if (server !== undefined) figures.get(server.name)?.push(await drive(server, connections, CALLS[connections]));
    }
  return figures;
}

/** The median of our ratio to a rival, round by round. */
function ratio(own: readonly Figures[], rival: readonly Figures[], of: (figures: Figures) => number): string {
  return median(
    own.flatMap((figures, round) => (rival[round] === undefined ? [] : of(figures) / of(rival[round]))),
  ).toFixed(2);
}

function print(connections: 1 | 8, figures: ReadonlyMap<string, readonly Figures[]>): void {
  const own = figures.get("gobi") ?? [];
  console.log(`${String(connections)} connection${connections === 1 ? "" : "s"}`);
  for (const [name, list] of figures) {
    const p50 = median(list.map((each) => each.p50));
    const perSecond = median(list.map((each) => each.perSecond));
    const client = Math.min(...list.map((each) => each.client));
    const server = Math.min(...list.map((each) => each.server));
    const ratios =
      name === "gobi"
        ? ""
        : `  gobi: p50 ${ratio(own, list, (each) => each.p50)}x, calls/s ${ratio(own, list, (each) => each.perSecond)}x`;
    console.log(
      `  ${name.padEnd(12)} p50 ${p50.toFixed(1)} us, ${String(Math.round(perSecond))} calls/s, processor ${client.toFixed(1)} + ${server.toFixed(1)} us a call${ratios}`,
    );
  }
}

async function main(): Promise<void> {
  const wanted = process.argv[2] === "ours" ? [ours()] : [ours(), postgres(), mariadb()];
  const servers = (await Promise.all(wanted)).filter((server) => server !== undefined);
  try {
    for (const connections of [8, 1] as const)
      for (const server of servers) await drive(server, connections, WARM_CALLS * connections);
    for (const connections of [1, 8] as const) print(connections, await rounds(servers, connections));
  } finally {
    for (const server of servers) await server.stop();
  }
}

await main();
