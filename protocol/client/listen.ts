// The consumer of a feed: reads events behind what was confirmed, hands them to a callback one after the other, confirms, waits for more. A lost daemon is waited for.
import { setTimeout as sleep } from "node:timers/promises";
import { GrizzlyError } from "../../base/library/grizzly-error.ts";
import type { Client, FeedEvent, ListenOptions, RemoteSession } from "./types.ts";

/** Without an event of the daemon it is looked again so often: one may have been lost with a lane. */
const LOOK_AGAIN_MS = 1000;
const RECONNECT_PAUSE_MS = 200;
const BATCH = 100;

type OnEvent = (event: FeedEvent) => void | Promise<void>;

/** Listens until the signal aborts. @throws GrizzlyError when the feed is not there, or may not be read. */
export async function listenToFeed(
  client: Pick<Client, "session">,
  feed: string,
  onEvent: OnEvent,
  options: ListenOptions,
): Promise<void> {
  const { signal } = options;
  while (signal?.aborted !== true) {
    try {
      await client.session(async (session) => {
        try {
          await consume(session, feed, onEvent, options);
        } finally {
          // It has subscribed: nobody else is to have it.
          await session.close();
        }
      });
    } catch (error) {
      if (!(error instanceof GrizzlyError) || (error.code !== "ConnectionLost" && !error.retryable)) throw error;
      await sleep(RECONNECT_PAUSE_MS);
    }
  }
}

async function consume(session: RemoteSession, feed: string, onEvent: OnEvent, options: ListenOptions): Promise<void> {
  const { signal } = options;
  let isNews = true;
  let wake: () => void = () => undefined;
  const told = (): void => {
    isNews = true;
    wake();
  };
  signal?.addEventListener("abort", told);
  try {
    await session.subscribe(["feeds"], told);
    while (signal?.aborted !== true) {
      isNews = false;
      const read = (await session.control("read_feed", { name: feed, most: BATCH })) as {
        readonly events: readonly FeedEvent[];
      };
      if (read.events.length > 0) await handle(session, feed, read.events, onEvent, options);
      else if (!isNews) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const controller = new AbortController();
        await Promise.race([
          woken,
          sleep(LOOK_AGAIN_MS, undefined, { signal: controller.signal }).catch(() => undefined),
        ]);
        controller.abort();
      }
    }
  } finally {
    signal?.removeEventListener("abort", told);
  }
}

/** Hands events over and confirms those that were; one for which the callback fails is counted, and the others come all the same. */
async function handle(
  session: RemoteSession,
  feed: string,
  events: readonly FeedEvent[],
  onEvent: OnEvent,
  { signal, onError }: ListenOptions,
): Promise<void> {
  let last: FeedEvent | undefined;
  let delivered = 0;
  let failed = 0;
  let error: string | undefined;
  for (const event of events) {
    if (signal?.aborted === true) break;
    try {
      await onEvent(event);
      delivered += 1;
    } catch (thrown) {
      failed += 1;
      error = thrown instanceof Error ? thrown.message : String(thrown);
      onError?.(thrown, event);
    }
    last = event;
  }
  if (last === undefined) return;
  await session.control("confirm_feed", { name: feed, sequence_id: last.sequence_id, delivered, failed, error });
}
