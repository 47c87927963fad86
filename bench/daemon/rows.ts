// A SELECT of a million rows of five columns to a client: `npx tsx bench/daemon/rows.ts [ours|all] [rounds]`. A fresh client process per measurement reads all rows of one server,
// adds up a column and prints its time and memory. Prints medians of the rounds, our ratio to each rival (the median of the ratios within rounds), the least processor time
// and the largest memory of the client, and what the daemon's lane took of both.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import mysql from "mysql2/promise";
import pg from "pg";
import { InternalError } from "../../base/failure.ts";
import { startTestDaemon } from "../../test/support/daemon.ts";
import { childrenWith, countProcessor, median } from "./processor.ts";
import { type Rival, startMariadb, startPostgres } from "./rivals.ts";

const ROWS = 1_000_000;
const ROUNDS = Number(process.argv[3] ?? 7);

/** What a client prints. */
interface Reading {
  readonly ms: number;
  readonly rows: number;
  readonly sum: number;
  readonly rssMb: number;
  /** Processor milliseconds of the client. */
  readonly cpuMs: number;
}

/** The Lead runs in this process: it must not be blocked. */
async function read(reader: string, socket: string, user: string): Promise<Reading> {
  const isBuilt = import.meta.filename.endsWith(".mjs");
  const file = join(import.meta.dirname, isBuilt ? "rows-reader.mjs" : "rows-reader.ts");
  const child = spawn(process.execPath, [...(isBuilt ? [] : ["--import", "tsx"]), file, reader, socket, user], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const status = await new Promise((resolve) => void child.once("close", resolve));
  if (status !== 0) throw new InternalError(`${reader} ended with ${String(status)}`);
  const reading = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Reading;
  if (reading.rows !== ROWS) throw new InternalError(`${reader} read ${reading.rows} rows`);
  return reading;
}

async function fillPostgres({ socket, user }: Rival): Promise<void> {
  const client = new pg.Client({ host: socket, user, database: "postgres" });
  await client.connect();
  await client.query(
    `CREATE TABLE item AS SELECT i AS id, i * 0.5::float8 AS amount, 'name ' || (i % 1000) AS name, i % 7 AS flag, 'a note about row ' || i AS note FROM generate_series(1, ${ROWS}) i`,
  );
  await client.end();
}

async function fillMariadb({ socket, user }: Rival): Promise<void> {
  const connection = await mysql.createConnection({ socketPath: socket, user });
  await connection.query("CREATE DATABASE bench");
  await connection.query("USE bench");
  await connection.query(
    `CREATE TABLE item AS SELECT seq AS id, seq * 0.5e0 AS amount, concat('name ', seq % 1000) AS name, seq % 7 AS flag, concat('a note about row ', seq) AS note FROM seq_1_to_${ROWS}`,
  );
  await connection.end();
}

/** Resident bytes of the largest lane. */
function lanesMb(): number {
  const sizes = childrenWith("lane").map(
    (pid) => Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1] ?? 0) / 1024,
  );
  return Math.max(0, ...sizes);
}

async function main(): Promise<void> {
  const all = process.argv[2] !== "ours";
  const postgres = all ? await startPostgres() : undefined;
  const mariadb = all ? await startMariadb() : undefined;
  const daemon = await startTestDaemon({
    script: `CREATE TABLE item (id INTEGER PRIMARY KEY, amount REAL NOT NULL, name TEXT NOT NULL, flag INTEGER NOT NULL, note TEXT NOT NULL);
INSERT INTO item WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${ROWS}) SELECT i, i * 0.5, 'name ' || (i % 1000), i % 7, 'a note about row ' || i FROM c;`,
  });
  try {
    const readers: [name: string, reader: string, socket: string, user: string][] = [
      ["gobi batches", "gobi", daemon.place.socket, ""],
    ];
    if (postgres !== undefined) {
      await fillPostgres(postgres);
      readers.push(["pg", "pg", postgres.socket, postgres.user]);
    }
    if (mariadb !== undefined) {
      await fillMariadb(mariadb);
      readers.push(["mysql2", "mysql2", mariadb.socket, mariadb.user]);
      readers.push(["mysql2 stream", "mysql2-stream", mariadb.socket, mariadb.user]);
    }
    const before = lanesMb();
    let most = before;
    const laneMs: number[] = [];
    const readings = new Map<string, Reading[]>(readers.map(([name]) => [name, []]));
    for (let round = 0; round < ROUNDS; round += 1)
      for (const place of readers.keys()) {
        const [name, ...how] = readers[(place + round) % readers.length] ?? ["", "", "", ""];
        const laneMicros = countProcessor(childrenWith("lane"));
        readings.get(name)?.push(await read(...how));
        if (!name.startsWith("gobi")) continue;
        laneMs.push(laneMicros() / 1000);
        most = Math.max(most, lanesMb());
      }
    const own = readings.get("gobi batches") ?? [];
    for (const [name, list] of readings) {
      const ms = median(list.map((each) => each.ms));
      const ratios = list.map((each, round) => each.ms / (own[round]?.ms ?? Number.NaN));
      const ratio = name.startsWith("gobi") ? "" : `  gobi: ${median(ratios).toFixed(2)}x its rows per second`;
      const cpu = Math.min(...list.map(({ cpuMs }) => cpuMs));
      const memory = Math.max(...list.map(({ rssMb }) => rssMb));
      console.log(
        `${name.padEnd(14)} ${Math.round((ms * 1e6) / ROWS)} ns per row, client ${Math.round(cpu)} ms of processor, ${Math.round(memory)} MB${ratio}`,
      );
    }
    console.log(
      `the lane: ${Math.round(Math.min(...laneMs))} ms of processor, ${Math.round(before)} MB before, ${Math.round(most)} MB after`,
    );
  } finally {
    await daemon.stop();
    await postgres?.stop();
    await mariadb?.stop();
  }
}

await main();
