// Rows as an Arrow IPC stream: the payloads of the daemon's frames, as they come, with back-pressure from the reader of the answer to the statement.
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { RowStream } from "../../protocol/client/types.ts";
import { failureOf } from "./failures.ts";
import { ARROW } from "./world.ts";

/** The answer. What goes wrong before the first rows is an error of the request. @throws HttpFailure. */
export async function arrowAnswer(rows: RowStream): Promise<Response> {
  const payloads = rows.bytes()[Symbol.asyncIterator]();
  let first: IteratorResult<Uint8Array>;
  try {
    first = await payloads.next();
  } catch (error) {
    throw failureOf(error);
  }
  let waiting: IteratorResult<Uint8Array> | undefined = first;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next: IteratorResult<Uint8Array> = waiting ?? (await nextOf(payloads));
        waiting = undefined;
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await payloads.return?.();
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(body, { headers: { "content-type": ARROW } });
}

async function nextOf(payloads: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await payloads.next();
  } catch (error) {
    if (!(error instanceof GrizzlyError)) throw error;
    // The status has gone out already, so that all that is left is to break off. Whoever serves the answer tells its log what it is thrown.
    const broken = new GrizzlyError(error.code, error.message);
    broken.stack = `an answer of rows broke off: ${error.code}: ${error.message}`;
    throw broken;
  }
}
