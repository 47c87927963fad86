// The inbox of the loop: bounded, first in first out. A full one makes senders wait; who has waited too long is told so and counted.
import type { RunClock } from "../runs/types.ts";

/** Numbers of an inbox since its start. */
export interface InboxCounts {
  readonly totalSent: number;
  readonly totalReceived: number;
  readonly timeoutCount: number;
  readonly currentDepth: number;
  readonly maxDepth: number;
}

/** A message with the time it waited, in milliseconds. */
export interface Received<T> {
  readonly message: T;
  readonly waitedMs: number;
}

/** A bounded queue of messages. */
export interface Inbox<T> {
  /** True when the message is in; false when there was no place within the time for sending, or the inbox was closed. */
  send(message: T): Promise<boolean>;
  /** All messages that are there, oldest first. */
  take(): readonly Received<T>[];
  counts(): InboxCounts;
  /** Refuses everything from now on, those who wait included. */
  close(): void;
  isClosed(): boolean;
}

/** How an inbox is made. */
export interface InboxOptions {
  readonly clock: RunClock;
  readonly size: number;
  readonly sendTimeoutMs: number;
  /** Called when a message has come. */
  readonly onMessage: () => void;
  readonly warn: (message: string) => void;
}

interface Sender<T> {
  readonly message: T;
  settle(sent: boolean): void;
}

/** Makes an inbox. */
export function makeInbox<T>(options: InboxOptions): Inbox<T> {
  const { clock, size } = options;
  const queue: { readonly message: T; readonly at: number }[] = [];
  const senders: Sender<T>[] = [];
  let closed = false;
  const counts = { totalSent: 0, totalReceived: 0, timeoutCount: 0, maxDepth: 0 };
  const put = (message: T): void => {
    queue.push({ message, at: clock.monotonicMs() });
    counts.totalSent += 1;
    counts.maxDepth = Math.max(counts.maxDepth, queue.length);
    options.onMessage();
  };
  const wait = (message: T): Promise<boolean> =>
    new Promise((resolve) => {
      const sender: Sender<T> = {
        message,
        settle: (sent) => {
          cancelTimer();
          resolve(sent);
        },
      };
      const cancelTimer = clock.timer(options.sendTimeoutMs, () => {
        senders.splice(senders.indexOf(sender), 1);
        counts.timeoutCount += 1;
        options.warn(
          `The scheduler's inbox was full for ${options.sendTimeoutMs} ms (${queue.length} messages); a message was refused.`,
        );
        resolve(false);
      });
      senders.push(sender);
    });
  return {
    send: (message) => {
      if (closed) return Promise.resolve(false);
      // Who waits already goes first.
      if (queue.length >= size || senders.length > 0) return wait(message);
      put(message);
      return Promise.resolve(true);
    },
    take: () => {
      const now = clock.monotonicMs();
      const taken = queue.splice(0).map(({ message, at }) => ({ message, waitedMs: now - at }));
      counts.totalReceived += taken.length;
      for (const sender of senders.splice(0, size)) {
        put(sender.message);
        sender.settle(true);
      }
      return taken;
    },
    counts: () => ({ ...counts, currentDepth: queue.length }),
    isClosed: () => closed,
    close: () => {
      closed = true;
      for (const sender of senders.splice(0)) sender.settle(false);
    },
  };
}
