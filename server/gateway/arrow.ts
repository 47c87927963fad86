// Rows as an Arrow IPC stream: the payloads of the daemon's frames, as they come, with back-pressure from the reader of the answer to the statement.
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
        const next: IteratorResult<Uint8Array> = waiting ?? (await payloads.next());
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
