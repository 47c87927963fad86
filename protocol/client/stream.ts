// Rows of one query as they arrive, with back-pressure. Read once, in one of three ways: rows as objects, Arrow record batches, or the bytes as they came.
// Nothing is sent before the first read. Leaving early cancels the rest on the daemon.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import { tableToJs, type ValueOptions } from "../../base/library/js-values.ts";
import { FLAGS } from "../frame.ts";
import { MESSAGES } from "../messages.ts";
import { RowsDecoder } from "../rows-decode.ts";
import { WireFault } from "../wire-fault.ts";
import { notUnderstood } from "./failures.ts";
import { askFrames, type FrameQueue } from "./frame-queue.ts";
import type { Request } from "./requests.ts";
import type { Route } from "./run.ts";
import type { Row, RowStream } from "./types.ts";

/** The frame with the columns, and what comes behind it. */
interface Begun {
  readonly first: Uint8Array;
  readonly queue: FrameQueue;
}

/** The next payload of rows, or undefined at the end. @throws GrizzlyError. */
async function nextRows(queue: FrameQueue, wantsFirst: boolean): Promise<Uint8Array | undefined> {
  for (;;) {
    const frame = await queue.next();
    if (frame === undefined) {
      if (wantsFirst) throw notOneQuery("The text gives no rows");
      return undefined;
    }
    if (frame.code !== MESSAGES.ROWS.code) continue;
    const isFirst = (frame.flags & FLAGS.FIRST) !== 0;
    if (isFirst === wantsFirst) return frame.payload;
    throw notOneQuery("The text gives more than one result");
  }
}

function notOneQuery(what: string): GrizzlyError {
  return new GrizzlyError("NotAQuery", `${what}; stream() takes one query.`, { help: "Use execute() for scripts." });
}

async function begin(route: Route, request: Request): Promise<Begun> {
  const queue = await askFrames(route, request);
  const first = await nextRows(queue, true);
  if (first === undefined) throw notOneQuery("The text gives no rows");
  return { first, queue };
}

/** A stream that begins when it is first read. */
export function openStream(route: Route, request: Request, values: ValueOptions): RowStream {
  let begun: Promise<Begun> | undefined;
  let isRead = false;

  async function* payloads(): AsyncGenerator<Uint8Array> {
    if (isRead) throw new GrizzlyError("StreamRead", "The rows of a stream can be read once.");
    isRead = true;
    const { first, queue } = await (begun ??= begin(route, request));
    try {
      for (let next: Uint8Array | undefined = first; next !== undefined; next = await nextRows(queue, false))
        yield next;
    } finally {
      queue.leave();
    }
  }

  async function* parts(): AsyncGenerator<readonly Row[]> {
    const decoder = new RowsDecoder();
    for await (const payload of payloads()) {
      const table = decoder.push(payload);
      if (table !== undefined) yield tableToJs(table, values);
    }
  }

  return {
    get columns() {
      return (begun ??= begin(route, request)).then(({ first }) => {
        const decoder = new RowsDecoder();
        decoder.push(first);
        return decoder.columns.map(({ name, type }) => ({ name, type }));
      });
    },
    [Symbol.asyncIterator]: () => rowsOfParts(understood(parts())),
    batches: () => batchesOf(payloads()),
    bytes: payloads,
  };
}

async function* batchesOf(payloads: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  // Apache-arrow is loaded by who wants its batches only.
  const { recordBatchesOf } = await import("../arrow-batches.ts");
  yield* understood(recordBatchesOf(payloads));
}

/** What the daemon sent and nobody understands is told as that. */
async function* understood<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw error instanceof WireFault ? notUnderstood(error.message, error) : error;
  }
}

/** One row after the other; written by hand because a generator would cost two promises a row. */
function rowsOfParts(parts: AsyncGenerator<readonly Row[]>): AsyncIterator<Row> {
  let rows: readonly Row[] = [];
  let at = 0;
  async function nextPart(): Promise<IteratorResult<Row>> {
    for (;;) {
      const part = await parts.next();
      if (part.done === true) return { done: true, value: undefined };
      const [row] = part.value;
      if (row === undefined) continue;
      rows = part.value;
      at = 1;
      return { done: false, value: row };
    }
  }
  return {
    next() {
      const value = rows[at];
      if (value === undefined) return nextPart();
      at += 1;
      return Promise.resolve({ done: false, value });
    },
    async return() {
      rows = [];
      await parts.return(undefined);
      return { done: true, value: undefined };
    },
  };
}
