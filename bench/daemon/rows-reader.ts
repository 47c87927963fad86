// One client of rows.ts: reads all rows of a server by one driver and prints {"ms", "rows", "sum", "cpuMs", "rssMb"}; rssMb is the largest resident size of this process.
import { createConnection } from "mysql2";
import mysql from "mysql2/promise";
import pg from "pg";
import { connect } from "../../protocol/client/client.ts";
import { InternalError } from "../../base/failure.ts";

const QUERY = "SELECT id, amount, name, flag, note FROM item";
const [, , reader = "", socket = "", user = ""] = process.argv;

/** What was read. */
interface Sum {
  rows: number;
  sum: number;
}

type Reader = () => Promise<{ readonly work: (query: string) => Promise<Sum>; readonly end: () => Promise<void> }>;

interface Row {
  readonly id: number | string;
}

function add(total: Sum, rows: readonly Row[]): Sum {
  for (const row of rows) total.sum += Number(row.id);
  total.rows += rows.length;
  return total;
}

const READERS: Readonly<Record<string, Reader>> = {
  gobi: async () => {
    const client = await connect({ target: socket, compression: [] });
    return {
      work: async (query) => {
        const total: Sum = { rows: 0, sum: 0 };
        for await (const batch of client.stream(query).batches()) {
          const { numRows, ids } = columnOf(batch);
          for (let row = 0; row < numRows; row += 1) total.sum += Number(ids[row]);
          total.rows += numRows;
        }
        return total;
      },
      end: () => client.close(),
    };
  },
  pg: async () => {
    const client = new pg.Client({ host: socket, user, database: "postgres" });
    await client.connect();
    return {
      work: async (query) => add({ rows: 0, sum: 0 }, (await client.query<Row>(query)).rows),
      end: () => client.end(),
    };
  },
  mysql2: async () => {
    const client = await mysql.createConnection({ socketPath: socket, user, database: "bench" });
    return {
      work: async (query) => add({ rows: 0, sum: 0 }, (await client.query(query))[0] as Row[]),
      end: () => client.end(),
    };
  },
  "mysql2-stream": () => {
    const connection = createConnection({ socketPath: socket, user, database: "bench" });
    return Promise.resolve({
      work: async (query) => {
        const total: Sum = { rows: 0, sum: 0 };
        for await (const row of connection.query(query).stream()) add(total, [row as Row]);
        return total;
      },
      end: () => Promise.resolve(connection.destroy()),
    });
  },
};

/** The first column of a record batch of apache-arrow, as its buffer. */
function columnOf(batch: unknown): { readonly numRows: number; readonly ids: ArrayLike<number | bigint> } {
  const { numRows, data } = batch as {
    readonly numRows: number;
    readonly data: { readonly children: readonly { readonly values: ArrayLike<number | bigint> }[] };
  };
  const [first] = data.children;
  if (first === undefined) throw new InternalError("a batch without columns");
  return { numRows, ids: first.values };
}

const make = READERS[reader];
if (make === undefined) throw new InternalError(`there is no reader ${reader}`);
const { work, end } = await make();
// What is loaded or compiled at the first use is no part of the reading.
await work(`${QUERY} LIMIT 20000`);
const before = process.cpuUsage();
const started = performance.now();
const { rows, sum } = await work(QUERY);
const ms = performance.now() - started;
const { user: userMicros, system } = process.cpuUsage(before);
await end();
console.log(
  JSON.stringify({ ms, rows, sum, cpuMs: (userMicros + system) / 1000, rssMb: process.resourceUsage().maxRSS / 1024 }),
);
