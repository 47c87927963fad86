// A request that runs or waits: since when, until when, and whether it is to stop.
import { redactSecrets } from "../../base/redact.ts";
import type { Id } from "../../protocol/frame.ts";

/** Thrown where a request waits and must not wait any longer. */
export class RequestEnded extends Error {
  override readonly name = "RequestEnded";
  readonly code: "Cancelled" | "Timeout" | "Deadlock" | "PermissionDenied";

  constructor(code: RequestEnded["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** What a request is told that somebody has cancelled. */
export const CANCELLED = "The request was cancelled.";

/** What a request is told that was stopped at its deadline, whoever stopped it. */
export const LATE = { code: "Timeout", message: "The request took longer than it may." } as const;

/** First characters of a text that others may see. */
const SHOWN_CHARACTERS = 200;

/** A request. */
export class RunningRequest {
  readonly messageId: Id;
  readonly #text: string;
  readonly startedAt: number;
  /** On the clock of performance.now(). */
  readonly deadlineAt: number | undefined;
  /** True once the Lead knows of it. */
  told = false;
  /** Since when it waits for the database's write lock. */
  lockedSince: number | undefined;
  /** True once the Lead knows that it waits for the write lock. */
  toldWaiting = false;
  /** Milliseconds that it has waited. */
  waitedMs = 0;
  /** Why it is to stop. */
  stop: RequestEnded | undefined;
  /** Done when it has ended and its session is closed. */
  whenDone: (() => void) | undefined;

  constructor(messageId: Id, text: string, deadlineMs: number | undefined) {
    this.messageId = messageId;
    this.#text = text;
    this.startedAt = performance.now();
    this.deadlineAt = deadlineMs === undefined ? undefined : this.startedAt + deadlineMs;
  }

  /** Its text as others may see it. Seldom asked for: most requests end before anybody is told of them. */
  get text(): string {
    const text = this.#text;
    return redactSecrets(text.length > SHOWN_CHARACTERS ? text.slice(0, SHOWN_CHARACTERS) : text);
  }

  /** Milliseconds to its deadline. */
  leftMs(): number | undefined {
    return this.deadlineAt === undefined ? undefined : this.deadlineAt - performance.now();
  }

  /** True beyond its deadline. */
  get isLate(): boolean {
    return (this.leftMs() ?? 1) <= 0;
  }

  /** @throws RequestEnded when it is to stop. */
  check(closed: boolean): void {
    if (closed) throw new RequestEnded("Cancelled", "The client is gone.");
    if (this.isLate) throw new RequestEnded(LATE.code, LATE.message);
    if (this.stop !== undefined) throw this.stop;
  }
}
