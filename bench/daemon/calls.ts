// Calls of a trivial function over a Unix socket: `npx tsx bench/daemon/calls.ts [ours|all] [rounds]`. The same process drives each server in turn, with one connection and
// with eight. Prints medians of the rounds: microseconds of the middle call, calls per second, and our ratio to each rival.
import mysql from "mysql2/promise";
import pg from "pg";
import { connect } from "../../protocol/client/client.ts";
import { startTestDaemon } from "../../test/support/daemon.ts";
import { startMariadb, startPostgres } from "./rivals.ts";

const WARM_CALLS = 3000;
const CALLS = { 1: 8000, 8: 32_000 } as const;
const ROUNDS = Number(process.argv[3] ?? 5);

/** A server that is called. */
interface Server {
  readonly name: string;
  /** Calls by connection. */
  readonly callers: readonly (() => Promise<unknown>)[];
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
  await clients[0]?.query("CREATE FUNCTION twice(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN a * 2; END $$");
  return {
    name: "PostgreSQL",
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
    stop: async () => {
      for (const client of clients) await client.end();
      await server.stop();
    },
  };
}

interface Figures {
  readonly p50: number;
  readonly perSecond: number;
}

async function drive(server: Server, connections: 1 | 8, calls: number): Promise<Figures> {
  const times: number[] = [];
  const each = Math.floor(calls / connections);
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
  times.sort((left, right) => left - right);
  return { p50: (times[Math.floor(times.length / 2)] ?? 0) * 1000, perSecond: times.length / seconds };
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function main(): Promise<void> {
  const wanted = process.argv[2] === "ours" ? [ours()] : [ours(), postgres(), mariadb()];
  const servers = (await Promise.all(wanted)).filter((server) => server !== undefined);
  try {
    for (const server of servers) await drive(server, 8, WARM_CALLS * 2);
    for (const connections of [1, 8] as const) {
      const figures = new Map<string, Figures[]>(servers.map(({ name }) => [name, []]));
      for (let round = 0; round < ROUNDS; round += 1)
        for (const server of servers)
          figures.get(server.name)?.push(await drive(server, connections, CALLS[connections]));
      const own = summary(figures.get("gobi") ?? []);
      console.log(`${connections} connection${connections === 1 ? "" : "s"}`);
      for (const [name, list] of figures) {
        const { p50, perSecond } = summary(list);
        const ratio =
          name === "gobi"
            ? ""
            : `  gobi: p50 ${(own.p50 / p50).toFixed(2)}x, calls/s ${(own.perSecond / perSecond).toFixed(2)}x`;
        console.log(`  ${name.padEnd(12)} p50 ${p50.toFixed(1)} us, ${Math.round(perSecond)} calls/s${ratio}`);
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
}

function summary(figures: readonly Figures[]): Figures {
  return { p50: median(figures.map(({ p50 }) => p50)), perSecond: median(figures.map(({ perSecond }) => perSecond)) };
}

await main();
